"""What the lists of billing documents have in common: filters by field, sort, pages."""

from __future__ import annotations

import re
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cpqbridge.sandbox.zuora.envelopes import BAD_QUERY, NO_BODY, Refusal, code
from cpqbridge.sandbox.zuora.http import ok, page

View = dict[str, Any]

#: Rows of a page when the request does not say.
PAGE_SIZE = 20

_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def listed(
    request: Request, name: str, views: list[View], *, filters: Collection[str] = (), sorts: Collection[str] = ()
) -> Response:
    """One page of a list, filtered by query parameters that have the names of answer fields.

    Args:
        request: The call, with ``page``, ``pageSize``, ``sort`` and the filters.
        name: What the list is called in the answer.
        views: All rows as the answer shows them, in their natural order.
        filters: Fields that may be filtered; the text ``null`` stands for no value.
        sorts: Fields that ``sort`` may name, with ``+`` or ``-`` in front.

    Raises:
        Refusal: A parameter is not good (category 27).
    """
    for field in filters:
        wanted = request.query_params.get(field)
        if wanted is not None:
            views = [view for view in views if _equals(view.get(field), wanted)]
    views = _sorted(request, views, sorts)
    asked = page(request, PAGE_SIZE)
    following = asked.next_url(request, len(views))
    return ok(**{name: asked.cut(views)}, **({"nextPage": following} if following else {}))


def _equals(value: Any, wanted: str) -> bool:
    if value is None or isinstance(value, bool):
        return wanted == ("null" if value is None else str(value).lower())
    if isinstance(value, (int, Decimal)):
        return Decimal(value) == (Decimal(wanted) if _NUMBER.fullmatch(wanted) else None)
    return str(value) == wanted


def _sorted(request: Request, views: list[View], sorts: Collection[str]) -> list[View]:
    wanted = request.query_params.get("sort")
    if wanted is None:
        return views
    name = wanted.lstrip("+- ")
    if name not in sorts:
        message = f"Query parameter 'sort' should be one of: {', '.join(sorted(sorts))}."
        raise Refusal(code(NO_BODY, BAD_QUERY), message, 400)
    present = [view for view in views if view.get(name) is not None]
    present.sort(key=lambda view: view[name], reverse=wanted.startswith("-"))
    return present + [view for view in views if view.get(name) is None]
