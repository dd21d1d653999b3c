"""What every rule keeps: its bad specs are found at the marked lines and nowhere else, its good ones are clean, its
fixes mend, and safe ones leave the function as it was, by PyTorch's own outputs.
"""

import re
from collections.abc import Iterator
from functools import partial
from itertools import pairwise

import pytest
import torch
from torch import nn

from convdsl.api import build, convert
from convdsl.diagnostics import Code, Diagnostic, Edit, Help
from convdsl.lint.catalogue import rules
from convdsl.lint.rule import Rule, example, text_of
from convdsl.lint.run import findings
from convdsl.pipeline import Analysis, analyze
from convdsl.review import subject_of
from convdsl.source import Source

RULES = rules()
SPELLINGS = {"text": "spec.cdsl", "yaml": "spec.yaml"}
MARK = re.compile(r"#((?: [EWI]\d{3})+)\s*$")
BAD = [(rule, at, spelling) for rule in RULES for at in range(len(rule.bad)) for spelling in SPELLINGS]
GOOD = [(rule, at) for rule in RULES for at in range(len(rule.good))]


def named(part: object) -> str:
    return part.code.name if isinstance(part, Rule) else str(part)


def spec(text: str, spelling: str = "text") -> Source:
    whole = example(text)
    return Source(SPELLINGS[spelling], whole if spelling == "text" else convert(whole, spelling))


def found_by(rule: Rule, analysis: Analysis) -> list[Diagnostic]:
    subject = subject_of(analysis)
    assert subject is not None, [item.message for item in analysis.diagnostics]
    return findings(subject, [rule])


def marked(source: Source, code: Code) -> list[int]:
    lines = enumerate(source.text.split("\n"), 1)
    return [at for at, line in lines for mark in MARK.finditer(line) if code.id in mark[1].split()]


def lines_of(source: Source, found: list[Diagnostic]) -> list[int]:
    """Return the lines that findings are marked at; in YAML a layer may take several, and the first counts."""
    lines = [source.position(finding.where.span.start).line for finding in found]
    return sorted(map(partial(first_line, source), lines))


def first_line(source: Source, line: int) -> int:
    while source.name.endswith(".yaml") and not re.match(r" *- | {0,2}\S", source.line(line)):
        line -= 1
    return line


@pytest.mark.parametrize("rule", RULES, ids=named)
def test_rule_when_read_says_what_why_and_how_to_mend_it(rule: Rule) -> None:
    text = text_of(type(rule))
    assert all((text.lead, text.what, text.why, text.fix, *text.sources))
    assert rule.bad
    assert rule.good


@pytest.mark.parametrize(("rule", "at", "spelling"), BAD, ids=named)
def test_rule_when_a_spec_is_bad_finds_fault_with_the_marked_lines_only(rule: Rule, at: int, spelling: str) -> None:
    source = spec(rule.bad[at], spelling)
    expected = marked(source, rule.code)
    found = found_by(rule, analyze(source))
    assert expected
    assert lines_of(source, found) == expected
    assert {finding.code for finding in found} == {rule.code}


@pytest.mark.parametrize(("rule", "at"), GOOD, ids=named)
def test_rule_when_a_spec_is_good_finds_nothing(rule: Rule, at: int) -> None:
    analysis = analyze(spec(rule.good[at]))
    assert analysis.ok, [item.message for item in analysis.diagnostics]
    assert found_by(rule, analysis) == []


@pytest.mark.parametrize(("rule", "at", "spelling"), BAD, ids=named)
def test_rule_when_it_finds_fault_speaks_as_the_house_does(rule: Rule, at: int, spelling: str) -> None:
    source = spec(rule.bad[at], spelling)
    for finding in found_by(rule, analyze(source)):
        assert finding.helps, "a finding has a way out"
        assert not finding.message.endswith(".")
        assert finding.message[0] in "`0123456789" or finding.message[0].islower()
        spans = [finding.where.span, *(label.span for label in finding.labels)]
        spans += [edit.span for help_ in finding.helps for edit in help_.edits]
        assert all(0 <= span.start <= span.end <= len(source.text) for span in spans)


