/**
 * The main job: an inventory of a directory, made by child JVMs.
 *
 * <p>The way of a file: {@link dev.espalier.examples.inventory.TreeCursor} finds it off the loop, a bounded channel
 * carries it to a lane of {@link dev.espalier.examples.inventory.Census}, {@link
 * dev.espalier.examples.inventory.Loader} reserves memory and reads the contents without holding the loop, a stream of
 * outcomes takes them to the child JVMs in chunks, {@link dev.espalier.examples.inventory.ContentCounter} counts there,
 * and {@link dev.espalier.examples.inventory.Ledger} adds the answer up. A file whose child was lost goes to another
 * one, once.
 *
 * <p>What is counted:
 * <ul>
 * <li>A <em>binary</em> file has a zero byte among its first 8000 bytes; it has a size and a SHA-256, no lines and no
 * words.
 * <li><em>Lines</em> are line feeds, plus one for a last line that has none.
 * <li>A <em>word</em> is a longest run of Unicode letters and decimal digits in the contents read as UTF-8,
 * lower-cased character by character. Bytes that are not UTF-8 separate words. Runs of more than 64 characters count
 * as words but are not ranked.
 * <li>An <em>extension</em> is what follows the last dot of a name, lower-cased, unless that dot is its first or last
 * character.
 * <li><em>Duplicates</em> are files of the same SHA-256 and of at least one byte.
 * </ul>
 */
@NullMarked
package dev.espalier.examples.inventory;

import org.jspecify.annotations.NullMarked;
