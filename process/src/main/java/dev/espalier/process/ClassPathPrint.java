package dev.espalier.process;

import java.io.File;
import java.util.ArrayList;
import java.util.List;

/**
 * What is on the module and class path of a process, one number an entry: of its name, and of the size and time of a
 * file. Parent and child must have the same classes; this finds a jar that was exchanged while the parent ran.
 */
final class ClassPathPrint {
    // Of a directory only the name counts: those who develop compile into it all the time, and the functions and
    // records that travel are compared by themselves. On the child's way to HELLO: no stream, no regular expression.
    private static final long OFFSET = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;
    private static final long DIRECTORY = 1;
    private static final long FILE = 2;

    /** What the parent gives to its children, as they were when its first child was started. */
    private static final class Own {
        static final List<String> ENTRIES = new ArrayList<>();
        static final long[] PRINTS;

        static {
            add(OwnJars.modulePath(), ENTRIES);
            add(OwnJars.classPath(), ENTRIES);
            PRINTS = of(ENTRIES);
        }
    }

    private ClassPathPrint() {
    }

    /** The entries of a child, with absolute names. An agent of the JVM may be at the end. */
    static List<String> entries() {
        List<String> entries = new ArrayList<>();
        add(System.getProperty("jdk.module.path", ""), entries);
        add(System.getProperty("java.class.path", ""), entries);
        return entries;
    }

    private static void add(String path, List<String> entries) {
        int from = 0;
        while (from < path.length()) {
            int end = path.indexOf(File.pathSeparatorChar, from);
            end = end < 0 ? path.length() : end;
            if (end > from) {
                entries.add(new File(path.substring(from, end)).getAbsolutePath());
            }
            from = end + 1;
        }
    }

    static long[] of(List<String> entries) {
        long[] prints = new long[entries.size()];
        for (int i = 0; i < prints.length; i++) {
            prints[i] = of(entries.get(i));
        }
        return prints;
    }

    private static long of(String entry) {
        long print = OFFSET;
        for (int i = 0; i < entry.length(); i++) {
            print = (print ^ entry.charAt(i)) * PRIME;
        }
        File file = new File(entry);
        if (file.isDirectory()) {
            return (print ^ DIRECTORY) * PRIME;
        }
        print = (print ^ file.length()) * PRIME;
        return ((print ^ file.lastModified()) * PRIME ^ FILE) * PRIME;
    }

    /** How a child's paths differ from ours; empty when they do not. */
    static String difference(long[] theirs) {
        return difference(Own.ENTRIES, Own.PRINTS, theirs);
    }

    static String difference(List<String> entries, long[] own, long[] theirs) {
        for (int i = 0; i < own.length; i++) {
            if (i == theirs.length) {
                return "the child's class path ends before " + entries.get(i);
            }
            if (own[i] != theirs[i]) {
                return entries.get(i) + " has changed, or the child has something else in its place on its class path";
            }
        }
        return "";
    }
}
