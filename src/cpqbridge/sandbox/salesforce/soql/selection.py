"""The select list of a record query: columns to fetch, and the tree that makes records of them."""

from __future__ import annotations

from cpqbridge.sandbox.salesforce.catalogue.columns import expression
from cpqbridge.sandbox.salesforce.catalogue.model import Field, SObject
from cpqbridge.sandbox.salesforce.soql.functions import PRESENTATION, compile_call
from cpqbridge.sandbox.salesforce.soql.plan import Address, ChildSlot, Leaf, Member, Node
from cpqbridge.sandbox.salesforce.soql.scope import Scope
from cpqbridge.sandbox.salesforce.soql.syntax import AllFields, Call, Item, Path, TypeOf

ALL_FIELDS_LIMIT = 200


class Selection:
    """Collects columns and builds the record tree of one scope.

    Attributes:
        root: Tree of a record.
        columns: SQL of every column to fetch, in order.
        slots: Child queries of the tree.
        paths: Field type by path in the record, in order of selection.
    """

    def __init__(self, scope: Scope, *, first_column: int = 0) -> None:
        self._scope = scope
        self._first = first_column
        self.columns: list[str] = []
        self.slots: list[ChildSlot] = []
        self.paths: dict[str, str] = {}
        self._nodes: dict[tuple[str, ...], Node] = {}
        self.root = self._node(())

    @property
    def key(self) -> int:
        """Place of the record's id in a row."""
        return self.root.key

    def add(self, item: Item) -> None:
        """Add a field or a function of one.

        Raises:
            SoqlError: for an unknown or doubled field, or an alias where none may be.
        """
        if isinstance(item.value, Call):
            self._add_call(item.value, item.alias)
        elif item.alias:
            message = "only aggregate expressions use field aliasing"
            raise self._scope.context.refuse("MALFORMED_QUERY", message, item.value.offset)
        else:
            self._add_path(item.value)

    def add_all(self, fields: AllFields, limit: int | None) -> None:
        """Add `FIELDS(…)`.

        Raises:
            SoqlError: `MALFORMED_QUERY` when customs are asked for without a LIMIT of at most 200.
        """
        if fields.scope != "STANDARD" and (limit is None or limit > ALL_FIELDS_LIMIT):
            message = f"The SOQL FIELDS function must have a LIMIT of at most {ALL_FIELDS_LIMIT}"
            raise self._scope.context.refuse("MALFORMED_QUERY", message, fields.offset)
        for field in self._scope.sobject.fields.values():
            if fields.scope == "ALL" or field.custom == (fields.scope == "CUSTOM"):
                self._add_path(Path((field.name,), fields.offset))

    def add_children(self, name: str, slot: ChildSlot) -> None:
        """Add a child query under its relationship name."""
        self._put(self.root, name, slot, Path((name,), 0))
        self.slots.append(slot)

    def add_type_of(self, type_of: TypeOf) -> None:
        """Add the fields of the case that fits the parent's object.

        Raises:
            SoqlError: for an unknown object or field.
        """
        scope = self._scope
        parts = scope.own_parts(type_of.path)
        _, target = scope.parent(parts, type_of.offset)
        chosen = type_of.otherwise
        for name, paths in type_of.cases:
            kind = scope.context.object(name, type_of.offset)
            if kind.name == target.name:
                chosen = paths
        self._node(self._spelling(parts))
        for path in chosen:
            self._add_path(Path((*parts, *path.parts), path.offset))

    def _add_call(self, call: Call, alias: str | None) -> None:
        value = compile_call(self._scope, call)
        leaf = Leaf(self._column(value.sql), value.field)
        argument = call.arguments[0]
        if call.name.upper() in PRESENTATION and isinstance(argument, Path) and not alias:
            *parents, name = self._canonical(argument)
            self._put(self._node(tuple(parents)), name, leaf, argument)
        else:
            used = sum(key.startswith("expr") for key in self.root.members)
            parents, name = [], alias or f"expr{used}"
            self._put(self.root, name, leaf, Path((call.name,), call.offset))
        self.paths[".".join([*parents, name])] = value.field.type

    def _add_path(self, path: Path) -> None:
        alias, sobject, field = self._scope.field(path)
        *parents, name = self._canonical(path)
        self._put(self._node(tuple(parents)), name, self._member(alias, sobject, field), path)
        self.paths[".".join([*parents, name])] = field.type

    def _member(self, alias: str, sobject: SObject, field: Field) -> Member:
        if field.type == "address":
            return Address(field.name, tuple(self._leaf(alias, sobject, part) for part in sobject.parts(field.name)))
        return self._leaf(alias, sobject, field)

    def _leaf(self, alias: str, sobject: SObject, field: Field) -> Leaf:
        return Leaf(self._column(expression(self._scope.context.records.catalogue, sobject, field, alias)), field)

    def _column(self, sql: str) -> int:
        self.columns.append(sql)
        return self._first + len(self.columns) - 1

    def _put(self, node: Node, name: str, member: Member, path: Path) -> None:
        if name in node.members:
            raise self._scope.context.refuse("INVALID_FIELD", f"duplicate field selected: {path}", path.offset)
        node.members[name] = member

    def _canonical(self, path: Path) -> tuple[str, ...]:
        """Return a field path in catalogue spelling, without alias."""
        parts = self._scope.own_parts(path)
        _, _, field = self._scope.field(path)
        return (*self._spelling(parts[:-1]), field.name)

    def _spelling(self, parents: tuple[str, ...]) -> tuple[str, ...]:
        spelled: list[str] = []
        for depth, part in enumerate(parents):
            _, sobject = self._scope.parent(parents[:depth], 0)
            link = sobject.relationship(part)
            spelled.append(link.relationship_name if link and link.relationship_name else part)
        return tuple(spelled)

    def _node(self, parents: tuple[str, ...]) -> Node:
        if parents not in self._nodes:
            alias, sobject = self._scope.parent(parents, 0)
            base = f"/services/data/v{self._scope.context.version}/sobjects/"
            node = Node(sobject.name, self._column(f'{alias}."Id"'), base)
            if parents:
                self._put(self._node(parents[:-1]), parents[-1], node, Path(parents, 0))
            self._nodes[parents] = node
        return self._nodes[parents]
