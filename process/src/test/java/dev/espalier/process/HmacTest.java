package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;

class HmacTest {
    @Property(tries = 200)
    void ourHmacIsTheJdks(@ForAll @Size(min = 1, max = 64) byte[] key, @ForAll byte[] text) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        assertThat(Handshake.hmac(key, text)).isEqualTo(mac.doFinal(text));
    }

    @Example
    void longKeysAreRefused() {
        assertThatThrownBy(() -> Handshake.hmac(new byte[65],
                new byte[0])).isInstanceOf(IllegalArgumentException.class);
    }
}
