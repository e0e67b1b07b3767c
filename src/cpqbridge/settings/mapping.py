"""Mapping that users own: for each pair of objects, which Zuora field gets what from Salesforce.

A target stands once in its pair. What it gets is written as a field (`notes: Customer_Notes__c`), as one rule with keys
of its own, or as several of either, of which the first that applies and gives a value counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    JsonValue,
    Tag,
    model_validator,
)
from pydantic_core import CoreSchema, core_schema

from cpqbridge.settings.options import API_NAME, FIELD_PATH, FieldPath
from cpqbridge.settings.section import Form, Section
from cpqbridge.settings.values import Table

KINDS = ("source", "expression", "value", "off")
"""What a rule may be made from: exactly one of them."""


class _Scalar:
    """One text, number or truth value."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._check)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"]}

    @staticmethod
    def _check(value: Any) -> Any:
        if isinstance(value, str | int | Decimal):
            return value
        raise ValueError("is empty" if value is None else "must be one text or number, or true or false")


class _OneOrMore:
    """A list that may be written without brackets when it has one item."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._listed, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        one = many["items"]
        return {"anyOf": [*one.get("anyOf", [one]), many | {"minItems": 1}]}

    @staticmethod
    def _listed(value: Any) -> Any:
        if isinstance(value, list | tuple) and not value:
            raise ValueError("must not be empty")
        return value if isinstance(value, list | tuple) else (value,)


class _ShortForm:
    """A rule that may be written as the name of its source alone."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._long, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        short = {"type": "string", "pattern": f"^{FIELD_PATH}$", "description": "A field of Salesforce."}
        return {"anyOf": [short, handler(schema)]}

    @staticmethod
    def _long(value: Any) -> Any:
        if isinstance(value, str):
            return {"source": value}
        if isinstance(value, dict | MappingRule):
            return value
        if value is None:
            raise ValueError("is empty: name a field of Salesforce, or write `{off: true}`")
        raise ValueError("must be a field of Salesforce, or a rule with keys of its own")


Scalar: TypeAlias = str | int | Decimal | bool
"""A constant: text, number, true or false."""

Code: TypeAlias = Annotated[str, Form(r"[\s\S]*\S[\s\S]*", "an expression")]
"""An expression over the fields of the pair's Salesforce object."""

Name: TypeAlias = Annotated[str, Field(min_length=1)]

TableName: TypeAlias = Literal["payment_terms", "billing_frequencies", "countries", "states", "units"]
"""A table of `values:`."""


def _table_or_name(value: Any) -> str:
    return "[table]" if isinstance(value, dict) else "[name]"


_COMBINATIONS: list[JsonValue] = [
    {"required": ["source"]},
    {"required": ["expression"]},
    {"required": ["value"], "not": {"anyOf": [{"required": ["values"]}, {"required": ["default"]}]}},
    {"required": ["off"], "maxProperties": 1},
]


