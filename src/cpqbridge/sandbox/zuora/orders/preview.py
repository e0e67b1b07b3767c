"""Order previews: the order is carried out, what it would bill is computed, and all of it is undone."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.account_data import DEFAULTS
from cpqbridge.sandbox.zuora.billing.preview_order import billing_documents, without_made_numbers
from cpqbridge.sandbox.zuora.envelopes import Refusal, Refusals
from cpqbridge.sandbox.zuora.orders.create import create_order
from cpqbridge.sandbox.zuora.orders.reasons import invalid, missing, off, under
from cpqbridge.sandbox.zuora.orders.schema import PREVIEW
from cpqbridge.sandbox.zuora.store import Row, new_id
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

_NEEDS = {"SpecificDate": "specificPreviewThruDate", "NumberOfPeriods": "previewNumberOfPeriods"}

#: The kind of preview that this tenant makes; metrics belong to features that it does not have.
_MADE = "BillingDocs"

#: Fields of a preview that no order has.
_OWN = {"previewOptions", "previewAccountInfo", "orderNumber"}


class _Undo(Exception):
    """Takes the previewed order back."""


def preview_order(tenant: Tenant, body: Body, *, limit: int) -> Body:
    """``previewResult`` of an order that is not kept.

    Raises:
        Refusals: What is wrong with the order or the options, or a kind of preview that is off.
    """
    try:
        options = body["previewOptions"]
        _check_options(options)
        view: Body = {}
        try:
            with tenant.store.transaction():
                order = create_order(tenant, _order(tenant, body), limit=limit)
                view = billing_documents(tenant, order, options)
                raise _Undo
        except _Undo:
            return without_made_numbers(tenant, body, view)
    except (Refusal, Refusals) as error:
        raise under(PREVIEW, error) from error


def _order(tenant: Tenant, body: Body) -> Body:
    """The body of the order; for an account that does not exist one is made, to be undone with it."""
    order = {name: value for name, value in body.items() if name not in _OWN}
    info = body.get("previewAccountInfo")
    if not info:
        return order
    if body.get("existingAccountNumber"):
        raise invalid("Only one of existingAccountNumber and previewAccountInfo may be given.")
    return order | {"existingAccountNumber": _make_account(tenant, info)["accountNumber"]}


def _make_account(tenant: Tenant, info: Body) -> Row:
    if info["currency"] not in tenant.settings.currencies:
        raise invalid(f"previewAccountInfo.currency: '{info['currency']}' is not an active currency.")
    if not 0 <= info["billCycleDay"] <= 31:
        raise invalid("previewAccountInfo.billCycleDay must be between 0 and 31.")
    account_id = new_id()
    contact = tenant.store.insert("contact", {"accountId": account_id, "lastName": "Preview"})
    return tenant.store.insert(
        "account",
        {
            **DEFAULTS,
            "id": account_id,
            "name": "Preview",
            "accountNumber": f"preview-{account_id}",
            "currency": info["currency"],
            "billCycleDay": info["billCycleDay"],
            "paymentTerm": tenant.settings.default_payment_term,
            **dict.fromkeys(("billToId", "soldToId", "shipToId"), contact["id"]),
            **(info.get("customFields") or {}),
        },
    )


def _check_options(options: Body) -> None:
    kind, types = options.get("previewThruType"), options.get("previewTypes")
    if not kind:
        raise missing("previewOptions.previewThruType is required.")
    if not types:
        raise missing("previewOptions.previewTypes is required.")
    needed = _NEEDS.get(kind)
    if needed and options.get(needed) is None:
        raise missing(f"previewOptions.{needed} is required when previewThruType is {kind}.")
    if options.get("previewNumberOfPeriods") is not None and options["previewNumberOfPeriods"] < 1:
        raise invalid("previewOptions.previewNumberOfPeriods must be at least 1.")
    if options.get("documentDate") and _MADE not in types:
        raise invalid(f"previewOptions.documentDate is only allowed when previewTypes includes {_MADE}.")
    metrics = sorted(set(types) - {_MADE})
    if metrics:
        raise off(f"previewOptions.previewTypes: {', '.join(metrics)} is not enabled for this tenant.")
