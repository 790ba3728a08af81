"""The examples of README.md in SQL and Python work as they stand, over the small world."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import psycopg

from deploy.local_stack import LocalStack
from events.settings import variable
from tests.integration.actions_setting import small_world
from tests.integration.content_setting import filled_world
from tests.integration.readme_commands import README
from tests.integration.small_worlds import for_the_file
from tests.integration.worker_process import PROJECT, WAIT_SECONDS_MAX

BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
A_WAVE: Final = "#de.wikipedia"


database = for_the_file(small_world)


def blocks(language: str, words: str) -> list[str]:
    """The blocks of README.md in that language with these words. Asserts that there are any."""
    found = [text for named, text in BLOCK.findall(README.read_text("utf-8")) if named == language]
    chosen = [text for text in found if words in text]
    assert chosen, f"README.md has no {language} block with {words!r}"
    return chosen


def test_every_sql_statement_answers(database: str) -> None:
    statements = [part for text in blocks("sql", "actions.") for part in text.split(";") if part.strip()]
    assert len(statements) >= 3
    with psycopg.connect(database) as connection:
        answers = [
            connection.execute(statement.replace(A_WAVE, "w").encode()).fetchall() for statement in statements
        ]
    trending, close, days = answers
    assert [row[0] for row in trending[:2]] == ["Ripple b", "Ripple a"]
    assert [row[2] for row in close] == ["b", "a", "e"]
    assert [row[1] for row in days] == [2, 5]


def run_example(example: str, url: str) -> "subprocess.CompletedProcess[str]":
    """The example as it stands, against that database."""
    return subprocess.run(
        [sys.executable, "-c", example],
        env={**os.environ, variable("postgres"): url},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=WAIT_SECONDS_MAX,
    )


def test_the_reader_is_used_as_it_is_shown(database: str) -> None:
    (example,) = blocks("python", "projections.actions.reader")
    ended = run_example(example, database)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[0].startswith("1 Ripple b 17.4")


def test_the_reader_of_content_is_used_as_it_is_shown(stack: LocalStack, tmp_path: Path) -> None:
    (example,) = blocks("python", "projections.content.reader")
    with filled_world(stack, tmp_path) as url:
        ended = run_example(example, url)
    assert ended.returncode == 0, ended.stderr
    assert len(ended.stdout.splitlines()) == 11
