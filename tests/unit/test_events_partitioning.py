"""Keys go where Kafka's Java client would put them."""

from __future__ import annotations

import pytest

from events.partitioning import partition_of, positive_hash

# From the tests of Kafka's Java client: the hash as a signed number of 32 bits.
JAVA = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
}


@pytest.mark.parametrize(("key", "signed"), JAVA.items())
def test_the_hash_is_that_of_the_java_client_without_its_sign(key: str, signed: int) -> None:
    assert positive_hash(key) == signed & 0x7FFFFFFF
    assert partition_of(key, 12) == (signed & 0x7FFFFFFF) % 12


def test_a_key_is_hashed_as_utf8() -> None:
    assert {partition_of(key, 4) for key in ("é", "日本", "😀", "")} <= {0, 1, 2, 3}
    assert partition_of("#de.wikipedia", 1) == 0
