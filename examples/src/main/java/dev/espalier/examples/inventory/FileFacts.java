package dev.espalier.examples.inventory;

import java.io.Serializable;

/**
 * What a child JVM found out about one file.
 *
 * @param sha256 the digest, in lower-case hexadecimal
 * @param size bytes read
 * @param binary whether the contents look binary; then there are no lines and no words
 * @param lines number of lines
 * @param words number of words
 * @param vocabulary the different words that are ranked
 * @param counts how often each of them occurs, in the same order; two arrays, because a map costs several times the
 *     bytes on the wire
 * @param unranked occurrences of words that are counted above but not ranked
 */
record FileFacts(String sha256, long size, boolean binary, long lines, long words, String[] vocabulary, long[] counts,
        long unranked) implements Serializable {
}
