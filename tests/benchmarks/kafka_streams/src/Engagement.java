import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.time.LocalDate;

/**
 * What the rollups need of an event, read from its JSON token by token: no tree, no data binding.
 *
 * @param kind the place of the event's type in {@link #KINDS}
 * @param hour whole hours since the first day of the year 1, as the other contestants count them
 */
record Engagement(int kind, String videoId, String creatorId, String userId, int hour) {

  static final String[] KINDS = {"comment", "share", "like", "view", "save"};

  private static final String TYPE_PREFIX = "rollups.";
  private static final int HOURS_A_DAY = 24;
  private static final JsonFactory JSON = new JsonFactory();

  /** The days from the first day of the year 1 to that of 1970, plus one: what Python's toordinal gives. */
  private static final int ORDINAL_OF_1970 = 719_163;

  /** The event in a record's value; null where there is none, as in the broken records of the input. */
  static Engagement read(byte[] value) {
    if (value == null) {
      return null;
    }
    int kind = -1;
    int hour = -1;
    String video = null;
    String creator = null;
    String user = null;
    try (JsonParser parser = JSON.createParser(value)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        parser.nextToken();
        switch (name) {
          case "type" -> kind = kindOf(parser.getText());
          case "at" -> hour = hourOf(parser.getTextCharacters(), parser.getTextOffset());
          case "actor" -> user = parser.getText();
          case "video_id" -> video = parser.getText();
          case "creator_id" -> creator = parser.getText();
          default -> parser.skipChildren();
        }
      }
    } catch (IOException error) {
      return null;
    }
    boolean whole = kind >= 0 && hour >= 0 && video != null && creator != null && user != null;
    return whole ? new Engagement(kind, video, creator, user, hour) : null;
  }

  private static int kindOf(String type) {
    for (int kind = 0; kind < KINDS.length; kind++) {
      String name = KINDS[kind];
      if (type.length() == TYPE_PREFIX.length() + name.length() && type.endsWith(name)) {
        return kind;
      }
    }
    return -1;
  }

  /** The hour of a moment in UTC, `2026-01-01T00:00:00.000Z`: java.time would take as long as the rest. */
  private static int hourOf(char[] text, int from) {
    LocalDate day = LocalDate.of(number(text, from, 4), number(text, from + 5, 2), number(text, from + 8, 2));
    return (int) (day.toEpochDay() + ORDINAL_OF_1970) * HOURS_A_DAY + number(text, from + 11, 2);
  }

  private static int number(char[] text, int from, int digits) {
    int value = 0;
    for (int place = from; place < from + digits; place++) {
      value = value * 10 + (text[place] - '0');
    }
    return value;
  }
}
