"""The error tree: grouped by what the caller should do next.

    CpqBridgeError
    ├── RetryLater          the same call may work later; nothing is wrong with the data        CPQ-1xx
    ├── SignInRefused       credentials are missing, wrong or expired: mend the connection      CPQ-2xx
    ├── FixConfiguration    a setting, permission or tenant feature is missing                  CPQ-3xx
    ├── FixData             a record in Salesforce (or its counterpart in Zuora) must be mended CPQ-4xx
    ├── NotReady            the record is fine but not finished yet; it is looked at again      CPQ-5xx
    └── CallForHelp         a bug or an answer nobody foresaw; nothing the user did             CPQ-9xx

Each error has a stable code from `ERRORS`, the record and field it is about, what happened, what state is
left, and the next thing to do. `docs/errors.md` is generated from `ERRORS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One row of the error catalogue: what its code always means and what always helps."""

    title: str
    remedy: str


ERRORS: dict[str, ErrorEntry] = {
    # 1xx retry later
    "CPQ-101": ErrorEntry(
        "The system cannot be reached", "Check the address and the network; then run the same command again."
    ),
    "CPQ-102": ErrorEntry(
        "The system did not answer in time",
        "Run the same command again: what was written is found and not written twice.",
    ),
    "CPQ-103": ErrorEntry(
        "The system's request limit is used up", "Wait for the time given and run the same command again."
    ),
    "CPQ-104": ErrorEntry("The system has a passing fault", "Run the same command again in a few minutes."),
    "CPQ-105": ErrorEntry("The record is locked by another process", "Run the same command again."),
    "CPQ-106": ErrorEntry(
        "The asynchronous job has not ended in time",
        "Run the same command again: the job's result is looked up first.",
    ),
    "CPQ-107": ErrorEntry(
        "Another run has taken the record over",
        "Nothing: the other run finishes it. Look at its result with `cpqbridge history list`.",
    ),
    "CPQ-108": ErrorEntry(
        "The alert e-mail could not be sent",
        "Check the settings under `mail` with `cpqbridge doctor`; the records keep their outcomes.",
    ),
    "CPQ-109": ErrorEntry("The result of an earlier query has expired", "Run the same command again: it begins anew."),
    "CPQ-110": ErrorEntry(
        "The day's budget of API calls is used up",
        "Wait: work goes on by itself as calls of the last 24 hours grow old; or raise the budget under `limits`.",
    ),
    "CPQ-111": ErrorEntry(
        "The system is taken to be down", "Nothing: it is tried again every few seconds, and work goes on by itself."
    ),
    "CPQ-112": ErrorEntry("The stream of events was lost", "Nothing: the poll finds what the events would have told."),
    "CPQ-113": ErrorEntry(
        "An alert could not be delivered",
        "Check the address and the secret under `alerts`; the records keep their outcomes.",
    ),
    "CPQ-114": ErrorEntry(
        "The outcome could not be written back to Salesforce",
        "Give the integration user the right to edit the fields under `write_back`; the sync itself is done.",
    ),
    # 2xx sign-in
    "CPQ-201": ErrorEntry(
        "Sign-in was refused", "Check the client id, the secret or key and the user of this connection."
    ),
    "CPQ-202": ErrorEntry(
        "The session was refused after a new sign-in",
        "Check that the user may use the API and that the app is approved.",
    ),
    # 3xx configuration
    "CPQ-301": ErrorEntry("The configuration file is wrong", "Mend the key at the place given."),
    "CPQ-302": ErrorEntry("A secret is missing", "Set the environment variable or file that the configuration names."),
    "CPQ-303": ErrorEntry("A permission is missing", "Give the integration user the permission named."),
    "CPQ-304": ErrorEntry(
        "A tenant feature is off",
        "Ask for the feature to be turned on in the Zuora tenant, or turn off what needs it.",
    ),
    "CPQ-305": ErrorEntry("A custom field is missing", "Create the custom field in the system named."),
    "CPQ-306": ErrorEntry("The database cannot be used", "Check the database address and that its server runs."),
    "CPQ-307": ErrorEntry("The command is used wrongly", "See --help."),
    "CPQ-308": ErrorEntry("The database belongs to a newer cpqbridge", "Upgrade cpqbridge, or use another database."),
    "CPQ-309": ErrorEntry(
        "The mapping does not fit the two systems", "Mend the mapping at the place given, or create the field named."
    ),
    "CPQ-310": ErrorEntry(
        "A mapping test failed", "Compare the plans; accept the new ones with `--update` if they are right."
    ),
    "CPQ-311": ErrorEntry("There is no such connection", "Name one of those under `connections` in the configuration."),
    "CPQ-312": ErrorEntry(
        "The service cannot run like this", "Do what the message says; nothing was lost and nothing is written."
    ),
    "CPQ-313": ErrorEntry(
        "There is no such back-fill or job", "See `cpqbridge backfill list` and `cpqbridge jobs list`."
    ),
    # 4xx data
    "CPQ-401": ErrorEntry("A value that Zuora needs is empty", "Fill the field in Salesforce."),
    "CPQ-402": ErrorEntry(
        "A value that Zuora does not take",
        "Correct the value in Salesforce, or add it to the table of values.",
    ),
    "CPQ-403": ErrorEntry(
        "The account has no billing address", "Fill the account's billing address, with country and state."
    ),
    "CPQ-404": ErrorEntry("The address is incomplete", "Fill country and state of the address."),
    "CPQ-405": ErrorEntry("A date is missing or wrong", "Mend the dates of the subscription or its contract."),
    "CPQ-406": ErrorEntry("The product has no product code", "Fill the product code; it becomes the SKU in Zuora."),
    "CPQ-407": ErrorEntry(
        "The contact belongs to another account", "Choose a contact of the owner, or change the owner."
    ),
    "CPQ-408": ErrorEntry("The record cannot be read", "Give the integration user read access to the record."),
    "CPQ-409": ErrorEntry("The account hierarchy is a circle", "Mend the parent account."),
    "CPQ-410": ErrorEntry("The currency differs", "Zuora cannot change an account's currency: use another account."),
    "CPQ-411": ErrorEntry(
        "No matching Subscription for OrderItem/OrderProduct",
        "Activate and contract the order, with a contracting method that makes it.",
    ),
    "CPQ-412": ErrorEntry(
        "Cannot find the charge for the Product",
        "Give the product's rate plan in Zuora exactly one charge of the right type, or its Product2 id among the external ids.",
    ),
    "CPQ-413": ErrorEntry(
        "The order product may not be carried over",
        "Turn on the option `amend_subscriptions` for amendments and renewals; otherwise mend the order product.",
    ),
    "CPQ-414": ErrorEntry("A block price on a per-unit charge", "Use a flat fee charge for the product in Zuora."),
    "CPQ-415": ErrorEntry(
        "Line items cannot have another invoice owner",
        "Order the one-off products on the invoice owner's account.",
    ),
    "CPQ-416": ErrorEntry(
        "The order exists in Zuora with other content", "Compare the two and amend the one that is wrong."
    ),
    "CPQ-417": ErrorEntry("The term is not whole months", "Change the term, or allow the price per billing period."),
    "CPQ-418": ErrorEntry("The order has no products", "Add order products."),
    "CPQ-419": ErrorEntry("There is no such record", "Check the number or id; ids are case-sensitive."),
    "CPQ-420": ErrorEntry(
        "Zuora refused the request", "Mend what Zuora names, in the Salesforce record or in Zuora, and sync again."
    ),
    "CPQ-421": ErrorEntry(
        "Salesforce refused the request", "Mend what Salesforce names in its record, or its validation rule."
    ),
    "CPQ-422": ErrorEntry(
        "Zuora has several accounts for one",
        "Leave the CRM id on the one account in Zuora that is billed, and clear it on the others or cancel them.",
    ),
    "CPQ-423": ErrorEntry(
        "Order line items cannot carry usage",
        "Contract the usage product as a subscription, or sell it without consumption schedules.",
    ),
    "CPQ-424": ErrorEntry(
        "The currency of a consumption schedule differs from the order's",
        "Use consumption schedules in the order's currency.",
    ),
    "CPQ-425": ErrorEntry(
        "The Order Product Consumption Schedule could not be found",
        "Link the consumption schedule to the product again, and give the rate plan in Zuora the new link's id among its external ids.",
    ),
    "CPQ-426": ErrorEntry(
        "Unable to locate a matching rate plan to amend for OrderItem/OrderProduct",
        "Sync the original order first, or give the rate plan in Zuora the id of the original order product.",
    ),
    "CPQ-427": ErrorEntry(
        "The revised OrderItem/OrderProduct doesn't have a specified ID for the revised order item consumption schedule",
        "Give the usage rate plan in Zuora the id of the original order product's consumption schedule.",
    ),
    "CPQ-428": ErrorEntry(
        "The tiers of a consumption schedule have a gap or an overlap",
        "Mend the rates: each must begin where the one before it ends.",
    ),
    "CPQ-429": ErrorEntry(
        "An attribute that Zuora has locked differs",
        "Set it back in Salesforce, or make a new product with a product code of its own.",
    ),
    "CPQ-430": ErrorEntry(
        "A unit of measure is not defined in Zuora",
        "Define the unit in Zuora, or translate it with the table `values.units` of the settings.",
    ),
    "CPQ-431": ErrorEntry(
        "A matching rate plan belongs to another subscription owner",
        "Make the subscription owner of the order and of the subscription in Zuora the same.",
    ),
    "CPQ-432": ErrorEntry(
        "Usage is priced by a method that Zuora has no charge model for",
        "Change the pricing method of the product, or set the product up in Zuora and give its rate plan the Product2 id.",
    ),
    "CPQ-433": ErrorEntry(
        "The product has no price in the order's currency in Zuora",
        "Give the product a price book entry in that currency, and run `cpqbridge sync products` for it.",
    ),
    "CPQ-434": ErrorEntry(
        "The change cannot be made to what Zuora bills",
        "Make the change in Zuora by hand, or amend the contract in Salesforce in another way.",
    ),
    "CPQ-435": ErrorEntry(
        "An earlier order of the same contract is not in Zuora",
        "Mend what holds the earlier order; both are then carried over in their order.",
    ),
    "CPQ-436": ErrorEntry(
        "The subscription in Zuora is not as Salesforce sold it",
        "Compare the two; undo the change in Zuora, or make it in Salesforce too.",
    ),
    "CPQ-437": ErrorEntry(
        "The subscription in Zuora has lost its link to Salesforce",
        "Write the link again with `cpqbridge adopt`.",
    ),
    "CPQ-438": ErrorEntry(
        "The order is deleted in Salesforce and billed in Zuora",
        "Decide what shall become of it: cancel, revert or delete it in Zuora, or set the option `deleted_orders`.",
    ),
    "CPQ-439": ErrorEntry(
        "Zuora does not let the order be undone",
        "Undo what came after it first, or cancel its subscriptions in Zuora by hand.",
    ),
    "CPQ-440": ErrorEntry(
        "Several subscriptions in Zuora fit", "Name the right one in a CSV file and give it to `cpqbridge adopt`."
    ),
    "CPQ-441": ErrorEntry(
        "The subscription in Zuora does not fit",
        "Compare product, quantity and dates; adopt another one, or mend it first.",
    ),
    "CPQ-443": ErrorEntry(
        "The record was carried to another connection before",
        "Take it back there first, or change the connections' conditions so that it belongs where it was carried to.",
    ),
    "CPQ-451": ErrorEntry(
        "Zuora would bill another amount than CPQ quoted",
        "Mend the cause, or allow the difference by the options amount_tolerance or rounding_tolerance.",
    ),
    "CPQ-452": ErrorEntry(
        "It cannot be worked out what Zuora would bill",
        "Let the API user read Zuora's billing rules, or state them in the option billing_rules; to send such orders "
        "unproved, set amount_proof to report.",
    ),
    # 5xx not ready
    "CPQ-501": ErrorEntry("The order is not activated", "Activate the order in Salesforce."),
    "CPQ-502": ErrorEntry(
        "The order is not contracted", "Contract the order in Salesforce; the order is looked at again."
    ),
    "CPQ-503": ErrorEntry(
        "Contracting has not finished",
        "Wait for the package's background job; if it failed, contract the order again.",
    ),
    "CPQ-504": ErrorEntry(
        "The order waits in Zuora for a date",
        "Fill the date in Salesforce; the order is completed when it is synced again.",
    ),
    # 9xx call for help
    "CPQ-901": ErrorEntry("An answer that cpqbridge does not understand", "Report it with the request id."),
    "CPQ-902": ErrorEntry(
        "A fault in cpqbridge", "Report it with the run id; nothing else is written for this record."
    ),
    "CPQ-903": ErrorEntry(
        "Work on the record has ended its worker several times",
        "Report it with the record; look at it again with `cpqbridge jobs retry`.",
    ),
}
"""Every code there is. A room that raises a new error adds its row here (see CONTRIBUTING)."""


