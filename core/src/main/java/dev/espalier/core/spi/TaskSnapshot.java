package dev.espalier.core.spi;

import java.util.List;

/**
 * What one task was doing at one moment.
 *
 * @param id its number in its loop, from 1
 * @param name its name
 * @param parentId the number of the task whose group or scope it lives in; 0 if that is the loop itself
 * @param waitingFor what it waits for, in words; "nothing: it runs" or "its turn" if it does not wait
 * @param startedAt where it was started, outermost frame last; empty unless the loop keeps spawn traces
 * @param stack its stack while suspended, outermost frame last; empty before its first step
 */
public record TaskSnapshot(
        long id,
        String name,
        long parentId,
        String waitingFor,
        List<StackTraceElement> startedAt,
        List<StackTraceElement> stack) {}
