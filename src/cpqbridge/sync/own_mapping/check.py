"""Use case: hold the mapping against both systems before anything is synced. Nothing is written.

Every source is looked up in the org's describe, every target in the tenant's; types, lengths, picklists, tables of
values, expressions and record types are compared. What is wrong is told with its line and what to do.
"""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from cpqbridge.errors import CpqBridgeError
from cpqbridge.mapping.conversion import translation
from cpqbridge.mapping.expressions import Expression, compile_expression
from cpqbridge.mapping.operations import TRUTH
from cpqbridge.mapping.pairs import PAIRS, Pair, Place, places
from cpqbridge.mapping.tables import GUIDE
from cpqbridge.mapping.targets import custom
from cpqbridge.salesforce.select import resolve
from cpqbridge.settings.document import Path, dotted
from cpqbridge.settings.mapping import MappingRule
from cpqbridge.settings.settings import Settings
from cpqbridge.sync import wishes
from cpqbridge.sync.connect import Clients, open_clients
from cpqbridge.sync.fields import ZUORA_OBJECTS, AbsentFieldError, OrgField, org_field
from cpqbridge.sync.own_mapping.fitting import Nature, Slot, misfits, wanted
from cpqbridge.zuora.describe import ZuoraObject, describe

_ABOVE = {"contact": 1, "subscription": 1, "subscription_rate_plan_charge": 1, "opportunity": 2}
"""Parents between what is read and the pair's record: a contact is read as `Order.BillToContact`."""

_COMPOUND = ("address", "location", "base64", "complexvalue")
"""Types of fields that are no single value."""


@dataclass(frozen=True, slots=True)
class MappingFinding:
    """One thing that does not fit.

    Attributes:
        code: `CPQ-303`, `CPQ-305` or `CPQ-309`.
        grade: `problem`; or `warning` for what has no effect.
        line: Line in the configuration; None where it is not about the own mapping.
        key: The place in the configuration, such as `mapping.account.Tier__c.values`.
        pair: The pair of objects; None for the guide's mapping.
        target: The field of Zuora.
        source: The field of Salesforce, or the expression.
        message: What is wrong.
        remedy: What to do.
    """

    code: str
    grade: str
    line: int | None
    key: str | None
    pair: str | None
    target: str | None
    source: str | None
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class MappingReport:
    """What a check has found.

    Attributes:
        findings: By line.
        absent: Fields of the guide that the org does not have; what they would set keeps its default.
        rules: How many own rules were checked.
        sources: How many fields of Salesforce the guide reads.
    """

    findings: tuple[MappingFinding, ...]
    absent: tuple[str, ...]
    rules: int
    sources: int

    @property
    def problems(self) -> tuple[MappingFinding, ...]:
        """The findings that must be mended."""
        return tuple(finding for finding in self.findings if finding.grade == "problem")

    def as_dict(self) -> dict[str, Any]:
        """Return the report for JSON output."""
        return {"fits": not self.problems, **asdict(self)}


async def check_mapping(settings: Settings) -> MappingReport:
    """Return what does not fit between the mapping, the org and the tenant.

    Raises:
        CpqBridgeError: A system cannot be asked.
    """
    async with open_clients(settings) as clients:
        guide = await _guide(settings, clients)
        found, rules = await own_findings(settings, clients)
    return MappingReport((*guide.findings, *found), guide.absent, rules, guide.sources)


async def own_findings(settings: Settings, clients: Clients) -> tuple[tuple[MappingFinding, ...], int]:
    """Return what does not fit in the own mapping, by line, and how many rules it has.

    Raises:
        CpqBridgeError: A system cannot be asked.
    """
    own = _OwnCheck(settings, clients)
    await own.run()
    return tuple(sorted(own.findings, key=lambda one: one.line or 0)), own.rules


async def _guide(settings: Settings, clients: Clients) -> MappingReport:
    """Look up everything that the guide's own tables read."""
    findings: list[MappingFinding] = []
    absent: dict[str, None] = {}
    sources = 0
    for wish in wishes.ALL:
        select = wish(settings.options, GUIDE)
        sources += len(wishes.paths(select))
        try:
            query = await resolve(clients.salesforce, select)
        except CpqBridgeError as error:
            if select.sobject not in wishes.FOR_USAGE:
                findings.append(
                    MappingFinding(
                        error.code, "problem", None, None, None, None, error.field, error.message, error.remedy
                    )
                )
        else:
            absent |= dict.fromkeys(f"{select.sobject}.{path}" for path in query.missing)
    return MappingReport(tuple(findings), tuple(sorted(absent)), 0, sources)


