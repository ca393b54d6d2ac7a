/**
 * Child JVMs that run functions of this program: {@link dev.espalier.process.ProcessPool}.
 *
 * <p>Nothing is null unless it is marked so. A pool, its tasks and its streams belong to the loop on which the pool was
 * opened. Durations are real time, whatever clock the loop has. What a child did before its answer happened-before what
 * the parent does after it has received the answer; they share no objects, only copies.
 *
 * <p><b>Failures.</b> What a body throws comes out with its type. {@link dev.espalier.process.WorkerLostException}: the
 * child is gone. {@link dev.espalier.process.RemoteTaskException}: something cannot travel back.
 * {@link IllegalArgumentException}: something cannot travel there. All of ours are unchecked.
 */
@NullMarked
package dev.espalier.process;

import org.jspecify.annotations.NullMarked;
