"""SOQL text to `syntax`: recursive descent, one method for each clause.

As in the real language AND and OR do not mix without parentheses, and NOT stands alone or in parentheses.
"""

from __future__ import annotations

from typing import Any, Final

from cpqbridge.sandbox.salesforce.soql import conditions
from cpqbridge.sandbox.salesforce.soql.errors import refuse
from cpqbridge.sandbox.salesforce.soql.reader import RESERVED, Reader
from cpqbridge.sandbox.salesforce.soql.syntax import (
    AllFields,
    Call,
    Constant,
    Grouping,
    Item,
    Operand,
    Order,
    Path,
    Query,
    Selected,
    Source,
    Subquery,
    TypeOf,
)  # fmt: skip

MAX_STATEMENT: Final = 100_000
_ALL: Final = 2**31 - 1
_FIELD_SETS: Final = ("ALL", "STANDARD", "CUSTOM")
_SCOPES: Final = (
    "DELEGATED", "EVERYTHING", "MINE", "MINE_AND_MY_GROUPS", "MY_TERRITORY", "MY_TEAM_TERRITORY", "TEAM", "ALLPRIVATE",
    "SCOPINGRULE",
)  # fmt: skip
_SECURITY: Final = ("SECURITY_ENFORCED", "USER_MODE", "SYSTEM_MODE")
_CATEGORY_FILTERS: Final = ("AT", "ABOVE", "BELOW", "ABOVE_OR_BELOW")


def parse(text: str) -> Query:
    """Return the parsed statement.

    Raises:
        SoqlError: `MALFORMED_QUERY` when the text is no SOQL statement.
    """
    if len(text) > MAX_STATEMENT:
        raise refuse("MALFORMED_QUERY", f"SOQL statements cannot be longer than {MAX_STATEMENT} characters.")
    return _Parser(text).statement()


