import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.File;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * What an application has committed: CommittedRows KAFKA APPLICATION FILE.
 *
 * <p>Reads the changelogs of its stores, committed records only, from which a fresh instance would restore
 * them, and writes the last value of each key: {"videos": {"v1": [comments, shares, ...]}}.
 */
final class CommittedRows {

  private static final Duration POLL = Duration.ofMillis(200);

  public static void main(String[] arguments) throws Exception {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", arguments[0], "isolation.level", "read_committed");
    try (JsonGenerator json = new JsonFactory().createGenerator(new File(arguments[2]), JsonEncoding.UTF8);
        KafkaConsumer<String, byte[]> consumer =
            new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      json.writeStartObject();
      for (String store : Rollups.STORES) {
        json.writeObjectFieldStart(store);
        for (var row : rows(consumer, arguments[1] + '-' + store + "-changelog").entrySet()) {
          long[] counts = Counts.of(row.getValue()).ofKind;
          json.writeFieldName(row.getKey());
          json.writeArray(counts, 0, counts.length);
        }
        json.writeEndObject();
      }
      json.writeEndObject();
    }
  }

  private static Map<String, byte[]> rows(KafkaConsumer<String, byte[]> consumer, String topic) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .collect(Collectors.toList());
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    Map<String, byte[]> rows = new HashMap<>();
    while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        rows.put(record.key(), record.value());
      }
    }
    return rows;
  }

  private CommittedRows() {}
}
