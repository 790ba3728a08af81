import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** What the benchmark hears: one line of JSON each on stderr, as every process that it starts writes them. */
final class Lines {

  private static final int LOOK_MILLISECONDS = 100;

  static void tell(String event, Map<String, Long> details) {
    StringBuilder line = new StringBuilder("{\"event\":\"" + event + "\",\"timestamp\":\"" + Instant.now() + '"');
    details.forEach((name, value) -> line.append(",\"" + name + "\":" + value));
    System.err.println(line.append('}'));
  }

  /** Waits for SIGTERM; ends by itself when the benchmark was killed. */
  static void endWithParent() throws InterruptedException {
    Optional<ProcessHandle> parent = ProcessHandle.current().parent();
    while (parent.isPresent() && parent.get().isAlive()) {
      Thread.sleep(LOOK_MILLISECONDS);
    }
  }

  private Lines() {}
}
