package dev.espalier.io;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** Tells an engine what the options say. */
final class TlsParameters {
    private TlsParameters() {}

    static void apply(SSLEngine engine, TlsOptions options) {
        SSLParameters parameters = engine.getSSLParameters();
        if (!options.applicationProtocols().isEmpty()) {
            parameters.setApplicationProtocols(options.applicationProtocols().toArray(String[]::new));
        }
        if (!options.protocols().isEmpty()) {
            parameters.setProtocols(options.protocols().toArray(String[]::new));
        }
        if (!options.cipherSuites().isEmpty()) {
            parameters.setCipherSuites(options.cipherSuites().toArray(String[]::new));
        }
        if (engine.getUseClientMode() && options.hostNameChecked()) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS"); // without it any trusted certificate would do
        }
        if (!engine.getUseClientMode()) {
            switch (options.clientCertificate()) {
                case NEEDED -> parameters.setNeedClientAuth(true);
                case WANTED -> parameters.setWantClientAuth(true);
                case NONE -> parameters.setWantClientAuth(false);
            }
        }
        options.parameters().accept(parameters);
        engine.setSSLParameters(parameters);
    }
}
