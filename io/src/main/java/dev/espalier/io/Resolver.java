package dev.espalier.io;

import dev.espalier.core.Awaits;
import dev.espalier.core.CacheLimits;
import dev.espalier.core.SingleFlightCache;
import dev.espalier.core.TaskGroup;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;

/**
 * Looks up the addresses of hosts.
 *
 * {@snippet class="dev.espalier.io.ResolverTest" region="resolver"}
 */
@FunctionalInterface
public interface Resolver {
    /**
     * Looks up a host.
     *
     * @param host a name or an IP address
     * @return its addresses, at least one, the preferred first
     * @throws UnknownHostException if the name has none
     */
    @Awaits
    List<InetAddress> resolve(String host) throws UnknownHostException;

    /**
     * {@return the resolver of the system} IP addresses are taken as they are; a name is looked up on an offload thread, eight at
     * once in each loop, so that a slow name server does not take the threads of others.
     *
     * <p><b>Cancellation.</b> A look-up cannot be broken off: cancelled, the caller goes on, and the thread is busy until the
     * system answers.
     */
    static Resolver system() {
        return Names::resolve;
    }

    /**
     * Makes a resolver that remembers answers, by the loop's clock, and asks once for a name that several look up at the same time.
     * That a name is unknown is not remembered.
     *
     * @param group where its look-ups live; the resolver is of no use when that has ended
     * @param resolver whom it asks
     * @param timeToLive how long an answer is remembered, positive
     * @param size how many names are remembered at most, from 1
     * @return the resolver, for the tasks of this loop
     */
    static Resolver caching(TaskGroup group, Resolver resolver, Duration timeToLive, int size) {
        SingleFlightCache<String, List<InetAddress>> cache = SingleFlightCache.open(
                group, CacheLimits.ofSize(size).withExpireAfterWrite(timeToLive), resolver::resolve);
        return host -> cache.get(host, UnknownHostException.class);
    }
}
