"""Prints all benchmarks."""

from rich.console import Console

from bench.calls import calls_table
from bench.drift import drift_table
from bench.money import money_table
from bench.planning import planning_table

console = Console(width=None if Console().is_terminal else 132)
console.print(calls_table())
console.print(planning_table())
console.print(money_table())
console.print(drift_table())
