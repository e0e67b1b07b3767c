"""Prints all benchmarks."""

from rich.console import Console

from bench.calls import calls_table
from bench.planning import planning_table

console = Console(width=None if Console().is_terminal else 132)
console.print(calls_table())
console.print(planning_table())
