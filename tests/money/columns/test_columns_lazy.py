"""The command line does not load numpy before it computes columns."""

from __future__ import annotations

import subprocess
import sys


def test_the_command_line_starts_without_numpy() -> None:
    code = "import sys, cpqbridge.cli.main; sys.exit('numpy' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
