"""murmur2 as Kafka's Java client hashes record keys, written from its published algorithm.

The oracle checks the partitioner of `events`, so it must not borrow it.
"""

from functools import lru_cache

_MULTIPLIER = 0x5BD1E995
_SEED = 0x9747B28C
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """Hash of the bytes as a signed 32-bit integer, as the Java client returns it."""
    hashed = (_SEED ^ len(data)) & _MASK
    whole = len(data) & ~3
    for start in range(0, whole, 4):
        word = (int.from_bytes(data[start : start + 4], "little") * _MULTIPLIER) & _MASK
        word = ((word ^ (word >> 24)) * _MULTIPLIER) & _MASK
        hashed = ((hashed * _MULTIPLIER) & _MASK) ^ word
    if whole < len(data):
        hashed = ((hashed ^ int.from_bytes(data[whole:], "little")) * _MULTIPLIER) & _MASK
    hashed = ((hashed ^ (hashed >> 13)) * _MULTIPLIER) & _MASK
    hashed ^= hashed >> 15
    return hashed - (1 << 32) if hashed >= 1 << 31 else hashed


@lru_cache(maxsize=65_536)
def partition_of_key(key: str, partitions: int) -> int:
    """Partition of a key: toPositive(murmur2(UTF-8 of the key)) modulo the number of partitions."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