class MappingRule(Section):
    """What one target gets: a source, an expression, a constant, or nothing in place of the guide's rule.

    What is not given is empty: `()`, `""`, `{}`, and None for constants.
    """

    model_config = ConfigDict(json_schema_extra={"oneOf": _COMBINATIONS})

    source: Annotated[tuple[FieldPath, ...], Field(strict=False), _OneOrMore()] = ()
    """A field below the pair's Salesforce object, such as SBQQ__Contract__r.Region__c; of a list the first filled."""
    expression: Code = ""
    """Computes the value, such as `AnnualRevenue > 1000000 ? "A" : "B"`."""
    value: Annotated[Scalar | None, _Scalar()] = None
    """A constant."""
    off: Annotated[bool, Field(json_schema_extra={"const": True})] = False
    """Leave the guide's own rule for this target out."""
    values: Annotated[
        Annotated[Table, Field(min_length=1), Tag("[table]")] | Annotated[TableName, Tag("[name]")],
        Discriminator(_table_or_name),
    ] = Field(default_factory=dict)
    """What stands in Salesforce to what is to stand in Zuora: a table, or the name of one of `values:`."""
    default: Annotated[Scalar | None, _Scalar()] = None
    """Stands in where there is no value, or one that is not in `values`."""
    when: Code = ""
    """The rule counts only where this expression holds."""
    record_type: Annotated[tuple[Name, ...], Field(strict=False), _OneOrMore()] = ()
    """The rule counts only for records of these record types, by developer name."""
    on: Literal["both", "create"] = "both"
    """`create`: never overwritten by an update."""

    @model_validator(mode="after")
    def _agree(self) -> MappingRule:
        given = [kind for kind in KINDS if kind in self.model_fields_set and (kind != "off" or self.off)]
        if len(given) != 1:
            said = f"has {_and(given)}: keep one of them" if given else "says no value: give one of " + _and(KINDS)
            raise ValueError(said)
        others = sorted(self.model_fields_set - {given[0]})
        if self.off and others:
            raise ValueError(f"has `off` and {_and(others)}: `off` stands alone")
        idle = [name for name in ("values", "default") if name in others]
        if self.value is not None and idle:
            raise ValueError(f"has a constant `value`, to which {_and(idle)} can add nothing: leave it out")
        return self

    @property
    def certain(self) -> bool:
        """Whether it always applies and always gives a value, so that none behind it can count."""
        conditional = self.when or self.record_type or self.on == "create"
        return not conditional and (self.value is not None or self.default is not None)


def _and(names: Sequence[str]) -> str:
    """Write names as people list them."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def _countable(rules: tuple[MappingRule, ...]) -> tuple[MappingRule, ...]:
    if len(rules) > 1 and any(rule.off for rule in rules):
        raise ValueError("has `off` among several rules: `off` stands alone")
    for place, rule in enumerate(rules[:-1], start=1):
        if rule.certain:
            raise ValueError(f"has rules that never count: number {place} always gives a value")
    return rules


Target: TypeAlias = Annotated[
    str, Form(f"{API_NAME}(/{API_NAME})*", "a field of Zuora, such as notes, taxInfo/VATId or Segment__c")
]
"""A field of the Zuora request, nested ones with slashes."""

Rules: TypeAlias = Annotated[
    tuple[Annotated[MappingRule, _ShortForm()], ...],
    Field(strict=False),
    _OneOrMore(),
    AfterValidator(_countable),
]
Pair: TypeAlias = dict[Target, Rules]
"""Target to its rules; the first that applies and gives a value counts."""


class MappingSettings(Section):
    """The rules of each pair of objects; what is not in it goes by the mapping guide."""

    account: Pair = Field(default_factory=dict)
    """Account to Account."""
    contact: Pair = Field(default_factory=dict)
    """Contact to Contact; contacts made from addresses do not take it."""
    product: Pair = Field(default_factory=dict)
    """Product to Product."""
    product_rate_plan: Pair = Field(default_factory=dict)
    """Product to Product Rate Plan."""
    product_rate_plan_charge: Pair = Field(default_factory=dict)
    """Product to Product Rate Plan Charge."""
    order: Pair = Field(default_factory=dict)
    """Order to Order."""
    order_item: Pair = Field(default_factory=dict)
    """Order Product to Order Line Item, or to Subscription Rate Plan when it has a subscription."""
    subscription: Pair = Field(default_factory=dict)
    """Subscription to Subscription."""
    subscription_rate_plan_charge: Pair = Field(default_factory=dict)
    """Subscription to Subscription Rate Plan Charge."""
    order_item_consumption_schedule: Pair = Field(default_factory=dict)
    """Order Item Consumption Schedule to Subscription Rate Plan."""
    opportunity: Pair = Field(default_factory=dict)
    """Opportunity to Order; needs the option `sync_opportunity_fields`."""

    def pairs(self) -> Iterator[tuple[str, Pair]]:
        """Give each pair that has rules, by name."""
        for name in type(self).model_fields:
            if pair := getattr(self, name):
                yield name, pair
