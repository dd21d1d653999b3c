"""What every rule keeps (convdsl/testing/rule_laws.py): its bad specs are found at the marked lines and nowhere else,
its good ones are clean, its fixes mend, and safe ones leave the function as it was, by PyTorch's own outputs.
"""

import pytest

from convdsl.lint.catalogue import rules
from convdsl.lint.rule import Rule
from convdsl.pipeline import analyze
from convdsl.review import subject_of
from convdsl.testing import rule_laws
from convdsl.testing.function import check_safe_edits

RULES = rules()
BAD = [(rule, at, spelling) for rule in RULES for at in range(len(rule.bad)) for spelling in rule_laws.SPELLINGS]
GOOD = [(rule, at) for rule in RULES for at in range(len(rule.good))]


def named(part: object) -> str:
    return part.code.name if isinstance(part, Rule) else str(part)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_rule_when_read_says_what_why_and_how_to_mend_it(rule: Rule) -> None:
    rule_laws.check_text(rule)


@pytest.mark.parametrize(("rule", "at", "spelling"), BAD, ids=named)
def test_rule_when_a_spec_is_bad_finds_fault_with_the_marked_lines_only(rule: Rule, at: int, spelling: str) -> None:
    rule_laws.check_bad(rule, at, spelling)


@pytest.mark.parametrize(("rule", "at"), GOOD, ids=named)
def test_rule_when_a_spec_is_good_finds_nothing(rule: Rule, at: int) -> None:
    rule_laws.check_good(rule, at)


UNSURE = {  # good specs that the short look of `suspects` does not tell from bad ones
    "upsample-size": {"Named"},  # a target that is a name
    "gridding": {"Rising", "FilledBehind", "FilledBeside", "OneByOne"},  # any dilated window
    "even-same": {"Back"},  # any window that stands aside; another may take it back
    "alias-stride": {"Small", "OneAxis"},  # any step, however small
    "dropout-before-bn": {"Last", "Little", "Between", "Forgetful"},  # any dropout and any norm
    "relu-pool-order": {"Blocks", "Small"},  # in another body too, and however few numbers
    "1x1-after-up": {"Apart"},  # in another body too
}


@pytest.mark.parametrize(("rule", "at"), GOOD, ids=named)
def test_rule_when_a_spec_is_good_suspects_nothing_but_where_it_is_not_sure(rule: Rule, at: int) -> None:
    source = rule_laws.spec(rule.good[at])
    subject = subject_of(analyze(source))
    assert subject is not None
    unsure = any(f"model {name} " in source.text for name in UNSURE.get(rule.code.name, ()))
    assert rule.suspects(subject) == unsure


SAFE = {"bias-before-norm", "double-act", "relu-pool-order", "pool-before-concat", "1x1-after-up"}


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_rule_when_its_edits_keep_the_function_says_so(rule: Rule) -> None:
    """That they do keep it is asked below, by PyTorch's outputs."""
    offered = [
        way.safe for at in range(len(rule.bad)) for _, way in rule_laws.offers(rule, rule_laws.spec(rule.bad[at]))
    ]
    assert any(offered) == (rule.code.name in SAFE)


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_rule_when_a_network_is_deep_judges_by_few_turns_but_where_there_are_none(rule: Rule) -> None:
    """Crops and defaults have no turns: these rules cost nothing that could be saved."""
    assert rule.short_tells == (rule.code.name not in ("crop-field", "crop-size", "shadowed-default"))


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_rule_when_a_promise_holds_at_no_size_raises_nothing(rule: Rule) -> None:
    rule_laws.check_nowhere(rule)


@pytest.mark.parametrize(("rule", "at", "spelling"), BAD, ids=named)
def test_rule_when_it_finds_fault_speaks_as_the_house_does(rule: Rule, at: int, spelling: str) -> None:
    rule_laws.check_words(rule, at, spelling)


@pytest.mark.parametrize(("rule", "at", "spelling"), BAD, ids=named)
def test_rule_when_its_edits_are_made_has_one_finding_less_and_the_comments_are_kept(
    rule: Rule, at: int, spelling: str
) -> None:
    rule_laws.check_edits(rule, at, spelling)


@pytest.mark.parametrize(("rule", "at", "spelling"), BAD, ids=named)
def test_rule_when_it_calls_edits_safe_leaves_the_function_as_it_was(rule: Rule, at: int, spelling: str) -> None:
    check_safe_edits(rule, at, spelling)
