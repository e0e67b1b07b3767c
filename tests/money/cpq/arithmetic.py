"""Computes the formulas that are shown, exactly."""

from __future__ import annotations

import ast
import operator
from decimal import Decimal
from fractions import Fraction

_OPERATORS = {ast.Add: operator.add, ast.Mult: operator.mul, ast.Div: operator.truediv}


def computed(formula: str) -> Fraction:
    """Return what a formula comes to; what stands behind the equals sign is left out."""
    return _value(ast.parse(formula.partition(" = ")[0], mode="eval").body, formula)


def _value(node: ast.expr, formula: str) -> Fraction:
    if isinstance(node, ast.Constant):
        return Fraction(Decimal(ast.get_source_segment(formula, node) or ""))
    assert isinstance(node, ast.BinOp)
    result: Fraction = _OPERATORS[type(node.op)](_value(node.left, formula), _value(node.right, formula))
    return result
