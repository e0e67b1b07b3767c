"""Where a record is found in Zuora's user interface. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

_REST = "rest."
_DOMAIN = ".zuora.com"

INTERFACES: Mapping[str, str] = {"rest.zuora.com": "https://www.zuora.com"}
"""REST hosts whose user interface has another name than theirs without `rest.`."""


def interface(base_url: str) -> str | None:
    """Return the address of the user interface beside a REST address, such as `https://apisandbox.zuora.com`.

    None for a host that is none of Zuora's, such as a sandbox on this machine.
    """
    host = (urlsplit(base_url).hostname or "").lower()
    if host in INTERFACES:
        return INTERFACES[host]
    known = host.startswith(_REST) and host.endswith(_DOMAIN)
    return f"https://{host.removeprefix(_REST)}" if known else None


def link(template: str, base_url: str, numbers: Mapping[str, str | None]) -> str | None:
    """Return an address with its placeholders filled in, or None where one of them is not known.

    Args:
        template: With `{ui}`, `{order_number}` and `{account_number}`.
        base_url: The REST address of the tenant.
        numbers: `order_number` and `account_number`.
    """
    known = {name: quote(value, safe="") for name, value in numbers.items() if value}
    ui = interface(base_url)
    try:
        return template.format(**known, **({"ui": ui} if ui else {}))
    except KeyError:
        return None
