import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** A row of a rollup: how many events of each kind, in their order. Stored as so many big-endian longs. */
final class Counts {

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  final long[] ofKind = new long[Engagement.KINDS.length];

  static Serde<Counts> serde() {
    return Serdes.serdeFrom((topic, counts) -> counts.bytes(), (topic, bytes) -> of(bytes));
  }

  static Counts of(byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    Counts counts = new Counts();
    for (int kind = 0; kind < counts.ofKind.length; kind++) {
      counts.ofKind[kind] = (long) LONGS.get(bytes, kind * Long.BYTES);
    }
    return counts;
  }

  private byte[] bytes() {
    byte[] bytes = new byte[ofKind.length * Long.BYTES];
    for (int kind = 0; kind < ofKind.length; kind++) {
      LONGS.set(bytes, kind * Long.BYTES, ofKind[kind]);
    }
    return bytes;
  }
}
