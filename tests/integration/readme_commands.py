"""The commands that README.md shows in its `console` blocks."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

README: Final = Path(__file__).parents[2] / "README.md"
MARK: Final = "# tried by a test"
"""The line before a command that a test runs as it stands."""
BLOCK: Final = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROMPT: Final = re.compile(r"^\$ ")
SHELL_ENDS: Final = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<", "2>"})
MAKE: Final = re.compile(r"(?:^|`)(?:\$ )?make ([a-z]+)", re.MULTILINE)


@dataclass(frozen=True)
class Shown:
    """A line of a block, its continuation lines joined, and whether a test runs it."""

    text: str
    is_tried: bool

    @property
    def is_command(self) -> bool:
        """Whether it calls the command line."""
        return self.text.startswith("groundswell ")

    @property
    def arguments(self) -> list[str]:
        """What follows `groundswell`, up to where the shell goes on with something else."""
        words = shlex.split(self.text, comments=True)[1:]
        end = next((number for number, word in enumerate(words) if word in SHELL_ENDS), len(words))
        return words[:end]


def shown(readme: str) -> Iterator[Shown]:
    """All lines of all blocks that are commands or comments' subjects; blank lines end a mark."""
    for block in BLOCK.findall(readme):
        is_tried = False
        for line in block.replace("\\\n", " ").splitlines():
            text = PROMPT.sub("", line.strip())
            if text == MARK:
                is_tried = True
            else:
                if text and not text.startswith("#"):
                    yield Shown(text, is_tried)
                is_tried = False


def commands() -> list[Shown]:
    """Every call of `groundswell` in README.md."""
    return [line for line in shown(README.read_text("utf-8")) if line.is_command]


def make_targets() -> set[str]:
    """Every target that README.md names after `make`, in blocks and in the text."""
    return set(MAKE.findall(README.read_text("utf-8")))
