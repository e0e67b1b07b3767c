"""Multi-Org: the organizations of one tenant, which share its settings and see records of their own.

    POST /_sandbox/settings {"organizations": [{"id": "5e1d…", "name": "Germany"}, …]}

``Zuora-Org-Ids`` limits what a call sees to these organizations (comma list; without it to all that the user may
access: not those with ``"accessible": false``). A new account belongs to its ``organizationLabel``, else to
``Zuora-Working-Org``, else to the only organization in sight; so does a new product. Everything else belongs where
what it is made for belongs. What belongs to none is seen by all. Without the feature both headers are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from cpqbridge.sandbox.zuora.envelopes import INVALID, NO_BODY, Refusal, code
from cpqbridge.sandbox.zuora.settings import TenantSettings

#: Field of a row that holds its organization's id; never shown.
OWNER = "_organization"

#: References by which a row belongs where another one does, the nearest first, with the kind they name.
_PARENTS = (
    ("accountId", "account"),
    ("invoiceOwnerAccountId", "account"),
    ("subscriptionId", "subscription"),
    ("orderId", "order"),
    ("ratePlanId", "ratePlan"),
    ("ratePlanChargeId", "ratePlanCharge"),
    ("invoiceId", "invoice"),
    ("creditMemoId", "creditMemo"),
    ("productId", "product"),
    ("productRatePlanId", "productRatePlan"),
    ("productRatePlanChargeId", "productRatePlanCharge"),
)

#: What is the gateway's own.
_UNOWNED = frozenset({"idempotentResult"})

Row = Mapping[str, Any]
T = TypeVar("T", bound=Row)


@dataclass(frozen=True, slots=True)
class Sight:
    """What a call sees, and where new records of it belong."""

    organizations: frozenset[str]
    working: str | None


_SIGHT: ContextVar[Sight | None] = ContextVar("sight", default=None)


@contextmanager
def seeing(sight: Sight | None) -> Iterator[None]:
    """Limit what the store shows within the block."""
    token = _SIGHT.set(sight)
    try:
        yield
    finally:
        _SIGHT.reset(token)


def sight_of(settings: TenantSettings, headers: Mapping[str, str]) -> Sight | None:
    """Return what a call sees; None when the tenant has no organizations.

    Raises:
        Refusal: 400, an organization that the user may not access.
    """
    permitted = [one["id"] for one in settings.organizations if one.get("accessible", True)]
    if not settings.organizations:
        return None
    named = [one.strip() for one in headers.get("zuora-org-ids", "").split(",") if one.strip()]
    working = headers.get("zuora-working-org")
    for one in [*named, *([working] if working else [])]:
        if one not in permitted:
            raise Refusal(code(NO_BODY, INVALID), f"Invalid Request. The user does not have access to {one}", 400)
    orgs = named or permitted
    return Sight(frozenset(orgs), working or (orgs[0] if len(orgs) == 1 else None))


def seen(rows: Iterable[T]) -> Iterable[T]:
    """The rows among these that the present call sees."""
    sight = _SIGHT.get()
    if sight is None:
        return rows
    permitted = {None, *sight.organizations}
    return (row for row in rows if row.get(OWNER) in permitted)


def owner(kind: str, row: Row, rows_of: Callable[[str], Mapping[str, Row]]) -> str | None:
    """Return the organization that a new row belongs to."""
    sight = _SIGHT.get()
    if sight is None or kind in _UNOWNED:
        return None
    if row.get(OWNER):
        return str(row[OWNER])
    for name, parent_kind in _PARENTS:
        parent = rows_of(parent_kind).get(row.get(name) or "") if parent_kind != kind else None
        if parent is not None:
            found: str | None = parent.get(OWNER)
            return found
    return sight.working


def labelled(settings: TenantSettings, body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return an account's body without its ``organizationLabel``, and the fields of the row that say it.

    Raises:
        Refusal: There is no organization of that name.
    """
    rest = dict(body)
    if not settings.organizations or not (label := rest.pop("organizationLabel", None)):
        return rest, {}
    for one in settings.organizations:
        if one["name"] == label and one.get("accessible", True):
            return rest, {OWNER: one["id"]}
    raise Refusal(code(NO_BODY, INVALID), f"Invalid organizationLabel: '{label}'.")


def label_of(settings: TenantSettings, row: Row) -> str | None:
    """Return the name of the organization that a row belongs to."""
    return next((one["name"] for one in settings.organizations if one["id"] == row.get(OWNER)), None)
