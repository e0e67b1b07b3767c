"""The register of CPQ verbs: what each takes from its request body, and what does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.cpq.activate import activate, activate_contract
from cpqbridge.sandbox.salesforce.cpq.amend import amend, cancel
from cpqbridge.sandbox.salesforce.cpq.bodies import (
    ActivateBody,
    Amendment,
    Body,
    Cancellation,
    ContractingBody,
    Moving,
    Renewal,
    Undoing,
    read,
)
from cpqbridge.sandbox.salesforce.cpq.contract import contract
from cpqbridge.sandbox.salesforce.cpq.move import move
from cpqbridge.sandbox.salesforce.cpq.records import named_contract, named_order
from cpqbridge.sandbox.salesforce.cpq.renew import renew
from cpqbridge.sandbox.salesforce.cpq.undo import undo
from cpqbridge.sandbox.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org


@dataclass(frozen=True)
class Verb:
    """One button of the package.

    Attributes:
        run: Takes the org and the checked body, returns the answer.
        body: Shape of the body.
    """

    run: Callable[[Org, Any], dict[str, Any]]
    body: type[Body]


def run_verb(org: Org, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Do what the button of that name does.

    Raises:
        SalesforceError: 404 for an unknown verb, 400 for a wrong body, and what the verb itself refuses.
    """
    verb = VERBS.get(name)
    if verb is None:
        raise SalesforceError(404, "NOT_FOUND", f"There is no CPQ action '{name}'. Known are {', '.join(VERBS)}.")
    return verb.run(org, read(body, verb.body))


def _activate(org: Org, body: ActivateBody) -> dict[str, Any]:
    if body.contract_id is None and body.contract_number is None:
        return activate(org, named_order(org, body.order_id, body.order_number))
    if body.order_id is not None or body.order_number is not None:
        raise SalesforceError(400, "INVALID_INPUT", "Name either an order or a contract.")
    return activate_contract(org, named_contract(org, body.contract_id, body.contract_number)["Id"])


def _contract(org: Org, body: ContractingBody) -> dict[str, Any]:
    return contract(
        org,
        named_order(org, body.order_id, body.order_number),
        wait=body.wait,
        polls=body.polls,
        delay=timedelta(milliseconds=body.delay_ms),
        fail_after=body.fail_after,
    )


VERBS: Final[Mapping[str, Verb]] = {
    "activate": Verb(_activate, ActivateBody),
    "contract": Verb(_contract, ContractingBody),
    "amend": Verb(amend, Amendment),
    "renew": Verb(renew, Renewal),
    "cancel": Verb(cancel, Cancellation),
    "undo": Verb(undo, Undoing),
    "move": Verb(move, Moving),
}
"""The verbs by name."""
