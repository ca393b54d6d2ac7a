package dev.espalier.examples.inventory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a shell script that starts the main job with the Java and the class path of this JVM, which Maven has put
 * together.
 */
public final class StartCommand {

    private StartCommand() {
    }

    /**
     * Writes the script.
     *
     * @param args the file to write
     * @throws IOException if it cannot be written
     */
    public static void main(String... args) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Files.writeString(Path.of(args[0]), "exec " + quoted(java) + " --add-opens java.base/java.lang=ALL-UNNAMED -cp "
                + quoted(System.getProperty("java.class.path")) + " " + Inventory.class.getName() + " \"$@\"\n");
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
