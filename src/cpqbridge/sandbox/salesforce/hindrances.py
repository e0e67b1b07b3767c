"""What stands in the way of an API user's write beyond the platform's own rules: validation rules, and locked records.

`POST /_sandbox/validation-rules` takes a list of `{"sobject", "condition", "message", "field"?}` in place of those
before it; a rule refuses a write after which the record meets its SOQL condition. `POST /_sandbox/locks` takes `{"ids",
"times"?, "approval"?}`: the next writes of these records are refused, as by another transaction, or by an approval
process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from msgspec import Struct, ValidationError, convert, to_builtins
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.ids import MalformedId, to_18
from cpqbridge.sandbox.salesforce.soql import SoqlError
from cpqbridge.sandbox.wire import decode, encode

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

_RULES: Final = "validationRules"
_FOREVER: Final = 1_000_000

T = TypeVar("T")


class ValidationRule(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """A validation rule of the org.

    Attributes:
        sobject: API name of the object.
        condition: SOQL condition that a record must not meet after a write.
        message: What the rule says.
        field: API name of the field that it says it at; none for the top of the page.
    """

    sobject: str
    condition: str
    message: str
    field: str | None = None


class Locks(Struct, frozen=True, forbid_unknown_fields=True):
    """Records that cannot be written for a while.

    Attributes:
        ids: Their ids.
        times: How many writes of each are refused; 0 unlocks.
        approval: Locked by an approval process, instead of by another transaction.
    """

    ids: list[str]
    times: int = _FOREVER
    approval: bool = False


class Hindrances:
    """The validation rules and locks of an org; a trigger of it."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._locks: dict[str, tuple[int, bool]] = {}
        self._rules = convert(org.store.noted(_RULES) or [], list[ValidationRule])

    def __call__(
        self,
        org: Org,
        sobject: str,
        record_id: str,
        before: Mapping[str, Any] | None,  # noqa: ARG002 - every trigger takes it
        written: Mapping[str, Any],  # noqa: ARG002 - every trigger takes it
    ) -> None:
        """Refuse a write that is hindered.

        Raises:
            SalesforceError: `UNABLE_TO_LOCK_ROW`, `ENTITY_IS_LOCKED` or `FIELD_CUSTOM_VALIDATION_EXCEPTION`.
        """
        times, approval = self._locks.get(record_id, (0, False))
        if times > 0:
            self._locks[record_id] = (times - 1, approval)
            raise _locked(record_id, approval=approval)
        for rule in self._rules:
            if rule.sobject.lower() == sobject.lower() and _meets(org, record_id, rule):
                raise SalesforceError(
                    400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message, (rule.field,) if rule.field else ()
                )

    def set_rules(self, rules: Sequence[ValidationRule]) -> None:
        """Have these validation rules and no others.

        Raises:
            SalesforceError: The object of a rule is unknown.
            SoqlError: Its condition cannot be read.
        """
        for rule in rules:
            if self._org.store.catalogue.get(rule.sobject) is None:
                raise SalesforceError(400, "INVALID_TYPE", f"sObject type '{rule.sobject}' is not supported.")
            _meets(self._org, None, rule)
        self._rules = list(rules)
        self._org.store.note(_RULES, to_builtins(self._rules))

    def lock(self, locks: Locks) -> None:
        """Lock records, or unlock them.

        Raises:
            SalesforceError: An id is malformed.
        """
        try:
            self._locks |= {to_18(identifier): (locks.times, locks.approval) for identifier in locks.ids}
        except MalformedId as error:
            raise SalesforceError(400, "MALFORMED_ID", f"malformed id {error}", ()) from error


def routes(org: Org) -> list[Route]:
    """Return the routes by which an administrator hinders writes, and let what they set hinder them."""
    hindrances = Hindrances(org)
    org.triggers.append(hindrances)

    async def rules(request: Request) -> Response:
        return _answered(await request.body(), list[ValidationRule], hindrances.set_rules)

    async def locks(request: Request) -> Response:
        return _answered(await request.body(), Locks, hindrances.lock)

    return [
        Route("/_sandbox/validation-rules", rules, methods=["POST"]),
        Route("/_sandbox/locks", locks, methods=["POST"]),
    ]


def _meets(org: Org, record_id: str | None, rule: ValidationRule) -> bool:
    wanted = f"'{record_id}'" if record_id else "null"
    text = f"SELECT Id FROM {rule.sobject} WHERE Id = {wanted} AND ({rule.condition})"  # noqa: S608 - an admin's
    return bool(org.store.query(text).records)


def _locked(record_id: str, *, approval: bool) -> SalesforceError:
    if approval:
        return SalesforceError(400, "ENTITY_IS_LOCKED", "the entity is locked for editing", ())
    message = f"unable to obtain exclusive access to this record or 1 records: {record_id}"
    return SalesforceError(400, "UNABLE_TO_LOCK_ROW", message, ())


def _answered(raw: bytes, shape: type[T], work: Callable[[T], None]) -> Response:
    try:
        given = convert(decode(raw or b"null"), shape)
        work(given)
    except SalesforceError as error:
        return Response(encode(error.body()), error.status, media_type="application/json")
    except (ValidationError, ValueError, SoqlError) as error:
        body = SalesforceError(400, "INVALID_INPUT", str(error)).body()
        return Response(encode(body), 400, media_type="application/json")
    return Response(encode(to_builtins(given)), media_type="application/json")
