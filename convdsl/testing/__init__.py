"""Laws for operators and rules of other packages: the same that convdsl holds its own to. See docs/plugins.md."""

from convdsl.testing.check import check_op, check_rule

__all__ = ["check_op", "check_rule"]
