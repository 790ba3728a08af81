"""What may be wrong with this machine and its servers; every finding says what to do."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from deploy.local_stack.stack import LocalStack, ServerStatus
from events.settings import STACK_FILE_NAME, Settings, variable

FREE_DISK_BYTES_MIN = 2 * 1024**3
CLOCK_DIFFERENCE_MAX = timedelta(seconds=2)
PYTHON_VERSION_MIN = (3, 11)
POSTGRES_VERSION_MIN = 15
REDIS_VERSION_MIN = 7
DISTRIBUTION = "groundswell"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what was seen, and the advice when it is not as it must be (None: all is well)."""

    check: str
    seen: str
    advice: str | None = None


def examine(settings: Settings) -> Iterator[Check]:
    """All checks, each as soon as it is made; what needs a server is looked at only when that answers."""
    yield from _versions()
    yield from _home(settings.home)
    for status in LocalStack(settings.home).status():
        yield _connection(status)
        if status.answers and status.address is not None:
            yield from _server_checks(status.name, status.address, settings)


def _versions() -> Iterator[Check]:
    found = ".".join(str(part) for part in sys.version_info[:3])
    wanted = ".".join(str(part) for part in PYTHON_VERSION_MIN)
    too_old = sys.version_info < PYTHON_VERSION_MIN
    yield Check("version of python", found, f"run with Python {wanted} or newer" if too_old else None)
    wrong = list(_wrong_packages())
    seen = ", ".join(wrong) or "as required"
    yield Check("versions of packages", seen, "run `make` again, or reinstall groundswell" if wrong else None)


def _wrong_packages() -> Iterator[str]:
    from packaging.requirements import Requirement

    try:
        wanted = [Requirement(line) for line in requires(DISTRIBUTION) or ()]
    except PackageNotFoundError:
        yield f"{DISTRIBUTION} itself is not installed"
        return
    for requirement in wanted:
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            found = "missing"
        if found == "missing" or not requirement.specifier.contains(found, prereleases=True):
            yield f"{requirement.name} is {found} but must be {requirement.specifier}"


def _home(home: Path) -> Iterator[Check]:
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    wanted = f"at least {FREE_DISK_BYTES_MIN / 1024**3:.0f} GiB"
    advice = f"free {wanted}, or set {variable('home')} to a folder with as much"
    yield Check(
        "free disk",
        f"{free / 1024**3:.1f} GiB at {existing}",
        advice if free < FREE_DISK_BYTES_MIN else None,
    )
    writable = os.access(existing, os.W_OK | os.X_OK)
    yield Check(
        "folder of the stack",
        f"{home} {'can' if writable else 'cannot'} be written",
        None if writable else f"become its owner, or set {variable('home')} to a folder of your own",
    )
    stack_file = home / STACK_FILE_NAME
    if stack_file.exists():
        mode = stat.S_IMODE(stack_file.stat().st_mode)
        is_open = bool(mode & (stat.S_IRWXG | stat.S_IRWXO))
        advice = f"others may read the password in it: chmod 600 {stack_file}"
        yield Check(f"permissions of {STACK_FILE_NAME}", f"{mode:03o}", advice if is_open else None)


def _connection(status: ServerStatus) -> Check:
    check = f"connection to {status.name}"
    if status.answers and status.address is not None:
        return Check(check, f"{_without_password(status.address)} answers ({status.source})")
    if status.source == "environment":
        advice = f"start that server, or correct or unset {variable(status.name)}"
    else:
        advice = f"run `groundswell up`; the server's log is {status.log}"
    return Check(check, status.problem or "no answer", advice)


def _without_password(address: str) -> str:
    return address.rpartition("@")[2]


def _server_checks(name: str, address: str, settings: Settings) -> list[Check]:
    questions: dict[str, Callable[[], Iterator[Check]]] = {
        "kafka": lambda: _topics(address, settings.topic_prefix),
        "postgres": lambda: _postgres(address),
        "redis": lambda: _redis(address),
    }
    try:
        return list(questions[name]())
    # A check that cannot be made is itself a finding, whatever the reason.
    except Exception as error:  # noqa: BLE001
        return [Check(f"checks of {name}", f"failed: {error}", f"see whether {name} allows this user to ask")]


def _topics(address: str, prefix: str) -> Iterator[Check]:
    from events.topics import RULES

    topics = asyncio.run(_topic_settings(address, prefix))
    if not topics:
        yield Check("topics", f"none named {prefix}.* yet")
    for topic, found in sorted(topics.items()):
        wrong = {name: rule for name, rule in RULES.items() if found.get(name) != rule}
        seen = ", ".join(f"{name}={found.get(name)}" for name in wrong) or "as required"
        changes = ",".join(f"{name}={wanted}" for name, wanted in wrong.items())
        advice = f"set {changes} on topic {topic} (kafka-configs --alter --add-config)" if wrong else None
        yield Check(f"settings of {topic}", seen, advice)


async def _topic_settings(address: str, prefix: str) -> dict[str, dict[str, str]]:
    from events.topics import connected, topic_settings

    async with connected(address) as admin:
        names = [name for name in await admin.list_topics() if name.startswith(f"{prefix}.")]
        return {name: await topic_settings(admin, name) for name in names}


def _postgres(url: str) -> Iterator[Check]:
    import psycopg

    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'),"
            " current_setting('server_version_num')::integer / 10000,"
            " has_database_privilege(current_database(), 'CREATE'), current_user, clock_timestamp()"
        ).fetchone()
        here = datetime.now(UTC)
    assert row is not None, "a SELECT without FROM gives one row"
    number, major, may_create, user, there = row
    too_old = major < POSTGRES_VERSION_MIN
    yield Check(
        "version of postgres", number, f"use Postgres {POSTGRES_VERSION_MIN} or newer" if too_old else None
    )
    yield Check(
        "permissions in postgres",
        f"{user} {'may' if may_create else 'may not'} create schemas",
        None if may_create else f"GRANT CREATE ON DATABASE ... TO {user}",
    )
    difference = abs(here - there)
    yield Check(
        "clock",
        f"{difference.total_seconds():.1f} s apart from Postgres's",
        "synchronise the clocks of both machines (NTP)" if difference > CLOCK_DIFFERENCE_MAX else None,
    )


def _redis(url: str) -> Iterator[Check]:
    import redis

    with redis.Redis.from_url(url, decode_responses=True) as client:
        about = client.info("server")
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "unknown")
    number = str(about.get("valkey_version") or about["redis_version"])
    too_old = int(number.split(".")[0]) < REDIS_VERSION_MIN
    yield Check("version of redis", number, f"use {REDIS_VERSION_MIN} or newer" if too_old else None)
    wrong = policy not in ("noeviction", "unknown")
    yield Check("eviction in redis", policy, "set maxmemory-policy to noeviction" if wrong else None)
