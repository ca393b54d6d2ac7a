package dev.espalier.process;

/**
 * What a frame says. The position in this list is the number on the wire: add at the end, never reorder.
 */
enum FrameKind {
    // Handshake, in this order, each exactly once.
    /** Child to parent: 32 random bytes. */
    CHALLENGE,
    /** Parent to child: its answer to the challenge and 32 random bytes of its own. */
    PROOF,
    /** Child to parent: its answer, then what it is. */
    HELLO,
    /** Parent to child: what was agreed. */
    WELCOME,

    // Work; the id is the number of the task on this connection, counted from 1.
    /** Parent to child: function and arguments. */
    TASK,
    /** Child to parent: the value. */
    RESULT,
    /** Child to parent: the throwable. */
    FAILURE,
    /** Both ways; the id is a symbol: a class name or the shape of a lambda, sent before its first use. */
    DEFINE,

    // Control; these may overtake work.
    /** Parent to child: this task is no longer wanted. */
    REVOKE,
    /** Child to parent: the task was dropped before it started. */
    REVOKED,
    /** Parent to child: another worker could run this task, give it back unless it has started. */
    RECALL,
    /** Parent to child: no more work will come. */
    BYE,
    /** Child to parent: everything is written, I end now. */
    BYE_ACK,

    // Work, again.
    /** Child to parent: outcomes of some items of a call for many arguments; the task goes on. */
    PART,

    // Of a ChildProcess.
    /** Parent to child: end, please; with the reason. */
    ASK,
    /** Parent to child: whoever blocks is interrupted. */
    INTERRUPT,

    // Of the rings.
    /** Both ways: look at the rings, the other side has written, or has made room. */
    BELL,

    // Of a ProcessChannel.
    /** Both ways; the id is a channel: from its sender to its receiver, see {@link ChannelEnds}. */
    CHANNEL,
    /** Both ways; the id is a channel: from its receiver to its sender. */
    CHANNEL_BACK,

    // To look at a worker, and before a kill.
    /** Parent to child: what do you run? */
    LOOK,
    /** Child to parent: a {@link RunningTask}. */
    SEEN,

    // Of a SharedLock or SharedSemaphore.
    /** Both ways; the id is what is locked, a number of the parent: a request, or what becomes of it, see {@link PermitPeer}. */
    PERMIT,

    // Of large arrays, see {@link LargeArray}.
    /** Both ways; the id is the task: an announcement, or the bytes of what was announced; before the message it belongs to. */
    ARRAY,

    // Of what tasks report, see ChildProgress.
    /** Child to parent; the id is the task: how far it has come. Parent to child: the next report is welcome. */
    PROGRESS,

    // Of tasks that give many values, see ProducedTask.
    /** Parent to child; the id is the task: there is room for so many more values. */
    ROOM;

    private static final FrameKind[] ALL = values();

    /** The number on the wire. */
    @SuppressWarnings("EnumOrdinal") // the order is the protocol, as said above
    byte number() {
        return (byte) ordinal();
    }

    /** The kind with this number, or null when the number is unknown. */
    static @org.jspecify.annotations.Nullable FrameKind of(int number) {
        return number >= 0 && number < ALL.length ? ALL[number] : null;
    }
}
