package dev.espalier.testing;

import dev.espalier.core.Task;

/** Is told of each step and each choice of a run, for those who want to show it. */
interface StepLog {
    /** The run has this clock. */
    void begins(VirtualClock clock);

    /** A step was chosen among several; not called if the usual one was. */
    void deviated(Lane usual);

    /** A step begins. */
    void began(Lane lane);

    /** The step is over: its task waits for something, or has ended. */
    void waits(Lane lane, Task<?> task);

    /** The task has ended. */
    void ended(Lane lane, Task<?> task);
}
