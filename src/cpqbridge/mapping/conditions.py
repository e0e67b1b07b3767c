"""The named conditions of rules; each docstring is printed in the mapping documentation."""

from __future__ import annotations

from cpqbridge.mapping.rule import Condition, Context


def option(name: str) -> Condition:
    """Return a condition that holds when the option is on."""

    def holds(context: Context) -> bool:
        return bool(getattr(context.options, name))

    holds.__doc__ = f"option `{name}` on"
    return holds


def not_option(name: str) -> Condition:
    """Return a condition that holds when the option is off."""

    def holds(context: Context) -> bool:
        return not getattr(context.options, name)

    holds.__doc__ = f"option `{name}` off"
    return holds


def given(name: str, text: str) -> Condition:
    """Return a condition on one of the planner's decisions; `text` is its wording in the documentation."""

    def holds(context: Context) -> bool:
        return bool(context.given.get(name))

    holds.__doc__ = text
    return holds


def not_given(name: str, text: str) -> Condition:
    """Return the opposite of `given`."""

    def holds(context: Context) -> bool:
        return not context.given.get(name)

    holds.__doc__ = text
    return holds
