"""`make soak`: the service under random load, faults and deaths, from one seed; what must hold is looked at in the end.

    python -m tests.chaos.soak --minutes 60 --seed 7

Both systems of two connections are in processes of their own, and so are two services and two workers. Now and then all
is calm: then nothing may be due, in doubt or without an outcome. In the end both tenants must hold what an undisturbed
sync of the final orgs brings into empty ones.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.chaos.service.soaking import Soak


def main() -> int:
    """Run it; the exit status is 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.soak", description=__doc__)
    parser.add_argument("--seed", type=_seed, default=None, help="by default a new one each time")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--calm", type=float, default=4, help="minutes from one calm to the next")
    parser.add_argument(
        "--embedded", action="store_true", help="with cpqbridge's own database; by default the seed says"
    )
    parser.add_argument("--keep", action="store_true", help="keep the folder with what all processes said")
    given = parser.parse_args()
    seed = random.SystemRandom().randrange(1_000_000) if given.seed is None else given.seed
    folder = Path(tempfile.mkdtemp(prefix="cpqbridge-soak-"))
    folder.chmod(0o755)  # the user of the embedded database must enter it
    say(f"soak from seed {seed} for {given.minutes:g} minutes, in {folder}")
    wrong: list[str] = []
    soak = Soak(folder, seed, say, own=not (given.embedded or seed % 2 == 0))
    try:
        wrong = soak.run(given.minutes * 60, given.calm * 60)
    except Exception:  # noqa: BLE001 - whatever it was, the seed must be said
        wrong = [traceback.format_exc()]
    finally:
        soak.close()
    for line in wrong:
        say(f"  WRONG {line[:1500]}")
    say(f"seed {seed}: {len(wrong)} wrong" if wrong else f"seed {seed}: nothing lost, nothing doubled")
    if wrong or given.keep:
        say(f"what all processes said is in {folder}")
    else:
        shutil.rmtree(folder)
    return 1 if wrong else 0


def say(text: str) -> None:
    """Say a line at once."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def _seed(text: str) -> int | None:
    return int(text) if text else None


if __name__ == "__main__":
    sys.exit(main())
