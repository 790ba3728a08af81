"""Heat for the oracle: what each action, boost and join adds to a ripple's trending score, by hour cells.

Something of weight `w` that happened at `at` scores `w * 2^(-(t - at) / H)` at time `t`, where `H` is the
half life. A cell sums, as integers, `round(2^((at - hour) / H) * 10^6)` over what happened in its hour, so
that the score at any time comes from whole hours alone. All of it is decimal here; no float is involved.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Final, Literal

from tests.simulation.oracle_facts import Facts, Ripple, Row

HALF_LIFE: Final = timedelta(hours=6)
MEMORY: Final = timedelta(days=10)
"""How far back a score reaches, in cells of whole hours."""
HOUR: Final = timedelta(hours=1)
HEAT_BEGINS: Final = datetime(2020, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_MICROS: Final = Decimal("0.000001")
_PRECISE: Final = Context(prec=30, rounding=ROUND_HALF_UP)

Kind = Literal["action", "boost", "join"]


@dataclass(frozen=True, slots=True)
class Warmth:
    """Something that heats a ripple: `weight` is the bucket's weight, the points, or 1 for a join."""

    kind: Kind
    ripple: Ripple
    bucket: str
    at: datetime
    weight: Decimal


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def warmths(facts: Facts) -> Iterator[Warmth]:
    """All that still counts; only an action has a bucket."""
    for action in facts.actions:
        yield Warmth("action", action.ripple, action.event.bucket, action.event.at, action.impact)
    for boost in facts.boosts:
        yield Warmth("boost", boost.ripple, "", boost.at, Decimal(boost.points))
    for join in facts.joins:
        yield Warmth("join", join.ripple, "", join.at, Decimal(1))


def power_of_two(time: timedelta, half_life: timedelta) -> Decimal:
    """2 to the power of so many half lives, to 30 digits."""
    half_lives = _PRECISE.divide(Decimal(time // _MICROSECOND), Decimal(half_life // _MICROSECOND))
    return _PRECISE.power(Decimal(2), half_lives)


_decay = lru_cache(maxsize=10_000)(power_of_two)


def heat_micros(at: datetime, half_life: timedelta = HALF_LIFE) -> int:
    """What one event of weight 1 adds to the cell of its hour, in millionths."""
    return _grown_micros(at - hour_of(at), half_life)


@lru_cache(maxsize=200_000)
def _grown_micros(since_hour: timedelta, half_life: timedelta) -> int:
    """Cached, because whoever asks as of several moments adds up the same events again."""
    grown = power_of_two(since_hour, half_life) / _MICROS
    return int(grown.to_integral_value(ROUND_HALF_UP))


def action_cells(facts: Facts, half_life: timedelta = HALF_LIFE) -> list[Row]:
    """The cells of actions: wave_id, ripple_id, bucket, hour, heat (millionths, not weighted)."""
    cells: dict[tuple[str, str, str, datetime], int] = defaultdict(int)
    for warmth in warmths(facts):
        if warmth.kind == "action":
            cells[*warmth.ripple, warmth.bucket, hour_of(warmth.at)] += heat_micros(warmth.at, half_life)
    names = ("wave_id", "ripple_id", "bucket", "hour")
    return [{**dict(zip(names, place, strict=True)), "heat": cells[place]} for place in sorted(cells)]


def boost_and_join_cells(facts: Facts, half_life: timedelta = HALF_LIFE) -> list[Row]:
    """The other cells: wave_id, ripple_id, kind, hour, heat (millionths, times the points of a boost)."""
    cells: dict[tuple[str, str, str, datetime], int] = defaultdict(int)
    for warmth in warmths(facts):
        if warmth.kind != "action":
            heat = int(warmth.weight) * heat_micros(warmth.at, half_life)
            cells[*warmth.ripple, warmth.kind, hour_of(warmth.at)] += heat
    names = ("wave_id", "ripple_id", "kind", "hour")
    return [{**dict(zip(names, place, strict=True)), "heat": cells[place]} for place in sorted(cells)]


class Heat:
    """The weighted cells of every ripple, by which its score is told at any time."""

    def __init__(self, given: Iterable[Warmth], half_life: timedelta = HALF_LIFE) -> None:
        self._half_life = half_life
        self._cells: dict[Ripple, dict[datetime, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        for warmth in given:
            heat = warmth.weight * heat_micros(warmth.at, half_life)
            self._cells[warmth.ripple][hour_of(warmth.at)] += heat

    def cells(self, ripple: Ripple) -> Mapping[datetime, Decimal]:
        """Heat by hour, in millionths, weighted."""
        return self._cells.get(ripple, {})

    def score_at_end_of(self, hour: datetime, ripple: Ripple) -> Decimal:
        """The score when this hour ends, from the cells of the 240 hours up to then."""
        end = hour + HOUR
        return self._score(ripple, end, {at: heat for at, heat in self.cells(ripple).items() if at < end})

    def score_now(self, moment: datetime, ripple: Ripple) -> Decimal:
        """The score at this moment, from all cells of the 240 hours before its hour and since."""
        return self._score(ripple, moment, self.cells(ripple))

    def _score(self, ripple: Ripple, moment: datetime, cells: Mapping[datetime, Decimal]) -> Decimal:
        first = hour_of(moment) - MEMORY
        score = Decimal(0)
        for hour, heat in cells.items():
            if hour >= first:
                score = _PRECISE.add(score, heat * _MICROS * _decay(hour - moment, self._half_life))
        return score


def standing_heat(score: Decimal, moment: datetime, half_life: timedelta = HALF_LIFE) -> Decimal:
    """log2 of the sum of `w * 2^(at / H)`, time in hours since 2020, from the score at a moment."""
    half_lives = Decimal((moment - HEAT_BEGINS) // _MICROSECOND) / Decimal(half_life // _MICROSECOND)
    return _PRECISE.divide(_PRECISE.ln(score), _PRECISE.ln(Decimal(2))) + half_lives


def rounded(number: Decimal, places: int) -> Decimal:
    """To so many places after the point, halves away from zero."""
    return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, _PRECISE)
