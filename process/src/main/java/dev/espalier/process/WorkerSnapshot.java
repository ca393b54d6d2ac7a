package dev.espalier.process;

import java.time.Duration;
import java.util.Optional;

/**
 * One place for a child in a pool, as it stands.
 *
 * @param number of the worker in its pool, from 1; a child that is replaced hands it on
 * @param state what the place does
 * @param pid the process id of the child; 0 while there is none
 * @param age since the child was connected; zero before
 * @param answered how many tasks the child has answered
 * @param outstanding how many tasks are at the child; the oldest of them runs
 * @param residentBytes memory of the child that is in RAM, what it shares with other processes included; -1 where the
 *         system does not say (it does on Linux)
 * @param progress what the task that runs there has last said of how far it is; empty if it has said nothing
 */
public record WorkerSnapshot(
        int number, State state, long pid, Duration age, long answered, int outstanding, long residentBytes,
        Optional<Progress> progress) {
    /** What a place does. */
    public enum State {
        /** It has no child: it waits for its turn to start one. */
        WAITING,
        /** Its child is not ready yet. */
        STARTING,
        /** Its child takes tasks. */
        READY
    }
}
