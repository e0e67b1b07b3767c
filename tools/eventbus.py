"""Writes the messages of `cpqbridge.eventbus` from `pubsub.proto`, or says which of them are stale.

python -m tools.eventbus            write them
python -m tools.eventbus --check    fail, naming each file that differs from what would be written

The compiler is the one of `grpcio-tools`, which the development environment has.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from grpc_tools import protoc

SOURCE = Path(__file__).resolve().parent.parent / "src"
PROTO = "cpqbridge/eventbus/pubsub.proto"


def generate(target: Path) -> None:
    """Write the module and its stub below a folder.

    Raises:
        ValueError: The compiler refuses the file; it has said why on standard error.
    """
    outputs = [f"--python_out={target}", f"--pyi_out={target}"]
    if protoc.main(["protoc", f"-I{SOURCE}", *outputs, PROTO]) != 0:
        raise ValueError(f"{PROTO} is refused")


def stale() -> Iterator[tuple[Path, str]]:
    """Yield each generated file that differs from its text, with the text."""
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        for made in sorted(Path(folder).rglob("*.py*")):
            path, text = SOURCE / made.relative_to(folder), made.read_text(encoding="utf-8")
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                yield path, text


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the stale files, or only name them; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.eventbus", description="Messages of the Pub/Sub API")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is stale")
    check = parser.parse_args(arguments).check
    found = list(stale())
    for path, text in found:
        if check:
            print(f"stale: {path.name} (run `python -m tools.eventbus`)", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.name}")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
