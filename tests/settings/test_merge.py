"""Adding keys to a settings file: nothing else in it changes, and nothing is overwritten."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.settings.document import read
from cpqbridge.settings.merge import Keys, merge
from cpqbridge.settings.problems import WrongSettings
from cpqbridge.settings.spellings import translate

NOTES = ("mapping", "account", "notes")
REGION = ("mapping", "account", "Region__c")
ITEM = ("mapping", "order_item", "itemState")
RENEW = ("options", "auto_renew")

FILES: dict[str, tuple[str, dict[tuple[str, ...], Any], str]] = {
    "no section yet": (
        "zuora: {}  # here\n# the end\n",
        {NOTES: "A__c", ITEM: "B__c"},
        "zuora: {}  # here\n\nmapping:\n  account:\n    notes: A__c\n  order_item:\n    itemState: B__c\n# the end\n",
    ),
    "a new pair": (
        "mapping:\n    order:  # ours\n        X__c: X__c\n\n# values\nvalues: {}\n",
        {NOTES: "A__c"},
        "mapping:\n    order:  # ours\n        X__c: X__c\n    account:\n      notes: A__c\n\n# values\nvalues: {}\n",
    ),
    "a new target": (
        "mapping:\n  account:\n    # comment\n    X__c: X__c   # why\n    # last\noptions: {}\n",
        {NOTES: "A__c", REGION: "B__c"},
        (
            "mapping:\n  account:\n    # comment\n    X__c: X__c   # why\n    notes: A__c\n    Region__c: B__c\n"
            "    # last\noptions: {}\n"
        ),
    ),
    "behind a rule of several lines": (
        "mapping:\n  account:\n    X__c:\n      - {value: 1,\n         on: create}\n      - B__c\n\nvalues: {}\n",
        {NOTES: "A__c"},
        (
            "mapping:\n  account:\n    X__c:\n      - {value: 1,\n         on: create}\n      - B__c\n    notes: A__c\n"
            "\nvalues: {}\n"
        ),
    ),
    "behind text of several lines": (
        "mapping:\n  account:\n    X__c:\n      expression: |\n        a +\n        b\nvalues: {}\n",
        {NOTES: "A__c"},
        "mapping:\n  account:\n    X__c:\n      expression: |\n        a +\n        b\n    notes: A__c\nvalues: {}\n",
    ),
    "a section with nothing in it": (
        "mapping:\noptions:  # none yet\nvalues: {}\n",
        {NOTES: "A__c", RENEW: True},
        "mapping:\n  account:\n    notes: A__c\noptions:  # none yet\n  auto_renew: true\nvalues: {}\n",
    ),
    "a section in braces": (
        "mapping: {account: {X__c: X__c}}  # short\noptions: {}\n",
        {NOTES: "A__c", ITEM: "B__c", RENEW: True},
        (
            'mapping: {account: {X__c: X__c, "notes": "A__c"}, "order_item": {"itemState": "B__c"}}  # short\n'
            'options: {"auto_renew": true}\n'
        ),
    ),
    "a section that is null": (
        "mapping: null  # x\n",
        {NOTES: "A__c"},
        'mapping: {"account": {"notes": "A__c"}}  # x\n',
    ),
    "JSON": (
        '{"options": {"auto_renew": false}}',
        {NOTES: "A__c"},
        '{"options": {"auto_renew": false}, "mapping": {"account": {"notes": "A__c"}}}',
    ),
    "another spelling of the pair": (
        "mapping:\n  orderItem:\n    X__c: X__c\n",
        {ITEM: "B__c"},
        "mapping:\n  orderItem:\n    X__c: X__c\n    itemState: B__c\n",
    ),
    "no line end at the end": (
        "options:\n  auto_renew: true",
        {NOTES: "A__c"},
        "options:\n  auto_renew: true\n\nmapping:\n  account:\n    notes: A__c\n",
    ),
    "line ends of Windows": (
        "mapping:\r\n  account:\r\n    X__c: X__c\r\nvalues: {}\r\n",
        {NOTES: "A__c"},
        "mapping:\r\n  account:\r\n    X__c: X__c\r\n    notes: A__c\r\nvalues: {}\r\n",
    ),
    "an empty file": ("", {NOTES: "A__c"}, "mapping:\n  account:\n    notes: A__c\n"),
    "comments only": ("# mine\n", {NOTES: "A__c"}, "# mine\n\nmapping:\n  account:\n    notes: A__c\n"),
    "a byte order mark": (
        "\ufeffmapping:\n  account:\n    X__c: X__c\n",
        {NOTES: "A__c"},
        "\ufeffmapping:\n  account:\n    X__c: X__c\n    notes: A__c\n",
    ),
    "a document with its marks": (
        "---\noptions: {}\n...\n",
        {NOTES: "A__c"},
        "---\noptions: {}\n\nmapping:\n  account:\n    notes: A__c\n...\n",
    ),
}


@pytest.mark.parametrize(("text", "additions", "expected"), FILES.values(), ids=FILES.keys())
def test_only_what_is_new_is_added(text: str, additions: dict[tuple[str, ...], Any], expected: str) -> None:
    merged, there = merge(text, "c.yaml", additions)
    assert merged == expected
    assert not there
    assert not read(merged).problems
    again, all_there = merge(merged, "c.yaml", additions)
    assert again == merged
    assert all_there == list(additions)


@pytest.mark.parametrize(
    "written",
    ["notes: A__c", "notes: [A__c]", "notes: {source: A__c}", "Notes: A__c", "notes: {source: [A__c]}"],
)
def test_what_is_there_already_stays_as_it_is(written: str) -> None:
    text = f"mapping:\n  account: {{{written}}}\n"
    assert merge(text, "c.yaml", {NOTES: "A__c"}) == (text, [NOTES])


NAMES = st.sampled_from(["notes", "Region__c", "taxInfo/VATId", "X__c", "on", "yes"])
PAIRS = st.dictionaries(
    st.sampled_from(["account", "order_item", "orderItem", "contact"]).map(str),
    st.dictionaries(NAMES, st.sampled_from(["A__c", "Account.Name", "no", "1"]), max_size=3) | st.none(),
    max_size=3,
).filter(lambda pairs: not {"order_item", "orderItem"} <= set(pairs))
SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "options": st.dictionaries(st.sampled_from(["auto_renew", "amend_subscriptions"]), st.booleans()) | st.none(),
        "mapping": PAIRS | st.none(),
        "zuora": st.just({"org_ids": ["a", "b"], "base_url": "https://rest.zuora.com"}),
    },
)


@given(SECTIONS, st.sampled_from([True, False, None]), st.sampled_from([2, 4]), PAIRS)
def test_whatever_the_file_holds_stays_and_what_is_new_is_added(
    sections: dict[str, Any], flow: bool | None, indent: int, pairs: dict[str, dict[str, str] | None]
) -> None:
    text = yaml.safe_dump(sections, default_flow_style=flow, indent=indent) + "# end\n"
    additions = {
        ("mapping", pair.replace("orderItem", "order_item"), target): source
        for pair, rules in pairs.items()
        for target, source in (rules or {}).items()
    }
    try:
        merged, there = merge(text, "c.yaml", additions)
    except WrongSettings as refused:
        said = refused.message
    else:
        _agrees(text, merged, there, additions)
        said = ""
    assert all("is there already" in line for line in said.splitlines())


def _agrees(text: str, merged: str, there: list[Keys], additions: dict[Keys, Any]) -> None:
    kept = iter(merged)
    assert all(character in kept for character in text.replace("null", ""))
    after = read(merged)
    translate(after)
    for (_, pair, target), source in additions.items():
        assert after.data["mapping"][pair][target] == source
    assert merge(merged, "c.yaml", additions) == (merged, list(additions))
    assert set(there) <= set(additions)


CONFLICTS: dict[str, tuple[str, dict[tuple[str, ...], Any], list[str]]] = {
    "another source": (
        "mapping:\n  account:\n    notes: B__c\n",
        {NOTES: "A__c", REGION: "C__c"},
        ['c.yaml:3: `mapping.account.notes` is there already, and is not "A__c"'],
    ),
    "a rule": (
        "mapping:\n  account:\n    Region__c: X__c\n    notes: {source: A__c, on: create}\n",
        {NOTES: "A__c", REGION: "C__c"},
        [
            'c.yaml:3: `mapping.account.Region__c` is there already, and is not "C__c"',
            'c.yaml:4: `mapping.account.notes` is there already, and is not "A__c"',
        ],
    ),
    "an option in the vendor's spelling": (
        "options:\n  useListPriceBase: true\n",
        {("options", "sfdc_use_list_price_base"): False},
        ["c.yaml:2: `options.sfdc_use_list_price_base` is there already, and is not false"],
    ),
    "a file that is no YAML": ("a: [\n", {NOTES: "A__c"}, ["c.yaml:2: is not YAML: "]),
    "a file with problems": (
        "options: {}\noptions: {}\n",
        {NOTES: "A__c"},
        ["c.yaml:2: `options` stands here a second time (first in line 1)"],
    ),
    "text for a section": (
        "mapping: x\n",
        {NOTES: "A__c", REGION: "B__c"},
        ["c.yaml:1: `mapping` must hold keys of its own, indented below it"],
    ),
    "nothing in braces": ("{mapping: }", {NOTES: "A__c"}, ["`c.yaml` is written in a way"]),
    "an alias": (
        "values: &v {countries: {}}\nmapping: *v\n",
        {NOTES: "A__c"},
        ["`c.yaml` is written in a way to which nothing can be added: add the printed part by hand"],
    ),
}


@pytest.mark.parametrize(("text", "additions", "said"), CONFLICTS.values(), ids=CONFLICTS.keys())
def test_nothing_is_overwritten(text: str, additions: dict[tuple[str, ...], Any], said: list[str]) -> None:
    with pytest.raises(WrongSettings) as refused:
        merge(text, "c.yaml", additions)
    lines = refused.value.message.splitlines()
    assert len(lines) == len(said)
    assert all(line.startswith(start) for line, start in zip(lines, said, strict=True)), lines
