"""What rules may ask of a network, and how their findings are merged."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import final

import pytest

from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label, Severity
from convdsl.graph.graph import Node, Value
from convdsl.lint import run
from convdsl.lint.rule import Rule
from convdsl.lint.run import findings
from convdsl.lint.subject import Subject
from convdsl.pipeline import analyze
from convdsl.record import replace
from convdsl.review import subject_of
from convdsl.source import Source, Span

SPEC = """convdsl 1
block Twice(width: int) {
  Conv2d(width, 3, padding=1) -> BatchNorm2d() -> ReLU()
  Conv2d(width, 3, padding=1)
}
model M {
  input x: [N, 3, H, W] where H % 4 == 0
  a = Twice(8)
  b = Twice(8)
  c = Twice(8)
  y = a + c
  output y: [N, 8, H, W]
  output b: [N, 8, H, W]
}
"""


def subject(text: str = SPEC) -> Subject:
    found = subject_of(analyze(Source("m.cdsl", text)))
    assert found is not None
    return found


def named(subject: Subject, name: str) -> Node:
    return subject.named[name]


def test_cases_when_layers_are_alike_hold_them_together() -> None:
    """Of six convolutions a.0 reads 3 channels, and the others 8."""
    cases = [case for case in subject().cases if type(case.op).__name__ == "Conv2d"]
    assert sorted(len(case.nodes) for case in cases) == [1, 5]
    assert sum(len(case.nodes) for case in subject().cases) == len(subject().layers) == 13


def test_only_reader_when_a_value_is_read_once_and_is_no_output_is_that_layer() -> None:
    one = subject()
    assert one.only_reader(named(one, "a.0")) is named(one, "a.1")
    assert one.only_reader(named(one, "a.3")) is None  # the next block and the sum read it
    assert one.only_reader(named(one, "b.3")) is None  # an output of the model
    assert [reader.name for reader, _ in one.readers(Value(named(one, "a.3").index))] == ["b.0", "y"]


def test_back_and_forward_when_told_what_to_pass_stop_at_the_first_other_layer() -> None:
    one = subject()

    def passes(node: Node) -> bool:
        return one.traits(node).pointwise or bool(one.traits(node).statistics)

    assert one.back(named(one, "a.3"), passes) is named(one, "a.0")
    assert one.forward(named(one, "a.0"), passes) is named(one, "a.3")
    assert one.forward(named(one, "a.3"), passes) is None
    assert one.back(named(one, "a.1"), lambda _: True) is named(one, "x")  # no further than the inputs


def test_walk_when_given_a_layer_runs_through_all_that_it_is_made_of() -> None:
    one = subject()
    assert [node.name for node in one.walk([named(one, "a.1")])] == ["a.1", "a.0", "x"]


@pytest.mark.parametrize(
    ("train", "size"),
    [("", {"H": 256, "W": 256, "N": 1}), ("train {\n  crop = 97\n}\n", {"H": 96, "W": 97, "N": 1})],
)
def test_size_when_asked_is_a_legal_one_near_the_crop_or_256(train: str, size: dict[str, int]) -> None:
    """H % 4 == 0 of 97: 96 is nearer than 100; W is free."""
    assert subject(SPEC + train).size == size


def test_numbers_when_counted_are_those_of_each_layer() -> None:
    """a.0: 3 * 8 * 9 + 8 = 224 parameters, and 3 * 8 * 9 MACs at each of 256 x 256 pixels."""
    one = subject()
    node = named(one, "a.0")
    assert one.parameters[node.index] == 224
    assert one.macs[node.index] == 216 * 256 * 256
    assert one.at_size(one.output(node)) == (1, 8, 256, 256)


def test_argument_when_asked_for_is_the_value_in_force_and_none_where_there_is_no_such() -> None:
    one = subject()
    assert one.argument(named(one, "a.0"), "padding") == (1, 1)
    assert one.argument(named(one, "a.0"), "stride") == (1, 1)  # PyTorch's default
    assert one.argument(named(one, "a.1"), "padding") is None
    assert one.argument(named(one, "x"), "padding") is None


def test_windows_when_asked_for_are_a_layer_s_and_none_of_an_input() -> None:
    one = subject()
    assert [window.kernel_size for window in one.windows(named(one, "a.0"))] == [3, 3]
    assert one.windows(named(one, "a.1")) == one.windows(named(one, "x")) == ()
    assert list(one.times) == [1] * len(one.nodes)


def test_argument_when_written_by_place_or_by_name_is_found() -> None:
    one = subject()
    written = one.written(named(one, "a.0"), "kernel_size")
    assert written is not None and one.sources[0].excerpt(written.span) == "3"
    written = one.written(named(one, "a.0"), "padding")
    assert written is not None and one.sources[0].excerpt(written.span) == "padding=1"
    assert one.written(named(one, "a.0"), "stride") is None


def test_site_when_there_is_no_call_of_the_layer_in_the_first_file_is_none() -> None:
    one = subject()
    layer = named(one, "a.0")
    assert one.site(layer) is not None
    assert one.site(named(one, "y")) is None  # arithmetic
    assert one.site(named(one, "x")) is None
    assert one.site(replace(layer, span=Span(layer.span.start, layer.span.end, 1))) is None  # of another file
    assert one.site(replace(layer, op=named(one, "a.1").op)) is None  # of another operator


def test_width_when_asked_for_is_the_argument_that_says_what_a_layer_makes() -> None:
    one = subject()
    assert [one.width(named(one, name)) for name in ("a.0", "a.1", "y", "x")] == ["out_channels", "", "", ""]


def test_twins_when_one_line_made_several_layers_are_all_of_them() -> None:
    one = subject()
    assert [node.name for node in one.twins(named(one, "b.0"))] == ["a.0", "b.0", "c.0"]
    assert one.at(Span(0, 1)) == ()


def test_numbers_when_a_project_overrides_them_are_kept() -> None:
    analysis = analyze(Source("m.cdsl", SPEC))
    given = {"everywhere": {"limit": 3.0}}
    changed, plain = subject_of(analysis, given), subject_of(analysis)
    assert changed is not None and plain is not None
    assert (changed.numbers, plain.numbers) == (given, {})
    rule = Limited(())
    assert (rule.threshold(changed, "limit"), rule.threshold(plain, "limit")) == (3.0, 8.0)


def test_setting_when_it_is_said_is_where_and_else_the_section() -> None:
    one = subject(SPEC + "train {\n  batch = 8\n  crop = 96\n}\n")
    assert [one.is_set(name) for name in ("batch", "crop", "steps")] == [True, True, False]
    excerpts = [one.sources[0].excerpt(one.setting(name)) for name in ("batch", "crop", "steps")]
    assert excerpts == ["batch = 8", "crop = 96", "train {\n  batch = 8\n  crop = 96\n}"]
    assert not subject().is_set("batch")


def test_finding_when_made_is_marked_at_the_argument_and_names_the_calls_around_it_once() -> None:
    one = subject()
    node, code = named(one, "a.0"), Code("W999", "said", Severity.WARNING)
    found = one.finding(code, node, "m", argument="padding", label="here")
    assert (one.sources[0].excerpt(found.where.span), found.where.text, found.layers) == ("padding=1", "here", ("a.0",))
    assert found.severity is Severity.WARNING
    assert one.finding(code, node, "m", severity=Severity.INFO).severity is Severity.INFO
    (label,) = found.labels
    assert (one.sources[0].excerpt(label.span), label.text) == ("Twice(8)", "in this call")
    mine = one.place(named(one, "a.1"), "there")
    assert one.sources[0].excerpt(mine.span) == "BatchNorm2d()"
    assert [item.text for item in one.finding(code, node, "m", labels=(mine,)).labels] == ["there", "in this call"]
    around = Label(label.span, "mine")
    assert one.finding(code, node, "m", labels=(mine, around)).labels == (mine, around)
    plain = one.finding(code, node, "m", argument="stride")  # which is not written
    assert one.sources[0].excerpt(plain.where.span) == "Conv2d(width, 3, padding=1)"
    assert one.finding(code, named(one, "y"), "m").labels == ()
    joined = subject(SPEC.replace("y = a + c", "y = Add(a, c)"))
    assert joined.sources[0].excerpt(joined.finding(code, named(joined, "y"), "m").where.span) == "Add(a, c)"


def test_subject_when_a_layer_is_not_known_is_none() -> None:
    broken = SPEC.replace("Conv2d(width, 3, padding=1)\n}", "Conv2d(width, 0)\n}")
    assert subject_of(analyze(Source("m.cdsl", broken))) is None
    dead = SPEC.replace("  y = a + c\n", "  a -> ReLU()\n  y = a + c\n")  # E104 leaves the layers as they are
    assert subject_of(analyze(Source("m.cdsl", dead))) is not None


class Everywhere(Rule):
    """Find fault with convolutions of some names.

    What: a test.

    Why: a test.

    Fix: a test.

    Source: a test.
    """

    code = Code("W999", "everywhere", Severity.WARNING)
    bad = ()
    good = ()

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for name in self.names:
            node = subject.named[name]
            help_ = Help("mend it", (Edit(node.span, "ReLU()"),), safe=True)
            yield subject.finding(self.code, node, "is wrong", argument="kernel_size", helps=(help_,))


def test_findings_when_one_line_made_several_layers_are_one_that_names_some() -> None:
    one = subject(SPEC.replace("  y = a + c", "  d = Twice(8)\n  y = a + d"))
    (found,) = findings(one, [Everywhere(("a.0", "b.0", "c.0", "d.0"))])
    assert found.layers == ("a.0", "b.0", "c.0", "d.0")
    assert found.notes == ("so in 4 layers: `a.0`, `b.0`, `c.0` and 1 more",)
    assert found.helps[0].edits
    assert one.sources[0].excerpt(found.where.span) == "3"
    assert [one.sources[0].excerpt(label.span) for label in found.labels] == ["Twice(8)"]
    assert [label.text for label in found.labels] == ["in this call"]


def test_findings_when_some_layers_of_a_line_are_sound_offer_no_edit() -> None:
    (found,) = findings(subject(), [Everywhere(("a.0", "b.0"))])
    assert [(help_.text, help_.edits, help_.safe) for help_ in found.helps] == [("mend it", (), False)]


def test_findings_when_about_a_layer_that_reaches_no_output_are_not_said() -> None:
    one = subject(SPEC.replace("  y = a + c", "  a -> Conv2d(4, 1)\n  y = a + c"))  # E104 says it
    (dead,) = [node.name for node, op in one.layers if getattr(op, "out_channels", 0) == 4]
    assert named(one, dead).index not in one.alive
    assert findings(one, [Everywhere((dead,))]) == []
    assert len(findings(one, [Everywhere((dead, "a.0"))])) == 1


class Limited(Everywhere):
    """As above."""

    thresholds = MappingProxyType({"limit": 8.0})


@final
class Said(Everywhere):
    """As above, all of it in one finding at one place."""

    def __init__(self, names: tuple[str, ...], code: Code) -> None:
        super().__init__(names)
        self._code = code

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        yield Diagnostic(self._code, "m", Label(subject.named["a.0"].span), layers=self.names)


def test_findings_when_about_nothing_that_is_alive_are_not_said_but_without_layers_are() -> None:
    one = subject(SPEC.replace("  y = a + c", "  a -> Conv2d(4, 1)\n  y = a + c"))
    (dead,) = [node.name for node, op in one.layers if getattr(op, "out_channels", 0) == 4]
    code = Code("W302", "said", Severity.WARNING)
    said = {names: len(findings(one, [Said(names, code)])) for names in ((), (dead,), (dead, "a.0"), ("a.0", dead))}
    assert said == {(): 1, (dead,): 0, (dead, "a.0"): 1, ("a.0", dead): 1}


@pytest.mark.parametrize(
    ("rule", "notes"),
    [
        (Everywhere(("a.0",)), ()),
        (Everywhere(("a.0", "a.0")), ()),  # of one layer, twice
        (Everywhere(("a.0", "b.0")), ("so in 2 layers: `a.0`, `b.0`",)),
        (Everywhere(("a.0", "b.0", "c.0")), ("so in 3 layers: `a.0`, `b.0`, `c.0`",)),
        (Said(("a.0", "b.0"), Code("W302", "said", Severity.WARNING)), ()),  # one that says of itself what it is about
    ],
)
def test_findings_when_merged_say_in_which_layers(rule: Rule, notes: tuple[str, ...]) -> None:
    (found,) = findings(subject(), [rule])
    assert found.notes == notes


def test_findings_when_at_one_place_are_in_the_order_of_their_numbers() -> None:
    codes = [Code(id_, "said", Severity.WARNING) for id_ in ("I401", "W302", "W411")]
    found = findings(subject(), [Said((), code) for code in codes])
    assert [item.code.id for item in found] == ["W302", "I401", "W411"]


def test_findings_when_at_different_places_stay_apart_in_the_order_of_the_text() -> None:
    found = findings(subject(), [Everywhere(("a.3", "a.0"))])
    assert [item.layers for item in found] == [("a.0",), ("a.3",)]


class Asked(Everywhere):
    """As above, and as told whether a short network tells, and whether it suspects something there."""

    def __init__(self, tells: bool, suspicious: bool) -> None:
        super().__init__(("a.0",))
        self.short_tells, self._suspicious = tells, suspicious  # type: ignore[misc]

    def suspects(self, subject: Subject) -> bool:
        return self._suspicious


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("suspicious", [True, False])
def test_findings_when_a_network_is_deep_are_looked_for_by_rules_that_suspect_something(
    tells: bool, suspicious: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "short", lambda whole: whole)
    assert len(findings(subject(), [Asked(tells, suspicious)])) == (suspicious or not tells)
    monkeypatch.setattr(run, "short", lambda whole: None)  # not deep: all are asked
    assert len(findings(subject(), [Asked(tells, suspicious)])) == 1


def test_findings_when_of_different_severity_at_one_place_keep_the_gravest() -> None:
    @final
    class Mixed(Everywhere):
        """As above."""

        def check(self, subject: Subject) -> Iterator[Diagnostic]:
            for name, severity in zip(self.names, (Severity.INFO, Severity.ERROR), strict=True):
                node = subject.named[name]
                yield Diagnostic(self.code, "m", Label(node.span), severity=severity, layers=(name,))

    (found,) = findings(subject(), [Mixed(("a.0", "b.0"))])
    assert found.severity is Severity.ERROR


def test_parameters_when_a_declared_layer_is_never_applied_are_those_of_each_layer_all_the_same() -> None:
    """Two spare layers of 16 * 8 + 8 = 136; the second one's place among them is that of `a` among the nodes."""
    text = """convdsl 1
model M {
  input x: [N, 3, H, W]
  layer one = Conv2d(8, 1, in_channels=16)
  layer two = Conv2d(8, 1, in_channels=16)
  a = Conv2d(8, 1)
  output a: [N, 8, H, W]
}
"""
    one = subject(text)
    assert one.parameters[named(one, "a").index] == 3 * 8 + 8
    assert sum(one.parameters.values()) == 3 * 8 + 8 + 2 * 136
