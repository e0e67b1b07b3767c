"""The whole harm, with numbers: `python -m tests.chaos.service`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from tests.chaos.service.harm import Harm, suffer

WHOLE = Harm(orders=500, concurrency=3, longest=900)

HARMS = (
    replace(WHOLE, kills=10, frozen=30),
    replace(WHOLE, postgres=5),
    replace(WHOLE, postgres=5, own=True),
)
"""Ten deaths and a stand-still; the death of cpqbridge's own database, and of one of the user's."""


def main() -> int:
    """Do all of it; the exit status is 1 when anything was wrong."""
    wrong = 0
    for harm in HARMS:
        folder = Path(tempfile.mkdtemp(prefix="cpqbridge-harm-"))
        folder.chmod(0o755)  # the user of the embedded database must enter it
        came = suffer(folder, harm)
        sys.stdout.write("\n".join([came.summary(harm), *came.wrong]) + "\n")
        sys.stdout.flush()
        wrong += bool(came.wrong) or max(came.takeovers, default=0) > 15
        shutil.rmtree(folder)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
