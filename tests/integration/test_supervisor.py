"""Workers as processes: killed ones are replaced, stopped ones commit first, orphaned ones end."""

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from events import Publisher
from events.actions import ActionLogged
from events.settings import SERVERS, variable
from tests.integration.worker_process import (
    PARTITIONS,
    Place,
    Supervised,
    answer,
    is_running,
    run,
    supervised,
    until,
)

ACTIONS = "SELECT coalesce(sum(actions_total), 0)::int FROM actions.ripple_counters"


def publish(place: Place, numbers: range) -> None:
    """An action for each number, over both partitions; acknowledged when this returns."""

    async def send() -> None:
        async with Publisher(
            place.kafka, topic_prefix=place.topic_prefix, partitions=PARTITIONS
        ) as publisher:
            actions = [
                ActionLogged.new(
                    wave_id=f"w{number % 7}", ripple_id="r", action_id=str(number), bucket="b", actor="ann"
                )
                for number in numbers
            ]
            assert len([position async for position in publisher.publish_many(actions)]) == len(numbers)

    asyncio.run(send())


def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(place: Place, worker: Supervised) -> None:
    publish(place, range(100))
    first = worker.child()
    assert worker.until_read(100).applied == 100
    publish(place, range(100, 5_000))
    first.kill()
    until("the killed worker has ended", lambda: not is_running(first), worker)
    assert worker.child().pid != first.pid
    publish(place, range(5_000, 5_100))
    assert worker.until_read(5_100).applied == 5_100
    assert answer(place.postgres, ACTIONS) == 5_100
    assert '"worker_restarts"' in worker.said


def test_a_worker_that_is_asked_to_stop_commits_what_it_has_folded(place: Place, worker: Supervised) -> None:
    publish(place, range(50))
    worker.until_read(50)
    child = worker.child()
    publish(place, range(50, 8_000))
    worker.process.send_signal(signal.SIGTERM)
    assert worker.process.wait(60) == 0, worker.said
    assert not is_running(child)
    (stopped,) = [
        line for line in map(_logged, worker.said.splitlines()) if line.get("event") == "worker_stopped"
    ]
    committed = answer(
        place.postgres, "SELECT sum(applied + duplicates + dead)::int FROM groundswell.positions"
    )
    assert stopped["folded"] == committed
    assert answer(place.postgres, ACTIONS) == committed
    with supervised(place, worker.log) as again:
        assert again.until_read(8_000).applied == 8_000
    assert answer(place.postgres, ACTIONS) == 8_000


def _logged(line: str) -> dict[str, object]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def test_a_worker_whose_supervisor_is_killed_ends_by_itself(place: Place, worker: Supervised) -> None:
    publish(place, range(10))
    worker.until_read(10)
    child = worker.child()
    worker.process.kill()
    worker.process.wait()
    until("the orphaned worker has ended", lambda: not is_running(child), worker)
    assert '"supervisor_gone"' in worker.said


def test_a_worker_that_waits_for_postgres_can_be_stopped(place: Place, tmp_path: Path) -> None:
    """It is not started anew over and over: waiting is not being dead. And it hears that it shall end."""
    nowhere = Place(
        place.kafka, "postgresql://nobody@127.0.0.1:1/no", place.redis, place.topic_prefix, place.home
    )
    with supervised(nowhere, tmp_path / "waiting.log") as waiting:
        child = waiting.child()
        until("the worker says that it waits", lambda: '"postgres_wait"' in waiting.said, waiting)
        assert waiting.child().pid == child.pid
        waiting.process.send_signal(signal.SIGTERM)
        assert waiting.process.wait(60) == 0, waiting.said


def test_an_unknown_system_is_wrong_usage(place: Place) -> None:
    ended = place.run("worker", "actions", "nonsense")
    assert ended.returncode == 2
    known = "actions, content, interactions, rankings, weights"
    assert ended.stderr.splitlines() == [f"error: there is no system 'nonsense': choose from {known}"]
    assert ended.stdout == ""


@pytest.mark.parametrize("missing", ["kafka", "postgres"])
def test_without_an_address_it_says_which_server_and_how_to_start_it(missing: str, tmp_path: Path) -> None:
    addresses = {"kafka": "127.0.0.1:1", "postgres": "postgresql://nobody@127.0.0.1:1/no"}
    environment = {name: value for name, value in os.environ.items() if name not in map(variable, SERVERS)}
    environment |= {variable(name): value for name, value in addresses.items() if name != missing}
    ended = run("worker", "actions", environment={**environment, variable("home"): str(tmp_path)})
    assert ended.returncode == 3
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"error: no address of {missing} is known")
    assert "groundswell up" in line
    assert variable(missing) in line
