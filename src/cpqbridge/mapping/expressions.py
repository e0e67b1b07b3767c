"""Expressions of the user's mapping, such as `AnnualRevenue > 1000000 ? "A" : "B"`.

The grammar is that of the library rule-engine (https://zerosteiner.github.io/rule-engine/); what the parts do is
decided here, because money and missing values need it exact:

- A dotted name is a path of fields from the pair's object, `SBQQ__Contract__r.Region__c`; nothing else is reached by dots.
- Numbers are exact decimals. A Salesforce date is a text until `date(…)` makes a date of it.
- An empty or absent field is null. Operators and functions give null for null, `<`, `<=`, `>`, `>=` and `in` give
  false, `== null` asks for it, `a ?? b` stands in for it, and `concat(…)` leaves it out.
- Conditions are true or false, null counts as false. Kinds are never mixed silently.
- The same record always gives the same value: there is no clock and no chance.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import lru_cache
from typing import Any

from cpqbridge.mapping.expression_tree import (
    Apply,
    Choice,
    Constant,
    Field,
    FirstFilled,
    Items,
    Kinds,
    Logic,
    Node,
    holds,
)
from cpqbridge.mapping.operations import (
    FUNCTIONS,
    NUMBER,
    OPERATORS,
    TEXT,
    TRUTH,
    Kind,
    Operation,
    Signature,
)
from cpqbridge.mapping.rule import Record, UnmappableError
from cpqbridge.mapping.transforms import plain

MAX_LENGTH = 2000
"""Characters of an expression."""
MAX_DEPTH = 100
"""Parts of an expression inside each other."""
_LARGEST_EXPONENT = 40
_EXPONENTS = 99
_SHIFT = re.compile(r"""("(\\.|[^"\\])*"|'(\\.|[^'\\])*')|<<|>>""", re.DOTALL)

_CLOCK = ("now", "today", "random")

FIELD_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("int", "long", "double", "currency", "percent"), NUMBER),
    "boolean": TRUTH,
}
"""Salesforce's describe types to what their fields hold; all others hold texts, dates too."""

Value = str | int | Decimal | bool | date | None


class ExpressionError(ValueError):
    """An expression cannot be used; the text says why, `position` where (characters from 0), when it can be told."""

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression.

    Attributes:
        text: As it was written.
        fields: The dotted field paths that it reads, from the pair's object.
    """

    text: str
    root: Node = field(repr=False)
    fields: tuple[str, ...] = ()

    def evaluate(self, record: Record | None) -> Value:
        """Return the value for a record, numbers in their shortest exact form.

        Raises:
            UnmappableError: There is none; the text says why.
        """
        with localcontext(_exact()):
            value = self.root.value(record or {})
            if isinstance(value, tuple):
                raise UnmappableError("the expression gives a list, not one value")
            if isinstance(value, Decimal):
                if value.adjusted() > _LARGEST_EXPONENT:
                    raise UnmappableError("the expression gives a number that is too large")
                return plain(value)
            found: Value = value
            return None if value == "" else found

    def holds(self, record: Record | None) -> bool:
        """Return whether a condition holds; null counts as false.

        Raises:
            UnmappableError: It cannot be told, or the expression is no condition.
        """
        return holds(self.evaluate(record))

    def check(self, types: Mapping[str, str] | None = None) -> list[str]:
        """Return what can only fail, in words, each once.

        Args:
            types: Field path to its type as Salesforce describes it, where that is known.
        """
        problems: list[str] = []
        self.root.kind(_kinds(types), problems)
        return list(dict.fromkeys(problems))

    def kind(self, types: Mapping[str, str] | None = None) -> Kind | None:
        """Return what the expression gives (`a text`, `a number`, `a date`, `true or false`), None if unknown."""
        return self.root.kind(_kinds(types), [])


def field_expression(path: str) -> Expression:
    """Return the expression that reads one field, without the parser."""
    return Expression(path, Field(tuple(path.split("."))), (path,))


@lru_cache(maxsize=1024)
def compile_expression(text: str) -> Expression:
    """Compile an expression.

    Raises:
        ExpressionError: It is no expression, or uses what mappings do not have.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"has {len(text)} characters, {MAX_LENGTH} are the most")
    if any(found[1] is None for found in _SHIFT.finditer(text)):
        # The parser computes constants at once: 1 << 9999999 takes minutes.
        raise ExpressionError("uses what mappings do not have: << >>")
    try:
        root = _node(_parsed(text), 0)
    except RecursionError:
        raise ExpressionError("is nested too deeply") from None
    paths = (part.name for part in _walk(root) if isinstance(part, Field))
    return Expression(text, root, tuple(dict.fromkeys(paths)))


