"""What became of one record, as users and outside checks see it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from decimal import Decimal
from typing import Any

from cpqbridge.errors import ERRORS, CpqBridgeError, FixData
from cpqbridge.money.reconciliation.causes import CAUSES, Part
from cpqbridge.planning.plan import Operation, Proof, Ref, SyncPlan
from cpqbridge.planning.proof.gate import money
from cpqbridge.planning.removal import RemovalPlan
from cpqbridge.values import PLAIN, Outcome

_LABELS = {"Order": "number", "Product2": "id or product code"}
"""What records are named by that are not named by their id."""


FOR_A_PERSON = frozenset({"CPQ-439", "CPQ-443"})
"""Refusals of Zuora that leave all as it was, and that only a person's decision gets over: the record is held."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a record was not carried over: `{"code", "title", "message", "field", "remedy", "detail"}`."""

    code: str
    message: str
    field: str | None
    remedy: str
    detail: Mapping[str, str] = dataclass_field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the reason for JSON output."""
        return {
            "code": self.code,
            "title": ERRORS[self.code].title,
            "message": self.message,
            "field": self.field,
            "remedy": self.remedy,
            "detail": dict(self.detail),
        }


@dataclass(frozen=True, slots=True)
class SyncResult:
    """The outcome of one record.

    Attributes:
        record: The order's number, the product's code or the account's id: what the user named.
        object: `Order`, `Product2` or `Account`.
        id: Salesforce id, where the record was found.
        outcome: What became of it; None for a plan that was only shown and would write.
        reasons: Why it waits, is held or failed; the first is the main one.
        operations: What was written, or would be.
        zuora: `accountNumber`, `orderNumber`, `subscriptions`, `orderLineItems`.
        orders: For an account, the results of its orders; for an order, those of earlier ones that were carried first.
        note: What was done where the outcome alone does not say it, or why nothing was; none beside reasons.
        proofs: What its lines come to in CPQ and in Zuora, as far as they were looked at.
    """

    record: str
    object: str
    id: str | None
    outcome: Outcome | None
    reasons: tuple[Reason, ...] = ()
    operations: Sequence[Operation] = ()
    zuora: Mapping[str, Any] = dataclass_field(default_factory=dict)
    orders: Sequence[SyncResult] | None = None
    note: str | None = None
    proofs: Sequence[Proof] = ()

    def with_orders(self, orders: Sequence[SyncResult]) -> SyncResult:
        """Return a result together with those of the orders that belong to it."""
        return replace(self, orders=orders)

    def all(self) -> Iterator[SyncResult]:
        """Yield this result, then those of the orders that belong to it."""
        yield self
        for order in self.orders or ():
            yield from order.all()

    def as_dict(self, *, lineage: bool = True) -> dict[str, Any]:
        """Return the JSON shape of a sync result; a plan that would write has the outcome `planned`."""
        shown: dict[str, Any] = {
            "record": self.record,
            "object": self.object,
            "id": self.id,
            "outcome": self.outcome.value if self.outcome else "planned",
        }
        if self.reasons:
            main = self.reasons[0]
            shown |= {"code": main.code, "message": main.message, "field": main.field, "remedy": main.remedy}
            shown["reasons"] = [reason.as_dict() for reason in self.reasons]
        elif self.note:
            shown["note"] = self.note
        shown["operations"] = [operation_dict(operation, lineage=lineage) for operation in self.operations]
        empty: dict[str, Any] = {"accountNumber": None, "orderNumber": None, "subscriptions": [], "orderLineItems": []}
        shown["zuora"] = {**empty, **self.zuora}
        if self.proofs:
            shown["amounts"] = [proof_dict(proof) for proof in self.proofs]
        if self.orders is not None:
            shown["orders"] = [order.as_dict(lineage=lineage) for order in self.orders]
        return shown


def proof_dict(proof: Proof) -> dict[str, Any]:
    """Return `{"orderItem", "product", "currency", "quoted", "billed", "difference", "causes"}`; amounts are texts.

    Where the amounts cannot be worked out, `unknown` says why and they are null.
    """
    found = proof.explained
    return {
        "orderItem": proof.number,
        "product": proof.product,
        "currency": proof.currency,
        "quoted": found and amount_text(found.quoted),
        "billed": found and amount_text(found.billed),
        "difference": found and amount_text(found.difference),
        "causes": [cause_dict(part) for part in found.parts] if found else [],
        "unknown": proof.unknown,
    }


def cause_dict(part: Part) -> dict[str, str]:
    """Return `{"cause", "title", "amount", "note", "remedy"}` of a part of a difference."""
    entry = CAUSES[part.cause]
    return {
        "cause": part.cause.value,
        "title": entry.title,
        "amount": amount_text(part.amount),
        "note": part.note,
        "remedy": entry.remedy,
    }


def amount_text(amount: Decimal) -> str:
    """Return an amount with its cents, and never with an exponent."""
    return money(amount).replace(",", "")


def operation_dict(operation: Operation, *, lineage: bool = True) -> dict[str, Any]:
    """Return `{"operation", "key", "request", "lineage"}`; references are written `@{key.field}`."""
    shown: dict[str, Any] = {
        "operation": operation.name,
        "key": operation.key,
        "request": {"method": operation.method, "path": operation.path, "body": printable(operation.body)},
    }
    if lineage:
        shown["lineage"] = [
            {"target": line.target, "source": line.source, "rule": line.rule, "value": printable(line.value)}
            | ({} if line.was is None else {"was": printable(line.was)})
            for line in operation.lineage
        ]
    return shown


def printable(value: Any) -> Any:
    """Return a value with its references as text."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, Ref):
        return str(value)
    if isinstance(value, Mapping):
        return {name: printable(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [printable(part) for part in value]
    return value


def planned(plan: SyncPlan) -> SyncResult:
    """Return the result of a plan that was not carried out: stopped, unchanged, or only shown."""
    reasons = tuple(
        Reason(problem.code, problem.message, problem.field, problem.remedy or ERRORS[problem.code].remedy)
        for problem in plan.problems
    )
    kind, _, record_id = plan.record.partition(":")
    note = None if plan.stop is None else _note(plan)
    made = (_name(plan), kind, record_id, plan.stop, reasons, plan.operations, plan.zuora)
    return SyncResult(*made, note=note, proofs=plan.proofs)


def synced(plan: SyncPlan, answers: Mapping[str, Mapping[str, Any]]) -> SyncResult:
    """Return the result of a plan that was carried out, with the numbers from Zuora's answers.

    An order that Zuora took as Pending waits: it is there, and bills nothing.
    """
    kind, _, record_id = plan.record.partition(":")
    zuora: dict[str, Any] = {"subscriptions": [], "orderLineItems": [], **plan.zuora}
    pending = False
    for operation in plan.operations:
        answer = answers[operation.key]
        if operation.name == "create_account" and plan.record == f"Account:{operation.known['crm_id']}":
            zuora["accountNumber"] = answer["accountNumber"]
        elif operation.name == "create_order":
            pending |= answer.get("status") == "Pending"
            zuora["accountNumber"] = answer.get("accountNumber")
            zuora["orderNumber"] = zuora.get("orderNumber") or answer.get("orderNumber")
            zuora["subscriptions"] = [*zuora["subscriptions"], *_subscriptions(answer)]
            zuora["orderLineItems"] = [*zuora["orderLineItems"], *_line_items(answer)]
    outcome = Outcome.WAITING if pending else Outcome.SYNCED
    reasons = (_waits(plan),) if pending else ()
    made = (_name(plan), kind, record_id, outcome, reasons, plan.operations, zuora)
    return SyncResult(*made, note=_note(plan), proofs=plan.proofs)


def _waits(plan: SyncPlan) -> Reason:
    message = f"Order {plan.number} is in Zuora and waits there for a date: nothing of it is billed before"
    return Reason("CPQ-504", message, "Order.CompanyAuthorizedDate", ERRORS["CPQ-504"].remedy)


def failed(
    kind: str, record: str, record_id: str | None, error: CpqBridgeError, plan: SyncPlan | None = None
) -> SyncResult:
    """Return the result of a record that an error stopped."""
    reason = Reason(error.code, error.message, error.field, error.remedy, error.detail)
    operations, zuora = (plan.operations, plan.zuora) if plan else ((), {})
    outcome = Outcome.HELD if error.code in FOR_A_PERSON else Outcome.FAILED
    return SyncResult(record, kind, record_id, outcome, (reason,), operations, zuora)


def unknown(kind: str, name: str) -> SyncResult:
    """Return the result of a record that Salesforce does not have."""
    label = _LABELS.get(kind, "id")
    return failed(kind, name, None, FixData("CPQ-419", f"Salesforce has no {kind} with {label} {name}"))


def _note(plan: SyncPlan) -> str | None:
    """Return what is to be said of a plan beside its outcome."""
    return plan.note if isinstance(plan, RemovalPlan) else _differences(plan.proofs)


def _differences(proofs: Sequence[Proof]) -> str | None:
    """Return by how much Zuora bills more or less than was quoted, with the causes; None where it does not."""
    totals: dict[str, Decimal] = {}
    causes: dict[str, None] = {}
    for proof in proofs:
        if proof.explained and proof.explained.difference:
            totals[proof.currency] = totals.get(proof.currency, Decimal(0)) + proof.explained.difference
            causes |= dict.fromkeys(CAUSES[part.cause].title for part in proof.explained.parts)
    amounts = ", ".join(
        f"{amount_text(abs(amount))} {currency} {'more' if amount > 0 else 'less'}"
        for currency, amount in totals.items()
        if amount
    )
    return f"Zuora bills {amounts} than was quoted: {'; '.join(causes)}" if amounts else None


def _name(plan: SyncPlan) -> str:
    """Return what users call a record: an order's number, a product's code, an account's id."""
    kind, _, record_id = plan.record.partition(":")
    return plan.number if kind in _LABELS else record_id


def _subscriptions(answer: Mapping[str, Any]) -> list[str]:
    listed = answer.get("subscriptions")
    if listed:
        return [subscription["subscriptionNumber"] for subscription in listed]
    return list(answer.get("subscriptionNumbers") or ())


def _line_items(answer: Mapping[str, Any]) -> list[Any]:
    return [line.get("itemNumber") or line.get("id") for line in answer.get("orderLineItems") or ()]
