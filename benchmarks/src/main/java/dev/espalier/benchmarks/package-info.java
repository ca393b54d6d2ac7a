/**
 * Benchmarks of Espalier beside its peers. {@code BenchMain} runs them; nothing here is published.
 *
 * <p>What fits one timed invocation is a JMH benchmark; what needs its own clock, its own process or a heap to be
 * weighed is a small program that prints its figure ({@code *Program}). Either way every fork is a fresh process,
 * rounds over all entries are interleaved, and the figure of an entry is the median over its forks.
 */
@NullMarked
package dev.espalier.benchmarks;

import org.jspecify.annotations.NullMarked;
