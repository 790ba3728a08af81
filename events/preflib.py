"""Complete strict orders of PrefLib (`.soc`) as events of system 4: who votes becomes a student, an
alternative a topic, a file a period.

The format is told at https://preflib.github.io/PrefLib-Jekyll/format: a header of lines `# KEY: value`, then
a line for each order, `voters: alternative,alternative,...`, the best first. A file is taken as a whole or
not at all, for a line left out would give every topic other counts.

Ids derive from what the events say, and their time is the day on which the file was published: the same file
a second time is duplicates for as long as the log knows the first ones as such (250,000 records in their
partition), and beyond that says what stands already. A file without that day happens when it is imported.
Another capacity is another event of each topic, and counts; one that was given before is a duplicate, and
does not come back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from events.envelope import Event
from events.errors import WrongUsage
from events.fields import IDENTIFIER_BYTES_MAX, TextRule
from events.instants import ahead_reason, in_utc, is_too_far_ahead
from events.rankings import (
    TITLE_CHARACTERS_MAX,
    UPDATES_MAX,
    PeriodOpened,
    RankingsUpdated,
    StudentRegistered,
    TopicCreated,
)
from events.refusals import Broken
from events.rules import shown

NAMESPACE: Final = uuid5(NAMESPACE_OID, "groundswell.preflib")
SESSION: Final = "import"
KIND: Final = "soc"
VOTERS_MAX: Final = 1_000_000
ALTERNATIVES_MAX: Final = UPDATES_MAX
"""An order is one batch."""
PERIOD_BYTES_MAX: Final = IDENTIFIER_BYTES_MAX - len("-1000000")
"""A student's id is the period's with a number."""

FILE_NAME, TITLE, DATA_TYPE, PUBLISHED = "FILE NAME", "TITLE", "DATA TYPE", "PUBLICATION DATE"
ALTERNATIVES, VOTERS, ORDERS = "NUMBER ALTERNATIVES", "NUMBER VOTERS", "NUMBER UNIQUE ORDERS"
NAME: Final = "ALTERNATIVE NAME"
COUNTED: Final = (ALTERNATIVES, VOTERS, ORDERS)
NEEDED: Final = (DATA_TYPE, *COUNTED)

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEADER = re.compile(r"#\s*([A-Z]+(?: [A-Z]+)*(?: [0-9]{1,9})?)\s*:\s*(.*)", re.ASCII)
_ORDER = re.compile(r"([0-9]{1,18})\s*:\s*([0-9]{1,9}(?:\s*,\s*[0-9]{1,9})*)", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_TITLE = TextRule(characters_min=1, characters_max=TITLE_CHARACTERS_MAX)
_PERIOD = TextRule(characters_min=1, characters_max=PERIOD_BYTES_MAX, bytes_max=PERIOD_BYTES_MAX)


@dataclass(frozen=True, slots=True)
class Order:
    """So many voters rank the alternatives, by their numbers from 1, in this order, the best first."""

    voters: int
    alternatives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a file says. `name` is its own without the ending, None where it has none; `published_at` is the
    beginning of the day in UTC."""

    name: str | None
    title: str
    published_at: datetime | None
    alternatives: tuple[str, ...]
    orders: tuple[Order, ...]

    @property
    def voters(self) -> int:
        """All of them."""
        return sum(order.voters for order in self.orders)


class _NotTaken(Exception):
    """Never leaves this module."""


def read(lines: Iterable[tuple[int, bytes | Broken]], file: str, *, now: datetime) -> Profile:
    """The profile in the numbered lines of a file, blank ones left out. `now` is the producer's clock.

    Raises WrongUsage with the file's name, the line and the reason for whatever cannot be taken.
    """
    reading = _Reading(now)
    number = 0
    try:
        for number, line in lines:
            reading.take(_text(line), number)
    except _NotTaken as error:
        raise _wrong(f"{file}: line {number}: {error}") from None
    try:
        return reading.profile()
    except _NotTaken as error:
        raise _wrong(f"{file}: {error}") from None


