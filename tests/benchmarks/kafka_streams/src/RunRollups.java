import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;

/**
 * Runs the topology over a topic that is full: RunRollups KAFKA TOPIC APPLICATION EVENTS GUARANTEE FOLDER.
 *
 * <p>It starts paused and settles, so that no rebalance is in the measured time. "began" is the first event that
 * is counted, "warm" when half of all counting is done, "finished" when everything is counted and committed:
 * closing the application flushes its caches, its changelogs and its last transaction. Then it waits to be
 * ended, so that its memory can be read.
 */
final class RunRollups {

  private static final int THREADS = 2;
  private static final int QUIET_MILLISECONDS = 2_000;
  private static final int SETTLE_SECONDS_MAX = 60;
  private static final int CLOSE_SECONDS_MAX = 60;
  private static final int LOOK_MILLISECONDS = 2;
  private static final Collection<LongAdder> COUNTED = Rollups.COUNTED.values();

  public static void main(String[] arguments) throws Exception {
    String kafka = arguments[0];
    String application = arguments[2];
    long events = Long.parseLong(arguments[3]);
    Properties settings = settings(kafka, application, arguments[4], arguments[5]);
    KafkaStreams streams = new KafkaStreams(Rollups.topology(arguments[1]), settings);
    streams.setUncaughtExceptionHandler(
        error -> {
          error.printStackTrace();
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.pause();
    streams.start();
    settle(kafka, application);
    Lines.tell("settled", Map.of());
    streams.resume();
    until(streams, 1);
    Lines.tell("began", Map.of());
    until(streams, events * COUNTED.size() / 2);
    Lines.tell("warm", Map.of("counted", counted()));
    for (LongAdder counter : COUNTED) {
      while (counter.sum() < events) {
        look(streams);
      }
    }
    Lines.tell("counted", Map.of());
    if (!streams.close(Duration.ofSeconds(CLOSE_SECONDS_MAX))) {
      throw new IllegalStateException("not closed within " + CLOSE_SECONDS_MAX + " s");
    }
    Lines.tell("finished", Map.of("broken", Rollups.BROKEN.sum()));
    Lines.endWithParent();
  }

  /** The fastest of what was tried on two cores; beside that Kafka Streams' own defaults. */
  private static Properties settings(String kafka, String application, String guarantee, String folder) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, kafka);
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, folder);
    settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, THREADS);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1_000);
    // Room for every row: a store then writes each row to its changelog once a commit, not once an event.
    settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256L << 20);
    settings.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
    settings.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 10_000);
    settings.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 100);
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    settings.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 128L << 20);
    return settings;
  }

  /** Waits until each thread has had partitions for a while: what a paused application says of itself is nothing. */
  private static void settle(String kafka, String application) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka))) {
      long deadline = System.nanoTime() + SETTLE_SECONDS_MAX * 1_000_000_000L;
      long quietSince = System.nanoTime();
      while (System.nanoTime() - quietSince < QUIET_MILLISECONDS * 1_000_000L) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("not settled within " + SETTLE_SECONDS_MAX + " s");
        }
        Thread.sleep(50);
        if (!shared(admin, application)) {
          quietSince = System.nanoTime();
        }
      }
    }
  }

  private static boolean shared(Admin admin, String application) throws Exception {
    try {
      ConsumerGroupDescription group =
          admin.describeConsumerGroups(List.of(application)).all().get().get(application);
      return group.groupState() == GroupState.STABLE
          && group.members().size() == THREADS
          && group.members().stream().noneMatch(member -> member.assignment().topicPartitions().isEmpty());
    } catch (ExecutionException error) {
      if (error.getCause() instanceof GroupIdNotFoundException) {
        return false;
      }
      throw error;
    }
  }

  private static void until(KafkaStreams streams, long counted) throws InterruptedException {
    while (counted() < counted) {
      look(streams);
    }
  }

  private static long counted() {
    return COUNTED.stream().mapToLong(LongAdder::sum).sum();
  }

  private static void look(KafkaStreams streams) throws InterruptedException {
    if (streams.state().hasCompletedShutdown() || streams.state().isShuttingDown()) {
      throw new IllegalStateException("Kafka Streams gave up; it is " + streams.state());
    }
    Thread.sleep(LOOK_MILLISECONDS);
  }

  private RunRollups() {}
}
