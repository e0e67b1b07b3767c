"""What a mapping rule is, and how a table of rules turns Salesforce records into a Zuora request body.

A rule is one row of the mapping guide: where the value is read (`source`), how it is changed (`transform`), what
stands in when it is empty (`default`), when the row applies (`when`) and where it is written (`target`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from cpqbridge.settings.options import Options

Record = Mapping[str, Any]
"""A Salesforce record as read: field API names to values; parents nested, money as `Decimal`."""

Path = tuple[str, ...]


OWN_MAPPING = " (own mapping)"
"""What lineage adds to the name of a rule whose value the user's mapping gave."""


class UnmappableError(ValueError):
    """A transform met a value that Zuora cannot take; the text says why and what would do.

    Args:
        text: Why.
        source: Salesforce path of the culprit, where the rule's own source is not it.
    """

    def __init__(self, text: str, source: str | None = None) -> None:
        super().__init__(text)
        self.source = source


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at.

    Attributes:
        roots: Object name, the first part of a source path, to its record.
        options: The user's settings.
        given: What the planner has decided already, such as the charge model or an account's Zuora number.
    """

    roots: Mapping[str, Record]
    options: Options
    given: Mapping[str, Any]

    def read(self, path: Path) -> Any:
        """Return the value at a source path, or None where any record on the way is absent or the text is empty."""
        value: Any = self.roots
        for name in path:
            if value is None:
                return None
            value = value.get(name)
        return None if value == "" else value

    def get(self, path: str) -> Any:
        """Return the value at a dotted source path such as `Order.Account.Name`."""
        return self.read(tuple(path.split(".")))

    def decided(self, **given: Any) -> Context:
        """Return the same context with further decisions of the planner."""
        return Context(self.roots, self.options, {**self.given, **given})


Transform = Callable[[Any, Context], Any]
"""A pure function of the source value (None for a rule without source) and the context."""

Condition = Callable[[Context], bool]


class Own(Protocol):
    """The user's mapping of one target."""

    @property
    def reads(self) -> tuple[str, ...]:
        """Every source path that it looks at."""
        ...

    def __call__(self, context: Context, creating: bool) -> tuple[Any, str | None] | None:
        """Return the value with the source path that it came from (None for a constant).

        None where it gives nothing and the guide's rule goes on.

        Args:
            context: What it may look at.
            creating: Whether the body creates.

        Raises:
            UnmappableError: It applies and cannot give a value.
        """
        ...


def always(_context: Context) -> bool:
    """Always."""
    return True


