"""The way into the log for producers in Python.

    async with Publisher() as publisher:
        event = ActionLogged.new(wave_id="clean-coast", ripple_id="beach-day", action_id="1",
                                 bucket="cleaning", actor="user-42")
        print(await publisher.publish(event))  # actions:3:1042

An event is checked before anything is sent, and a position is given only when all replicas have it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Generator, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from events.catalogue import Catalogue, default_catalogue
from events.codec import Codec, encode
from events.decisions import refused_to_producers
from events.envelope import Event
from events.instants import Clock, ahead_reason, is_too_far_ahead, system_clock
from events.log_writer import (
    DELIVERY_SECONDS_MAX,
    LINGER_MILLISECONDS,
    Acknowledged,
    Headers,
    LogWriter,
)
from events.partitioning import partition_of
from events.refusals import InvalidEvent, Refused
from events.settings import settings
from events.structs import EventStruct
from events.topics import CONNECT_SECONDS_MAX, ensure_topics

UNDERWAY_MAX = 50_000
"""Events of one stream that wait for an earlier one's acknowledgement, their own received or not."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where in the log a record is; as text `actions:3:1042`."""

    system: str
    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.system}:{self.partition}:{self.offset}"


class Delivery(Awaitable[Position]):
    """An event on its way: await it for its position, which comes when all replicas have the event.

    Raises ServerUnreachable when Kafka did not acknowledge it in time: it may be in the log or not. Sending
    it again is safe, since the same id counts once. Raises NotPublished when Kafka refused it.
    """

    __slots__ = ("_acknowledged", "_publisher", "_struct")

    def __init__(self, publisher: Publisher, struct: EventStruct, acknowledged: Acknowledged) -> None:
        self._publisher = publisher
        self._struct = struct
        self._acknowledged = acknowledged

    @property
    def done(self) -> bool:
        """Whether awaiting it takes no more time."""
        return self._acknowledged.done()

    def __await__(self) -> Generator[Any, None, Position]:
        return self._position().__await__()

    async def _position(self) -> Position:
        record = await self._publisher.writer.metadata(self._acknowledged)
        if record.offset < 0:
            # The broker has it and no longer knows where. The same id again counts once and has a position.
            return await self._publisher.publish(self._struct)
        return Position(self._struct.system, record.topic, record.partition, record.offset)


class Publisher:
    """Sends events to the log; an async context manager. Makes missing topics when entered.

    Everything not given comes from the settings (`GROUNDSWELL_KAFKA` or the local stack's addresses). Waits
    at most `connect_seconds_max` for Kafka when entered and `delivery_seconds_max` for an acknowledgement.
    """

    def __init__(
        self,
        kafka: str | None = None,
        *,
        catalogue: Catalogue | None = None,
        topic_prefix: str | None = None,
        partitions: int | None = None,
        clock: Clock = system_clock,
        linger_milliseconds: int = LINGER_MILLISECONDS,
        connect_seconds_max: float = CONNECT_SECONDS_MAX,
        delivery_seconds_max: float = DELIVERY_SECONDS_MAX,
    ) -> None:
        self._catalogue = catalogue or default_catalogue()
        self._codec = Codec(self._catalogue)
        self._prefix = topic_prefix or settings().topic_prefix
        self._partitions_when_made = partitions or settings().partitions
        self._clock = clock
        self._connect_seconds_max = connect_seconds_max
        self._partitions: dict[str, int] = {}
        self.writer = LogWriter(
            kafka or settings().kafka,
            linger_milliseconds=linger_milliseconds,
            connect_seconds_max=connect_seconds_max,
            delivery_seconds_max=delivery_seconds_max,
        )

    async def __aenter__(self) -> Self:
        self._partitions = await ensure_topics(
            self.writer.kafka,
            self._catalogue.systems.values(),
            self._partitions_when_made,
            topic_prefix=self._prefix,
            connect_seconds_max=self._connect_seconds_max,
        )
        await self.writer.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.writer.__aexit__(kind, error, trace)

    async def publish(self, event: Event | EventStruct, *, headers: Headers = ()) -> Position:
        """Send one event and wait until all replicas have it.

        Raises InvalidEvent before anything is sent; otherwise as Delivery does.
        """
        return await (await self.send(event, headers=headers))

    async def publish_many(
        self, events: Iterable[Event | EventStruct] | AsyncIterable[Event | EventStruct]
    ) -> AsyncIterator[Position]:
        """Send events and give their positions in the same order, as they are acknowledged.

        A list is checked as a whole before its first event is sent; a stream event by event.
        """
        if isinstance(events, Sequence):
            for event in events:
                self.check(event)
        underway: deque[Delivery] = deque()
        async for event in _as_stream(events):
            underway.append(await self.send(event))
            while underway and (underway[0].done or len(underway) > UNDERWAY_MAX):
                yield await underway.popleft()
        while underway:
            yield await underway.popleft()

    async def send(
        self, event: Event | EventStruct, *, headers: Headers = (), partition: int | None = None
    ) -> Delivery:
        """Hand an event over, waiting only for room; await what comes back for the position.

        `partition` is for the engine's copies of reference events; all others go where their key belongs.
        """
        struct, value = self.check(event)
        topic = self._catalogue.systems[struct.system].topic(self._prefix)
        if partition is None:
            partition = partition_of(struct.key, self._partitions[topic])
        acknowledged = await self.writer.append(topic, partition, struct.key.encode(), value, headers)
        return Delivery(self, struct, acknowledged)

    def check(self, event: Event | EventStruct) -> tuple[EventStruct, bytes]:
        """The event as struct and as bytes; InvalidEvent when the log would refuse it. Sends nothing."""
        value = encode(event)
        struct = self._codec.decode(value)
        if not isinstance(struct, EventStruct):
            name = event.type_name() if isinstance(event, Event) else event.type
            raise InvalidEvent(struct, type_name=name)
        if refused := refused_to_producers(struct):
            raise InvalidEvent(refused, type_name=struct.type)
        now = self._clock()
        if is_too_far_ahead(struct.at, now):
            raise InvalidEvent(Refused("at_ahead", "at", ahead_reason(struct.at, now)), type_name=struct.type)
        return struct, value


async def _as_stream(
    events: Iterable[Event | EventStruct] | AsyncIterable[Event | EventStruct],
) -> AsyncIterator[Event | EventStruct]:
    if isinstance(events, AsyncIterable):
        async for event in events:
            yield event
    else:
        for event in events:
            yield event