@dataclass(slots=True)
class _OwnCheck:
    """Checks the own mapping, rule by rule."""

    settings: Settings
    clients: Clients
    findings: list[MappingFinding] = field(default_factory=list)
    rules: int = 0
    _tenant: dict[str, ZuoraObject | None] = field(default_factory=dict)

    async def run(self) -> None:
        """Check every pair."""
        given = list(self.settings.mapping.pairs())
        names = sorted(
            {ZUORA_OBJECTS[table] for pair, _ in given for table in PAIRS[pair].tables if table in ZUORA_OBJECTS}
        )
        described = await asyncio.gather(*(describe(self.clients.zuora, name) for name in names))
        self._tenant = dict(zip(names, described, strict=True))
        await self.clients.salesforce.describe_many(PAIRS[pair].object for pair, _ in given)
        for name, targets in given:
            if name == "opportunity" and not self.settings.options.sync_opportunity_fields:
                self._without_opportunities()
                continue
            for target, rules in targets.items():
                await _TargetCheck(self, PAIRS[name], target, rules).run()

    def tenant(self, name: str) -> ZuoraObject | None:
        """Return an object of the tenant."""
        return self._tenant.get(name)

    def note(self, finding: MappingFinding) -> None:
        """Add a finding, once."""
        if finding not in self.findings:
            self.findings.append(finding)

    def _without_opportunities(self) -> None:
        path: Path = ("mapping", "opportunity")
        self.note(
            MappingFinding(
                "CPQ-309",
                "warning",
                self.settings.line(path),
                dotted(path),
                "opportunity",
                None,
                None,
                "has no effect: the option `sync_opportunity_fields` is off",
                "Set `sync_opportunity_fields: true` among the options, or take the pair out.",
            )
        )