def resolve(path: Path, options: Options) -> Path | None:
    """Return a source path with its parts in braces replaced by the option of that name, itself a path.

    None when the option names no field.
    """
    names: list[str] = []
    for part in path:
        named = getattr(options, part[1:-1]) if part[0] == "{" else part
        if named is None:
            return None
        names += named.split(".")
    return tuple(names)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the mapping guide.

    Attributes:
        label: The row's Zuora label in the guide.
        target: JSON pointer below the table's body. `{model}` stands for the charge model's pricing key;
            a part `-` appends an element, which also gets the constants of `beside`.
        source: Dotted Salesforce path (object name first), or several of which the first filled one counts.
            A part in braces names the option that holds the field's name.
        transform: Changes the value; for a rule without source it computes it.
        default: Used when there is no value, or a function of the context that gives it; lineage then shows no source.
        when: The row applies only if this holds; its docstring is the row's condition in the documentation.
        required: Error code when there is no value at all.
        on: `create` for values that are never overwritten by an update.
        column: The field's name in a ZOQL row, for comparing with what Zuora holds.
        beside: Constants of the element that `-` appends.
        note: What a reader of the documentation must know.
        own: The user's mapping of this target; what it gives goes before the rule's own source and conditions.
        reads: Source paths that `transform` reads beside `source`.
        was: Name of the planner's decision that holds what Zuora has now, where the value changes something.
    """

    label: str
    target: str
    source: str | tuple[str, ...] = ()
    transform: Transform | None = None
    default: Any = None
    when: Condition = always
    required: str | None = None
    on: Literal["both", "create"] = "both"
    column: str | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    own: Own | None = None
    reads: tuple[str, ...] = ()
    was: str = ""
    keys: Path = field(init=False, repr=False)
    templated: bool = field(init=False, repr=False)
    appends: bool = field(init=False, repr=False)
    paths: tuple[tuple[str, Path], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Split the pointer and the paths once, not at every order."""
        object.__setattr__(self, "keys", tuple(self.target.strip("/").split("/")))
        object.__setattr__(self, "templated", "{" in self.target)
        object.__setattr__(self, "appends", "-" in self.keys)
        sources = (self.source,) if isinstance(self.source, str) else self.source
        object.__setattr__(self, "paths", tuple((source, tuple(source.split("."))) for source in sources))

    def evaluate(self, context: Context) -> tuple[Any, str | None]:
        """Return the value to send (None for nothing) and the source path it came from (None for a default).

        Raises:
            UnmappableError: The transform refused the value.
        """
        value, source = self._first_filled(context)
        if self.transform is not None and (value is not None or not self.paths):
            value = self.transform(value, context)
        if value is not None:
            return value, source
        return (self.default(context) if callable(self.default) else self.default), None

    def _first_filled(self, context: Context) -> tuple[Any, str | None]:
        for source, path in self.paths:
            resolved = resolve(path, context.options) if "{" in source else path
            value = context.read(resolved) if resolved else None
            if resolved and value is not None:
                return value, ".".join(resolved)
        return None, None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the mapping guide: the rules that make one request body, or one part of it."""

    name: str
    rules: tuple[Rule, ...]
    about: str = ""
    names: tuple[str, ...] = field(init=False, repr=False)
    owned: bool = field(init=False, repr=False)
    """Whether the user's mapping is in it."""

    def __post_init__(self) -> None:
        """Write the rules' full names once; lineage shows them."""
        object.__setattr__(self, "names", tuple(f"{self.name} / {rule.label}" for rule in self.rules))
        object.__setattr__(self, "owned", any(rule.own is not None for rule in self.rules))

    def writes(self, target: str) -> bool:
        """Return whether a rule is about this target: the user's mapping may have left it out."""
        return any(rule.target == target for rule in self.rules)

    def sources(self, root: str, options: Options) -> Iterator[str]:
        """Yield every path below the object `root` that the table reads, without the object's name."""
        for rule in self.rules:
            for path in (*(path for _, path in rule.paths), *(tuple(path.split(".")) for path in rule.reads)):
                resolved = resolve(path[1:], options) if path[0] == root else None
                if resolved:
                    yield ".".join(resolved)
        yield from self.own_sources(root)

    def own_sources(self, root: str) -> Iterator[str]:
        """Yield every path below the object `root` that the user's mapping reads, without the object's name."""
        own = (path for rule in self.rules if rule.own is not None for path in rule.own.reads)
        yield from (path[len(root) + 1 :] for path in own if path.startswith(f"{root}."))


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where one value of a request came from: which field, through which rule, became which target.

    `was` is what stands in its place until then; None where nothing does, or where it is not known.
    """

    prefix: str
    pointer: str
    source: str | None
    rule: str
    value: Any
    was: Any = None

    @property
    def target(self) -> str:
        """JSON pointer into the request body."""
        return self.prefix + self.pointer

    @property
    def own(self) -> bool:
        """Whether the user's mapping gave the value."""
        return self.rule.endswith(OWN_MAPPING)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value could not be mapped; the planner turns it into a held or waiting record.

    Attributes:
        code: A key of `cpqbridge.errors.ERRORS`.
        field: Salesforce path of the culprit.
        message: What is wrong, with the value.
        remedy: The next thing to do, where the catalogue's is too general.
    """

    code: str
    field: str | None
    message: str
    remedy: str | None = None


@dataclass(slots=True)
class Mapped:
    """A body with the lineage of each value in it, and what could not be mapped."""

    body: dict[str, Any] = field(default_factory=dict)
    lineage: list[Lineage] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def apply(
    table: Table, context: Context, *, into: Mapped | None = None, prefix: str = "", creating: bool = True
) -> Mapped:
    """Apply every rule of a table.

    Args:
        table: The rules.
        context: Records, options and the planner's decisions.
        into: Lineage is added to this one's; its body is not touched.
        prefix: JSON pointer of the made body inside the whole request, for the lineage.
        creating: Whether the body creates; an update leaves out rules with `on="create"`.

    Returns:
        A `Mapped` with the body of this table.
    """
    mapped = Mapped() if into is None else Mapped(lineage=into.lineage)
    body = _Body(mapped.body)
    taken: set[str] = set()
    for position, rule in enumerate(table.rules):
        if taken and rule.target in taken:
            continue
        own = rule.own is not None
        try:
            found = rule.own(context, creating) if rule.own is not None else None
            own = found is not None
            if found is None:
                if (rule.on == "create" and not creating) or (rule.when is not always and not rule.when(context)):
                    continue
                found = rule.evaluate(context)
        except UnmappableError as refusal:
            mapped.problems.append(_refused(rule, refusal, own=own))
            continue
        value, source = found
        if own:
            taken.add(rule.target)
        if value is not None:
            pointer = body.place(rule, value, context)
            name = table.names[position] + OWN_MAPPING if own else table.names[position]
            was = context.given.get(rule.was) if rule.was else None
            mapped.lineage.append(Lineage(prefix, pointer, source, name, value, was))
        elif rule.required is not None and not own:
            source = rule.paths[0][0] if rule.paths else None
            mapped.problems.append(Problem(rule.required, source, f"{rule.label} is empty"))
    return mapped


def _refused(rule: Rule, refusal: UnmappableError, *, own: bool) -> Problem:
    source = refusal.source or (rule.paths[0][0] if rule.paths else None)
    if not own:
        return Problem("CPQ-402", source, f"{rule.label}: {refusal}")
    remedy = f"Correct the value in Salesforce, or the rule for `{rule.keys[-1]}` in your own mapping."
    return Problem("CPQ-402", source, f"{rule.label}{OWN_MAPPING}: {refusal}", remedy)


class _Body:
    """A body that is being made; remembers where each branch is, since many rules write below the same one."""

    def __init__(self, body: dict[str, Any]) -> None:
        self._body = body
        self._branches: dict[Path, tuple[Any, str]] = {(): (body, "")}

    def place(self, rule: Rule, value: Any, context: Context) -> str:
        """Put the value at the rule's target, making objects and lists on the way; return the exact pointer."""
        keys = rule.keys
        if rule.templated:
            keys = tuple([str(context.given[key[1:-1]]) if key[0] == "{" else key for key in keys])
        node, pointer = self._branch(keys[:-1], keys[-1], rule)
        if isinstance(node, list):
            node.append(value)
        else:
            node[keys[-1]] = value
        return f"{pointer}/{keys[-1]}"

    def _branch(self, above: Path, follower: str, rule: Rule) -> tuple[Any, str]:
        """Return what stands at a path, and its pointer; an appended element is a new one each time."""
        found = self._branches.get(above)
        if found is None:
            key = above[-1]
            node, pointer = self._branch(above[:-1], key, rule)
            step = _step(node, key, {**rule.beside} if key == "-" else [] if follower in ("0", "-") else {})
            found = node[int(step)] if isinstance(node, list) else node[step], f"{pointer}/{step}"
            if not rule.appends or "-" not in above:
                self._branches[above] = found
        return found


def _step(node: Any, key: str, empty: Any) -> str:
    """Make sure that `node` holds something under `key`; return the key to go on with."""
    if isinstance(node, list):
        if key == "-" or int(key) == len(node):
            node.append(empty)
            return str(len(node) - 1)
        return key
    node.setdefault(key, empty)
    return key
