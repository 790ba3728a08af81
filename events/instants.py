"""Points in time: when something happened, as data, always in UTC and within the years that make sense."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from events.rules import NotHot, invalid, shown

YEAR_MIN = 2000
YEAR_END = 9000
EARLIEST = datetime(YEAR_MIN, 1, 1, tzinfo=UTC)
LATEST = datetime(YEAR_END, 1, 1, tzinfo=UTC)
AHEAD_OF_APPEND_MAX = timedelta(minutes=5)

Clock = Callable[[], datetime]
"""Gives the time now, with zone. Clocks live at the edge: nothing in a model or a fold asks one by itself."""


def system_clock() -> datetime:
    """The computer's clock, in UTC."""
    return datetime.now(UTC)


def is_too_far_ahead(at: datetime, appended_at: datetime) -> bool:
    """Whether an event claims to happen more than 5 minutes after its record was appended to the log.

    Both with zone. `appended_at` is the record's timestamp (topics use LogAppendTime), or a producer's clock.
    """
    return at - appended_at > AHEAD_OF_APPEND_MAX


def ahead_reason(at: datetime, appended_at: datetime) -> str:
    """Why `is_too_far_ahead` refuses, as a clause after the field's name."""
    return (
        f"must be at most {AHEAD_OF_APPEND_MAX.seconds // 60} minutes ahead of {appended_at.isoformat()}, "
        f"is {at.isoformat()}: check the producer's clock"
    )


def in_utc(value: datetime) -> datetime:
    """The same point in time in UTC; refuses a time without zone and one outside the years 2000 to 8999."""
    if value.utcoffset() is None:
        raise invalid(
            f"must have a time zone, {value.isoformat()} has none: add Z or an offset such as +02:00"
        )
    # Years first: near year 1 and year 9999 the conversion itself overflows.
    if YEAR_MIN - 1 <= value.year <= YEAR_END:
        converted = value.astimezone(UTC)
        if EARLIEST <= converted < LATEST:
            return converted
    raise invalid(f"must lie in the years {YEAR_MIN} to {YEAR_END - 1}, is {value.isoformat()}")


@dataclass(frozen=True, slots=True)
class InstantRule:
    """A point in time: text as in RFC 3339 with a zone, or a `datetime` with one; kept in UTC."""

    whole_hour: bool = False

    def check(self, value: object) -> datetime:
        if isinstance(value, str):
            value = self._parsed(value)
        if not isinstance(value, datetime):
            raise invalid(f"must be a time such as 2026-11-21T10:00:00Z, is {shown(value)}")
        instant = in_utc(value)
        if self.whole_hour and (instant.minute or instant.second or instant.microsecond):
            raise invalid(f"must be a whole hour in UTC, is {instant.isoformat()}")
        return instant

    def _parsed(self, text: str) -> datetime:
        try:
            # The fast decoder's own reading of a time, so that both read alike.
            return msgspec.convert(text, datetime)
        except (msgspec.ValidationError, UnicodeEncodeError):
            raise invalid(
                f"must be a time as in RFC 3339, such as 2026-11-21T10:00:00Z, is {shown(text)}"
            ) from None

    def hot_type(self, inner: Any) -> Any:
        return Annotated[datetime, msgspec.Meta(tz=True)]

    def hot_screen(self) -> Callable[[Any], Any]:
        whole_hour = self.whole_hour

        def screen(value: Any) -> Any:
            if value.tzinfo is not UTC:
                if not YEAR_MIN <= value.year < YEAR_END:
                    raise NotHot
                value = value.astimezone(UTC)
            if not EARLIEST <= value < LATEST:
                raise NotHot
            if whole_hour and (value.minute or value.second or value.microsecond):
                raise NotHot
            return value

        return screen

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.check,
            serialization=core_schema.plain_serializer_function_ser_schema(written, when_used="json"),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        whole_hour = {"x-whole-hour": True} if self.whole_hour else {}
        return {"type": "string", "format": "date-time", **whole_hour}


def written(instant: datetime) -> str:
    """An instant in UTC as RFC 3339 with `Z`, and with fractions of a second only where there are some."""
    return instant.isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class UuidRule:
    """A UUID of any version, as text or as `uuid.UUID`."""

    def check(self, value: object) -> UUID:
        if isinstance(value, str):
            try:
                # The fast decoder's own reading, so that both read alike.
                return msgspec.convert(value, UUID)
            except (msgspec.ValidationError, UnicodeEncodeError):
                pass
        if not isinstance(value, UUID):
            raise invalid(f"must be a UUID, is {shown(value)}")
        return value

    def hot_type(self, inner: Any) -> Any:
        return UUID

    def hot_screen(self) -> Callable[[Any], Any] | None:
        return None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self.check, serialization=core_schema.to_string_ser_schema(when_used="json")
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}


Instant = Annotated[datetime, InstantRule()]
"""A point in time, in UTC, from the year 2000 to the year 8999."""

WholeHour = Annotated[datetime, InstantRule(whole_hour=True)]
"""An instant on a whole hour of UTC."""

EventId = Annotated[UUID, UuidRule()]
"""The identity of an event: a UUID of any version, made by the producer; the same one twice counts once."""
