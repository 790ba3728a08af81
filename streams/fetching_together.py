"""All partitions of a broker in one question; apart from `fetching`, which changes aiokafka on import."""

from typing import Final

from aiokafka import AIOKafkaConsumer

ALONE_SECONDS_MIN: Final = 3600.0
"""For so long records that wait keep the other partitions of their broker from being fetched without them."""


def fetch_together(consumer: AIOKafkaConsumer) -> None:
    """Keeps a started consumer from asking for some partitions alone while records of others wait: where
    there is nothing to read in those, the broker answers after its longest wait, and until then nothing is
    read at all. aiokafka does so after 0.1 s, and has no public setting for it."""
    fetcher = consumer._fetcher
    assert hasattr(fetcher, "_prefetch_backoff"), "aiokafka's fetcher has changed: see what it waits for now"
    fetcher._prefetch_backoff = ALONE_SECONDS_MIN
