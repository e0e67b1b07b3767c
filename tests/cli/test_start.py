"""What starting the command line loads: big libraries only where a command needs them."""

from __future__ import annotations

import subprocess
import sys

BIG = {"aiosmtplib", "alembic", "psycopg", "rule_engine", "sqlalchemy", "starlette", "uvicorn"}


def test_starting_loads_no_library_that_only_some_commands_need():
    script = "import sys; import cpqbridge.cli.main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout.split()
    assert not BIG.intersection(loaded)
