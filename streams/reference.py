"""Reference events: what every partition must know, folded from one copy per partition.

A fold reads only what its own partition's log produced. So the original, in one partition, puts a copy for
each partition into the outbox and changes nothing else; the relay appends the copies, and each counts where
it lies. A copy has the original's bytes and a header that names its partition.
"""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID, uuid5

from streams.batch import Record
from streams.engine_tables import OUTBOX, OutboxRow
from streams.folding import Refused
from streams.gathering import Gathering
from streams.state_cache import EPOCH

COPY_HEADER: Final = "groundswell-copy"
COPY_IDS: Final = UUID("5b8f0c52-7a57-4c3c-9b1e-0f4a1f0c9d11")
"""Namespace of the identities under which copies are looked up as duplicates: the original has its own."""


def copy_header(record: Record) -> bytes | None:
    """The partition that a copy says it is for, as text; None for an original."""
    for name, value in record.headers:
        if name == COPY_HEADER:
            return value
    return None


def identity(event: Any, record: Record) -> int:
    """What is looked up as a duplicate, 128 bits: the event's id, or for a copy one derived from it."""
    own: UUID = event.id
    if event.reference and copy_header(record) is not None:
        return uuid5(COPY_IDS, str(own)).int
    return own.int


def check_copy(header: bytes, event: Any, partition: int) -> None:
    """A copy lies in the partition that it names, and only reference events have copies."""
    if not event.reference or header != str(partition).encode():
        raise Refused(
            "wrong_partition",
            f"a record with header {COPY_HEADER}={header!r} of {event.type} does not belong"
            f" in partition {partition}",
        )


def put_copies(
    gathering: Gathering, system: str, topic: str, partitions: Sequence[int], event: Any, record: Record
) -> None:
    """One outbox row per partition."""
    for partition in partitions:
        gathering.put(
            OUTBOX,
            OutboxRow(
                system=system,
                decision=f"reference:{event.id}",
                nominal_time=max(event.at, EPOCH),
                part=partition,
                topic=topic,
                partition=partition,
                record_key=record.key or b"",
                record_value=record.value or b"",
                header=f"{COPY_HEADER}={partition}",
            ),
        )
