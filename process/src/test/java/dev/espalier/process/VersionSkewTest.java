package dev.espalier.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.Serializable;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two builds of one program: what would be mistaken for another thing is an error.
 */
class VersionSkewTest {
    @TempDir
    Path folder;

    /** A class whose lambda number 0 is the first of these expressions, and a record with these components. */
    private ClassLoader build(String name, String components, String... expressions) throws IOException {
        StringBuilder text = new StringBuilder("package skew; import dev.espalier.process.RemoteBody;"
                + "public class Job { public record Point(" + components + ") {}"
                + "public static Object point() { return new Point(1, 2); } public static Object last() {"
                + "RemoteBody<String, RuntimeException> body = null;");
        for (String expression : expressions) {
            text.append("body = () -> \"").append(expression).append("\";");
        }
        Path source = Files.createDirectories(folder.resolve(name)).resolve("Job.java");
        Files.writeString(source, text + "return body; } }");
        int result = ToolProvider.getSystemJavaCompiler().run(null, null, null, "-proc:none", "-cp",
                System.getProperty("java.class.path"), "-d", source.getParent().toString(), source.toString());
        assertThat(result).isZero();
        return new URLClassLoader(new URL[] {source.getParent().toUri().toURL()}, getClass().getClassLoader());
    }

    private static Object make(ClassLoader build, String method) throws ReflectiveOperationException {
        return build.loadClass("skew.Job").getMethod(method).invoke(null);
    }

    private static Symbols symbols(SymbolTable table, ClassLoader loader) throws ProtocolException {
        Symbols symbols = new Symbols(ObjectInputFilter.Config.createFilter("*"), loader);
        for (int i = 0; i < table.size(); i++) {
            symbols.define(i, table.definition(i));
        }
        return symbols;
    }

    private static Object run(ClassLoader from, ClassLoader to) throws Throwable {
        SymbolTable table = new SymbolTable();
        Encoder out = new Encoder(table);
        Calls.write(out, (Serializable) make(from, "last"));
        return Calls.run(new Decoder(symbols(table, to)).over(out.toBytes(), 0, out.size()));
    }

    @Test
    @DisplayName("3.20: a lambda of another build is an error, not another lambda")
    void aLambdaOfAnotherBuildIsAnError() throws Throwable {
        ClassLoader one = build("one", "int x, int y", "zero", "one");
        ClassLoader two = build("two", "int x, int y", "other", "zero");
        assertThat(run(one, build("same", "int x, int y", "zero", "one"))).isEqualTo("one");
        assertThatThrownBy(() -> run(one, two)).isInstanceOf(EncodingException.class)
                .hasMessageContaining("skew.Job is of another build");
    }

    @Test
    @DisplayName("3.20: a record of another build is an error, not one with exchanged components")
    void aRecordOfAnotherBuildIsAnError() throws Exception {
        ClassLoader one = build("one", "int x, int y");
        ClassLoader two = build("two", "int y, int x");
        SymbolTable table = new SymbolTable();
        Encoder out = new Encoder(table);
        out.root(List.of(make(one, "point")));
        assertThatThrownBy(() -> new Decoder(symbols(table, two)).over(out.toBytes(), 0, out.size()).last())
                .isInstanceOf(EncodingException.class).hasMessageContaining("(int y, int x) here")
                .hasMessageContaining("(int x, int y) where it comes from");
    }

    @Test
    @DisplayName("3.21: a class that the other process does not have is named")
    void aMissingClassIsNamed() throws Exception {
        ClassLoader one = build("one", "int x, int y", "zero");
        assertThatThrownBy(() -> run(one, getClass().getClassLoader())).isInstanceOf(EncodingException.class)
                .hasMessageContaining("skew.Job is not on the class path");
    }
}
