"""Draws what was quoted against what is billed, period by period: an SVG, and rows of the terminal.

In the SVG the bars of a period stand on its days: CPQ's behind, Zuora's in front; what differs is marked. It stands
alone, is readable in light and dark and has no script.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from html import escape

from cpqbridge.cli.reconcile_documents import amount, last_day
from cpqbridge.money.months import calendar_months
from cpqbridge.sync.reconcile.line import Line, Period
from cpqbridge.sync.reconcile.reconciler import Reconciliation

_WIDTH, _LEFT, _RIGHT = 960, 24, 24
_BARS, _HEAD, _FOOT, _TOP = 90, 46, 34, 64
_PANEL = _HEAD + _BARS + _FOOT
_BELOW = 9.0
"""Pixels that a credit has at most below the line."""
_LEAST = 3.0
"""Pixels of the narrowest bar."""

_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1c2430; } .dim { fill: #5b6675; } .paper { fill: #ffffff; }
  .title { font-size: 16px; font-weight: 600; } .name { font-weight: 600; } .axis { stroke: #c9d0d9; }
  .cpq { fill: #b3c8ee; } .zuora { fill: #1f5fbf; } .planned { fill: none; stroke: #1f5fbf; stroke-width: 1.5; }
  .wrong { fill: #c62828; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8edf4; } .dim { fill: #9aa6b5; } .paper { fill: #12161c; } .axis { stroke: #3a4452; }
    .cpq { fill: #39547f; } .zuora { fill: #7fb0ff; } .planned { stroke: #7fb0ff; } .wrong { fill: #ff7b72; }
  }
"""
"""Colours without variables, which viewers other than browsers do not know."""

_SPARKS, _PLAIN_SPARKS = "▁▂▃▄▅▆▇█", "0123456789"
_MOST_SPARKS = 60


def picture(found: Reconciliation) -> str:
    """Return the billing schedule of a record against its quote as an SVG document."""
    lines = [line for line in found.lines if line.periods]
    height = _TOP + _PANEL * max(1, len(lines))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">',
        f"<title>{_text(found.object)} {_text(found.name)}: what CPQ quoted and what Zuora bills</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{height}"/>',
        f'<text class="title" x="{_LEFT}" y="26">{_text(found.object)} {_text(found.name)}</text>',
        *_legend(),
    ]
    if lines:
        first = min(one.start for line in lines for one in line.periods)
        last = max(one.end for line in lines for one in line.periods)
        scale = (_WIDTH - _LEFT - _RIGHT) / max(1, (last - first).days)
        for place, line in enumerate(lines):
            parts += _panel(line, _TOP + place * _PANEL, first, scale)
    return "\n".join([*parts, "</svg>", ""])


def _legend() -> Iterator[str]:
    signs = (("cpq", "CPQ quoted"), ("zuora", "Zuora has billed"), ("planned", "Zuora will bill"), ("wrong", "differs"))
    for place, (name, words) in enumerate(signs):
        x = _LEFT + place * 150
        yield f'<rect class="{name}" x="{x}" y="38" width="12" height="12"/>'
        yield f'<text class="dim" x="{x + 18}" y="48">{words}</text>'


def _panel(line: Line, top: float, first: date, scale: float) -> Iterator[str]:
    """Yield a line: its name and amounts, its bars, its days."""
    currency, proof = line.proof.currency, line.proof
    sums = f"quoted {_shown(line.quoted, currency)} · Zuora {_shown(line.billed, currency)} {_text(currency)}"
    name = " ".join(part for part in (line.subscription or line.order, proof.product) if part)
    yield f'<text class="name" x="{_LEFT}" y="{top + 14}">{_text(name)}</text>'
    yield f'<text class="dim" x="{_LEFT}" y="{top + 31}">{sums}</text>'
    if line.difference:
        causes = ", ".join(part.cause.value.replace("_", " ") for part in line.parts)
        said = f"difference {_shown(line.difference, currency)}: {_text(causes)}"
        yield f'<text class="wrong" x="{_WIDTH - _RIGHT}" y="{top + 31}" text-anchor="end">{said}</text>'
    ground = top + _HEAD + _BARS
    most = max((abs(value) for one in line.periods for value in (one.quoted, one.billed) if value), default=Decimal(1))
    for period in line.periods:
        yield from _bars(period, currency, ground, float(_BARS / most), first, scale)
    yield f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{ground}" y2="{ground}"/>'
    begin, end = line.periods[0].start, last_day(line.periods[-1].end)
    yield f'<text class="dim" x="{_LEFT + (begin - first).days * scale:.1f}" y="{ground + 24}">{begin}</text>'
    x = _LEFT + (line.periods[-1].end - first).days * scale
    if x - _LEFT > 160:
        yield f'<text class="dim" x="{x:.1f}" y="{ground + 24}" text-anchor="end">{end}</text>'


def _bars(period: Period, currency: str, ground: float, unit: float, first: date, scale: float) -> Iterator[str]:
    """Yield both bars of a period; what is told of it when it is pointed at, too."""
    left = _LEFT + (period.start - first).days * scale
    width = max(_LEAST, (period.end - period.start).days * scale - 1)
    kind = "zuora" if period.documents else "planned"
    what = _text(", ".join(period.documents) or period.kind)
    said = (
        f"{period.start} to {last_day(period.end)}: quoted {_shown(period.quoted, currency)}, "
        f"Zuora {_shown(period.billed, currency)} {_text(currency)} ({what})"
    )
    yield f"<g><title>{said}</title>"
    if period.quoted:
        yield _bar("cpq", left, width, ground, float(period.quoted) * unit)
    if period.billed:
        yield _bar(kind, left + width * 0.25, max(_LEAST, width * 0.5), ground, float(period.billed) * unit)
    if period.difference:
        x = left + width / 2
        yield f'<path class="wrong" d="M {x - 5:.1f} {ground + 9} h 10 l -5 -8 z"/>'
    yield "</g>"


def _bar(kind: str, left: float, width: float, ground: float, height: float) -> str:
    height = max(height, -_BELOW)
    top = ground - height if height > 0 else ground
    return f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{abs(height):.1f}"/>'


def _shown(value: Decimal | None, currency: str) -> str:
    return "no total" if value is None else amount(value, currency) or ""


def _text(value: str) -> str:
    return escape("".join(one for one in value if one.isprintable()))


def sparks(line: Line, *, plain: bool) -> list[str]:
    """Return a line's periods as rows of the terminal: CPQ's monthly amounts, Zuora's, and marks where they differ.

    Args:
        line: The line.
        plain: Use only ASCII.
    """
    periods = line.periods[:_MOST_SPARKS]
    signs = _PLAIN_SPARKS if plain else _SPARKS
    quoted, billed = [_monthly(one, one.quoted) for one in periods], [_monthly(one, one.billed) for one in periods]
    most = max((*quoted, *billed), default=0.0)
    marks = "".join("^" if one.difference else " " for one in periods)
    rows = [f"CPQ   {_spark(quoted, most, signs)}", f"Zuora {_spark(billed, most, signs)}"]
    more = " …" if len(line.periods) > len(periods) and not plain else ""
    return [f"{row}{more}" for row in rows] + ([f"      {marks.rstrip()}"] if marks.strip() else [])


def _monthly(period: Period, value: Decimal | None) -> float:
    return max(0.0, float(value or 0)) / float(calendar_months(period.start, period.end))


def _spark(values: Sequence[float], most: float, signs: str) -> str:
    return "".join(_sign(value, most, signs) for value in values)


def _sign(value: float, most: float, signs: str) -> str:
    return signs[round(value / most * (len(signs) - 1))] if value and most else " "
