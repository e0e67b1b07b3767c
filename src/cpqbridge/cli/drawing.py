"""Draws the lives of subscriptions: a bar for each charge on one time axis, and below it what begins when.

Plain text with styles beside it: where nobody looks at a terminal, only the text is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from textwrap import wrap

from rich.text import Text

from cpqbridge.cli.axis import Axis
from cpqbridge.cli.describing import Told, labels, tell
from cpqbridge.planning.timeline.timeline import ChargeLife, Event, Stretch, Timeline

WIDTH = 80
"""Columns of a drawing, where the terminal has as many."""

INDENT = "  "
_ROOM_WITHOUT_END = 92
"""Days that the axis goes on behind the last change of what has no end."""


@dataclass(frozen=True, slots=True)
class Signs:
    """The characters of a drawing, each one column wide."""

    line: str = "─"
    begins: str = "├"
    changes: str = "┼"
    renewed: str = "╫"
    ends: str = "┤"
    cancelled: str = "╳"
    endless: str = "→"
    once: str = "◆"
    pause: str = "·"


UNICODE = Signs()
ASCII = Signs("-", "|", "+", "#", "|", "x", ">", "o", ".")
_SPELLED = str.maketrans({"×": "x", "−": "-", "…": "."})

_LEGEND = (
    ("begins", "begins"),
    ("changes", "changes"),
    ("renewed", "new term"),
    ("cancelled", "cancelled"),
    ("ends", "ends with its term"),
    ("endless", "no end"),
    ("pause", "pauses"),
    ("once", "once"),
)
_PLAIN = ("Active", "Cancelled")
"""States that the bar shows."""

_ENDS = {Event.TERM_ENDS: "ends", Event.SUSPENDED: "pause"}
_STYLES = {"cancelled": "red", "renewed": "bold", "begins": "bold"}


def draw(timelines: Iterable[Timeline], width: int = WIDTH, signs: Signs = UNICODE) -> Iterator[Text]:
    """Yield the lines of a drawing.

    Args:
        timelines: Drawn in the order of their start, each behind the one whose place it takes.
        width: Columns that the lines may have.
        signs: Characters to draw with.
    """
    for line in _drawn(tell(timelines), width, signs):
        if signs is ASCII:
            line.plain = line.plain.translate(_SPELLED)
        yield line


def _drawn(told: Sequence[Told], width: int, signs: Signs) -> Iterator[Text]:
    if not told:
        return
    axis = _axis([one.charge for one in told], width - len(INDENT) - 1)
    yield from _heading(told, width)
    yield Text()
    for line in axis.lines():
        yield Text(f"{INDENT}{line}", "dim")
    sold, order = (max(map(len, column), default=0) for column in _columns(told))
    for one in told:
        yield _title(one, width)
        yield _bar(one, axis, signs)
        yield from _table(one, sold, order, width)
    yield Text(_legend([one.charge for one in told], axis, signs), "dim")


def _axis(charges: Sequence[ChargeLife], width: int) -> Axis:
    days = [day for charge in charges for day in _days(charge)] or [date(1970, 1, 1)]
    endless = any(stretch.until is None for charge in charges for stretch in charge.stretches)
    return Axis.over(min(days), max(days) + timedelta(days=_ROOM_WITHOUT_END if endless else 0), width)


def _days(charge: ChargeLife) -> Iterator[date]:
    for stretch in charge.stretches:
        yield stretch.start
        yield stretch.until or stretch.start
    if charge.ending:
        yield charge.ending.day


def _heading(told: Sequence[Told], width: int) -> Iterator[Text]:
    """Yield who the subscriptions belong to."""
    lives = (one.timeline for one in told)
    for name in dict.fromkeys(f"{_clean(life.account_name)} ({life.account}), {life.currency}" for life in lives):
        yield _cut(Text(name, "bold"), width)


def _clean(name: str) -> str:
    """Return a name in one line, without anything that would steer a terminal."""
    return "".join(one for one in " ".join(name.split()) if one.isprintable())


def _cut(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis")
    return text


def _columns(told: Sequence[Told]) -> tuple[list[str], list[str]]:
    rows = [row for one in told for row in one.lines]
    return [row.sold for row in rows], [row.order for row in rows]


def _title(one: Told, width: int) -> Text:
    text = Text(_clean(one.timeline.subscription), "bold cyan")
    name = "" if one.charge.name in ("", one.charge.product) else f": {_clean(one.charge.name)}"
    text.append(f"  {_clean(one.charge.product)}{name}", "bold")
    if one.timeline.status not in _PLAIN:
        text.append(f"  ({one.timeline.status})", "yellow")
    return _cut(text, width)


def _bar(one: Told, axis: Axis, signs: Signs) -> Text:
    charge, cells = one.charge, [" "] * (axis.columns + 1)
    styles: dict[int, str] = {}
    for stretch in charge.stretches:
        begin, end = axis.column(stretch.start), _end(charge, stretch, axis)
        cells[begin:end] = signs.line * (end - begin)
        label = next((text for text in labels(one.timeline, stretch) if len(text) + 3 <= end - begin), "")
        cells[begin + 2 : begin + 2 + len(label)] = label
    for before, after in pairwise(charge.stretches):
        gap = range(axis.column(before.until or after.start), axis.column(after.start))
        cells[gap.start : gap.stop] = signs.pause * len(gap)
    for column, name in _marks(charge, axis):
        cells[column] = getattr(signs, name)
        styles[column] = _STYLES.get(name, "")
    text = Text(INDENT + "".join(cells).rstrip())
    for column, style in styles.items():
        text.stylize(style, len(INDENT) + column, len(INDENT) + column + 1)
    return text


def _end(charge: ChargeLife, stretch: Stretch, axis: Axis) -> int:
    if charge.type == "OneTime":
        return axis.column(stretch.start)
    return axis.columns if stretch.until is None else axis.column(stretch.until)


def _marks(charge: ChargeLife, axis: Axis) -> Iterator[tuple[int, str]]:
    """Yield column and sign of each mark, stronger ones later."""
    once = charge.type == "OneTime"
    for stretch in charge.stretches:
        if stretch.until is None:
            yield axis.columns, "endless"
        if not set(stretch.what) & {Event.NEW, Event.ADDED, Event.RENEWED}:
            yield axis.column(stretch.start), "changes"
    for stretch in charge.stretches:
        if Event.RENEWED in stretch.what:
            yield axis.column(stretch.start), "renewed"
    for stretch in charge.stretches[:1]:
        yield axis.column(stretch.start), "once" if once else "begins"
    if charge.ending:
        yield axis.column(charge.ending.day), _ENDS.get(charge.ending.what, "cancelled")


def _table(one: Told, sold: int, order: int, width: int) -> Iterator[Text]:
    """Yield a line for each thing that begins or ends."""
    for row in one.lines:
        left = f"{INDENT}{row.day.isoformat()}  {row.sold:<{sold}}  "
        place = len(left) + order + 2
        first, *rest = wrap(_clean(row.what), max(16, width - place)) or [""]
        text = Text(left)
        text.append(f"{row.order:<{order}}", "cyan")
        text.append(f"  {first}", row.style)
        text.rstrip()
        yield text
        for more in rest:
            yield Text(" " * place + more, row.style)
    yield Text()


def _legend(charges: Sequence[ChargeLife], axis: Axis, signs: Signs) -> str:
    used = {name for charge in charges for _, name in _marks(charge, axis)}
    return INDENT + "  ".join(f"{getattr(signs, name)} {words}" for name, words in _LEGEND if name in used)
