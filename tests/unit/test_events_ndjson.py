"""Lines come out of whatever they were packed in, and no line is held that is too long."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable

import pytest
import zstandard

from events.ndjson import LINE_BYTES_MAX, InputBroken, decompressed, read_lines
from events.refusals import Broken

Line = tuple[int, bytes | Broken]


def lines_of(packed: bytes) -> list[Line]:
    return list(read_lines(decompressed(io.BufferedReader(io.BytesIO(packed)))))


def two_frames(content: bytes) -> bytes:
    half = len(content) // 2
    return zstandard.compress(content[:half]) + zstandard.compress(content[half:])


PACKINGS: list[Callable[[bytes], bytes]] = [bytes, gzip.compress, zstandard.compress, two_frames]


@pytest.mark.parametrize("pack", PACKINGS)
def test_blank_lines_count_and_are_skipped_and_ends_are_cut(pack: Callable[[bytes], bytes]) -> None:
    assert lines_of(pack(b'{"a":1}\r\n\n  \t\n{"b":2}')) == [(1, b'{"a":1}'), (4, b'{"b":2}')]


@pytest.mark.parametrize("pack", PACKINGS)
def test_a_line_that_is_too_long_is_passed_over(pack: Callable[[bytes], bytes]) -> None:
    just_right = b"x" * LINE_BYTES_MAX
    found = lines_of(pack(b"\n".join([just_right, just_right + b"x", b"y" * 5_000_000, b"last"])))
    assert found[0] == (1, just_right)
    assert [line.code for _, line in found[1:3] if isinstance(line, Broken)] == ["too_large", "too_large"]
    assert found[3] == (4, b"last")


class Endless(io.RawIOBase):
    """A line without an end, which counts how much of it was asked for at once."""

    def __init__(self, bytes_left: int) -> None:
        self.bytes_left = bytes_left
        self.most_at_once = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        self.most_at_once = max(self.most_at_once, len(buffer))
        count = min(len(buffer), self.bytes_left)
        self.bytes_left -= count
        buffer[:count] = b"x" * count
        return count


def test_an_endless_line_is_read_in_pieces() -> None:
    endless = Endless(50_000_000)
    ((number, line),) = read_lines(io.BufferedReader(endless))
    assert number == 1
    assert isinstance(line, Broken)
    assert endless.bytes_left == 0
    assert endless.most_at_once <= LINE_BYTES_MAX


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
@pytest.mark.parametrize("damage", ["cut", "overwritten"])
def test_a_damaged_file_is_told_after_what_came_before(pack: Callable[[bytes], bytes], damage: str) -> None:
    content = b"".join(b'{"number":%d}\n' % (number * 7919 % 10_007) for number in range(200_000))
    packed = pack(content)
    half = len(packed) // 2
    packed = packed[:half] if damage == "cut" else packed[:half] + bytes(1000) + packed[half + 1000 :]
    lines = read_lines(decompressed(io.BufferedReader(io.BytesIO(packed))))
    with pytest.raises(InputBroken, match=r"line \d+: the input cannot be read on"):
        for _ in lines:
            pass


def test_nothing_is_no_line() -> None:
    assert lines_of(b"") == []
    assert lines_of(gzip.compress(b"")) == []
    assert lines_of(zstandard.compress(b"")) == []
