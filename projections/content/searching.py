"""Text as it is searched: any part of a word, any case."""

import unicodedata


def folded(text: str) -> str:
    """The text as it is compared with others."""
    return unicodedata.normalize("NFKC", text).lower()


def searched(*texts: str | None) -> str:
    """These texts, one a line, as they are compared; without those that are not there."""
    return "\n".join(folded(text) for text in texts if text)