@dataclass(slots=True)
class _TargetCheck:
    """Checks the rules of one target."""

    check: _OwnCheck
    pair: Pair
    name: str
    rules: Sequence[MappingRule]

    async def run(self) -> None:
        """Check the target in the tenant, then each rule in the org and against it."""
        natures: list[tuple[Path, str, Nature]] = []
        for position, rule in enumerate(self.rules):
            self.check.rules += 1
            path: Path = ("mapping", self.pair.name, self.name, position)
            natures += [(path, source, nature) for source, nature in await self._sources(rule, path)]
        if all(rule.off for rule in self.rules):
            return
        for zuora, place in self._places().items():
            slot = self._slot(zuora, place, natures)
            for path, source, nature in natures if slot else ():
                for misfit in misfits(nature, slot, source) if slot else ():
                    self._note(path, source, misfit.message, misfit.remedy)

    def _places(self) -> dict[str, Place]:
        """Return one place for each object of Zuora that is written."""
        return {ZUORA_OBJECTS.get(place.table, ""): place for place in places(self.pair, self.name)}

    def _slot(self, zuora: str, place: Place, natures: Sequence[tuple[Path, str, Nature]]) -> Slot | None:
        """Return what the tenant's field takes; None, with a finding, where there is none."""
        target, described = place.target, self.check.tenant(zuora)
        name = f"{zuora or self.pair.zuora}.{target.name}"
        if not custom(target.name):
            column = described.field(target.column or target.name.rpartition("/")[2]) if described else None
            if described and target.column and column is None:
                message = (
                    f"Zuora's {zuora} has no field {target.column}: the tenant lacks the feature that it belongs to"
                )
                self._note(None, None, message, "Ask Zuora to turn the feature on, or take the rule out.")
                return None
            return Slot.of_standard(name, target, column)
        found = described.field(target.name) if described else None
        if found is None:
            kind = wanted(natures[0][2]) if natures else "Text, 255 characters"
            label = target.name.rpartition("__")[0].replace("_", " ").strip()
            what = f"label {label}, API name {target.name}, type {kind}"
            remedy = f"Create a custom field in Zuora for the object {zuora}: {what}."
            self._note(None, None, f"Zuora's {zuora} has no custom field {target.name}", remedy, code="CPQ-305")
            return None
        if found.name[1:] != target.name[1:]:
            # The describe begins every name with a capital, so the first letter tells nothing.
            message = f"Zuora's {zuora} spells it {found.name}, and minds capitals"
            self._note(None, None, message, f"Write {target.name[0]}{found.name[1:]}.", code="CPQ-305")
        return Slot.of_custom(name, found)

    async def _sources(self, rule: MappingRule, path: Path) -> list[tuple[str, Nature]]:
        """Look up what a rule reads; return what it may give, each with its source in words."""
        await self._conditions(rule, path)
        found: list[tuple[str, Nature]] = []
        if rule.expression:
            nature = await self._expression(rule.expression, (*path, "expression"))
            found = [("the expression", nature)] if nature else []
        for name in rule.source:
            known = await self._field(name, (*path, "source"))
            if known is not None:
                found.append((f"{self.pair.object}.{name}", Nature.of_field(known.field)))
        if rule.values:
            found = self._translated(rule, path, found)
        if rule.value is not None:
            found.append(("the constant", Nature.of_values([rule.value])))
        if rule.default is not None:
            found.append(("the default", Nature.of_values([rule.default])))
        return found

    async def _conditions(self, rule: MappingRule, path: Path) -> None:
        if rule.when:
            nature = await self._expression(rule.when, (*path, "when"))
            if nature and nature.kind not in (None, TRUTH):
                message = f"the condition gives {nature.kind}, not true or false"
                self._note((*path, "when"), rule.when, message, 'Write a comparison, such as `Type == "Customer"`.')
        if not rule.record_type:
            return
        org = (await self.check.clients.salesforce.describe_many([self.pair.object]))[self.pair.object]
        known = org.record_types if org else ()
        for name in rule.record_type:
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(known) or 'none'}."
                message = f"{self.pair.object} has no record type {name}"
                self._note((*path, "record_type"), name, message, f"Write developer names. {hint}")
        await self._field("RecordType.DeveloperName", (*path, "record_type"))

    async def _expression(self, text: str, path: Path) -> Nature | None:
        expression: Expression = compile_expression(text)
        fields = {name: await self._field(name, path) for name in expression.fields}
        if None in fields.values():
            return None
        types = {name: found.field.type for name, found in fields.items() if found and found.field}
        for problem in expression.check(types):
            self._note(path, text, problem, "Mend the expression.")
        return Nature(expression.kind(types), fraction=False)

    async def _field(self, name: str, path: Path) -> OrgField | None:
        try:
            found = await org_field(
                self.check.clients.salesforce, self.pair.object, name, above=_ABOVE.get(self.pair.name, 0)
            )
        except AbsentFieldError as absent:
            hint = f"Did you mean {absent.near}? If not, create" if absent.near else "Create"
            remedy = f"{hint} it in Salesforce on {absent.object}, or give the integration user read access to it."
            self._note(path, name, str(absent), absent.instead or remedy, code="CPQ-303")
            return None
        if found.field and found.field.type in _COMPOUND:
            message = f"{found.object}.{found.field.name} is no single value but a compound of several fields"
            self._note(path, name, message, "Name one of its parts, such as BillingCity of BillingAddress.")
            return None
        return found

    def _translated(
        self, rule: MappingRule, path: Path, sources: Sequence[tuple[str, Nature]]
    ) -> list[tuple[str, Nature]]:
        """Compare a table of values with the picklists before it; return what the table gives."""
        translate = translation(rule.values, self.check.settings.values)
        closed = [value for _, nature in sources for value in nature.values or ()]
        lacking = [value for value in closed if translate(value) is None]
        if lacking and rule.default is None:
            message = f"the table lacks {', '.join(map(repr, dict.fromkeys(lacking)))}, which the picklist has"
            self._note((*path, "values"), sources[0][0], message, "Add the values to the table, or give a `default`.")
        own: Mapping[str, str] = (
            getattr(self.check.settings.values, rule.values) if isinstance(rule.values, str) else rule.values
        )
        idle = [name for name in own if name not in closed]
        if idle and not isinstance(rule.values, str) and sources and all(one.values is not None for _, one in sources):
            message = f"the table has {', '.join(map(repr, idle))}, which the picklist does not have"
            remedy = "Write the values as the picklist has them (API names), or take them out."
            self._note((*path, "values"), sources[0][0], message, remedy, grade="warning")
        given = [found for value in (closed or own) if (found := translate(value)) is not None]
        return [("the table of values", Nature.of_values(given))] if given else []

    def _note(
        self,
        path: Path | None,
        source: str | None,
        message: str,
        remedy: str,
        *,
        code: str = "CPQ-309",
        grade: str = "problem",
    ) -> None:
        settings = self.check.settings
        place: Path = path or ("mapping", self.pair.name, self.name)
        shown = tuple(part for part in place if not isinstance(part, int) or len(self.rules) > 1)
        finding = MappingFinding(
            code, grade, settings.line(place), dotted(shown), self.pair.name, self.name, source, message, remedy
        )
        self.check.note(finding)
