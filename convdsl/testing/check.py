"""Hold an operator or a rule to all laws: what packages that bring some call in their tests.

PyTorch and hypothesis are imported when a check runs.
"""

import re
from typing import TYPE_CHECKING

from convdsl.lint.rule import Rule
from convdsl.op import Op
from convdsl.testing.example import example_of

if TYPE_CHECKING:
    from convdsl.testing.draw import Tuning
    from convdsl.testing.op_laws import Known


def check_op(
    op: type[Op], *, known: "Known | None" = None, tuning: "Tuning | None" = None, examples: int = 100
) -> None:
    """Hold an operator to the laws, at its docstring's example and at random arguments and sizes.

    known: what PyTorch does for it, and where it may differ (convdsl.testing.op_laws.Known); without it the operator's
    own plan is run. tuning: what suits it among random arguments (convdsl.testing.draw.Tuning). examples: how many
    cases are drawn, always the same ones.
    Raises AssertionError where it breaks a law.
    """
    from hypothesis import HealthCheck, given, settings

    from convdsl.testing.case import Case
    from convdsl.testing.draw import PLAIN, cases
    from convdsl.testing.op_laws import Known, check_laws

    known = known or Known()
    check_class(op)
    ran = []

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(cases(op, tuning or PLAIN))
    def law(case: Case) -> None:
        ran.append(check_laws(case, known))

    law()
    if not any(ran):
        raise AssertionError(f"{op.__name__} refuses all of {len(ran)} random cases: say by `tuning` what suits it")


def check_class(op: type[Op]) -> None:
    """An operator is a final class of a frozen dataclass whose docstring has a sentence, a source and an example.

    Raises AssertionError where it is not.
    """
    doc = op.__doc__ or ""
    found = example_of(op)
    wanted = {
        "it is final: `@final`": bool(vars(op).get("__final__", False)),
        "it is a dataclass, frozen and with slots": "__slots__" in vars(op) and hasattr(op, "__dataclass_fields__"),
        "its docstring begins with a sentence": doc.split("\n\n", maxsplit=1)[0].rstrip().endswith((".", ":")),
        "its docstring names a source, `Source: …`": re.search(r"^ *Source: \S", doc, re.M) is not None,
        "its docstring has an example, `Example: [N, 8, H, W] -> Name() -> [N, 8, H, W]`": found is not None,
    }
    for words, is_so in wanted.items():
        if not is_so:
            raise AssertionError(f"{op.__name__}: {words}")
    assert found is not None
    got = found.op.shapes(*found.inputs)
    if found.name != op.__name__ or got != found.outputs:
        raise AssertionError(f"{op.__name__}: the example of {found.name} gives {', '.join(map(str, got))}")


def check_rule(rule: type[Rule]) -> None:
    """Hold a rule to the laws, at all its bad and good specs, in text and in YAML.

    Raises AssertionError where it breaks one.
    """
    from convdsl.testing import rule_laws
    from convdsl.testing.function import check_safe_edits

    one = rule()
    rule_laws.check_text(one)
    rule_laws.check_nowhere(one)
    for at in range(len(one.good)):
        rule_laws.check_good(one, at)
    for at in range(len(one.bad)):
        for spelling in rule_laws.SPELLINGS:
            for law in (rule_laws.check_bad, rule_laws.check_words, rule_laws.check_edits, check_safe_edits):
                law(one, at, spelling)
