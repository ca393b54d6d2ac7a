package dev.espalier.process;

/**
 * What the main thread of a child hands to the task thread, in the order in which it came.
 */
final class ChildWork {
    enum Sort { TASK, DEFINITION, BYE }

    final Sort sort;
    final long id;
    final byte[] bytes;

    private ChildWork(Sort sort, long id, byte[] bytes) {
        this.sort = sort;
        this.id = id;
        this.bytes = bytes;
    }

    static ChildWork task(long id, byte[] bytes) {
        return new ChildWork(Sort.TASK, id, bytes);
    }

    static ChildWork definition(long id, byte[] bytes) {
        return new ChildWork(Sort.DEFINITION, id, bytes);
    }

    static ChildWork bye() {
        return new ChildWork(Sort.BYE, 0, new byte[0]);
    }
}
