package dev.espalier.testing.escapes;

import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Supplier;

/** Asks the JDK for time and luck, in each way there is to call a method. */
public final class Lottery {
    private final String id = UUID.randomUUID().toString(); // in the constructor
    private final Supplier<Instant> now = Instant::now; // by reference

    /** By a call, in a lambda, and through another class of the package. */
    public String draw(List<String> names) {
        Supplier<Double> luck = () -> Math.random();
        Random any = new Random();
        return id + now.get() + luck.get() + names.parallelStream().count() + new Drum().turn(any);
    }
}
