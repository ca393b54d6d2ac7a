package dev.espalier.io;

import java.io.IOException;
import java.net.ConnectException;
import java.net.PasswordAuthentication;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The request {@code CONNECT} of HTTP/1.1 (RFC 9110, 9.3.6). */
final class HttpTunnel {
    private static final int LONGEST_HEAD = 16 << 10;
    private static final byte[] END = {'\r', '\n', '\r', '\n'};
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([0-9]{3})(?: .*)?");

    private final ByteStream proxy;
    private final String target;

    HttpTunnel(ByteStream proxy, String host, int port) {
        this.proxy = proxy;
        this.target = (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    void open(@Nullable PasswordAuthentication credentials) throws IOException {
        String who = credentials == null ? "" : "Proxy-Authorization: Basic " + encoded(credentials) + "\r\n";
        proxy.write("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n" + who + "\r\n");
        String line = answer();
        while (status(line) < 200) { // something on the way to the answer
            line = answer();
        }
        if (status(line) >= 300) {
            throw new ConnectException("the proxy at the end of " + proxy + " does not connect to " + target + ": '" + line + "'"
                    + (status(line) == 407 ? "; it wants credentials, or other ones" : ""));
        }
    }

    private static String encoded(PasswordAuthentication credentials) {
        if (credentials.getUserName().indexOf(':') >= 0) {
            throw new IllegalArgumentException("the name of who asks the proxy has a colon, which Basic takes for its end: "
                    + credentials.getUserName());
        }
        String both = credentials.getUserName() + ":" + new String(credentials.getPassword());
        return Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
    }

    /** The first line of it. The rest says nothing about the way, and what follows comes from the host. */
    private String answer() throws IOException {
        String head = new String(proxy.readUntil(END, LONGEST_HEAD), StandardCharsets.ISO_8859_1);
        return head.lines().findFirst().orElse("");
    }

    private int status(String line) throws ProtocolException {
        Matcher status = STATUS.matcher(line);
        if (!status.matches()) {
            throw new ProtocolException("the proxy at the end of " + proxy + " does not answer in HTTP/1.1, but: '" + line + "'");
        }
        return Integer.parseInt(status.group(1));
    }
}
