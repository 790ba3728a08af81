"""Sends the events of many lines and keeps count of what is acknowledged."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext

from deploy.cli import console
from deploy.cli.event_lines import EventLines, Report
from deploy.cli.line_feed import Line, fed
from events.catalogue import default_catalogue
from events.publisher import UNDERWAY_MAX, Delivery, Position, Publisher
from events.refusals import InvalidEvent
from events.settings import settings
from projections.postgres.holds import Hold
from streams.process import set_up_logging

HISTORICAL = ("groundswell-historical", b"1")
"""Header of a record of the past: its hours are closed only when the whole past is there."""
PROGRESS_EVENTS = 200


@contextmanager
def _heard_at_once() -> Iterator[None]:
    """Ctrl-C ends the block, whichever thread the kernel gives the signal to.

    Without a handler of the loop's own, a signal that arrives in the thread that reads the lines does not
    wake the loop: it would be heard when the next thing happens, on a quiet pipe minutes later.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    was_interrupted = False

    def interrupted() -> None:
        nonlocal was_interrupted
        was_interrupted = True
        task.cancel()

    loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        yield
    except asyncio.CancelledError:
        if was_interrupted:
            raise KeyboardInterrupt from None
        raise
    finally:
        loop.remove_signal_handler(signal.SIGINT)


class Sending:
    """One run of `publish`."""

    def __init__(self, lines: EventLines, report: Report, *, rate: float | None, historical: bool) -> None:
        self._lines = lines
        self._report = report
        self._rate = rate
        self._headers = (HISTORICAL,) if historical else ()
        self._underway: deque[Delivery] = deque()
        self._newest: dict[tuple[str, int], Position] = {}
        self._seconds = 0.0
        self._shown = 0
        self.acknowledged = 0

    async def run(self, lines: Iterator[Line], total: int | None) -> None:
        """Send all lines; done when all replicas have all events. `total` events, where that is known."""
        # What Kafka's client logs about its retries, our own errors say where it matters.
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        began = time.monotonic()
        try:
            with console.progress("publishing", total=total, unit="events") as bar:
                async with self._hold(), Publisher() as publisher:
                    with _heard_at_once():
                        await self._send_all(publisher, lines, bar)
        except BaseException:
            if self.acknowledged:
                console.note(f"at least {self.acknowledged:,} events were acknowledged before this ended")
            raise
        finally:
            self._seconds = time.monotonic() - began

    def _hold(self) -> AbstractAsyncContextManager[object]:
        """A past that is being told: nothing is decided about it until it is there as a whole."""
        if not self._headers:
            return nullcontext()
        # A hold warns when Postgres is away: on stderr, as what is data goes to stdout.
        set_up_logging(only_warnings=True)
        return Hold(settings().postgres, [*default_catalogue().systems])

    def tell(self, *, as_json: bool, beside: Mapping[str, object] | None = None) -> None:
        """The last position in each partition to stdout, counts to stderr; or all of it as JSON, with what
        else there is to tell."""
        positions = [str(self._newest[place]) for place in sorted(self._newest)]
        if as_json:
            told = {"published": self.acknowledged, "dry_run": False, "positions": positions}
            told |= {"seconds": round(self._seconds, 3), **(beside or {})}
            console.emit_json(self._report.as_json() | told)
            return
        for position in positions:
            console.emit(position)
        speed = self.acknowledged / max(self._seconds, 0.001)
        console.note(
            f"published {self.acknowledged:,} events in {self._seconds:.1f} s ({speed:,.0f}/s), "
            f"acknowledged by all replicas; {self._report.bad:,} lines were bad"
        )

    async def _send_all(self, publisher: Publisher, lines: Iterator[Line], bar: console.Progress) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        sent = 0
        async for number, line in fed(lines):
            event = self._lines.of_line(number, line)
            if event is None:
                continue
            if self._rate is not None and (early := began + sent / self._rate - loop.time()) > 0:
                await asyncio.sleep(early)
            try:
                delivery = await publisher.send(event, headers=self._headers)
            except InvalidEvent as error:
                self._report.take_back(number, error.problem)
                continue
            sent += 1
            self._underway.append(delivery)
            await self._acknowledge(bar, left_max=UNDERWAY_MAX)
        await self._acknowledge(bar, left_max=0)

    async def _acknowledge(self, bar: console.Progress, *, left_max: int) -> None:
        """Count what is acknowledged, in the order of the lines; wait when more than so many are left."""
        while self._underway and (self._underway[0].done or len(self._underway) > left_max):
            position = await self._underway.popleft()
            self._newest[position.topic, position.partition] = position
            self.acknowledged += 1
            if self.acknowledged % PROGRESS_EVENTS == 0 or not self._underway:
                bar.advance(self.acknowledged - self._shown)
                self._shown = self.acknowledged
