"""Equations with a gap: read a formula, judge it, say why."""

from .form import Blank, Equation, blank, judge_blank

__all__ = ["Blank", "Equation", "blank", "judge_blank"]
