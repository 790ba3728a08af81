import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** The five rollups as a topology. */
final class Rollups {

  static final String[] STORES = {"videos", "creators", "users", "video_hours", "creator_hours"};

  /** How many events each kind of row has counted, over all tasks. */
  static final Map<String, LongAdder> COUNTED =
      Map.of("videos", new LongAdder(), "creators", new LongAdder(), "users", new LongAdder());

  static final LongAdder BROKEN = new LongAdder();

  static Topology topology(String topic) {
    StreamsBuilder builder = new StreamsBuilder();
    for (String name : STORES) {
      builder.addStateStore(store(name));
    }
    Serde<String> id = Serdes.String();
    Serde<Engagement> reading = Serdes.serdeFrom((name, event) -> null, (name, value) -> Engagement.read(value));
    KStream<String, Engagement> events =
        builder.stream(topic, Consumed.with(id, reading)).filter((key, event) -> counts(event));
    // The topic is keyed by video already: only the other two keys go through topics of their own.
    events
        .mapValues(event -> new Sighting(event.kind(), event.hour()))
        .process(() -> new Count("videos", "video_hours"), "videos", "video_hours");
    events
        .map((key, event) -> KeyValue.pair(event.creatorId(), new Sighting(event.kind(), event.hour())))
        .repartition(Repartitioned.with(id, Sighting.serde()).withName("creators"))
        .process(() -> new Count("creators", "creator_hours"), "creators", "creator_hours");
    events
        .map((key, event) -> KeyValue.pair(event.userId(), new Sighting(event.kind(), event.hour())))
        .repartition(Repartitioned.with(id, Sighting.serde()).withName("users"))
        .process(() -> new Count("users", null), "users");
    return builder.build();
  }

  private static StoreBuilder<KeyValueStore<String, Counts>> store(String name) {
    return Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(name), Serdes.String(), Counts.serde())
        .withCachingEnabled()
        .withLoggingEnabled(Map.of());
  }

  private static boolean counts(Engagement event) {
    if (event == null) {
      BROKEN.increment();
    }
    return event != null;
  }

  /** Adds one to a key's row, and where there is such a store to the row of its key and hour. */
  private static final class Count implements Processor<String, Sighting, Void, Void> {

    private final String totalsName;
    private final String hoursName;
    private final LongAdder counted;
    private KeyValueStore<String, Counts> totals;
    private KeyValueStore<String, Counts> hours;

    Count(String totalsName, String hoursName) {
      this.totalsName = totalsName;
      this.hoursName = hoursName;
      this.counted = COUNTED.get(totalsName);
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
      totals = context.getStateStore(totalsName);
      hours = hoursName == null ? null : context.getStateStore(hoursName);
    }

    @Override
    public void process(Record<String, Sighting> record) {
      Sighting seen = record.value();
      add(totals, record.key(), seen.kind());
      if (hours != null) {
        add(hours, record.key() + '|' + seen.hour(), seen.kind());
      }
      counted.increment();
    }

    private static void add(KeyValueStore<String, Counts> store, String key, int kind) {
      Counts row = store.get(key);
      if (row == null) {
        row = new Counts();
      }
      row.ofKind[kind]++;
      store.put(key, row);
    }
  }

  private Rollups() {}
}