def _exact() -> Context:
    """Return the same arithmetic for everybody, whatever the thread has set; what is beyond all prices has no value."""
    return Context(prec=28, rounding=ROUND_HALF_EVEN, Emax=_EXPONENTS, Emin=-_EXPONENTS)


def _kinds(types: Mapping[str, str] | None) -> Kinds:
    return {path: FIELD_KINDS.get(name, TEXT) for path, name in (types or {}).items()}


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts():
        yield from _walk(part)


def _parsed(text: str) -> Any:
    """Return rule-engine's tree of an expression; the library makes its tables when it is first imported."""
    import rule_engine
    from rule_engine.builtins import Builtins

    context = rule_engine.Context(default_timezone="utc", decimal_context=_exact())
    context.builtins = Builtins({})
    try:
        with localcontext(_exact()):
            return rule_engine.Rule(text, context).statement.expression
    except rule_engine.errors.RuleSyntaxError as fault:
        raise _syntax_error(fault, text) from None
    except rule_engine.errors.RegexSyntaxError as fault:
        raise ExpressionError(f"{fault.value!r} is no regular expression: {fault.error}") from None
    except rule_engine.errors.EngineError as fault:
        message = str(fault.message).replace("data type mismatch", "its constants do not go together")
        raise ExpressionError(message) from None
    except ArithmeticError:
        raise ExpressionError("its constants give no number") from None


def _syntax_error(fault: Any, text: str) -> ExpressionError:
    if "reserved" in fault.message:
        return ExpressionError("uses a word that the language keeps for itself: elif, else, while")
    if fault.token is None:
        return ExpressionError("ends too early" if text.strip() else "is empty")
    position = int(fault.token.lexpos)
    near = text[position : position + 20].splitlines()[0] if text[position:].strip() else ""
    if near.startswith("="):
        return ExpressionError(f"is wrong at character {position + 1}: equality is written ==", position)
    return ExpressionError(f"is wrong at character {position + 1}, near {near!r}", position)


def _node(tree: Any, depth: int) -> Node:
    """Turn a part of rule-engine's tree into one of ours; only what stands in the table is let in."""
    if depth > MAX_DEPTH:
        raise ExpressionError(f"is nested too deeply: {MAX_DEPTH} parts inside each other are the most")
    name = type(tree).__name__
    builder = _BUILDERS.get(name)
    if builder is None:
        words = re.sub(r"(?<!^)(?=[A-Z])", " ", name.removesuffix("Expression")).lower()
        raise ExpressionError(f"uses what mappings do not have: {_UNKNOWN.get(name, words)}")
    return builder(tree, lambda part: _node(part, depth + 1))


_UNKNOWN = {
    "GetItemExpression": "[ ] after a value; write left(…) or right(…) for parts of texts",
    "GetSliceExpression": "[ ] after a value; write left(…) or right(…) for parts of texts",
    "DatetimeExpression": 'd"…"; write date("2026-02-01")',
    "TimedeltaExpression": 't"…"; write add_days(…) or add_months(…)',
    "BytesExpression": "bytes",
    "MappingExpression": "tables; give the rule a `values` table",
    "ComprehensionExpression": "[… for …]",
    "BitwiseExpression": "& | ^; conditions are joined by `and` and `or`",
}

_Below = Callable[[Any], Node]


def _constant(tree: Any, _below: _Below) -> Node:
    value = tree.value
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > _EXPONENTS):
        raise ExpressionError(f"{str(value).lower()} is no number of mappings")
    return Constant(value)


def _items(tree: Any, below: _Below) -> Node:
    return Items(tuple(below(member) for member in tree.value))


