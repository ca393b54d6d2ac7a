package dev.espalier.process;

import org.jspecify.annotations.Nullable;

/**
 * A value cannot travel, or bytes are no value. Says where in the value the trouble is.
 */
final class EncodingException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int LONGEST_KEY = 60;
    private static final int LONGEST_PATH = 400;

    /** Grows from the leaf to the root while the exception passes the codec. */
    private String path = "";
    private String hint = "";

    EncodingException(String message) {
        super(message);
    }

    EncodingException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * Something else went wrong in code of the value: a constructor, a hash code, an own way to be serialised.
     *
     * @throws VirtualMachineError the failure itself, where it is one: no value is to blame for that
     */
    static EncodingException by(String what, Throwable failure) {
        if (failure instanceof VirtualMachineError broken) {
            throw broken;
        }
        return new EncodingException(what + " failed: " + failure, failure);
    }

    /** The step to the value of a key, or to an element of a set; what it says of itself may be long. */
    static String step(@Nullable Object key) {
        String text = String.valueOf(key);
        return "[" + (text.length() > LONGEST_KEY ? text.substring(0, LONGEST_KEY) + "…" : text) + "]";
    }

    boolean hasPath() {
        return !path.isEmpty();
    }

    /** Notes what the user can do; comes last in the message. */
    EncodingException hint(String advice) {
        hint = "; " + advice;
        return this;
    }

    /** Notes one more step on the way from the root: {@code .name} or {@code [3]}. */
    EncodingException under(String step) {
        path = step + path;
        return this;
    }

    @Override
    @SuppressWarnings("NullAway") // it is made with a message
    public String getMessage() {
        return path.isEmpty() ? super.getMessage() + hint : "at " + shortPath() + ": " + super.getMessage() + hint;
    }

    // What holds itself has a long way to the place where that became too much.
    private String shortPath() {
        int end = path.length();
        return end <= LONGEST_PATH ? path
                : path.substring(0, LONGEST_PATH / 2) + "…" + path.substring(end - LONGEST_PATH / 2);
    }
}
