"""Commands that do nothing and say why."""

from subprocess import CompletedProcess


def assert_refused(ended: "CompletedProcess[str]", says: str, code: int = 2) -> None:
    """It ended with that code, says so, and prints no answer."""
    assert ended.returncode == code, ended.stderr
    assert says in ended.stderr
    assert ended.stdout == ""
