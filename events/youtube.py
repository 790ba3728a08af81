"""Trending videos of YouTube as events of system 2: a row is what a video counted on the day it trended.

The input is the rows of a CSV file as in the public sets of daily trending videos. Each row gives the totals
that it names, seen at `trending_date` 00:00 UTC; the first row of a video also announces it, and a later one
changes what it says differently. Rows are told by date, in the order of the file within a date, so that the
latest one of a video stands.

Ids derive from what the rows say. The same rows a second time are duplicates, and change nothing, for as long
as the log knows the first ones as such (250,000 records in their partition). Beyond that what was counted is
still known by its id, and what a video is is told once more: only `version` grows. A file with more rows adds
what is new in it. Of files with different rows the latest is imported last: what is told last stands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from itertools import groupby
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

from events.content import HASHTAGS_MAX, VideoChanged, VideoMetricsObserved, VideoPublished
from events.envelope import Event
from events.errors import WrongUsage
from events.hashtags import HashtagRule
from events.instants import ahead_reason, is_too_far_ahead
from events.refusals import Broken, InvalidEvent, Refused
from events.rules import shown

NAMESPACE: Final = uuid5(NAMESPACE_OID, "groundswell.youtube")
VIDEO, DATE, TITLE, CHANNEL = "video_id", "trending_date", "title", "channel_title"
PUBLISHED, TAGS = "publish_time", "tags"
COUNTS: Final = {"views": "views", "likes": "likes", "comment_count": "comments"}
"""By column: the counter that it holds."""
COLUMNS: Final = (VIDEO, DATE, TITLE, CHANNEL, PUBLISHED, *COUNTS)
"""Those that a file must have; `tags` is read where there is one, others say nothing to us."""
NO_TAGS: Final = "[none]"
COUNT_DIGITS_MAX: Final = 40
TAGS_REMEMBERED_MAX: Final = 16_384

_COLUMN_OF: Final = {"creator_id": CHANNEL, "caption": TITLE, "published_at": PUBLISHED, "at": DATE} | {
    counter: column for column, counter in COUNTS.items()
}
_DATE = re.compile(r"(\d\d)\.(\d\d)\.(\d\d)", re.ASCII)
_NOT_UTF8 = re.compile(r"[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Row:
    """What one row says. A fact that it does not give is not in `facts`, an empty count not in `totals`."""

    video_id: str
    at: datetime
    facts: Mapping[str, Any]
    """`creator_id`, and `caption`, `published_at` and `hashtags` where the row has them."""
    totals: Mapping[str, Any]
    left_out: Refused | None = None
    """Of the row, what cannot be taken although the rest can."""


class _NotTaken(Exception):
    """Never leaves this module."""

    def __init__(self, column: str, reason: str) -> None:
        self.problem = Refused("invalid_field", column, reason)


class Rows:
    """Reads the rows of a file whose first line is `header`; WrongUsage when a column is missing there.

    `now` is the producer's clock: the log would refuse what is more than 5 minutes ahead of it. Text has the
    bytes that are not UTF-8 as lone surrogates ("surrogateescape").
    """

    def __init__(self, header: Sequence[str], *, now: datetime) -> None:
        self._places = {name.strip(): place for place, name in enumerate(header)}
        self._width = len(header)
        self._now = now
        if missing := [name for name in COLUMNS if name not in self._places]:
            raise WrongUsage(
                f"the first line must name the columns; {', '.join(missing)} cannot be found in it: give a "
                f"CSV file with {', '.join(COLUMNS)}"
            )

    def row(self, cells: Sequence[str]) -> Row | Refused:
        """What the row says, or why it cannot be taken, with the column at fault."""
        try:
            return self._taken(cells)
        except _NotTaken as error:
            return error.problem

    def _taken(self, cells: Sequence[str]) -> Row:
        if len(cells) != self._width:
            raise _NotTaken("line", f"must have {self._width} cells as the header has, has {len(cells)}")
        video_id = self._text(cells, VIDEO)
        at = self._date(cells)
        facts: dict[str, Any] = {"creator_id": self._text(cells, CHANNEL)}
        if title := self._text(cells, TITLE):
            facts["caption"] = title
        if published_at := self._published_at(cells):
            facts["published_at"] = published_at
        left_out = None
        if TAGS in self._places:
            facts["hashtags"], left_out = _hashtags(self._text(cells, TAGS))
        row = Row(video_id, at, facts, self._totals(cells), left_out)
        _check(row)
        return row

    def _text(self, cells: Sequence[str], column: str) -> str:
        text = cells[self._places[column]]
        if found := _NOT_UTF8.search(text):
            raise _NotTaken(column, f"is not UTF-8: has a byte {ord(found[0]) - 0xDC00:#04x}")
        return text

    def _date(self, cells: Sequence[str]) -> datetime:
        text = self._text(cells, DATE).strip()
        found = _DATE.fullmatch(text)
        try:
            if found is None:
                raise ValueError
            year, day, month = map(int, found.groups())
            at = datetime(2000 + year, month, day, tzinfo=UTC)
        except ValueError:
            raise _NotTaken(DATE, f"must be a date as in 17.14.11 (YY.DD.MM), is {shown(text)}") from None
        if is_too_far_ahead(at, self._now):
            raise _NotTaken(DATE, ahead_reason(at, self._now))
        return at

    def _published_at(self, cells: Sequence[str]) -> datetime | None:
        """None where there is no date, only a time of the day or nothing. Without a zone it is UTC."""
        text = self._text(cells, PUBLISHED).strip()
        if not text or _is_time_of_day(text):
            return None
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            example = "2017-11-13T17:13:01.000Z, or a time of the day such as 17:13:01"
            raise _NotTaken(PUBLISHED, f"must be a time such as {example}, is {shown(text)}") from None
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)

    def _totals(self, cells: Sequence[str]) -> dict[str, int]:
        totals = {}
        for column, counter in COUNTS.items():
            if text := self._text(cells, column).strip():
                if not (text.isascii() and text.isdigit() and len(text) <= COUNT_DIGITS_MAX):
                    raise _NotTaken(column, f"must be a whole number or empty, is {shown(text)}")
                totals[counter] = int(text)
        if not totals:
            columns = ", ".join(COUNTS)
            raise _NotTaken("line", f"must have at least one of {columns}: all are empty")
        return totals


def told(rows: Iterable[Row]) -> Iterator[list[Event]]:
    """The events of each row, in the order in which they belong into the log: by date, each thing once.

    A row that says again what the one of its video before it said for the same day has none. Of several rows
    of a video and a day the first one brings what all of them say about the video, the last one winning: all
    that is counted on a day is gained by the same owners.
    """
    videos: dict[str, _Video] = {}
    for (_, video_id), rows_of_day in groupby(sorted(rows, key=_by_date), key=_by_date):
        video = videos.setdefault(video_id, _Video(video_id))
        yield from video.day([*rows_of_day])


class _Video:
    """What was told of a video so far."""

    def __init__(self, video_id: str) -> None:
        self._video_id = video_id
        self._facts: dict[str, Any] = {}
        self._told: UUID | None = None
        """The event that told the facts. The next one derives from it: a file with more rows at its beginning
        tells facts that others overrode, and then all that came after them has to be told again."""

    def day(self, rows: list[Row]) -> Iterator[list[Event]]:
        at, said = rows[0].at, {name: fact for row in rows for name, fact in row.facts.items()}
        first: list[Event] = [*(self._changed(at, said) if self._facts else self._published(at, said))]
        number, totals = 0, None
        for row in rows:
            if row.totals != totals:
                # A count that goes up and down again on a day is three observations.
                number, totals = number + 1, row.totals
                first.append(self._observed(row, number))
            yield first
            first = []

    def _published(self, at: datetime, said: dict[str, Any]) -> Iterator[Event]:
        # Without a date of its own it was published when it was first seen.
        self._facts = {"published_at": at} | said
        yield VideoPublished.new(**self._fact("published", at), **self._facts)

    def _changed(self, at: datetime, said: dict[str, Any]) -> Iterator[Event]:
        before, self._facts = self._facts, self._facts | said
        if self._facts != before:
            # All that is known: what an import of fewer rows said otherwise stands corrected.
            yield VideoChanged.new(**self._fact("changed", at), **self._facts)

    def _fact(self, kind: str, at: datetime) -> dict[str, Any]:
        self._told = _id(kind, self._told, self._video_id, at, sorted(self._facts.items()))
        return self._envelope(self._told, at)

    def _observed(self, row: Row, number: int) -> Event:
        identity = _id("observed", self._video_id, row.at, number, sorted(row.totals.items()))
        return VideoMetricsObserved.new(**self._envelope(identity, row.at), **row.totals)

    def _envelope(self, identity: UUID, at: datetime) -> dict[str, Any]:
        return {"id": identity, "at": at, "actor_type": "system", "video_id": self._video_id}


def _by_date(row: Row) -> tuple[datetime, str]:
    return row.at, row.video_id


def _hashtags(text: str) -> tuple[tuple[str, ...], Refused | None]:
    """The first 50 tags, each once; those that no hashtag can be are left out and told."""
    if text.strip() in ("", NO_TAGS):
        return (), None
    tags = [tag for part in text.split("|") if (tag := part.strip().strip('"').strip())]
    first = dict.fromkeys(tags[:HASHTAGS_MAX])
    problems = {tag: problem for tag in first if (problem := _tag_problem(tag))}
    taken = tuple(tag for tag in first if tag not in problems)
    if not problems:
        return taken, None
    tag, problem = next(iter(problems.items()))
    entries = "an entry is" if len(problems) == 1 else f"{len(problems)} entries are"
    return taken, Refused("invalid_field", TAGS, f"{entries} left out: {shown(tag)} {problem}")


@lru_cache(maxsize=TAGS_REMEMBERED_MAX)
def _tag_problem(tag: str) -> str | None:
    try:
        HashtagRule().check(tag)
    except ValueError as error:
        return str(error)
    return None


def _is_time_of_day(text: str) -> bool:
    try:
        time.fromisoformat(text)
    except ValueError:
        return False
    # "20171113" would pass as neither, "2017" as a time.
    return ":" in text


def _check(row: Row) -> None:
    """Raises when the events of the row would break a rule; afterwards none of them can."""
    try:
        VideoPublished.new(at=row.at, video_id=row.video_id, **row.facts)
        VideoMetricsObserved.new(at=row.at, video_id=row.video_id, **row.totals)
    except InvalidEvent as error:
        problem: Refused | Broken = error.problem
        name = (problem.field or "line").partition(".")[0]
        raise _NotTaken(_COLUMN_OF.get(name, name), problem.reason) from None


def _id(*parts: object) -> UUID:
    return uuid5(NAMESPACE, json.dumps(parts, default=str, ensure_ascii=False))
