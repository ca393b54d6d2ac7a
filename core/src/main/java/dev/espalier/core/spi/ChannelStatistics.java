package dev.espalier.core.spi;

import java.util.List;

/**
 * What is in a channel, a queue or a broadcast at one moment, what has gone through it, and who waits at it.
 *
 * @param size values in it now
 * @param capacity values it holds at most; 0: each is handed over from task to task; {@link Integer#MAX_VALUE}: unlimited
 * @param peak the largest size it has had
 * @param sent values that went into it, those included that were handed over without staying in it
 * @param received values that were received
 * @param dropped values that went into it and will not be received: by its overflow policy, because they were missed, or because
 *     its receiving end was closed
 * @param openSenders sending ends that are not closed
 * @param waitingSenders the tasks that wait for room, in the order in which they came
 * @param waitingReceivers the tasks that wait for a value, in the order in which they came
 */
public record ChannelStatistics(
        int size,
        int capacity,
        int peak,
        long sent,
        long received,
        long dropped,
        int openSenders,
        List<TaskRef> waitingSenders,
        List<TaskRef> waitingReceivers) {
    /**
     * Creates the record; the lists are copied.
     *
     * @param size values in it now
     * @param capacity values it holds at most
     * @param peak the largest size it has had
     * @param sent values that went into it
     * @param received values that were received
     * @param dropped values that went into it and will not be received
     * @param openSenders sending ends that are not closed
     * @param waitingSenders the tasks that wait for room
     * @param waitingReceivers the tasks that wait for a value
     */
    public ChannelStatistics {
        waitingSenders = List.copyOf(waitingSenders);
        waitingReceivers = List.copyOf(waitingReceivers);
    }
}
