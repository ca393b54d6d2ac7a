package dev.espalier.io;

import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * How TLS is spoken.
 *
 * @param context gives the keys and whom to trust; asked for each connection, so that a new certificate is taken without a
 *     restart. Any provider's will do
 * @param applicationProtocols what is offered by ALPN, the preferred first; empty: nothing
 * @param clientCertificate whether a server asks for one
 * @param hostNameChecked whether a client checks that the certificate bears the name of the host
 * @param protocols versions such as {@code TLSv1.3}; empty: those of the context
 * @param cipherSuites the names of the JDK; empty: those of the context
 * @param handshakeTimeout how long a handshake may take, positive
 * @param truncationAllowed whether the stream below may end without the message that says so: only for protocols that know
 *     themselves where they end
 * @param contextByName gives a server the context for the host that a client asks for, in lower case, empty if it asks for none;
 *     where it gives null, {@code context} is asked. Null: {@code context} is asked for every host
 * @param parameters may change what an engine is told, after all the others: for what has no option here
 */
public record TlsOptions(
        Supplier<SSLContext> context,
        List<String> applicationProtocols,
        ClientCertificate clientCertificate,
        boolean hostNameChecked,
        List<String> protocols,
        List<String> cipherSuites,
        Duration handshakeTimeout,
        boolean truncationAllowed,
        @Nullable Function<? super String, ? extends @Nullable SSLContext> contextByName,
        Consumer<? super SSLParameters> parameters) {

    /** Whether a server asks its clients for a certificate. */
    public enum ClientCertificate {
        /** No. */
        NONE,
        /** Yes, and goes on without one. */
        WANTED,
        /** Yes, and refuses those who have none. */
        NEEDED
    }

    /** Copies the lists and checks the numbers. */
    public TlsOptions {
        applicationProtocols = List.copyOf(applicationProtocols);
        protocols = List.copyOf(protocols);
        cipherSuites = List.copyOf(cipherSuites);
        if (!handshakeTimeout.isPositive()) {
            throw new IllegalArgumentException("handshakeTimeout must be positive, not " + handshakeTimeout);
        }
    }

    /**
     * {@return options for clients that trust whom the JDK trusts}
     */
    public static TlsOptions defaults() {
        return of(() -> {
            try {
                return SSLContext.getDefault();
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("the JDK has no default context for TLS", e);
            }
        });
    }

    /**
     * {@return options with a context}
     *
     * @param context gives the keys and whom to trust
     */
    public static TlsOptions of(SSLContext context) {
        return of(() -> context);
    }

    /**
     * {@return options with a context that may change: no ALPN, no client certificates, names checked, ten seconds for a handshake,
     * truncation not allowed}
     *
     * @param context asked for each connection
     */
    public static TlsOptions of(Supplier<SSLContext> context) {
        return new TlsOptions(
                context, List.of(), ClientCertificate.NONE, true, List.of(), List.of(), Duration.ofSeconds(10), false,
                null, _ -> {});
    }

    /**
     * {@return these options with protocols to offer by ALPN}
     *
     * @param value the preferred first
     */
    public TlsOptions withApplicationProtocols(String... value) {
        return new TlsOptions(context, List.of(value), clientCertificate, hostNameChecked, protocols, cipherSuites,
                handshakeTimeout, truncationAllowed, contextByName, parameters);
    }

    /**
     * {@return these options with or without a demand for the certificate of the client}
     *
     * @param value whether a server asks for one
     */
    public TlsOptions withClientCertificate(ClientCertificate value) {
        return new TlsOptions(context, applicationProtocols, value, hostNameChecked, protocols, cipherSuites, handshakeTimeout,
                truncationAllowed, contextByName, parameters);
    }

    /**
     * {@return these options with or without a check of the host's name} Without it anybody who has any certificate that is
     * trusted may answer.
     *
     * @param value whether a client checks it
     */
    public TlsOptions withHostNameChecked(boolean value) {
        return new TlsOptions(context, applicationProtocols, clientCertificate, value, protocols, cipherSuites, handshakeTimeout,
                truncationAllowed, contextByName, parameters);
    }

    /**
     * {@return these options with other versions}
     *
     * @param value such as {@code TLSv1.3}
     */
    public TlsOptions withProtocols(String... value) {
        return new TlsOptions(context, applicationProtocols, clientCertificate, hostNameChecked, List.of(value), cipherSuites,
                handshakeTimeout, truncationAllowed, contextByName, parameters);
    }

    /**
     * {@return these options with other cipher suites}
     *
     * @param value the names of the JDK
     */
    public TlsOptions withCipherSuites(String... value) {
        return new TlsOptions(context, applicationProtocols, clientCertificate, hostNameChecked, protocols, List.of(value),
                handshakeTimeout, truncationAllowed, contextByName, parameters);
    }

    /**
     * {@return these options with another limit for a handshake}
     *
     * @param value how long it may take, positive
     */
    public TlsOptions withHandshakeTimeout(Duration value) {
        return new TlsOptions(context, applicationProtocols, clientCertificate, hostNameChecked, protocols, cipherSuites, value,
                truncationAllowed, contextByName, parameters);
    }

    /**
     * {@return these options with or without leave to end without saying so}
     *
     * @param value whether an end without the message of the protocol is an end like any other
     */
    public TlsOptions withTruncationAllowed(boolean value) {
        return new TlsOptions(context, applicationProtocols, clientCertificate, hostNameChecked, protocols, cipherSuites,
                handshakeTimeout, value, contextByName, parameters);
    }

    /**
     * {@return these options with a context for each host that a client may ask for} So one server has a certificate for each (SNI,
     * RFC 6066).
     *
     * @param value gives the context for a host, in lower case, empty if none is asked for; null stands for that of {@link #context}.
     *     Called in the task of the connection; a map's {@code get} will do
     */
    public TlsOptions withContextByName(Function<? super String, ? extends @Nullable SSLContext> value) {
        return new TlsOptions(context, applicationProtocols, clientCertificate, hostNameChecked, protocols, cipherSuites,
                handshakeTimeout, truncationAllowed, value, parameters);
    }

    /**
     * {@return these options with a last word on what an engine is told} Such as the groups of the key exchange, the schemes of
     * signatures, or the size of records; see {@link SSLParameters}.
     *
     * @param value changes them, for each connection; called in its task, must not await
     */
    public TlsOptions withParameters(Consumer<? super SSLParameters> value) {
        return new TlsOptions(context, applicationProtocols, clientCertificate, hostNameChecked, protocols, cipherSuites,
                handshakeTimeout, truncationAllowed, contextByName, value);
    }
}
