"""Strict checks of the calls about billing by the SDK's models, as `tests.zuora_schema` has them for all others.

The official SDK types a few numbers as texts, against Zuora's documentation and what tenants answer; both are taken
here.
"""

from __future__ import annotations

import fcntl
import importlib.util
import json
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zlib import crc32

from tests import zuora_schema, zuora_schema_build

#: Calls about billing.
BILLING = (
    r"/v1/(invoices/\{invoiceKey\}(/items|/post)?$|credit-memos(/\{creditMemoKey\}(/items|/post)?)?$|bill-runs"
    r"|operations/billing-preview|object/usage|usage/accounts)"
    r"|/object-query/(invoices|invoice-items|credit-memos|credit-memo-items|usages|billing-runs)"
)

#: Fields that the SDK has as texts though they are numbers, by model.
NUMBERS = {
    "InvoiceItem": ("balance", "chargeAmount", "taxAmount"),
    "CreateBillingPreviewInvoiceItem": ("chargeAmount", "quantity", "taxAmount"),
    "CreateBillingPreviewCreditMemoItem": ("quantity",),
    "UsageItem": ("quantity",),
}

_MAKE = """
import json, re, sys
from tests import zuora_schema_build as build
build.WANTED = re.compile(build.WANTED.pattern + "|" + sys.argv[2])
print(json.dumps(build.build()), file=open(sys.argv[1], "w"))
"""


@cache
def _document() -> dict[str, Any]:
    sources = Path(__file__).read_bytes() + Path(zuora_schema_build.__file__).read_bytes()
    folder = Path(zuora_schema.__file__).parents[1] / ".cache"
    kept = folder / f"zuora_billing_schema-{version('zuora_sdk')}-{crc32(sources)}.json"
    folder.mkdir(exist_ok=True)
    with (folder / "zuora_billing_schema.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            partial = kept.with_suffix(".partial")
            subprocess.run([sys.executable, "-c", _MAKE, partial, BILLING], check=True, cwd=folder.parent)
            partial.replace(kept)
    document: dict[str, Any] = json.loads(kept.read_text())
    for model, fields in NUMBERS.items():
        for field in fields:
            document["$defs"][model]["properties"][field] = {"type": ["number", "string", "null"]}
    return document


def _checks() -> Any:
    """`tests.zuora_schema` once more, on the document with the billing calls."""
    spec = importlib.util.spec_from_file_location("zuora_billing_schema", zuora_schema.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    vars(module)["_document"] = _document
    return module


_module = _checks()


def check_request(method: str, path: str, body: Any) -> None:
    """Check a request's body as `tests.zuora_schema.check_request` does."""
    _module.check_request(method, path, body)


def check_response(method: str, path: str, body: Any) -> None:
    """Check an answer's body as `tests.zuora_schema.check_response` does; calls that the SDK lacks are not checked."""
    if re.match(r"/v1/(transactions/invoices|creditmemos)", path):
        return
    _module.check_response(method, path, body)
