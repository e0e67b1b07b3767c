"""How much memory a process has needed."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak() -> float:
    """Return the most MiB so far; on Linux `getrusage` begins with that of the process that started this one."""
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