class CpqBridgeError(Exception):
    """The root of every error that cpqbridge raises on purpose.

    Args:
        code: A key of `ERRORS`.
        message: What happened, in one sentence, with the values concerned but never a secret.
        record: The record it is about, such as `Order 00000105` or `Account 001…`.
        field: The Salesforce field path or configuration key concerned.
        remedy: The next thing to do; by default the catalogue's.
        detail: What the other system said: status, its own code, its request id.
    """

    retryable: ClassVar[bool] = False

    def __init__(
        self,
        code: str,
        message: str,
        *,
        record: str | None = None,
        field: str | None = None,
        remedy: str | None = None,
        detail: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.record = record
        self.field = field
        self.remedy = remedy or ERRORS[code].remedy
        self.detail = detail or {}

    def as_dict(self) -> dict[str, object]:
        """Return `{"code", "title", "message", "record", "field", "remedy", "detail"}` for JSON output."""
        return {
            "code": self.code,
            "title": ERRORS[self.code].title,
            "message": self.message,
            "record": self.record,
            "field": self.field,
            "remedy": self.remedy,
            "detail": self.detail,
        }


def lasting(seconds: float) -> str:
    """Return a time in words, as exact as somebody who waits wants it: seconds, minutes from two on, hours from two on.

    >>> lasting(45), lasting(600), lasting(89_545)
    ('45 seconds', '10 minutes', '25 hours')
    """
    for unit, size in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return "1 second" if 0.5 <= seconds < 1.5 else f"{seconds:.0f} seconds"


class RetryLater(CpqBridgeError):
    """The same call may work later; `unknown_result` says whether the work may have been done.

    A create whose result is unknown must be looked up by natural key before it is repeated.
    """

    retryable = True

    def __init__(
        self,
        code: str,
        message: str,
        *,
        record: str | None = None,
        field: str | None = None,
        remedy: str | None = None,
        detail: dict[str, str] | None = None,
        retry_after: float | None = None,
        unknown_result: bool = False,
    ) -> None:
        if remedy is None and retry_after:
            remedy = f"Wait {lasting(retry_after)}; then run the same command again."
        super().__init__(code, message, record=record, field=field, remedy=remedy, detail=detail)
        self.retry_after = retry_after
        self.unknown_result = unknown_result


class SignInRefused(CpqBridgeError):
    """Credentials are missing, wrong or expired."""


class FixConfiguration(CpqBridgeError):
    """A setting, a permission, a custom field or a tenant feature is missing."""


class FixData(CpqBridgeError):
    """A record must be mended by a person before it can be synced."""


class NotReady(CpqBridgeError):
    """The record is fine but not finished yet in Salesforce; it is looked at again."""


class CallForHelp(CpqBridgeError):
    """A bug here or an answer that nobody foresaw."""
