"""Which partition a key belongs to: murmur2, as Kafka's Java client has it."""

from __future__ import annotations

from functools import lru_cache

from aiokafka.partitioner import murmur2

KEYS_CACHED_MAX = 65_536
"""Keys whose hash is remembered; one costs about 300 bytes, computing a hash about a microsecond a byte."""

_SIGN_BIT_CLEARED = 0x7FFFFFFF


def partition_of(key: str, partitions: int) -> int:
    """The partition of a record with this key, from 0, among `partitions`."""
    return positive_hash(key) % partitions


@lru_cache(maxsize=KEYS_CACHED_MAX)
def positive_hash(key: str) -> int:
    """murmur2 of the key's UTF-8 with the sign bit cleared, as in the Java client's `toPositive`."""
    hashed: int = murmur2(key.encode())
    return hashed & _SIGN_BIT_CLEARED
