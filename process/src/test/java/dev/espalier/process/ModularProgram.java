package dev.espalier.process;

import dev.espalier.core.Async;
import java.util.List;

/**
 * A program on the module path, started by {@link ModulePathTest}. Its argument is the class folder that its module,
 * and that of its children, is patched with.
 */
final class ModularProgram {
    private ModularProgram() {
    }

    public static void main(String[] arguments) {
        var options = TestPools.ONE.withOutput(line -> System.err.println(line.text()))
                .withJvmArguments(List.of("--patch-module", "dev.espalier.process=" + arguments[0]));
        int more = arguments.length;
        String answer = Async.run(() -> {
            try (var pool = ProcessPool.open(options)) {
                return pool.<String, RuntimeException>call(
                        () -> ModularProgram.class.getModule() + " " + more + " " + SelfKill.isPrepared());
            }
        });
        System.out.println(answer);
    }
}
