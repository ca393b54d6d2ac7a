package dev.espalier.testing.escapes;

import java.util.Random;

/** Mentioned by {@link Lottery} alone. */
final class Drum {
    int turn(Random any) {
        Runnable nap = () -> {
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        return any.nextInt() + Thread.ofVirtual().unstarted(nap).getName().length();
    }
}
