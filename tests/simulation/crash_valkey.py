"""What is done to Valkey: wiped, or made to come back with what it held before."""

from pathlib import Path

from redis.asyncio import Redis


async def wipe(url: str) -> None:
    """FLUSHALL."""
    async with Redis.from_url(url) as client:
        await client.flushall()


async def take_snapshot(url: str) -> Path:
    """Writes what it holds into the file that it reads when it starts."""
    async with Redis.from_url(url, decode_responses=True) as client:
        await client.save()
        names = {**await client.config_get("dir"), **await client.config_get("dbfilename")}
    snapshot = Path(str(names["dir"])) / str(names["dbfilename"])
    assert snapshot.exists(), f"Valkey wrote no {snapshot}"
    return snapshot


def remove_snapshot(snapshot: Path) -> None:
    """The next start finds nothing."""
    snapshot.unlink(missing_ok=True)
