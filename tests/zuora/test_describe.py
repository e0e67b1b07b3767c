"""Zuora's describe: XML in, fields out; nothing that a document type could do."""

from __future__ import annotations

import pytest

from cpqbridge.errors import CallForHelp
from cpqbridge.zuora.describe import ZuoraField, read

FIELD = (
    "<field><name>Segment__c</name><label>Segment</label><createable>true</createable><updateable>true</updateable>"
    "<custom>true</custom><maxlength>40</maxlength><required>false</required><type>picklist</type>"
    "<options><option>A &amp; B</option><option>C</option></options></field>"
)
OBJECT = f"<object href='x'><name>Account</name><fields>{FIELD}</fields></object>"


@pytest.mark.parametrize("declaration", ["", '<?xml version="1.0" encoding="UTF-8"?>'])
def test_fields_are_read(declaration: str) -> None:
    found = read("Account", {"xml": (declaration + OBJECT).encode()})
    expected = ZuoraField("Segment__c", "picklist", 40, True, True, True, False, ("A & B", "C"))
    assert found.field("segment__C") == expected
    assert found.field("Other__c") is None


def test_a_field_without_limit_has_none() -> None:
    text = OBJECT.replace("<maxlength>40</maxlength>", "<maxlength></maxlength>")
    field = read("Account", {"xml": text.encode()}).field("Segment__c")
    assert field
    assert field.maxlength is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<object>",
        b"<object/>",
        b"no xml",
        b"<!DOCTYPE object><object><fields/></object>",
        b'<!DOCTYPE o [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><object><fields>&b;</fields></object>',
        b'<!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">]><object><fields>&a;</fields></object>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE o []><object><fields/></object>'.encode("utf-16"),
    ],
)
def test_what_is_no_description_or_has_a_document_type_is_refused(content: bytes) -> None:
    with pytest.raises(CallForHelp) as refused:
        read("Account", {"xml": content})
    assert refused.value.code == "CPQ-901"


def test_an_answer_in_json_is_no_description() -> None:
    with pytest.raises(CallForHelp):
        read("Account", {"success": True})
