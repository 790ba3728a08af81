"""`python -m deploy.local_stack.guard HOME`: removes a stack when the process that started this one ends.

A test run that is killed cannot stop its servers itself. Its end closes the pipe that is this program's
standard input; whatever ended it, the stack in HOME is then stopped and wiped.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from deploy.local_stack.stack import LocalStack


def start_guard(home: Path) -> subprocess.Popen[bytes]:
    """A guard for the stack in `home`; `communicate()` lets it do its work now and waits for it."""
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.local_stack.guard", str(home)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def main() -> None:
    """Wait for the end of standard input, then stop and wipe."""
    sys.stdin.buffer.read()
    LocalStack(Path(sys.argv[1])).down(wipe=True)


if __name__ == "__main__":
    main()
