package dev.espalier.testing;

/** Is told of each step and each choice of a run, for those who want to show it. */
interface StepLog {
    /** A step was chosen among several. */
    void chose(Schedule choice, int index);

    /** A step begins. */
    void began(Lane lane);
}
