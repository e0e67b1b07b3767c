"""Where the files of results are fetched: pre-signed addresses of a store that is not Zuora's API.

As at the real store, the address is the permission: a wrong or old signature is refused, and so is a request that also
carries an ``Authorization`` header. Parts of a file can be asked for.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from cpqbridge.sandbox.zuora.tenant import Tenant

PATH = "/_sandbox/query-results/{name}"

#: How long an address is good.
LIFETIME = timedelta(hours=1)

#: Files that are kept; the oldest go first.
MOST_FILES = 40

_STAMP = "%Y%m%dT%H%M%SZ"
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")


class Files:
    """The files of one tenant's results, in memory."""

    def __init__(self, tenant: Tenant) -> None:
        """Keep files; the tenant's clock says when an address is too old."""
        self._tenant = tenant
        self._secret = secrets.token_bytes(32)
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def keep(self, name: str, content: bytes) -> None:
        """Keep a file."""
        self._kept[name] = content
        while len(self._kept) > MOST_FILES:
            self._kept.popitem(last=False)

    def address(self, request: Request, name: str) -> str:
        """A fresh address of a file, on the host that a request was sent to."""
        stamp = self._tenant.clock().astimezone(UTC).strftime(_STAMP)
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(int(LIFETIME.total_seconds())),
            "X-Amz-Signature": self._signature(name, stamp),
        }
        return f"{str(request.base_url).rstrip('/')}{PATH.format(name=name)}?{urlencode(query)}"

    async def answer(self, request: Request) -> Response:
        """Answer a request for a file."""
        name, given = request.path_params["name"], request.query_params
        if "authorization" in request.headers:
            said = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
            return _refused(400, "InvalidArgument", said + "parameter or the Authorization header should be specified")
        stamp = given.get("X-Amz-Date", "")
        if not hmac.compare_digest(given.get("X-Amz-Signature", ""), self._signature(name, stamp)):
            said = "The request signature we calculated does not match the signature you provided."
            return _refused(403, "SignatureDoesNotMatch", said)
        if datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC) + LIFETIME < self._tenant.clock():
            return _refused(403, "AccessDenied", "Request has expired")
        content = self._kept.get(name)
        if content is None:
            return _refused(404, "NoSuchKey", "The specified key does not exist.")
        return _part(content, request.headers)

    def _signature(self, name: str, stamp: str) -> str:
        return hmac.new(self._secret, f"{name}\n{stamp}".encode(), hashlib.sha256).hexdigest()


def _part(content: bytes, asked: Mapping[str, str]) -> Response:
    etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
    # The coding is named so that nothing on the way compresses a part of a file.
    headers = {"ETag": etag, "Accept-Ranges": "bytes", "Content-Encoding": "identity"}
    if asked.get("if-match", etag) != etag:
        return _refused(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
    found = _RANGE.fullmatch(asked.get("range", ""))
    if found is None:
        return Response(content, 200, headers, "binary/octet-stream")
    first, last = int(found[1]), min(int(found[2] or len(content) - 1), len(content) - 1)
    if first >= len(content):
        return _refused(416, "InvalidRange", "The requested range is not satisfiable")
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], 206, headers, "binary/octet-stream")


def _refused(status: int, code: str, message: str) -> Response:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(text, status, media_type="application/xml")
