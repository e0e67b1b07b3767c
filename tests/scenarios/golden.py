"""Golden files: the requests of a scenario as a person reads them.

They are written anew when the environment variable `UPDATE_GOLDEN` is set; look at each difference before it is kept.
"""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).with_name("golden")


class _Dumper(yaml.SafeDumper):
    """Writes dates as they are in the request, without quotes, and decimals with their digits."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the attribute that PyYAML looks at
        first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":merge"))]
        for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
    }

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's own
        super().increase_indent(flow, False)


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:float", f"{value.normalize():f}")


_Dumper.add_representer(Decimal, _decimal)


def text_of(about: str, requests: list[dict[str, Any]]) -> str:
    """Return a golden file's text.

    Args:
        about: What the scenario is about, a sentence.
        requests: Each with `request`, its method and path, and `body`.
    """
    body = yaml.dump(requests, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True) if requests else "[]\n"
    return f"# {about}\n{body}"


def check(name: str, text: str) -> None:
    """Compare with the golden file, or write it when told to.

    Raises:
        AssertionError: The text differs from the file.
    """
    path = FOLDER / f"{name}.yaml"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"there is no {path.name}; make it with UPDATE_GOLDEN=1 and read it"
    assert text == path.read_text(encoding="utf-8"), f"the requests are not those of {path.name}"
