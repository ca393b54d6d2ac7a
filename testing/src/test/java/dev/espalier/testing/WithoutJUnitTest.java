package dev.espalier.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.espalier.core.EventLoop;
import java.lang.reflect.Constructor;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.List;
import java.util.concurrent.Callable;
import org.jctools.queues.MessagePassingQueue;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WithoutJUnitTest {
    private static final List<Class<?>> KIT = List.of(
            WithoutJUnit.class,
            LoopTester.class,
            EventLoop.class,
            MpscUnboundedVarHandleArrayQueue.class,
            MessagePassingQueue.class,
            Caffeine.class);

    private static URLClassLoader loader() {
        URL[] path = KIT.stream()
                .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
                .distinct()
                .toArray(URL[]::new);
        return new URLClassLoader(path, ClassLoader.getPlatformClassLoader());
    }

    @Test
    @DisplayName("testing E14: runs and explorations work where there is no JUnit, no jqwik and no Awaitility")
    void runsWorkWithoutOptionalLibraries() throws Exception {
        try (URLClassLoader loader = loader()) {
            Constructor<?> program = loader.loadClass(WithoutJUnit.class.getName()).getDeclaredConstructor();
            program.setAccessible(true);
            assertThat(((Callable<?>) program.newInstance()).call()).isEqualTo("PT1H, many runs");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org.junit.jupiter.api.Test",
                "org.junit.platform.commons.support.AnnotationSupport",
                "net.jqwik.api.Property",
                "org.awaitility.Awaitility"
            })
    void thereIsNone(String type) throws Exception {
        try (URLClassLoader loader = loader()) {
            assertThatThrownBy(() -> loader.loadClass(type)).isInstanceOf(ClassNotFoundException.class);
        }
        assertThat(Class.forName(type)).isNotNull();
    }
}