def _symbol(tree: Any, _below: _Below) -> Node:
    if tree.scope is not None:
        if tree.name in _CLOCK:
            raise ExpressionError(
                f"${tree.name} is not there: a mapping gives the same value whenever it runs, so that a repeat changes nothing"
            )
        known = f"write {tree.name}(…)" if tree.name in FUNCTIONS else "names have no $ here"
        raise ExpressionError(f"${tree.name} is not there: {known}")
    if tree.name in (*FUNCTIONS, "coalesce"):
        raise ExpressionError(f"{tree.name} is a function: write {tree.name}(…)")
    return Field((tree.name,))


def _attribute(tree: Any, below: _Below) -> Node:
    parent = below(tree.object)
    if not isinstance(parent, Field):
        raise ExpressionError(f".{tree.name}: a dot leads from a related record to its field, and nowhere else")
    return Field((*parent.path, tree.name))


def _operator(tree: Any, below: _Below) -> Node:
    return Apply(OPERATORS[tree.type], (below(tree.left), below(tree.right)))


def _regex(tree: Any, below: _Below) -> Node:
    pattern = getattr(tree.right, "value", None)
    if not isinstance(pattern, str):
        raise ExpressionError("a regular expression must stand in quotes")
    negated, search = tree.type.startswith("ne"), tree.type.endswith("s")
    compiled = re.compile(pattern)
    find = compiled.search if search else compiled.match
    operation = Operation(
        "search with a regular expression in",
        lambda text: (find(text) is None) is negated,
        (Signature((TEXT,), TRUTH),),
        missing=negated,
    )
    return Apply(operation, (below(tree.left),))


def _contains(tree: Any, below: _Below) -> Node:
    return Apply(OPERATORS["in"], (below(tree.member), below(tree.container)))


def _logic(tree: Any, below: _Below) -> Node:
    return Logic(tree.type, (below(tree.left), below(tree.right)))


def _unary(tree: Any, below: _Below) -> Node:
    right = below(tree.right)
    return Logic("not", (right,)) if tree.type == "not" else Apply(OPERATORS[tree.type], (right,))


def _call(tree: Any, below: _Below) -> Node:
    if type(tree.function).__name__ != "SymbolExpression":
        raise ExpressionError("only functions can be called, such as round(…)")
    if tree.function.scope is not None:
        return _symbol(tree.function, below)
    name: str = tree.function.name
    arguments = tuple(below(argument) for argument in tree.arguments)
    if name == "coalesce":
        if not arguments:
            raise ExpressionError("coalesce(…) takes 1 or more values, not 0")
        return FirstFilled(arguments)
    operation = FUNCTIONS.get(name)
    if operation is None:
        near = difflib.get_close_matches(name, [*FUNCTIONS, "coalesce"], 1)
        hint = f"did you mean {near[0]}(…)?" if near else f"there are {', '.join(sorted([*FUNCTIONS, 'coalesce']))}"
        raise ExpressionError(f"there is no function {name}(…): {hint}")
    if not any(signature.counts(len(arguments)) for signature in operation.signatures):
        wanted = " or ".join(str(len(signature.takes)) for signature in operation.signatures)
        raise ExpressionError(f"{name}(…) takes {wanted} values, not {len(arguments)}")
    return Apply(operation, arguments)


_BUILDERS: Mapping[str, Callable[[Any, _Below], Node]] = {
    **dict.fromkeys(("StringExpression", "FloatExpression", "BooleanExpression", "NullExpression"), _constant),
    **dict.fromkeys(("ArrayExpression", "SetExpression"), _items),
    "SymbolExpression": _symbol,
    "GetAttributeExpression": _attribute,
    **dict.fromkeys(
        (
            "AddExpression",
            "SubtractExpression",
            "ArithmeticExpression",
            "ComparisonExpression",
            "ArithmeticComparisonExpression",
        ),
        _operator,
    ),
    "FuzzyComparisonExpression": _regex,
    "ContainsExpression": _contains,
    "LogicExpression": _logic,
    "UnaryExpression": _unary,
    "CoalesceExpression": lambda tree, below: FirstFilled((below(tree.left), below(tree.right))),
    "TernaryExpression": lambda tree, below: Choice(
        below(tree.condition), below(tree.case_true), below(tree.case_false)
    ),
    "FunctionCallExpression": _call,
}
