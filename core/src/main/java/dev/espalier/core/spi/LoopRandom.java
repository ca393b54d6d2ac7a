package dev.espalier.core.spi;

import java.util.random.RandomGenerator;

/** The random numbers of a loop. The library draws them nowhere else, so a seed replays a run. */
@FunctionalInterface
public interface LoopRandom extends RandomGenerator {}
