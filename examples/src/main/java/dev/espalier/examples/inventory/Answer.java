package dev.espalier.examples.inventory;

import java.io.Serializable;
import java.time.Duration;

/**
 * What a child JVM sends back for one file.
 *
 * @param worker the child's process id
 * @param busy how long it computed
 * @param facts what it found out
 */
record Answer(long worker, Duration busy, FileFacts facts) implements Serializable {
}
