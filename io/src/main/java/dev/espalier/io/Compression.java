package dev.espalier.io;

import dev.espalier.core.BusyException;
import java.io.EOFException;
import java.util.zip.Deflater;
import java.util.zip.ZipException;

/**
 * Streams that pack what is written and unpack what is read, over any other stream, file or pipe. For both directions of a connection
 * put the two together with {@link ByteStream#of}; whoever opened what is below closes it.
 *
 * {@snippet class="dev.espalier.io.CompressionTest" region="both"}
 *
 * <p>A writer holds about 256 KiB outside of the heap, a reader about 40, until it has come to its end or nobody refers to it.
 *
 * <p>Under TLS do not pack secrets together with what a stranger may choose: how much it shrinks tells whether they are alike.
 */
public enum Compression {
    /**
     * The form of files that end in {@code .gz}, and of HTTP's {@code gzip} (RFC 1952): with a checksum. Several parts one after
     * the other are read as one, so it goes on to the end of the stream below.
     */
    GZIP,

    /** HTTP's {@code deflate} (RFC 1950): with a checksum. It says itself where it ends. */
    ZLIB,

    /** Nothing but the packed bytes (RFC 1951), as within a ZIP file. It says itself where it ends. */
    DEFLATE;

    /**
     * Makes a reader of what was packed. Its methods fail with a {@link ZipException} if that is malformed, was changed on its way, or
     * becomes larger than allowed, and with an {@link EOFException} if it ends too early; what came before can be read.
     *
     * {@snippet class="dev.espalier.io.CompressionTest" region="file"}
     *
     * <p>A few bytes may be packed a thousand times: {@code max} bounds what they become in all, and memory is only used for what one
     * read asks for. What follows the end of {@link #ZLIB} and {@link #DEFLATE} stays in the stream below, if it is one of this
     * library's.
     *
     * <p><b>Cancellation.</b> As with any reader, nothing is lost.
     *
     * @param packed the stream below; while this is read, nobody else reads it: it throws a {@link BusyException}
     * @param max how many bytes it may become, from 0; {@link Long#MAX_VALUE} for a peer that is trusted, or for a connection that has
     *     no end
     * @return the reader, for tasks of this loop
     */
    public StreamReader reader(StreamReader packed, long max) {
        if (max < 0) {
            throw new IllegalArgumentException("what is unpacked may have 0 bytes or more, not " + max);
        }
        return new SourceReader(new UnpackingSource(this, packed, max), LoopShare.current(), UnpackingSource.PIECE);
    }

    /**
     * Makes a writer that packs, as well as is usual; see {@link #writer(StreamWriter, int)}.
     *
     * @param plain the stream below
     * @return the writer
     */
    public StreamWriter writer(StreamWriter plain) {
        return new PackingWriter(this, plain, Deflater.DEFAULT_COMPRESSION);
    }

    /**
     * Makes a writer that packs. It keeps back what would pack badly alone: a write returns when the system has taken what became
     * ready by it, perhaps nothing. {@link StreamWriter#flush} sends all that was written, so that the peer can read it; it costs some
     * bytes each time. {@link StreamWriter#writeEnd} sends the rest and ends the stream below.
     *
     * <p><b>Cancellation.</b> As any writer; what was packed counts as sent. A cancelled flush tears nothing.
     *
     * @param plain the stream below; while this is written, nobody else writes to it
     * @param level from 1, which is fast, to 9, which packs best; 0 packs nothing
     * @return the writer, for tasks of this loop
     */
    public StreamWriter writer(StreamWriter plain, int level) {
        if (level < Deflater.NO_COMPRESSION || level > Deflater.BEST_COMPRESSION) {
            throw new IllegalArgumentException("a level is from 0 to 9, not " + level);
        }
        return new PackingWriter(this, plain, level);
    }

    /** Whether it is bare: what the JDK calls nowrap. */
    boolean isBare() {
        return this != ZLIB;
    }
}
