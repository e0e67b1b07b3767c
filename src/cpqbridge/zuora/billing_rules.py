"""The billing rules of a tenant: `GET /settings/billing-rules`."""

from __future__ import annotations

from cpqbridge.errors import CallForHelp, FixConfiguration, SignInRefused
from cpqbridge.money.billing.rules import BillingRules
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.refusals import NotFound

PATH = "/settings/billing-rules"

_SESSION_REFUSED = "CPQ-202"
"""What a call answers that the user may not make, although he is signed in."""


async def get_billing_rules(client: ZuoraClient) -> BillingRules | None:
    """Return the tenant's billing rules; None when the API user may not read them, or the tenant does not show them.

    Raises:
        CallForHelp: CPQ-901, a rule has a value that is not known.
        CpqBridgeError: Any other refusal.
    """
    try:
        document = await client.send("GET", PATH)
    except (NotFound, FixConfiguration):
        return None
    except SignInRefused as error:
        if error.code != _SESSION_REFUSED:
            raise
        return None
    try:
        return BillingRules.from_settings(document)
    except ValueError as error:
        raise CallForHelp("CPQ-901", f"Zuora's billing rules cannot be understood: {error}", field=PATH) from error
