"""Lines of NDJSON, one event a line, from plain, gzip or zstd bytes; no line is held that is too long."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, ClassVar, cast

from events.errors import GroundswellError
from events.refusals import Broken

LINE_BYTES_MAX = 1_048_576
SKIP_BYTES = 65_536
# Bounds what one step may unfold to: a block of 128 KiB can be 4 bytes.
ZSTD_INPUT_BYTES = 1_024

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"


class InputBroken(GroundswellError):
    """The file is damaged or cut short from the named line on: get it again; what came before it stands."""

    code: ClassVar[str] = "input_broken"


def decompressed(stream: BinaryIO) -> BinaryIO:
    """The stream's content; whether it is gzip, zstd or plain is told by its first bytes, not by a name."""
    if not hasattr(stream, "peek"):
        stream = io.BufferedReader(cast("io.RawIOBase", stream))
    start = stream.peek(len(_ZSTD))[: len(_ZSTD)]
    if start.startswith(_GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=stream))
    if start == _ZSTD:
        return io.BufferedReader(_Zstd(stream))
    return stream


class _Zstd(io.RawIOBase):
    """The content of zstd frames in a row. The library's own reader takes a cut file for a whole one."""

    def __init__(self, stream: BinaryIO) -> None:
        import zstandard

        self._stream = stream
        self._new_frame = zstandard.ZstdDecompressor().decompressobj
        self._frame = self._new_frame()
        self._compressed = b""
        self._content = b""
        self._inside = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._content:
            self._compressed = self._compressed or self._stream.read(ZSTD_INPUT_BYTES)
            if not self._compressed:
                if self._inside:
                    raise EOFError("it ends in the middle of a zstd frame")
                return 0
            self._content = self._frame.decompress(self._compressed)
            self._inside = not self._frame.eof
            self._compressed = self._frame.unused_data
            if self._frame.eof:
                self._frame = self._new_frame()
        given = self._content[: len(buffer)]
        self._content = self._content[len(given) :]
        buffer[: len(given)] = given
        return len(given)


def read_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | Broken]]:
    """Line numbers from 1 with the lines' bytes; blank lines are skipped but counted.

    A line over 1 MiB is passed over in pieces and given as Broken. Raises InputBroken when what is compressed
    cannot be read on.
    """
    number = 0
    while line := _next_line(stream, number + 1):
        number += 1
        if isinstance(line, Broken):
            yield number, line
        elif stripped := line.strip(b" \t\r\n"):
            yield number, stripped


def _next_line(stream: BinaryIO, number: int) -> bytes | Broken:
    """The next line with its end, empty after the last one."""
    try:
        line = stream.readline(LINE_BYTES_MAX + 1)
        if len(line) <= LINE_BYTES_MAX or line.endswith(b"\n"):
            return line
        while (rest := stream.readline(SKIP_BYTES)) and not rest.endswith(b"\n"):
            pass
    except (EOFError, OSError, zlib.error) as error:
        raise InputBroken(f"line {number}: the input cannot be read on: {error}") from error
    except Exception as error:
        # The zstd library's own error, which is not imported where it is not needed.
        if type(error).__name__ != "ZstdError":
            raise
        raise InputBroken(f"line {number}: the input cannot be read on: {error}") from error
    return Broken("too_large", f"the line is longer than {LINE_BYTES_MAX} bytes")
