package dev.espalier.process;

import static dev.espalier.process.TestPools.ONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A codec of the user carries what nothing else can. It is declared in {@code META-INF/services} of the test resources.
 */
@Timeout(60)
class ValueCodecTest {
    /** Neither a record nor serialisable. */
    static final class Matrix {
        final int rows;
        final int columns;

        Matrix(int rows, int columns) {
            this.rows = rows;
            this.columns = columns;
        }
    }

    // @start region="codec"
    public static final class MatrixCodec implements ValueCodec {
        @Override
        public String id() {
            return "matrix";
        }

        @Override
        public boolean handles(Class<?> type) {
            return type == Matrix.class;
        }

        @Override
        public void write(Object value, OutputStream out) throws IOException {
            var data = new DataOutputStream(out);
            data.writeInt(((Matrix) value).rows);
            data.writeInt(((Matrix) value).columns);
        }

        @Override
        public Object read(Class<?> type, InputStream in) throws IOException {
            var data = new DataInputStream(in);
            return new Matrix(data.readInt(), data.readInt());
        }
    }
    // @end

    @Test
    void valuesTravelThereAndBack() {
        TestPools.run(ONE, pool -> {
            Matrix turned = pool.call((Matrix matrix) -> new Matrix(matrix.columns, matrix.rows), new Matrix(2, 3));
            assertThat(turned.rows).isEqualTo(3);
            assertThat(turned.columns).isEqualTo(2);
        });
    }

    @Test
    void sharedOnesStayShared() {
        Matrix matrix = new Matrix(1, 1);
        List<?> back = (List<?>) CodecSharingTest.roundTrip(List.of(matrix, matrix));
        assertThat(back.get(0)).isSameAs(back.get(1));
    }

    @Test
    void itsFailureIsTheFailureOfTheValue() {
        SymbolTable table = new SymbolTable();
        Encoder out = new Encoder(table);
        out.root(new Matrix(1, 1));
        byte[] bytes = out.toBytes();
        // The length of what the codec wrote, and with it the end of the value.
        bytes[bytes.length - 12] = 4;
        assertThatThrownBy(() -> new Decoder(CodecSharingTest.symbols(table)).over(bytes, 0, bytes.length - 4).last())
                .isInstanceOf(EncodingException.class).hasMessageContaining("matrix cannot read")
                .hasMessageContaining("EOFException");
    }

    @Test
    void theFilterIsAskedAboutTheClass() {
        var strict = ONE.withSerialFilter("java.base/*;!" + Matrix.class.getName() + ";*");
        TestPools.run(strict, pool -> assertThatThrownBy(() -> pool.call((Matrix m) -> m.rows, new Matrix(1, 1)))
                .isInstanceOf(RemoteTaskException.class).hasMessageContaining("rejected by the filter"));
    }
}
