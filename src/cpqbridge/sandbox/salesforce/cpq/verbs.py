"""The register of CPQ verbs: what each takes from its request body, and what does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.cpq.activate import activate
from cpqbridge.sandbox.salesforce.cpq.contract import DEFAULT_POLLS, contract
from cpqbridge.sandbox.salesforce.cpq.records import order_id_of_number
from cpqbridge.sandbox.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

_ORDER: Final = {"orderId": str, "orderNumber": str}


@dataclass(frozen=True)
class Verb:
    """One button of the package.

    Attributes:
        run: Takes the org and the checked body, returns the answer.
        options: Name and type of each member the body may have.
    """

    run: Callable[[Org, Mapping[str, Any]], dict[str, Any]]
    options: Mapping[str, type]


def run_verb(org: Org, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Do what the button of that name does.

    Raises:
        SalesforceError: 404 for an unknown verb, 501 for one that is not built, 400 for a wrong body, and what the
            verb itself refuses.
    """
    if name in NOT_BUILT:
        raise SalesforceError(501, "NOT_SUPPORTED", f"The CPQ action '{name}' is not available in this sandbox yet.")
    verb = VERBS.get(name)
    if verb is None:
        raise SalesforceError(404, "NOT_FOUND", f"There is no CPQ action '{name}'. Known are {', '.join(VERBS)}.")
    for key, value in body.items():
        _check(key, value, verb.options)
    return verb.run(org, body)


def _check(key: str, value: Any, options: Mapping[str, type]) -> None:
    if key not in options:
        raise _bad(f"Unknown member '{key}'. Known are {', '.join(options)}.")
    if type(value) is not options[key]:
        raise _bad(f"'{key}' must be of the type {options[key].__name__}.")
    if isinstance(value, int) and value < 0:
        raise _bad(f"'{key}' must not be negative.")


def _order_id(org: Org, body: Mapping[str, Any]) -> str:
    if ("orderId" in body) == ("orderNumber" in body):
        raise _bad("Name the order by either 'orderId' or 'orderNumber'.")
    return str(body["orderId"]) if "orderId" in body else order_id_of_number(org, body["orderNumber"])


def _activate(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    return activate(org, _order_id(org, body))


def _contract(org: Org, body: Mapping[str, Any]) -> dict[str, Any]:
    return contract(
        org,
        _order_id(org, body),
        wait=body.get("wait", False),
        polls=body.get("polls", DEFAULT_POLLS),
        delay=timedelta(milliseconds=body.get("delay_ms", 0)),
        fail_after=body.get("fail_after"),
    )


def _bad(message: str) -> SalesforceError:
    return SalesforceError(400, "INVALID_INPUT", message)


VERBS: Final[Mapping[str, Verb]] = {
    "activate": Verb(_activate, _ORDER),
    "contract": Verb(_contract, {**_ORDER, "wait": bool, "polls": int, "delay_ms": int, "fail_after": int}),
}
"""What is built."""

NOT_BUILT: Final = ("amend", "renew", "cancel")
"""Verbs that have their place here and answer 501 until they are built."""
