"""Checks what is given at the command line, for all commands alike: texts, codes, ids of accounts."""

from __future__ import annotations

import os
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated

import typer

from cpqbridge.errors import ERRORS, FixConfiguration
from cpqbridge.salesforce.ids import to_18

ACCOUNT_PREFIX = "001"
"""How the ids of accounts begin."""


def check_text(arguments: Sequence[str]) -> None:
    """Refuse arguments that are not UTF-8: neither the database nor the two systems can be asked for them.

    Raises:
        FixConfiguration: CPQ-307, one is not; its bytes are shown as they would be written.
    """
    for place, argument in enumerate(arguments):
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            shown = os.fsencode(argument).decode("utf-8", "backslashreplace")
            before = arguments[place - 1] if place else ""
            option = before if before.startswith("--") else None
            message = f"The argument '{shown}' is not text in UTF-8"
            raise FixConfiguration("CPQ-307", message, field=option, remedy="Give it in UTF-8.") from error


def known_code(text: str | None) -> str | None:
    """Return the code that the option `--code` names, in any case.

    Raises:
        FixConfiguration: CPQ-307, there is no such code.
    """
    if text is None:
        return None
    code = text.strip().upper()
    if code in ERRORS:
        return code
    digits = "".join(sign for sign in code if sign.isdecimal())
    near = [f"CPQ-{digits}"] if f"CPQ-{digits}" in ERRORS else get_close_matches(code, ERRORS)
    meant = f"Did you mean {' or '.join(f'`{one}`' for one in near)}? " if near else ""
    remedy = f"{meant}All codes are in docs/errors.md."
    raise FixConfiguration("CPQ-307", f"{text!r} is no code of cpqbridge", field="--code", remedy=remedy)


def account_id(text: str, option: str) -> str:
    """Return the 18 characters of an account's id.

    Args:
        text: The id, with 15 or 18 characters.
        option: The option that named it, for the message.

    Raises:
        FixConfiguration: CPQ-307, it is none.
    """
    found = to_18(text)
    if found is None or not found.startswith(ACCOUNT_PREFIX):
        remedy = f"Give 15 or 18 letters and digits that begin with {ACCOUNT_PREFIX}."
        raise FixConfiguration("CPQ-307", f"{text!r} is no id of a Salesforce account", field=option, remedy=remedy)
    return found


def _account(text: str | None) -> str | None:
    return None if text is None else account_id(text, "--account")


Code = Annotated[
    str | None, typer.Option(metavar="CPQ-…", help="Only those with this code the last time.", callback=known_code)
]
Account = Annotated[str | None, typer.Option(metavar="ID", help="Only those of this account.", callback=_account)]
