/**
 * Tests of code that runs on a loop: {@link dev.espalier.testing.LoopTester} runs a body under virtual time and
 * explains what hangs or leaks; {@link dev.espalier.testing.LoopTest} and {@link dev.espalier.testing.OnLoop} do it for
 * JUnit.
 *
 * <p><b>Time.</b> Two sorts of time occur, and every message says which one it means. <em>Virtual</em> time is what the
 * tested code sees: it stands still while anything can run and jumps to the next timer when nothing can. <em>Real</em>
 * time bounds the whole run from outside.
 *
 * <p><b>Failures.</b> All errors here are {@link AssertionError}s: a test that meets one has failed.
 *
 * <p>There is no global state: runs on different threads do not know each other.
 */
package dev.espalier.testing;
