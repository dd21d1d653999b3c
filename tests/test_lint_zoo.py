"""docs/lint_reasons.toml: what the linter finds in the zoo has a reason each, and every reason a finding."""

from docs import lint_zoo


def test_firings_in_the_zoo_and_reasons_are_of_the_same_rules_and_networks() -> None:
    """Write in docs/lint_reasons.toml why a new finding is right there, or make the rule narrower."""
    fired = {(one.code.name, one.network) for one in lint_zoo.firings()}
    told = lint_zoo.reasons()
    assert fired - set(told) == set(), "no reason"
    assert set(told) - fired == set(), "no finding"
    assert [key for key, why in told.items() if not (why[:1].isupper() or why[:1] in "`0123456789")] == []
