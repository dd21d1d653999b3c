"""What people get wrong in YAML: each mistake is one located message with a way out, never noise."""

import pytest

from convdsl.diagnostics import Diagnostic
from convdsl.source import Source
from convdsl.syntax.from_yaml import parse_yaml
from convdsl.syntax.tree import File, Flow, Input, Model, Name

HEAD = "convdsl: 1\nmodel: M\n"


def read(text: str) -> tuple[File, tuple[Diagnostic, ...]]:
    parsed = parse_yaml(Source("a.yaml", text))
    for diagnostic in parsed.diagnostics:
        assert diagnostic.helps, diagnostic
        assert 0 <= diagnostic.where.span.start <= diagnostic.where.span.end <= len(text)
    return parsed.file, parsed.diagnostics


# A text with one mistake, its code, what is marked, words of the message and of the way out.
MISTAKES = {
    "a map where layers belong": (
        HEAD + "layers:\n  Conv2d: 8\n  ReLU:\n",
        ("E007", "Conv2d: 8\n  ReLU:", "`layers` is a list of layers", "begin each layer with `- `"),
    ),
    "layers without anything": (HEAD + "layers:\n", ("E007", "layers", "`layers` is a list", "`- `")),
    "a list where inputs belong": (
        HEAD + "inputs:\n  - x: [N, 3, H, W]\n",
        ("E007", "- x: [N, 3, H, W]", "`inputs` is a map, and this is a list", "inputs: {image:"),
    ),
    "a list where params belong": (HEAD + "params: [width]\n", ("E007", "[width]", "`params` is a map", "int = 32")),
    "a pair that YAML tears apart": (
        HEAD + "layers:\n  - MaxPool2d: {kernel_size: (3, 5)}\n",
        ("E007", "(3, 5)", "YAML ends this value at the comma, after `(3`", "write `[3, 5]`"),
    ),
    "a call that YAML tears apart": (
        HEAD + "expect: [macs(H=256, W=256) <= 1.7G, parameters <= 3]\n",
        ("E007", "macs(H=256, W=256) <= 1.7G", "after `macs(H=256`", 'write `"macs(H=256, W=256) <= 1.7G"`'),
    ),
    "an index without quotes": (
        HEAD + "layers:\n  - Concat: [d3, enc[0]]\n",
        ("E006", "enc[0]", "YAML ends this name at the bracket", 'quote it: `"enc[0]"`'),
    ),
    "a hole without quotes": (
        HEAD + "layers:\n  - Conv2d: {out_channels: 8, kernel_size: ?}\n",
        ("E006", "?", "YAML has a use of its own for `?`", 'quote it: `"?"`'),
    ),
    "two numbers": (HEAD + "layers:\n  - MaxPool2d: {kernel_size: 2 2}\n", ("E001", "2", "", "")),
    "a value of Python": (
        HEAD + "layers:\n  - Odd: {bias: True}\n",
        ("E001", "True", "Python's spelling", "write `true`"),
    ),
    "null": (HEAD + "layers:\n  - Odd: {bias: null}\n", ("E007", "null", "`null` is no value", "write `none`")),
    "an argument without a value": (
        HEAD + "layers:\n  - Odd: {bias: }\n",
        ("E007", "", "`bias` has no value", "write one"),
    ),
    "an edition with a point": (
        "convdsl: 1.0\nmodel: M\n",
        ("E002", "1.0", "an edition is a whole number", "convdsl: 1"),
    ),
    "an edition that is newer": ("convdsl: 2\nmodel: M\nnews: 3\n", ("E003", "2", "edition 2", "")),
    "no edition": ("model: M\n", ("E002", "", "does not say the edition", "begin the file with `convdsl: 1`")),
    "an edition further down": ("model: M\nconvdsl: 1\n", ("E010", "convdsl", "not the first key", "first line")),
    "no model": ("convdsl: 1\nlayers: [ReLU]\n", ("E011", "layers", "no `model:` names one", "write `model: Net`")),
    "nothing but an edition": ("convdsl: 1\n", ("E011", "", "no model", "write `model: Net`")),
    "a model in lower case": (
        "convdsl: 1\nmodel: my_net\n",
        ("E007", "my_net", "begins with a capital letter", "write `MyNet`"),
    ),
    "a model with parameters in it": (
        "convdsl: 1\nmodel: Net(width=3)\n",
        ("E007", "Net(width=3)", "is one word", "under `params:`"),
    ),
    "a misspelt key of the file": (
        HEAD + "layer: [ReLU]\n",
        ("E007", "layer", "unknown key `layer`", "did you mean `layers`"),
    ),
    "a key of nothing": (HEAD + "xyzzy: 3\n", ("E007", "xyzzy", "unknown key `xyzzy` in a spec", "the keys here are")),
    "a misspelt key beside a layer": (
        HEAD + "layers:\n  - y: ReLU\n    form: x\n",
        ("E007", "form", "unknown key `form` in an item", "did you mean `from`"),
    ),
    "a misspelt key of an input": (
        HEAD + "inputs: {x: {shape: [N], mean: L}}\n",
        ("E007", "mean", "unknown key `mean` in the input `x`", "did you mean `means`"),
    ),
    "a misspelt key of a repeat": (
        HEAD + "layers:\n  - repeat: 3\n    doo: [ReLU]\n",
        ("E007", "doo", "unknown key `doo` in a `repeat` item", "did you mean `do`"),
    ),
    "a body that is missing": (
        HEAD + "layers:\n  - repeat: 3\n",
        ("E007", "repeat", "`repeat` has no `do`", "beside it"),
    ),
    "an if without then": (
        HEAD + "layers:\n  - if: c\n    else: [ReLU]\n",
        ("E007", "if", "`if` has no `then`", "beside"),
    ),
    "a body that is no list": (
        HEAD + "layers:\n  - repeat: 3\n    do: ReLU\n",
        ("E007", "ReLU", "`do` is a list of layers, and this is `ReLU`", "begin each layer with `- `"),
    ),
    "two layers in one item": (
        HEAD + "layers:\n  - Conv2d: 8\n    ReLU:\n",
        ("E007", "ReLU", "two layers in one item, `Conv2d` and `ReLU`", "begin a new item, `- ReLU: ...`"),
    ),
    "one layer twice in one item": (
        HEAD + "layers:\n  - Conv2d: 8\n    Conv2d: 9\n",
        ("E007", "Conv2d", "two layers in one item", "begin a new item"),
    ),
    "arguments beside their layer": (
        HEAD + "layers:\n  - Conv2d:\n    out_channels: 8\n    kernel_size: 3\n",
        ("E007", "out_channels", "`out_channels` stands beside `Conv2d`, not inside it", "indent the arguments"),
    ),
    "from among the arguments": (
        HEAD + "layers:\n  - Conv2d: {out_channels: 8, from: x}\n",
        ("E007", "from", "`from` is no argument of `Conv2d`", "write it beside"),
    ),
    "from inside of a name": (
        HEAD + "layers:\n  - y: {Conv2d: 8, from: x}\n",
        ("E007", "from", "`from` stands inside `y`", "with the indentation of `y`"),
    ),
    "a layer in lower case": (
        HEAD + "layers:\n  - y: {conv2d: 8}\n",
        ("E007", "conv2d", "`conv2d` is neither a layer", "begins with a capital letter"),
    ),
    "a call of the text spelling": (
        HEAD + "layers:\n  - Conv2d(8, 3)\n",
        ("E007", "Conv2d(8, 3)", "a call of the text spelling", "`Conv2d: {name: value}`"),
    ),
    "parentheses without arguments": (
        HEAD + "layers:\n  - ReLU()\n",
        ("E007", "ReLU()", "text spelling", "write `ReLU`"),
    ),
    "a line of the text spelling": (
        HEAD + "layers:\n  - y = ReLU()\n",
        ("E007", "y = ReLU()", "a line of the text spelling", "- y: {Conv2d:"),
    ),
    "arithmetic": (HEAD + "layers:\n  - y: a ** b\n", ("E001", "a ** b", "`**` does not join values", "`+ - * /`")),
    "no space after a colon": (
        HEAD + "layers:\n  - Conv2d: {out_channels:8, kernel_size: 3}\n",
        ("E007", "out_channels:8", "a space is missing behind the colon", "write `: `"),
    ),
    "no space after the colon of a layer": (
        HEAD + "layers:\n  - MaxPool2d:2\n",
        ("E007", "MaxPool2d:2", "a space is missing behind the colon", "write `: `"),
    ),
    "numbers behind a type": (
        HEAD + "layers:\n  - MaxPool2d: [3, 5]\n",
        ("E007", "[3, 5]", "a list behind `MaxPool2d` names values", "name the arguments"),
    ),
    "an output among the layers": (
        HEAD + "layers:\n  - output: {Conv2d: 8}\n",
        ("E007", "output", "`output` is no layer", "under `outputs:`"),
    ),
    "an empty item": (HEAD + "layers:\n  -\n  - ReLU\n", ("E007", "", "an item without a layer", "delete the dash")),
    "a name without a layer": (HEAD + "layers:\n  - y:\n", ("E007", "y", "`y` has no layer", "write `y: {Conv2d:")),
    "a list as an item": (HEAD + "layers:\n  - [ReLU]\n", ("E007", "[ReLU]", "an item is one layer", "- do: [...]")),
    "only from": (HEAD + "layers:\n  - from: x\n", ("E007", "from: x", "no layer", "write `- Layer: ...`")),
    "a source of a group": (
        HEAD + "layers:\n  - y: {do: [ReLU]}\n    from: x\n",
        ("E007", "from", "`from` does not go with a group", "first item"),
    ),
    "a key of an alias": (HEAD + "layers:\n  - y: x\n    as: k\n", ("E007", "k", "no weights", "delete it")),
    "an input without a shape": (HEAD + "inputs: {x: {means: L}}\n", ("E007", "x", "has no shape", "x: {shape:")),
    "an input in capitals": (HEAD + "inputs: {X: [N]}\n", ("E007", "X", "not the name of an input", "lower case")),
    "a shape that is a number": (
        HEAD + "inputs: {x: {shape: {N: 3}}}\n",
        ("E007", "{N: 3}", "a shape is a list", "[N, C"),
    ),
    "one key twice": (HEAD + "layers: [ReLU]\nlayers: [ReLU]\n", ("E008", "layers", "written twice", "keep one")),
    "one argument twice": (
        HEAD + "layers:\n  - Conv2d: {out_channels: 8, out_channels: 9}\n",
        ("E008", "out_channels", "the key `out_channels` is written twice", "keep one"),
    ),
    "an anchor": (HEAD + "layers:\n  - Conv2d: &c {out_channels: 8}\n", ("E009", "&c", "an anchor, `&c`", "block")),
    "an alias of YAML": (HEAD + "layers:\n  - Conv2d: *c\n", ("E009", "*c", "an alias, `*c`", "block")),
    "a merge key": (HEAD + "layers:\n  - Conv2d: {<<: *c, padding: 1}\n", ("E009", "<<", "a merge key", "block")),
    "a tag": (HEAD + "layers:\n  - MaxPool2d: !!int 3\n", ("E009", "!!int", "a tag, `!!int`", "leave it out")),
    "a second document": (HEAD + "layers: [ReLU]\n---\nmodel: X\n", ("E009", "---", "second document", "one file")),
    "a list as a key": (
        HEAD + "layers:\n  - [a, b]: {Chunk: 2}\n",
        ("E007", "[a, b]", "a list cannot be a key", '`"a, b"`'),
    ),
    "a tab": (HEAD + "layers:\n\t- ReLU\n", ("E006", "\t", "indented with a tab", "by spaces")),
    "a tab before a key": (HEAD + "inputs:\n\tx: [N]\n", ("E006", "\t", "indented with a tab", "by spaces")),
    "uneven indentation": (HEAD + "layers:\n  - ReLU\n - ReLU\n", ("E006", "- ReLU", "indented unlike", "alike")),
    "a missing colon": (HEAD + "layers\n  - ReLU\ntrain: {}\n", ("E006", "", "no `:`", "name: value")),
    "two colons": (HEAD + "layers:\n  - y: Conv2d: 3\n", ("E006", ":", "a second `:` in one pair", "braces")),
    "an open bracket": (
        HEAD + "layers: [ReLU, Tanh\n",
        ("E006", "[", "this `[` is never closed", "add the missing `]`"),
    ),
    "an open brace": (HEAD + "layers:\n  - Conv2d: {out_channels: 8\n  - ReLU\n", ("E006", "", "", "")),
    "an open quote": (HEAD + 'layers:\n  - as: "x\n', ("E006", '"', "this quote is never closed", "end the text")),
    "a comma too many": (
        HEAD + "layers: [ReLU,, Tanh]\n",
        ("E006", ",", "nothing stands before this comma", "delete it"),
    ),
    "a word behind a quote": (
        HEAD + "layers:\n  - as: 'x'y\n",
        ("E006", "y", "behind a value that has ended", "quotes"),
    ),
    "a sign that YAML keeps": (HEAD + "layers: [@x]\n", ("E006", "@", "cannot begin with `@`", "quotes")),
    "means with a list in braces": (
        HEAD + "inputs: {x: {shape: [N], means: (RGB - [1, 2]) / 3}}\n",
        ("E006", "[", "cannot go on with `[`", "put the whole value in quotes"),
    ),
    "a zero byte": (HEAD + "layers: [\0]\n", ("E006", "\0", "U+0000", "delete it")),
    "a list for a file": ("- ReLU\n", ("E007", "- ReLU", "a spec is a map", "convdsl: 1")),
    "text for a file": (
        "convdsl 1\nmodel M\n",
        ("E004", "convdsl 1", "text spelling in a YAML file", ".cdsl"),
    ),
    "nothing for a file": ("# empty\n", ("E002", "", "no spec", "convdsl: 1")),
    "a setting that is a map": (
        HEAD + "train: {loss: {a: 1}}\n",
        ("E007", "{a: 1}", "a map is no value for `loss`", ""),
    ),
    "default of two types": (
        HEAD + "layers:\n  - default: {A: 1, B: 2}\n",
        ("E007", "{A: 1, B: 2}", "`default` is for one type", "one item for each"),
    ),
    "two declared layers": (
        HEAD + "layers:\n  - layer: {a: ReLU, b: ReLU}\n",
        ("E007", "{a: ReLU, b: ReLU}", "declares one name", "one item for each"),
    ),
    "a value declared as a layer": (
        HEAD + "layers:\n  - layer: {a: x}\n",
        ("E007", "x", "declares a layer", "layer: {"),
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_gives_one_located_message(name: str) -> None:
    text, (code, marked, message, way_out) = MISTAKES[name]
    _, diagnostics = read(text)
    assert len(diagnostics) == 1, [d.message for d in diagnostics]
    found = diagnostics[0]
    assert found.code.id == code
    assert message in found.message
    assert way_out in " ".join(way.text for way in found.helps)
    if marked:
        assert text[found.where.span.start : found.where.span.end] == marked
    assert found.message[0] == found.message[0].lower() or not found.message[0].isalpha() or found.message[:4] == "YAML"
    assert not found.message.endswith(".")


FIXABLE = [name for name, (text, _) in MISTAKES.items() if any(help_.edits for help_ in read(text)[1][0].helps)]


@pytest.mark.parametrize("name", FIXABLE)
def test_edit_when_applied_removes_the_mistake(name: str) -> None:
    text, (code, _, message, _) = MISTAKES[name]
    edits = next(way.edits for way in read(text)[1][0].helps if way.edits)
    for edit in sorted(edits, key=lambda e: e.span.start, reverse=True):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    assert not [d for d in read(text)[1] if d.code.id == code and message in d.message], text


def test_duplicate_key_shows_both_places() -> None:
    text = HEAD + "train: {a: 1}\nlayers: []\ntrain: {a: 2}\n"
    _, (found,) = read(text)
    assert found.where.span.start == text.rindex("train")
    assert [label.span.start for label in found.labels] == [text.index("train")]


def test_alias_shows_its_anchor() -> None:
    text = HEAD + "layers:\n  - Conv2d: &c {out_channels: 8}\n  - Conv2d: *c\n"
    _, (anchor, alias) = read(text)
    assert alias.labels[0].span.start == anchor.where.span.start


def test_ten_mistakes_give_ten_messages() -> None:
    items = (
        "- ReLU()",
        "- y = ReLU()",
        "- Conv2d: {out_channels: (3, 5)}",
        "- Conv2d: {out_channels:8}",
        "- z: {conv: 3}",
        "- Conv2d: &a {out_channels: 3}",
        "- Pool: {a: 2 2}",
        "- w: {ReLU: null, from: x}",
        "- repeat: 3",
        "- Conv2d: {a: 1, a: 2}",
    )
    text = HEAD + "layers:\n" + "".join(f"  {item}\n" for item in items)
    _, diagnostics = read(text)
    lines = [Source("a.yaml", text).position(d.where.span.start).line for d in diagnostics]
    assert lines == list(range(4, 14))  # the first item stands in line 4


def test_unread_item_still_binds_its_names() -> None:
    file, _ = read(HEAD + "inputs: {x: {shape: 3 3}}\nlayers:\n  - y: {Conv2d: {a: 2 2}}\n  - 'a, enc[i]': ReLU()\n")
    model = file.items[0]
    assert isinstance(model, Model)
    bound = [s.targets for s in model.body.statements if isinstance(s, Flow)]
    assert bound == [(Name("x"),), (Name("y"),), (Name("a"), Name("enc"))]
    assert not any(isinstance(s, Input) for s in model.body.statements)


@pytest.mark.parametrize(
    "text", ["[" * 50_000, "{a: " * 50_000, "- " * 50_000, "? " * 50_000, "a: [" * 200 + "]" * 200]
)
def test_deep_nesting_is_refused(text: str) -> None:
    _, diagnostics = read(text)
    assert [d.code.id for d in diagnostics] == ["E005"]


def test_a_text_over_the_limit_is_refused() -> None:
    _, diagnostics = read("a: 1\n" * 1_000_000)
    assert [d.code.id for d in diagnostics] == ["E005"]


@pytest.mark.parametrize(
    "text", ["a: [" + "(," * 5_000 + "]", "{" + "a: (, " * 5_000 + "}", "a: [" + "!a b," * 5_000 + "]"]
)
def test_many_torn_or_tagged_values_are_read_in_one_pass(text: str) -> None:
    """Looking on to the end from each of them would take minutes."""
    assert read(text)[1]


@pytest.mark.parametrize("value", ["|\n      # words", '"# words"', '"#"'])
def test_value_that_is_a_comment_is_told_as_none(value: str) -> None:
    text = f"convdsl: 1\nmodel: M\ninputs: {{x: [N, 3, H, W]}}\nlayers:\n  - Conv2d: {value}\n"
    (found,) = parse_yaml(Source("a.yaml", text)).diagnostics
    assert found.message == "there is a comment here and no value"
    assert text[found.where.span.start] in '|"#'


def test_line_with_too_many_values_when_read_is_refused_there() -> None:
    text = HEAD + "layers: [" + "a, " * 30_000 + "]\n"
    (found,) = parse_yaml(Source("a.yaml", text)).diagnostics
    assert found.code.id == "E005"
    assert "20000 values long in one line" in found.message


def test_lines_with_many_values_when_each_is_short_are_read() -> None:
    text = HEAD + "layers:\n" + "  - Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}\n" * 4_000
    assert parse_yaml(Source("a.yaml", text)).diagnostics == ()
