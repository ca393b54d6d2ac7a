package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A real child, met frame by frame.
 */
@Timeout(30)
class RemoteMainTest {
    @Test
    void runsATaskAndAnswersWithItsNumber() throws Exception {
        try (var parent = HandDrivenParent.greeted()) {
            parent.task(1, () -> "pid " + ProcessHandle.current().pid());
            HandDrivenParent.Message answer = parent.receive();
            assertThat(answer.kind()).isEqualTo(FrameKind.RESULT);
            assertThat(answer.id()).isEqualTo(1);
            assertThat(parent.value(answer)).isEqualTo("pid " + parent.child.pid());
        }
    }

    @Test
    @DisplayName("3.28: a parent that does not know the token is refused")
    void refusesAParentWithoutTheToken() throws Exception {
        try (var parent = new HandDrivenParent()) {
            parent.prove(Handshake.random());
            assertThatThrownBy(parent::receive).isInstanceOf(IOException.class);
            assertThat(parent.child.evidence().status()).isEqualTo(new ExitStatus.Exited(RemoteMain.REFUSED));
        }
    }

    @Test
    void refusesAFrameThatIsNotDue() throws Exception {
        try (var parent = HandDrivenParent.greeted()) {
            parent.send(FrameKind.HELLO, 0, new byte[0]);
            assertThatThrownBy(parent::receive).isInstanceOf(EOFException.class);
            assertThat(parent.child.evidence().lastErrorOutput()).contains("the parent sent HELLO");
        }
    }

    @Test
    void endsOnGarbageInsteadOfAFrame() throws Exception {
        try (var parent = HandDrivenParent.greeted()) {
            parent.channel.write(ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes()));
            assertThat(parent.child.evidence().status()).isEqualTo(new ExitStatus.Exited(RemoteMain.REFUSED));
        }
    }

    @Test
    @DisplayName("C6: a REVOKE that overtakes its TASK is remembered")
    void remembersARevokeThatComesFirst() throws Exception {
        try (var parent = HandDrivenParent.greeted()) {
            parent.send(FrameKind.REVOKE, 1, new byte[0]);
            parent.task(1, () -> "never");
            parent.task(2, () -> "next");
            assertThat(parent.receive().kind()).isEqualTo(FrameKind.REVOKED);
            assertThat(parent.value(parent.receive())).isEqualTo("next");
        }
    }

    @Test
    @DisplayName("3.5: BYE is acknowledged after the last result, then the child ends with code 0")
    void byeComesAfterTheLastResult() throws Exception {
        try (var parent = HandDrivenParent.greeted()) {
            parent.task(1, () -> 7);
            parent.send(FrameKind.BYE, 0, new byte[0]);
            assertThat(parent.value(parent.receive())).isEqualTo(7);
            assertThat(parent.receive().kind()).isEqualTo(FrameKind.BYE_ACK);
            assertThat(parent.child.evidence().status()).isEqualTo(new ExitStatus.Exited(0));
        }
    }

    @Test
    @DisplayName("C1: the way to kill oneself without a native call of ours is open in a child")
    void canKillItself() throws Exception {
        try (var parent = HandDrivenParent.greeted()) {
            // It is prepared beside the handshake, which may be faster.
            parent.task(1, () -> {
                while (!SelfKill.isPrepared()) {
                    Thread.onSpinWait();
                }
                return true;
            });
            assertThat(parent.value(parent.receive())).isEqualTo(true);
        }
    }
}