class _Parser(Reader):
    def statement(self) -> Query:
        if not self.token.is_word("SELECT"):
            raise self.unexpected()
        query = self.query()
        if self.token.kind != "end":
            raise self.unexpected()
        return query

    def query(self) -> Query:
        place = self.token.offset
        self.expect_word("SELECT")
        select = self._select()
        self.expect_word("FROM")
        sources = self._sources()
        clauses: dict[str, Any] = {}
        if self.take_word("USING"):
            self.expect_word("SCOPE")
            clauses["scope"] = self._one_of(_SCOPES)
        if self.take_word("WHERE"):
            clauses["where"] = conditions.condition(self, self.query, self.operand)
        while self.take_word("WITH"):
            clauses |= self._with()
        if self.take_word("GROUP"):
            clauses["group"] = self._group()
        if self.take_word("HAVING"):
            if "group" not in clauses:
                raise self.unexpected()
            clauses["having"] = conditions.condition(self, self.query, self.operand)
        return Query(select, sources, place=place, **clauses, **self._tail())

    def _tail(self) -> dict[str, Any]:
        clauses: dict[str, Any] = {}
        if self.take_word("ORDER"):
            self.expect_word("BY")
            clauses["order"] = tuple(self.listed(self._ordered))
        if self.take_word("LIMIT"):
            clauses["limit"] = self._count()
        if self.take_word("OFFSET"):
            clauses["offset"] = self._count()
        if self.take_word("FOR"):
            clauses["lock"] = self._one_of(("VIEW", "REFERENCE", "UPDATE"))
            while self.take_symbol(","):
                self._one_of(("VIEW", "REFERENCE", "UPDATE"))
        if self.take_word("UPDATE"):
            clauses["lock"] = self._one_of(("TRACKING", "VIEWSTAT"))
            while self.take_symbol(","):
                self._one_of(("TRACKING", "VIEWSTAT"))
        return clauses

    def _select(self) -> tuple[Selected, ...]:
        return tuple(self.listed(self._selected))

    def _selected(self) -> Selected:
        start = self.token
        if self.take_symbol("("):
            query = self.query()
            self.expect_symbol(")")
            return Subquery(query, start.offset)
        if start.is_word("TYPEOF") and self.following.kind == "name":
            return self._type_of()
        if start.is_word("FIELDS") and self.following.text == "(":
            self.advance(2)
            scope = self._one_of(_FIELD_SETS)
            self.expect_symbol(")")
            return AllFields(scope, start.offset)
        value = self.path_or_call()
        return Item(value, self._alias(("FROM",)))

    def _alias(self, enders: tuple[str, ...]) -> str | None:
        if self.token.kind != "name" or self.token.is_word(*enders):
            return None
        if self.token.is_word(*RESERVED):
            raise self.unexpected()
        return self.take().text

    def _type_of(self) -> TypeOf:
        offset = self.take().offset
        path = self.path()
        cases = []
        while self.take_word("WHEN"):
            kind = self.name().text
            self.expect_word("THEN")
            cases.append((kind, tuple(self.listed(self.path))))
        if not cases:
            raise self.unexpected()
        otherwise = tuple(self.listed(self.path)) if self.take_word("ELSE") else ()
        self.expect_word("END")
        return TypeOf(path, tuple(cases), otherwise, offset)

    def _sources(self) -> tuple[Source, ...]:
        return tuple(self.listed(self._source))

    def _source(self) -> Source:
        path = self.path()
        self.take_word("AS")
        ends = ("USING", "WHERE", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "UPDATE")
        return Source(path, self._alias(ends))

    def _with(self) -> dict[str, Any]:
        if self.take_word("DATA"):
            self.expect_word("CATEGORY")
            self._category()
            while self.take_word("AND"):
                self._category()
            return {"category": True}
        if self.token.is_word(*_SECURITY):
            return {"security": self.take().text.upper()}
        raise self.unexpected()

    def _category(self) -> None:
        self.name()
        self._one_of(_CATEGORY_FILTERS)
        if self.take_symbol("("):
            self.listed(self.name)
            self.expect_symbol(")")
        else:
            self.name()

    def _group(self) -> Grouping:
        self.expect_word("BY")
        if self.token.is_word("ROLLUP", "CUBE") and self.following.text == "(":
            kind = self.take().text.upper()
            self.expect_symbol("(")
            values = tuple(self.listed(self.path_or_call))
            self.expect_symbol(")")
            return Grouping(kind, values)
        return Grouping("PLAIN", tuple(self.listed(self.path_or_call)))

    def _ordered(self) -> Order:
        value = self.path_or_call()
        descending = False
        if self.token.is_word("ASC", "DESC"):
            descending = self.take().text.upper() == "DESC"
        nulls_last = bool(self.take_word("NULLS")) and self._one_of(("FIRST", "LAST")) == "LAST"
        return Order(value, descending, nulls_last)

    def _count(self) -> int:
        if self.token.kind != "number" or not self.token.text.isdigit():
            raise self.unexpected()
        return min(int(self.take().text), _ALL)

    # Fields and functions

    def path(self) -> Path:
        start = self.name()
        parts = [start.text]
        while self.take_symbol("."):
            parts.append(self.name(reserved=True).text)
        return Path(tuple(parts), start.offset)

    def path_or_call(self) -> Path | Call:
        value = self.operand()
        if isinstance(value, Constant):
            raise refuse("MALFORMED_QUERY", f"unexpected token: '{value.text}'", self.text, value.offset)
        return value

    def operand(self) -> Operand:
        if self.token.kind == "name" and self.following.text == "(":
            name = self.take()
            self.expect_symbol("(")
            arguments = [] if self.token.text == ")" else self.listed(self._argument)
            self.expect_symbol(")")
            return Call(name.text, tuple(arguments), name.offset)
        return self.path()

    def _argument(self) -> Operand:
        if self.token.kind in ("number", "string"):
            return conditions.literal(self)
        return self.operand()

    def _one_of(self, words: tuple[str, ...]) -> str:
        if not self.token.is_word(*words):
            raise self.unexpected()
        return self.take().text.upper()
