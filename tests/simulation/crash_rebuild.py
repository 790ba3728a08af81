"""A rebuild and a promote under load, each killed in the middle again and again, then let through."""

from collections.abc import Callable
from random import Random
from typing import Final

from tests.simulation.crash_commands import Commands, Ended
from tests.simulation.crash_mischief import Mischief
from tests.simulation.crash_progress import Progress

SECONDS_UNTIL_KILL: Final = (1.5, 5.0)
"""A command needs about a second to begin."""
NEWEST: Final = (
    "SELECT max(generation) FROM groundswell.generations"
    " WHERE system = 'actions' AND kind = 'whole' AND until_offsets IS NULL"
)
ACTIVE: Final = "SELECT count(*) FROM groundswell.generations WHERE system = 'actions' AND active"
SHOWN: Final = "SELECT coalesce(sum(actions_total), 0) FROM actions.ripple_counters"


class RebuildUnderFire:
    """Rebuilds and promotes; `differences` is what was wrong on the way."""

    def __init__(
        self, commands: Commands, progress: Progress, mischief: Mischief, random: Random,
        say: Callable[[str], None], kills: int,
    ) -> None:  # fmt: skip
        """Each command is killed ``kills`` times before it is let through, and as many of its replays."""
        self.differences: list[str] = []
        self._commands = commands
        self._progress = progress
        self._mischief = mischief
        self._random = random
        self._say = say
        self._kills = kills

    async def run(self) -> int:
        """Answers the number of the generation that is active afterwards."""
        commands, random = self._commands, self._random
        for _ in range(self._kills):
            after = random.uniform(*SECONDS_UNTIL_KILL)
            was_killed = await commands.killed("rebuild", "actions", after_seconds=after)
            self._say(f"rebuild {'killed' if was_killed else 'done'} after {after:.1f} s")
        self.differences += await commands.until_no_replays()
        ended = await commands.with_replays_killed(
            "rebuild", "actions", kills=self._kills, within_seconds=3.0
        )
        self._must_be_done(ended)
        number = await self._progress.asked(NEWEST)
        await self._promote(number)
        await commands.run("generations", "actions")
        return number

    async def _promote(self, number: int) -> None:
        command = ("promote", "actions", str(number))
        before = await self._progress.asked(SHOWN)
        for _ in range(self._kills):
            after = self._random.uniform(*SECONDS_UNTIL_KILL)
            was_killed = await self._commands.killed(*command, after_seconds=after)
            self._say(f"promote {'killed' if was_killed else 'done'} after {after:.1f} s")
            active, shown = await self._progress.asked(ACTIVE), await self._progress.asked(SHOWN)
            if active != 1:
                self.differences.append(f"{active} generations are active after a promote was killed")
            if shown * 2 < before:
                self.differences.append(f"{shown} actions are shown after a promote was killed, not {before}")
        await self._mischief.kill_all()
        self.differences += await self._commands.until_no_replays()
        self._must_be_done(await self._commands.run(*command))

    def _must_be_done(self, ended: Ended) -> None:
        self._say(str(ended))
        if ended.code != 0:
            self.differences.append(str(ended))