def period_of(profile: Profile, given: str | None = None) -> str:
    """The id of the period that a profile becomes: the given one, or one made of its name.

    Raises WrongUsage for an id that cannot be, or where there is no name.
    """
    if given is None and profile.name is None:
        raise WrongUsage(f"the header has no {FILE_NAME}: name the period with --period")
    try:
        return _PERIOD.check(f"preflib-{profile.name}" if given is None else given)
    except ValueError as error:
        raise WrongUsage(f"the period's id {error}: name another one with --period") from None


def told(profile: Profile, period_id: str, *, at: datetime, capacity: int = 1) -> Iterator[list[Event]]:
    """First what announces the period and its topics, then the events of each voter.

    `at` is when they happen where the profile has no day; `capacity` is that of each topic.
    """
    teller = _Teller(profile, profile.published_at or at, period_id)
    yield teller.announcements(capacity)
    number = 0
    for order in profile.orders:
        for _ in range(order.voters):
            number += 1
            yield teller.ballot(number, order)


class _Reading:
    """What was read so far."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._header: dict[str, str] = {}
        self._lines: dict[str, int] = {}
        """By key of the header: the line that says it."""
        self._orders: dict[tuple[int, ...], Order] = {}
        self._voters = 0

    def take(self, line: str, number: int) -> None:
        """The next line."""
        if not line.startswith("#"):
            self._take_order(line)
        elif found := _HEADER.fullmatch(line):
            self._take_header(found[1], found[2].strip(), number)

    def _take_header(self, key: str, value: str, number: int) -> None:
        if self._orders:
            raise _NotTaken(f"{key} stands behind the first order: the whole header comes before it")
        if key in self._header:
            raise _NotTaken(f"says {key} again, which line {self._lines[key]} says")
        self._header[key], self._lines[key] = value, number
        if key in COUNTED:
            self._check_count(key, value)
        elif key == DATA_TYPE and value != KIND:
            raise _NotTaken(f"{DATA_TYPE} must be {KIND} (complete strict orders), is {shown(value)}")
        elif key == PUBLISHED:
            _day(value, self._now)
        elif (key == TITLE or key.startswith(f"{NAME} ")) and value:
            _checked(_TITLE, key, value)

    def _check_count(self, key: str, value: str) -> None:
        most = ALTERNATIVES_MAX if key == ALTERNATIVES else VOTERS_MAX
        if not _NUMBER.fullmatch(value) or not 1 <= int(value) <= most:
            raise _NotTaken(f"{key} must be a whole number from 1 to {most:,}, is {shown(value)}")

    def _take_order(self, line: str) -> None:
        if missing := [key for key in NEEDED if key not in self._header]:
            raise _NotTaken(
                f"an order stands before the header has said {', '.join(missing)}: give a .soc file"
            )
        if "{" in line:
            raise _NotTaken(f"has a tie, {shown(line)}: only strict orders can be taken")
        if not (found := _ORDER.fullmatch(line)):
            raise _NotTaken(
                f"must be an order such as 4: 2,1,3 (voters, then the best first), is {shown(line)}"
            )
        voters, alternatives = int(found[1]), tuple(map(int, found[2].split(",")))
        self._check_order(voters, alternatives)
        self._orders[alternatives] = Order(voters, alternatives)
        self._voters += voters
        if self._voters > int(self._header[VOTERS]):
            raise _NotTaken(
                f"is the order of voter {self._voters:,}, but {VOTERS} is {int(self._header[VOTERS]):,}"
            )

    def _check_order(self, voters: int, alternatives: tuple[int, ...]) -> None:
        known = int(self._header[ALTERNATIVES])
        if voters < 1:
            raise _NotTaken("has no voters")
        if unknown := [number for number in alternatives if not 1 <= number <= known]:
            raise _NotTaken(f"ranks alternative {unknown[0]}, which is none of 1 to {known}")
        if len(set(alternatives)) < len(alternatives):
            twice = next(number for number in alternatives if alternatives.count(number) > 1)
            raise _NotTaken(f"ranks alternative {twice} {alternatives.count(twice)} times")
        if len(alternatives) < known:
            missing = next(number for number in range(1, known + 1) if number not in alternatives)
            raise _NotTaken(
                f"ranks {len(alternatives)} of {known} alternatives, {missing} is missing: only complete"
                " orders can be taken"
            )
        if alternatives in self._orders:
            raise _NotTaken("has the order of a line before it: each order stands once, with all its voters")

    def profile(self) -> Profile:
        """What all lines say together."""
        if missing := [key for key in NEEDED if key not in self._header]:
            raise _NotTaken(f"its header does not say {', '.join(missing)}: it is no .soc file")
        self._check_sum(VOTERS, self._voters, "the orders have")
        self._check_sum(ORDERS, len(self._orders), "the lines are")
        named = self._named()
        name = self._header.get(FILE_NAME, "").rpartition(".")[0] or self._header.get(FILE_NAME)
        day = self._header.get(PUBLISHED)
        return Profile(
            name=name or None,
            title=self._header.get(TITLE) or name or "PrefLib",
            published_at=_day(day, self._now) if day else None,
            alternatives=named,
            orders=tuple(self._orders.values()),
        )

    def _check_sum(self, key: str, found: int, what: str) -> None:
        if int(self._header[key]) != found:
            raise _NotTaken(
                f"line {self._lines[key]}: {key} is {int(self._header[key]):,}, but {what} {found:,}:"
                " the file was cut or changed, get it again"
            )

    def _named(self) -> tuple[str, ...]:
        known = int(self._header[ALTERNATIVES])
        numbers = {key.removeprefix(f"{NAME} "): key for key in self._header if key.startswith(f"{NAME} ")}
        for number, key in numbers.items():
            if not number.isdigit() or not 1 <= int(number) <= known:
                raise _NotTaken(f"line {self._lines[key]}: {key} is of none of the {known} alternatives")
        return tuple(
            self._header.get(f"{NAME} {number}") or f"Alternative {number}" for number in range(1, known + 1)
        )


class _Teller:
    """Makes the events of one profile."""

    def __init__(self, profile: Profile, at: datetime, period_id: str) -> None:
        self._profile = profile
        self._at = at
        self._period_id = period_id

    def announcements(self, capacity: int) -> list[Event]:
        """The period with its topics, whose ids are their numbers."""
        return [
            self._event(PeriodOpened, title=self._profile.title),
            *(
                self._event(TopicCreated, topic_id=str(number), title=title, capacity=capacity)
                for number, title in enumerate(self._profile.alternatives, start=1)
            ),
        ]

    def ballot(self, number: int, order: Order) -> list[Event]:
        """A student with their ranking of all topics."""
        student_id = f"{self._period_id}-{number}"
        updates = [
            {"topic_id": str(alternative), "position": position}
            for position, alternative in enumerate(order.alternatives, start=1)
        ]
        by_student = {"actor": student_id, "actor_type": "student", "student_id": student_id}
        return [
            _made(StudentRegistered, self._at, by_student),
            self._event(RankingsUpdated, **by_student, session=SESSION, updates=updates),
        ]

    def _event(self, kind: type[Event], **fields: Any) -> Event:
        return _made(kind, self._at, {"actor_type": "system", "period_id": self._period_id, **fields})


def _made(kind: type[Event], at: datetime, fields: dict[str, Any]) -> Event:
    identity = uuid5(NAMESPACE, json.dumps([kind.type_name(), fields], sort_keys=True))
    return kind.new(id=identity, at=at, **fields)


def _text(line: bytes | Broken) -> str:
    if isinstance(line, Broken):
        raise _NotTaken(line.reason)
    try:
        return line.removeprefix(_BYTE_ORDER_MARK).decode()
    except UnicodeDecodeError as error:
        raise _NotTaken(f"is not UTF-8: has a byte {line[error.start]:#04x}") from None


def _day(value: str, now: datetime) -> datetime | None:
    """None where nothing is said."""
    if not value:
        return None
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise _NotTaken(f"{PUBLISHED} must be a date such as 2013-08-17, is {shown(value)}") from None
    try:
        in_utc(day)
    except ValueError as error:
        raise _NotTaken(f"{PUBLISHED} {error}") from None
    if is_too_far_ahead(day, now):
        raise _NotTaken(f"{PUBLISHED} {ahead_reason(day, now)}")
    return day


def _checked(rule: TextRule, name: str, value: str) -> str:
    try:
        return rule.check(value)
    except ValueError as error:
        raise _NotTaken(f"{name} {error}") from None


def _wrong(reason: str) -> WrongUsage:
    return WrongUsage(f"{reason}; nothing was published")
