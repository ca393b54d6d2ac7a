package dev.espalier.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Finds ports. Those given to one test differ, which the system alone would not promise. */
final class FreePortResolver implements ParameterResolver {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(FreePortResolver.class);

    FreePortResolver() {}

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        if (!parameter.isAnnotated(FreePort.class)) {
            return false;
        }
        Class<?> type = parameter.getParameter().getType();
        if (type != int.class && type != Integer.class) {
            throw new ParameterResolutionException("@FreePort is a number of a port: the parameter must be an int, not "
                    + type.getSimpleName());
        }
        return true;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        Set<Integer> given = given(test);
        int port = find();
        while (!given.add(port)) {
            port = find();
        }
        return port;
    }

    private static Set<Integer> given(ExtensionContext test) {
        ExtensionContext.Store store = test.getStore(OURS);
        @SuppressWarnings("unchecked") // nobody else writes into this namespace
        Set<Integer> given = store.get(test.getUniqueId(), Set.class);
        if (given == null) {
            given = new HashSet<>();
            store.put(test.getUniqueId(), given);
        }
        return given;
    }

    private static int find() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new ParameterResolutionException("no free port of the loopback address was found", e);
        }
    }
}
