"""Dead letters: why a record was not applied, as a row that keeps the record's bytes."""

import re
import traceback
from datetime import timedelta
from hashlib import sha256
from typing import Final

from events.refusals import Broken
from events.refusals import Refused as RefusedAtDecoding
from streams.batch import Record
from streams.engine_tables import DeadLetter
from streams.folding import Refused
from streams.state_cache import EPOCH

REASON_CHARACTERS_MAX: Final = 2_000
TRACEBACK_CHARACTERS_MAX: Final = 20_000

Cause = Broken | RefusedAtDecoding | Refused | Exception


def storable(text: str, characters_max: int) -> str:
    """The text as Postgres takes it: without NUL and lone surrogates, cut to a length."""
    return (
        text.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")[:characters_max]
    )


def dead_letter(
    system: str, generation: int, topic: str, partition: int, record: Record, cause: Cause
) -> DeadLetter:
    """The row for a record. An exception that is no refusal is our bug: kind ``failed``, with its
    traceback."""
    trace = None
    if isinstance(cause, Broken | RefusedAtDecoding):
        kind, code, reason = cause.kind, cause.code, str(cause)
    elif isinstance(cause, Refused):
        kind, code, reason = "refused", cause.code, cause.reason
    else:
        kind, code, reason = "failed", type(cause).__name__, str(cause)
        trace = storable("".join(traceback.format_exception(cause)), TRACEBACK_CHARACTERS_MAX)
    return DeadLetter(
        system=system,
        generation=generation,
        topic=topic,
        partition=partition,
        record_offset=record.offset,
        appended_at=EPOCH + timedelta(milliseconds=record.timestamp),
        kind=kind,
        code=code,
        reason=storable(reason, REASON_CHARACTERS_MAX),
        fingerprint=_fingerprint(kind, code, reason, cause),
        record_key=record.key,
        record_value=record.value,
        traceback=trace,
    )


def _fingerprint(kind: str, code: str, reason: str, cause: Cause) -> str:
    """Equal for the same fault on different records: the place in our code, or the reason without its
    values."""
    if isinstance(cause, Exception) and not isinstance(cause, Refused) and cause.__traceback__ is not None:
        frame = traceback.extract_tb(cause.__traceback__)[-1]
        place = f"{frame.name}:{frame.lineno}"
    else:
        field = getattr(cause, "field", None)
        place = str(field) if field else re.sub(r"\d+|'[^']*'|\"[^\"]*\"", "_", reason)
    return sha256(f"{kind}:{code}:{place}".encode("utf-8", "replace")).hexdigest()[:12]
