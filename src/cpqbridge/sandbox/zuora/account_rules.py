"""Business rules of accounts: code lists, unique numbers, hierarchies, features that are not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cpqbridge.sandbox.zuora.account_data import RESOURCE, TEMPLATES, UNAVAILABLE
from cpqbridge.sandbox.zuora.envelopes import INVALID, PERMISSION, RULE, Refusal, code
from cpqbridge.sandbox.zuora.parties import ancestors, find_account
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

_Body = Mapping[str, Any]


def refuse_unavailable(body: _Body) -> None:
    """Let a body pass that asks for no payment, billing or profile feature.

    Raises:
        Refusal: Category 10, naming the first such field.
    """
    for name in UNAVAILABLE:
        if body.get(name) not in (None, False, "", []):
            message = f"'{name}' needs a feature that is not enabled in this tenant."
            if name == "subscription":
                message = "Creating a subscription with the account is not supported; use Create an order."
            raise Refusal(code(RESOURCE, PERMISSION), message)


def account_faults(tenant: Tenant, body: _Body, before: Row | None = None) -> Iterator[Refusal]:
    """Every broken rule of a checked body.

    Args:
        tenant: Whose account it is.
        body: Body of a create or an update.
        before: The account's row when it is an update.
    """
    for rule in _RULES:
        yield from rule(tenant, body, before)


def parent_of(tenant: Tenant, body: _Body) -> str | None:
    """Id of the parent account that a checked body names by id or number."""
    number = body.get("parentAccountNumber")
    if number:
        parent = find_account(tenant, number)
        return parent["id"] if parent else None
    return body.get("parentId") or None


def _currency(tenant: Tenant, body: _Body, _: Row | None) -> Iterator[Refusal]:
    currency = body.get("currency")
    if currency and currency not in tenant.settings.currencies:
        yield _invalid(f"'currency' is not an active currency of this tenant: {currency}.")


def _payment_term(tenant: Tenant, body: _Body, _: Row | None) -> Iterator[Refusal]:
    term = body.get("paymentTerm")
    if term and term not in tenant.settings.payment_terms:
        yield _invalid(f"'paymentTerm' is not an active payment term of this tenant: {term}.")


def _batch(tenant: Tenant, body: _Body, _: Row | None) -> Iterator[Refusal]:
    batch = body.get("batch")
    if batch and batch not in tenant.settings.batches:
        yield _invalid(f"'batch' is not a batch of this tenant: {batch}.")


def _templates(_: Tenant, body: _Body, __: Row | None) -> Iterator[Refusal]:
    for name in TEMPLATES:
        if body.get(name):
            yield _invalid(f"'{name}' does not exist in this tenant: {body[name]}.")


def _auto_pay(_: Tenant, body: _Body, __: Row | None) -> Iterator[Refusal]:
    if body.get("autoPay"):
        yield Refusal(code(RESOURCE, RULE), "'autoPay' cannot be true: the account has no default payment method.")


def _account_number(tenant: Tenant, body: _Body, _: Row | None) -> Iterator[Refusal]:
    number = body.get("accountNumber")
    if not number:
        return
    prefix = tenant.settings.number_prefixes["account"]
    if tenant.store.find("account", accountNumber=number):
        yield Refusal(code(RESOURCE, RULE), f"The account number '{number}' is already in use.")
    elif number.startswith(prefix) and number.removeprefix(prefix).isdecimal():
        yield _invalid(f"'accountNumber' cannot begin with the prefix of generated numbers, '{prefix}': {number}.")


def _parent(tenant: Tenant, body: _Body, before: Row | None) -> Iterator[Refusal]:
    named = body.get("parentAccountNumber") or body.get("parentId")
    if not named:
        return
    parent_id = parent_of(tenant, body)
    if parent_id is None or tenant.store.get("account", parent_id) is None:
        yield _invalid(f"The parent account does not exist: {named}.")
    elif body.get("parentId") not in (None, "", parent_id):
        yield _invalid("'parentId' and 'parentAccountNumber' name different accounts.")
    elif before is not None and before["id"] in ancestors(tenant, parent_id):
        yield Refusal(code(RESOURCE, RULE), f"The parent account is the account itself or below it: {named}.")


_RULES: tuple[Callable[[Tenant, _Body, Row | None], Iterator[Refusal]], ...] = (
    _currency,
    _payment_term,
    _batch,
    _templates,
    _auto_pay,
    _account_number,
    _parent,
)


def _invalid(message: str) -> Refusal:
    return Refusal(code(RESOURCE, INVALID), message)
