package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.io.ByteStream;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ScriptedPeerTest { // D9
    // @start region="script"
    /** The code under test. */
    static String login(ByteStream server, String name) throws IOException {
        server.writeLine("USER " + name);
        String answer = server.readLine();
        server.writeEnd();
        return answer;
    }

    @LoopTest
    void login(LoopTester tester) throws IOException {
        ScriptedPeer.Script script = ScriptedPeer.script()
                .expect("USER ada\n")
                .pause(Duration.ofSeconds(3)) // it takes no real time
                .send("welcome\n")
                .expectEnd();
        try (ScriptedPeer server = script.start(tester)) {
            assertThat(login(server.stream(), "ada")).isEqualTo("welcome");
        }
    }
    // @end

    @LoopTest
    void failuresArePlayedToo(LoopTester tester) throws IOException {
        try (ScriptedPeer peer = ScriptedPeer.script().send("part").end().start(tester)) {
            assertThat(peer.stream().readAll(100)).asString().isEqualTo("part");
        }
        try (ScriptedPeer peer = ScriptedPeer.script().expect("x").reset().start(tester)) {
            peer.stream().write("x");
            assertThatThrownBy(() -> peer.stream().read(1)).isInstanceOf(IOException.class).hasMessageContaining("reset");
        }
    }

    @Test
    void otherBytesThanExpectedFailTheTest() {
        assertThatThrownBy(() -> LoopTester.<IOException>run(tester -> {
                    ScriptedPeer peer = ScriptedPeer.script().expect("USER ada\n").send("welcome\n").start(tester);
                    peer.stream().writeLine("USER bob");
                    peer.stream().readLine();
                }))
                .hasRootCauseInstanceOf(AssertionError.class)
                .hasStackTraceContaining("step 1 of 2: expects 'USER ada\\n' (9 bytes)")
                .hasStackTraceContaining("'USER bob\\n' (9 bytes) came; they differ from byte 5");
    }

    @Test
    void aScriptThatIsNotAtItsEndFailsTheTest() {
        assertThatThrownBy(() -> LoopTester.<IOException>run(tester -> {
                    try (ScriptedPeer peer = ScriptedPeer.script().expect("a").expect("b").start(tester)) {
                        peer.stream().write("a");
                    }
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("step 2 of 2: expects 'b' (1 bytes)")
                .hasMessageContaining("the script is not at its end");
    }

    @Test
    void bytesAfterTheScriptFailTheTest() {
        assertThatThrownBy(() -> LoopTester.<IOException>run(tester -> {
                    try (ScriptedPeer peer = ScriptedPeer.script().expect("a").start(tester)) {
                        peer.stream().write("abc");
                    }
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("after the end of the script there came 'bc' (2 bytes)");
    }
}
