"""Order previews: checked as fully as a real order, then refused because nothing is billed in this tenant yet."""

from __future__ import annotations

from typing import Any, NoReturn

from cpqbridge.sandbox.zuora.envelopes import Refusal, Refusals
from cpqbridge.sandbox.zuora.orders.create import create_order
from cpqbridge.sandbox.zuora.orders.reasons import invalid, missing, off, under
from cpqbridge.sandbox.zuora.orders.schema import PREVIEW
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

_NEEDS = {"SpecificDate": "specificPreviewThruDate", "NumberOfPeriods": "previewNumberOfPeriods"}


class _Undo(Exception):
    """Takes the previewed order back."""


def preview_order(tenant: Tenant, body: Body, *, limit: int) -> NoReturn:
    """Carry out the order, undo it, and refuse the preview.

    Raises:
        Refusals: What is wrong with the order or the options; else category 10, since there is no billing engine.
    """
    try:
        _check_options(body["previewOptions"])
        _try_out(tenant, body, limit)
        raise off("Previewing orders needs a billing feature that is not enabled for this tenant.")
    except (Refusal, Refusals) as error:
        raise under(PREVIEW, error) from error


def _try_out(tenant: Tenant, body: Body, limit: int) -> None:
    if body.get("previewAccountInfo"):
        raise off("Previewing orders for an account that does not exist is not enabled for this tenant.")
    order = {name: value for name, value in body.items() if name not in {"previewOptions", "orderNumber"}}
    try:
        with tenant.store.transaction():
            create_order(tenant, order, limit=limit)
            raise _Undo
    except _Undo:
        return


def _check_options(options: Body) -> None:
    kind = options.get("previewThruType")
    if not kind:
        raise missing("previewOptions.previewThruType is required.")
    if not options.get("previewTypes"):
        raise missing("previewOptions.previewTypes is required.")
    needed = _NEEDS.get(kind)
    if needed and options.get(needed) is None:
        raise missing(f"previewOptions.{needed} is required when previewThruType is {kind}.")
    if options.get("previewNumberOfPeriods") is not None and options["previewNumberOfPeriods"] < 1:
        raise invalid("previewOptions.previewNumberOfPeriods must be at least 1.")
