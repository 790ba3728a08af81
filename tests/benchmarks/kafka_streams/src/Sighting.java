import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** What goes through a repartition topic beside its key: the event's kind and hour, in five bytes. */
record Sighting(int kind, int hour) {

  private static final int BYTES = Byte.BYTES + Integer.BYTES;

  static Serde<Sighting> serde() {
    return Serdes.serdeFrom(
        (topic, seen) -> ByteBuffer.allocate(BYTES).put((byte) seen.kind).putInt(seen.hour).array(),
        (topic, bytes) -> read(ByteBuffer.wrap(bytes)));
  }

  private static Sighting read(ByteBuffer buffer) {
    return new Sighting(buffer.get(), buffer.getInt());
  }
}
