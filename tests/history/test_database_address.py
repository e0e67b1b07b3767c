"""Addresses of a database: what is wrong with one is said without any part of it that may be the password."""

from __future__ import annotations

import asyncio
import traceback

import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cpqbridge.errors import FixConfiguration
from cpqbridge.history.database import open_database
from cpqbridge.settings.database import DatabaseSettings

LETTERS = "QXZJ"
"""What no message of anybody's has three of in a row, or between two signs."""

PASSWORDS = st.text(alphabet=LETTERS + "@/:?#[]% +&=", min_size=3, max_size=16)


def refused(address: str) -> tuple[FixConfiguration, str]:
    """Return the error for an address that cannot be used, and all that is told of it."""

    async def opened() -> None:
        async with open_database(DatabaseSettings.at(address)):
            raise AssertionError("opened")

    with pytest.raises(FixConfiguration) as caught:
        asyncio.run(opened())
    assert caught.value.code == "CPQ-306"
    return caught.value, "".join([*traceback.format_exception(caught.value), caught.value.remedy])


def pieces(password: str) -> set[str]:
    """Return all parts of a password of three characters, but those that are signs alone."""
    parts = {password[place : place + 3] for place in range(len(password) - 2)}
    return {part for part in parts if set(part) & set(LETTERS)}


@example("QXZ@JXQ/ZZJ")
@example("QX/ZJ@JXQ")
@example("QXZ?JXQ=ZZJ@QXJ&ZQX=QQQ")
@given(PASSWORDS)
def test_no_part_of_a_password_is_repeated(password: str) -> None:
    _, told = refused(f"postgresql://me:{password}@127.0.0.1:1/db")
    assert not [piece for piece in pieces(password) if piece in told]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("postgresql://me:QXZ@JXQ/ZZJ@127.0.0.1:1/db", "more than one @"),
        ("postgresql://m/e:QXZJ@127.0.0.1:1/db", "in a wrong place"),
        ("postgresql://127.0.0.1:1?user=me&password=Q@XZJ", "in a wrong place"),
        ("postgresql://127.0.0.1:1/db?user=me&password=Q&XZJ=1", "an option that PostgreSQL does not know"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_it(address: str, said: str) -> None:
    error, told = refused(address)
    assert said in error.message
    assert not any(part in told for part in ("QXZ", "XZJ", "JXQ", "ZZJ"))


def test_the_driver_gets_the_password_as_it_is(database_url: str) -> None:
    """The queue has connections of its own, and a blank in an address is refused by the driver, with the password."""
    role, password = "blank_and_plus", "Q X+Z%@/'\\J"

    async def signed_in() -> str:
        rest = database_url.partition("@")[2]
        async with open_database(DatabaseSettings.at(f"postgresql://{role}:Q%20X+Z%25%40%2F'%5CJ@{rest}")) as database:
            with psycopg.connect(database.conninfo) as connection:
                return connection.info.password

    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(psycopg.sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}").format(
            psycopg.sql.Identifier(role), psycopg.sql.Literal(password)))  # fmt: skip
        try:
            assert asyncio.run(signed_in()) == password
        finally:
            owner.execute(f"REASSIGN OWNED BY {role} TO CURRENT_USER".encode())
            owner.execute(f"DROP ROLE {role}".encode())
