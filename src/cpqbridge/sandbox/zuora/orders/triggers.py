"""Trigger dates of an order action, and what the tenant's settings make of a missing one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora.orders.dates import day
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, missing
from cpqbridge.sandbox.zuora.settings import TenantSettings


@dataclass(frozen=True, slots=True)
class TriggerDates:
    """When the contract, the service and its acceptance begin; None: not known yet, and required."""

    contract_effective: date
    service_activation: date | None
    customer_acceptance: date | None

    @property
    def status(self) -> str:
        """The status of a subscription with these dates."""
        if self.service_activation is None:
            return "Pending Activation"
        return "Active" if self.customer_acceptance else "Pending Acceptance"

    def provisional(self) -> TriggerDates:
        """The same with every date that is not known yet set to the one before it."""
        activation = self.service_activation or self.contract_effective
        return TriggerDates(self.contract_effective, activation, self.customer_acceptance or activation)

    @property
    def fields(self) -> dict[str, str | None]:
        """The dates as row fields of an order action."""
        return {
            "contractEffectiveDate": self.contract_effective.isoformat(),
            "serviceActivationDate": self.service_activation.isoformat() if self.service_activation else None,
            "customerAcceptanceDate": self.customer_acceptance.isoformat() if self.customer_acceptance else None,
        }

    def of(self, event: str) -> date | None:
        """The date of a trigger event of a charge."""
        return {
            "ContractEffective": self.contract_effective,
            "ServiceActivation": self.service_activation,
            "CustomerAcceptance": self.customer_acceptance,
        }[event]


def trigger_dates(entries: list[dict[str, Any]] | None, order_date: date, settings: TenantSettings) -> TriggerDates:
    """Read ``triggerDates`` of an action; an absent ContractEffective is the order date.

    Raises:
        Refusal: A name twice or missing, or dates out of their order.
    """
    given = _by_name(entries or [])
    return complete(
        given.get("ContractEffective") or order_date,
        given.get("ServiceActivation"),
        given.get("CustomerAcceptance"),
        settings,
    )


def complete(
    contract: date, activation: date | None, acceptance: date | None, settings: TenantSettings
) -> TriggerDates:
    """Fill in the dates that the tenant does not require: each defaults to the one before it.

    Raises:
        Refusal: Activation lies before the contract date, or acceptance before activation.
    """
    if activation is None and not settings.require_service_activation:
        activation = contract
    if acceptance is None and not settings.require_customer_acceptance:
        acceptance = activation
    if activation and activation < contract:
        raise broken("The ServiceActivation date must not be earlier than the ContractEffective date.")
    if acceptance and acceptance < (activation or contract):
        raise broken("The CustomerAcceptance date must not be earlier than the ServiceActivation date.")
    return TriggerDates(contract, activation, acceptance)


def _by_name(entries: list[dict[str, Any]]) -> dict[str, date]:
    given: dict[str, date] = {}
    for entry in entries:
        name, value = entry.get("name"), entry.get("triggerDate")
        if not name:
            raise missing("triggerDates: name is required.")
        if name in given:
            raise invalid(f"triggerDates: {name} is given more than once.")
        if value:
            given[name] = day(value)
    return given
