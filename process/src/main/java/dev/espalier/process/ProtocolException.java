package dev.espalier.process;

import java.io.IOException;

/**
 * The peer sent something that is no frame of this protocol; the connection cannot go on.
 */
final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    ProtocolException(String message) {
        super(message);
    }
}