def edited(source: Source, edits: tuple[Edit, ...]) -> Source:
    """Apply edits that do not overlap."""
    ordered = sorted(edits, key=lambda edit: edit.span)
    assert all(one.span.end <= two.span.start for one, two in pairwise(ordered)), "edits overlap"
    text = source.text
    for edit in reversed(ordered):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    return Source(source.name, text)


def offers(rule: Rule, source: Source) -> Iterator[tuple[Diagnostic, Help]]:
    for finding in found_by(rule, analyze(source)):
        yield from ((finding, help_) for help_ in finding.helps if help_.edits)


@pytest.mark.parametrize(("rule", "at", "spelling"), BAD, ids=named)
def test_rule_when_its_edits_are_made_has_one_finding_less_and_the_comments_are_kept(
    rule: Rule, at: int, spelling: str
) -> None:
    source = spec(rule.bad[at], spelling)
    before = found_by(rule, analyze(source))
    for _, help_ in offers(rule, source):
        better = edited(source, help_.edits)
        after = analyze(better)
        assert after.ok, (better.text, [item.message for item in after.diagnostics])
        assert len(found_by(rule, after)) < len(before), better.text
        assert better.text.count("#") == source.text.count("#")


@pytest.mark.parametrize(("rule", "at", "spelling"), BAD, ids=named)
def test_rule_when_it_calls_edits_safe_leaves_the_function_as_it_was(rule: Rule, at: int, spelling: str) -> None:
    source = spec(rule.bad[at], spelling)
    for _, help_ in offers(rule, source):
        if help_.safe:
            same_function(analyze(source), analyze(edited(source, help_.edits)))


def same_function(before: Analysis, after: Analysis) -> None:
    """Compare outputs with equal weights: while training; in evaluation too where no weight was taken away.

    (A bias that a norm takes away is in the norm's running mean as well, so networks with remembered means differ.)
    """
    old, new = build(before, seed=1).double(), build(after, seed=2).double()
    assert before.graph is not None
    assert before.legal is not None
    left = weighted(old)
    taken_away = 0
    for kind, tensors in weighted(new):
        twins = (at for at, (other, theirs) in enumerate(left) if other is kind and is_part(tensors, theirs))
        _, theirs = left.pop(next(twins))
        taken_away += len(theirs) - len(tensors)
        for name, tensor in tensors.items():
            tensor.data.copy_(theirs[name].data)
    sizes = {**before.legal.nearest(dict.fromkeys(before.legal.axes, 16))[0], "N": 3}
    generator = torch.Generator().manual_seed(4)
    shapes = [tensor.shape.at(sizes).numbers for tensor in before.graph.inputs]
    inputs = [torch.randn(*shape, generator=generator, dtype=torch.float64) for shape in shapes]
    for training in (True,) if left or taken_away else (True, False):
        outputs = []
        for module in (old, new):
            module.train(training)
            torch.manual_seed(0)
            result = module(*(x.clone() for x in inputs))
            outputs.append(result if isinstance(result, tuple) else (result,))
        for one, other in zip(*outputs, strict=True):
            assert torch.allclose(one, other, rtol=1e-6, atol=1e-6)


Weighted = tuple[type[nn.Module], dict[str, nn.Parameter]]


def weighted(module: nn.Module) -> list[Weighted]:
    """List the modules that own parameters, in order."""
    each = ((type(part), dict(part.named_parameters(recurse=False))) for part in module.modules())
    return [(kind, tensors) for kind, tensors in each if tensors]


def is_part(tensors: dict[str, nn.Parameter], others: dict[str, nn.Parameter]) -> bool:
    """Tell whether all tensors of one layer have one of their name and shape in another."""
    return all(name in others and others[name].shape == tensor.shape for name, tensor in tensors.items())
