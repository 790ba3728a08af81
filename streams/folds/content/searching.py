"""Text as it is searched: any part of a word, any case."""

import unicodedata


def searched(*texts: str | None) -> str:
    """These texts, one a line, in lower case; without those that are not there."""
    return "\n".join(unicodedata.normalize("NFKC", text).lower() for text in texts if text)
