"""Incidents in words. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from cpqbridge.alerts.notice import Item, Notice, Phase
from cpqbridge.alerts.telling import Incident
from cpqbridge.errors import ERRORS
from cpqbridge.history.redact import redact, redact_text

FRONT_DOORS = frozenset({"login.salesforce.com", "test.salesforce.com"})
"""Where anybody signs in: no records are shown under these names."""

LONGEST_MESSAGE = 300


@dataclass(frozen=True, slots=True)
class _Words:
    """What is said while something goes on, and when it is over."""

    title: str
    lines: Sequence[str]
    over: str


def notice(incident: Incident, phase: Phase, identity: str, connection: str, org: str) -> Notice:
    """Return a notice of an incident, without secrets.

    Args:
        incident: The incident.
        phase: Which of its notices.
        identity: The notice's id.
        connection: The name of the connection.
        org: The address of the org, for links.
    """
    detail = redact(incident.detail)
    words = _WORDS[incident.kind](detail)
    is_over = phase is Phase.OVER
    title, lines = (words.over, _lasted(incident)) if is_over else (words.title, words.lines)
    items = [] if is_over or incident.kind != "records" else list(_items(detail, org))
    return Notice(
        identity,
        incident.kind,
        phase,
        connection,
        incident.since,
        redact_text(title),
        [redact_text(line) for line in lines],
        items,
        detail,
    )


def summary(incident: Incident) -> str:
    """Return an incident in one line."""
    return redact_text(_WORDS[incident.kind](incident.detail).title)


def test_notice(identity: str, connection: str, now: datetime) -> Notice:
    """Return a notice that only shows that a channel works."""
    lines = ["Somebody has tried this channel with `cpqbridge alerts test`. Nothing is wrong."]
    return Notice(identity, "test", Phase.TEST, connection, now, "this is a test", lines, [], {})


def _lasted(incident: Incident) -> list[str]:
    if incident.ended_at is None:
        return []
    minutes = max(1, round((incident.ended_at - incident.since).total_seconds() / 60))
    return [f"It went on for {_count(minutes, 'minute') if minutes < 120 else f'{minutes / 60:.0f} hours'}."]


def _records(detail: Mapping[str, Any]) -> _Words:
    counts = {
        outcome: sum(group["records"] for group in detail["groups"] if group["outcome"] == outcome)
        for outcome in ("failed", "held")
    }
    said = " and ".join(f"{_many(count)} {_verb(outcome, count)}" for outcome, count in counts.items() if count)
    lines = ["Each is looked at again by itself once it changes, and once a day. All of them: cpqbridge jobs list"]
    return _Words(said, lines, said)


def _verb(outcome: str, count: int) -> str:
    return "failed" if outcome == "failed" else "is held" if count == 1 else "are held"


def _items(detail: Mapping[str, Any], org: str) -> Iterator[Item]:
    for group in detail["groups"]:
        known = ERRORS.get(group["code"])
        examples = group["examples"]
        of = ", ".join(f"{one['object']} {one['number'] or one['id']}" for one in examples)
        more = group["records"] - len(examples)
        said = examples[0]["message"] or ""
        lines = [
            f"{of}{f' and {more:,} more' if more else ''}",
            said if len(said) <= LONGEST_MESSAGE else f"{said[: LONGEST_MESSAGE - 1]}…",
            *([f"What to do: {known.remedy}"] if known else []),
        ]
        title = f"{group['records']:,} {group['outcome']}: {group['code']} {known.title if known else ''}".strip()
        yield Item(title, [line for line in lines if line], _link(org, examples[0]["id"]))


def _link(org: str, record_id: str) -> str | None:
    return None if urlsplit(org).hostname in FRONT_DOORS else f"{org}/{quote(record_id, safe='')}"


def _failure_share(detail: Mapping[str, Any]) -> _Words:
    percent = round(100 * detail["troubles"] / max(1, detail["records"]))
    counts = f"{detail['troubles']:,} of {detail['records']:,}"
    return _Words(
        f"{percent} % of the last hour's records failed or are held",
        [f"{counts}. Often one cause stands behind them all: cpqbridge jobs list --outcome failed"],
        "fewer records fail again",
    )


def _queue_age(detail: Mapping[str, Any]) -> _Words:
    return _Words(
        f"a changed record has been waiting for its turn for {detail['minutes']} minutes",
        ["There is more to do than is being done, or no worker runs: cpqbridge jobs list shows what waits."],
        "changed records do not wait long any more",
    )


def _not_read(detail: Mapping[str, Any]) -> _Words:
    return _Words(
        f"Salesforce has not been read for changes for {detail['minutes']} minutes",
        [
            "Nothing is lost: changes are found once it can be read again.",
            "The service's log and cpqbridge doctor say why.",
        ],
        "Salesforce is read for changes again",
    )


def _upstream_down(detail: Mapping[str, Any]) -> _Words:
    cause = str(detail["cause"])
    return _Words(
        f"{detail['system']} is down",
        [
            f"{cause[:1].upper()}{cause[1:]}. {detail['remedy']}",
            "Nothing is lost: work goes on by itself when it is back.",
        ],
        f"{detail['system']} is back",
    )


def _budget_low(detail: Mapping[str, Any]) -> _Words:
    used, budget = detail["used"], detail["budget"]
    state = "used up" if used >= budget else f"used to {100 * used // max(1, budget)} %"
    return _Words(
        f"the daily budget of Salesforce calls is {state}",
        [
            f"{used:,} of {budget:,} calls of 24 hours. When none are left, work waits until some are a day old.",
            "Nothing is lost. Raise the budget under `limits.salesforce` if the org has calls to spare.",
        ],
        "the daily budget of Salesforce calls has room again",
    )


def _write_back(detail: Mapping[str, Any]) -> _Words:
    return _Words(
        f"the outcome of {_many(detail['records'])} could not be written back to Salesforce",
        [line for line in (detail["message"], f"What to do: {ERRORS['CPQ-114'].remedy}") if line],
        "outcomes are written back to Salesforce again",
    )


def _events_lost(detail: Mapping[str, Any]) -> _Words:
    return _Words(
        "Salesforce's events do not come in any more",
        [
            f"Nothing has been heard of {', '.join(detail['topics'])}.",
            "Changes are found by the poll meanwhile, a little later. The service's log says why.",
        ],
        "Salesforce's events come in again",
    )


def _many(records: int) -> str:
    return _count(records, "record")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], _Words]] = {
    "records": _records,
    "failure_share": _failure_share,
    "queue_age": _queue_age,
    "not_read": _not_read,
    "upstream_down": _upstream_down,
    "budget_low": _budget_low,
    "write_back": _write_back,
    "events_lost": _events_lost,
}
