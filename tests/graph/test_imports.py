"""Imports: what a name means in which file, what may be imported, and where mistakes are told."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.graph.imports import MAX_FILES, MAX_FILES_DEEP, path_problem
from convdsl.graph.library import Refusal, Shelf
from convdsl.pipeline import Analysis, analyze
from convdsl.render.message import message
from convdsl.source import Source


class Texts:
    """A reader of files that are held here, by their places below the folder of the spec."""

    def __init__(self, **files: str) -> None:
        self.files = {name.replace("__", "/") + ".cdsl": text for name, text in files.items()}
        self.reads: list[str] = []

    def resolve(self, path: str, importer: str) -> str | Refusal:
        parts: list[str] = []
        for part in (PurePosixPath(importer).parent / path).parts:
            parts = parts[:-1] if part == ".." else [*parts, part]
        name = "/".join(parts)
        if name == "net.cdsl":
            return ""
        return name if name in self.files else Refusal(f"there is no file `{name}`", "check the name")

    def read(self, name: str) -> Source | Refusal:
        self.reads.append(name)
        return Source(name, self.files[name])


MODEL = """model Net {
  input x: [N, 3, H, W]
  y = %s
  output y: [N, 4, H, W]
}
"""


def run(head: str, call: str = "A(4)", **files: str) -> Analysis:
    texts = {name: text if text.startswith("convdsl") else f"convdsl 1\n{text}" for name, text in files.items()}
    return analyze(Source("net.cdsl", f"convdsl 1\n{head}\n{MODEL % call}"), reader=Texts(**texts))


def told(analysis: Analysis) -> list[tuple[str, str, str]]:
    """Every error as (code, file, the text that it points at)."""
    spans = [(item.code.id, item.where.span) for item in analysis.diagnostics if item.is_error]
    return [(code, analysis.sources[at.file].name, analysis.sources[at.file].excerpt(at)) for code, at in spans]


def words(analysis: Analysis) -> str:
    """All messages with their ways out."""
    return "\n".join("\n".join((d.message, *(way.text for way in d.helps))) for d in analysis.diagnostics)


A = "block A(n: int) {\n  Conv2d(n, 1)\n}\n"


# ------------------------------------------------------------------ what a name means


def test_block_when_imported_is_the_same_network_as_one_in_the_file() -> None:
    apart, together = run('from "a.cdsl" import A', a=A), run(A)
    assert told(apart) == []
    assert apart.architecture_hash == together.architecture_hash
    assert apart.graph is not None
    assert [node.key for node in apart.graph.nodes] == [None, "y.0"]


def test_block_when_it_calls_others_sees_those_of_its_own_file_and_its_imports() -> None:
    """`Inner` means another block in each file; both are private to theirs."""
    analysis = run(
        'from "parts/a.cdsl" import A\nblock Inner() {\n  Sigmoid()\n}',
        "Inner() -> A(4)",
        parts__a='from "deep/b.cdsl" import B\nblock Inner() {\n  Tanh()\n}\nblock A(n: int) {\n  Inner()\n  B(n)\n}',
        parts__deep__b="block Inner() {\n  ReLU()\n}\nblock B(n: int) {\n  Inner()\n  Conv2d(n, 1)\n}",
    )
    assert told(analysis) == []
    assert analysis.graph is not None
    assert [type(node.op).__name__ for node in analysis.graph.nodes[1:]] == ["Sigmoid", "Tanh", "ReLU", "Conv2d"]


def test_block_when_not_imported_is_private_to_its_file() -> None:
    analysis = run('from "a.cdsl" import A', "B(4)", a=A + "block B(n: int) {\n  Conv2d(n, 1)\n}")
    assert told(analysis) == [("E110", "net.cdsl", "B")]


def test_layer_argument_when_handed_over_means_what_it_means_where_it_is_written() -> None:
    analysis = run(
        'from "a.cdsl" import A\nblock Act() {\n  Sigmoid()\n}',
        "A(act=Act())",
        a="block Act() {\n  Tanh()\n}\nblock A(act: layer = Act()) {\n  Conv2d(4, 1)\n  act()\n}",
    )
    assert analysis.graph is not None
    assert type(analysis.graph.nodes[-1].op).__name__ == "Sigmoid"


def test_file_when_imported_by_two_ways_is_read_once() -> None:
    texts = Texts(
        a='convdsl 1\nfrom "c.cdsl" import C\nblock A(n: int) {\n  C(n)\n}',
        b='convdsl 1\nfrom "./c.cdsl" import C\nblock B(n: int) {\n  C(n)\n}',
        c="convdsl 1\nblock C(n: int) {\n  Conv2d(n, 1)\n}",
    )
    head = 'from "a.cdsl" import A\nfrom "b.cdsl" import B\n'
    analysis = analyze(Source("net.cdsl", f"convdsl 1\n{head}{MODEL % 'A(3) -> B(4)'}"), reader=texts)
    assert told(analysis) == []
    assert sorted(texts.reads) == ["a.cdsl", "b.cdsl", "c.cdsl"]


def test_model_and_train_when_in_an_imported_file_are_ignored() -> None:
    more = "model Other {\n  input x: [N, 1, H, W]\n  z = Nonsense()\n}\ntrain {\n  nothing = 3\n}\n"
    assert told(run('from "a.cdsl" import A', a=A + more)) == []


def test_spelling_when_the_imported_file_is_yaml_does_not_matter() -> None:
    layers = "layers: [{Conv2d: {out_channels: n, kernel_size: 1}}]"
    yaml = f"convdsl: 1\nblocks:\n  A:\n    params: {{n: int}}\n    {layers}\n"
    texts = Texts()
    texts.files["a.yaml"] = yaml
    text = 'convdsl 1\nfrom "a.yaml" import A\n' + MODEL % "A(4)"
    analysis = analyze(Source("net.cdsl", text), reader=texts)
    assert told(analysis) == []
    assert analysis.architecture_hash == run(A).architecture_hash


# ------------------------------------------------------------------ where mistakes are told


def test_mistake_when_inside_an_imported_block_is_told_there_with_the_call() -> None:
    analysis = run('from "a.cdsl" import A', a="block A(n: int) {\n  Conv2d(n, 1, paddng=1)\n}")
    assert told(analysis) == [("E111", "a.cdsl", "paddng")]
    text = message(analysis.diagnostics[0], analysis.sources)
    assert text.startswith("a.cdsl:3:16: error[E111")
    assert "--> net.cdsl:5:7" in text


def test_mistake_when_two_blocks_call_a_broken_one_is_told_once() -> None:
    analysis = run('from "a.cdsl" import A', "A(4) -> A(4)", a="block A(n: int) {\n  Conv2d(m, 1)\n}")
    assert told(analysis) == [("E102", "a.cdsl", "m")]


def test_file_when_it_cannot_be_read_whole_is_told_once_in_it() -> None:
    analysis = run('from "a.cdsl" import A, B', "A(4) -> B(4)", a="block A(n: int) {\n  Conv2d((n, 1)\n}\nblok B {}")
    assert {file for _, file, _ in told(analysis)} == {"a.cdsl"}


def test_file_when_without_its_first_line_is_told_in_it() -> None:
    texts = Texts(a=A)
    analysis = analyze(Source("net.cdsl", f'convdsl 1\nfrom "a.cdsl" import A\n{MODEL % "A(4)"}'), reader=texts)
    assert [(code, file) for code, file, _ in told(analysis)] == [("E002", "a.cdsl")]


def test_import_when_the_file_is_missing_is_told_once_however_often_its_block_is_called() -> None:
    analysis = run('from "b.cdsl" import A', "A(4) -> A(4) -> ReLU()", a=A)
    assert told(analysis) == [("E013", "net.cdsl", '"b.cdsl"')]


def test_mistakes_when_an_import_fails_are_told_besides() -> None:
    analysis = run('from "b.cdsl" import A', "A(4)\n  x -> Relu()")
    assert told(analysis) == [("E013", "net.cdsl", '"b.cdsl"'), ("E110", "net.cdsl", "Relu")]


def test_import_when_there_is_no_reader_says_so_once() -> None:
    text = 'convdsl 1\nfrom "a.cdsl" import A\nfrom "b.cdsl" import B\n' + MODEL % "A(4) -> B(4)"
    analysis = analyze(Source("<text>", text))
    assert told(analysis) == [("E013", "<text>", '"a.cdsl"')]
    assert "text without a folder" in words(analysis)


# ------------------------------------------------------------------ names


def test_name_when_the_file_has_a_near_one_offers_it() -> None:
    analysis = run('from "a.cdsl" import Downn', "Downn(4)", a="block Down(n: int) {\n  Conv2d(n, 1)\n}")
    assert told(analysis) == [("E015", "net.cdsl", "Downn")]
    assert "did you mean `Down`" in words(analysis)


def test_name_when_only_imported_there_says_where_it_is_defined() -> None:
    analysis = run(
        'from "parts/a.cdsl" import C', "C(4)", parts__a='from "c.cdsl" import C\n' + A, parts__c=A.replace("A", "C")
    )
    assert told(analysis) == [("E015", "net.cdsl", "C")]
    assert '`from "parts/c.cdsl" import C`' in words(analysis)


def test_name_when_it_is_the_model_says_so() -> None:
    analysis = run('from "a.cdsl" import Other', "Other()", a="model Other {\n  input x: [N, 1, H, W]\n}")
    assert told(analysis) == [("E015", "net.cdsl", "Other")]
    assert "is the model of" in words(analysis)


def test_name_when_it_is_a_layer_of_the_language_needs_no_import() -> None:
    analysis = run('from "a.cdsl" import Conv2d', "Conv2d(4, 1)", a=A)
    assert told(analysis) == [("E015", "net.cdsl", "Conv2d")]


@pytest.mark.parametrize(
    "head",
    ['from "a.cdsl" import A, A', 'from "a.cdsl" import A\nfrom "b.cdsl" import A', f'from "a.cdsl" import A\n{A}'],
)
def test_name_when_it_means_two_things_is_told_once(head: str) -> None:
    assert told(run(head, a=A, b=A)) == [("E101", "net.cdsl", "A")]


def test_import_when_never_used_is_no_mistake() -> None:
    assert told(run('from "a.cdsl" import A', "Conv2d(4, 1)", a=A)) == []


def test_yaml_import_when_it_names_nothing_is_told() -> None:
    model = "model: M\ninputs: {x: [N, 3, H, W]}\nlayers: [{y: ReLU}]\noutputs: {y: [N, 3, H, W]}\n"
    text = f"convdsl: 1\nimport: {{a.cdsl: []}}\n{model}"
    analysis = analyze(Source("net.yaml", text), reader=Texts(a="convdsl 1\n" + A))
    assert [code for code, _, _ in told(analysis)] == ["E015"]


# ------------------------------------------------------------------ circles and limits


def test_imports_when_they_go_in_a_circle_name_the_whole_ring() -> None:
    analysis = run(
        'from "a.cdsl" import A',
        a='from "b.cdsl" import B\nblock A(n: int) {\n  B(n)\n}',
        b='from "c.cdsl" import C\nblock B(n: int) {\n  C(n)\n}',
        c='from "a.cdsl" import A\nblock C(n: int) {\n  A(n)\n}',
    )
    assert told(analysis) == [("E014", "c.cdsl", '"a.cdsl"')]
    assert "a.cdsl -> b.cdsl -> c.cdsl -> a.cdsl" in words(analysis)


def test_imports_when_they_lead_back_to_the_root_are_a_circle() -> None:
    analysis = run('from "a.cdsl" import A', a='from "net.cdsl" import B\nblock A(n: int) {\n  B(n)\n}')
    assert told(analysis) == [("E014", "a.cdsl", '"net.cdsl"')]
    assert "net.cdsl -> a.cdsl -> net.cdsl" in words(analysis)


def test_import_when_it_is_of_the_file_itself_says_so() -> None:
    analysis = run(f'from "net.cdsl" import B\n{A}', "A(4)")
    assert told(analysis) == [("E014", "net.cdsl", '"net.cdsl"')]
    assert "imports itself" in words(analysis)


def test_imports_when_too_deep_are_refused() -> None:
    """`a0` is 1 deep, so `a64` would be 65 deep."""
    files = {
        f"a{i}": f'from "a{i + 1}.cdsl" import A{i + 1}\nblock A{i}(n: int) {{\n  A{i + 1}(n)\n}}\n' for i in range(70)
    }
    analysis = run('from "a0.cdsl" import A0', "A0(4)", **files)
    assert told(analysis) == [("E013", f"a{MAX_FILES_DEEP - 1}.cdsl", f'"a{MAX_FILES_DEEP}.cdsl"')]


def test_imports_when_too_many_are_refused_once() -> None:
    files = {f"a{i}": f"block A{i}() {{\n  ReLU()\n}}\n" for i in range(MAX_FILES + 3)}
    head = "\n".join(f'from "{name}.cdsl" import A{name[1:]}' for name in files)
    analysis = run(head, "Conv2d(4, 1)", **files)
    assert told(analysis) == [("E013", "net.cdsl", f'"a{MAX_FILES}.cdsl"')]


def test_imports_when_too_large_together_are_refused() -> None:
    big = A + "# " + "x" * 2_500_000 + "\n"
    analysis = run('from "a.cdsl" import A\nfrom "b.cdsl" import B', "A(4)", a=big, b=big.replace("A(", "B("))
    assert told(analysis) == [("E013", "net.cdsl", '"b.cdsl"')]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("", "names no file"),
        ("  ", "names no file"),
        ("/etc/passwd.cdsl", "absolute"),
        ("~/a.cdsl", "absolute"),
        ("C:/a.cdsl", "absolute"),
        ("\\\\host\\a.cdsl", "absolute"),
        ("parts\\a.cdsl", "backslash"),
        ("https://example.org/a.cdsl", "address"),
        ("file:a.cdsl", "address"),
        ("a\u202e.cdsl", "cannot be seen"),
        ("a\x00.cdsl", "cannot be seen"),
        ("x" * 2000 + ".cdsl", "2,005 characters"),
        ("blocks", "does not name a spec"),
        ("blocks.py", "does not name a spec"),
    ],
)
def test_path_when_it_can_be_no_file_below_the_folder_is_refused(path: str, said: str) -> None:
    refused = path_problem(path)
    assert refused is not None and said in refused.message and refused.way_out


@pytest.mark.parametrize("path", ["a.cdsl", "./a.yaml", "parts/deep/a.YML", "../a.cdsl", "a b.cdsl", "ä.cdsl"])
def test_path_when_ordinary_is_not_refused(path: str) -> None:
    assert path_problem(path) is None


# ------------------------------------------------------------------ laws

BLOCKS = {
    "Act": "block Act() {\n  ReLU()\n}\n",
    "Conv": "block Conv(n: int) {\n  Conv2d(n, 3, padding=1)\n  Act()\n}\n",
    "Pair": "block Pair(n: int, last: layer = Act()) {\n  a = Conv(n)\n  Conv(n)\n  last()\n}\n",
    "Skip": "block Skip(n: int) {\n  input x: [N, C, H, W]\n  z = Pair(n, last=Act())\n  Concat(x, z)\n}\n",
    "Wrong": "block Wrong(n: int) {\n  Conv2d(k, 1)\n  Conv(m)\n}\n",
}
USES = {"Act": (), "Conv": ("Act",), "Pair": ("Act", "Conv"), "Skip": ("Act", "Pair"), "Wrong": ("Conv",)}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 3), min_size=len(BLOCKS), max_size=len(BLOCKS)),
    st.sampled_from(["Skip(4) -> Pair(4)", "Pair(2) -> Conv(4)", "Wrong(4)", "Skip(2) -> Wrong(4) -> Wrong(5)"]),
)
def test_law_splitting_blocks_over_files_changes_neither_hash_nor_keys_nor_codes(places: list[int], call: str) -> None:
    """A block uses those above it only, so no file imports one of a lower number; file 0 is the root."""
    homes = dict(zip(BLOCKS, sorted(places, reverse=True), strict=True))
    files: dict[int, str] = {}
    for number in range(4):
        own = [name for name in BLOCKS if homes[name] == number]
        called = [name for name in BLOCKS if number == 0 and f"{name}(" in call]
        needed = dict.fromkeys([used for name in own for used in USES[name]] + called)
        lines = [f'from "f{homes[name]}.cdsl" import {name}' for name in needed if homes[name] != number]
        files[number] = "\n".join(lines) + "\n" + "".join(BLOCKS[name] for name in own)
    together = run("".join(BLOCKS.values()), call)
    apart = run(files[0], call, **{f"f{number}": text for number, text in files.items() if number})
    assert sorted(code for code, _, _ in told(apart)) == sorted(code for code, _, _ in told(together))
    assert apart.graph is not None and together.graph is not None
    assert [node.key for node in apart.graph.nodes] == [node.key for node in together.graph.nodes]
    assert apart.architecture_hash == together.architecture_hash


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30), st.text(alphabet='"{}()[]=:#\nabAB1 ,.', max_size=120))
def test_law_no_path_and_no_file_makes_the_analysis_raise(path: str, text: str) -> None:
    spec = f'convdsl 1\nfrom "{path}" import A\nfrom "a.cdsl" import A\n{MODEL % "A(4)"}'
    analysis = analyze(Source("net.cdsl", spec), reader=Texts(a=text))
    for found in analysis.diagnostics:
        source = analysis.sources[found.where.span.file]
        assert 0 <= found.where.span.start <= found.where.span.end <= len(source.text)
        assert message(found, analysis.sources)


def test_shelf_when_the_files_are_gone_gives_the_same_analysis() -> None:
    first = run(
        'from "a.cdsl" import A',
        a='from "b.cdsl" import B\n' + A.replace("Conv2d(n, 1)", "B(n)"),
        b=A.replace("A", "B"),
    )
    again = analyze(first.source, reader=first.imported)
    assert isinstance(first.imported, Shelf)
    assert again.ok and again.architecture_hash == first.architecture_hash
    assert [source.name for source in again.sources] == ["net.cdsl", "a.cdsl", "b.cdsl"]
