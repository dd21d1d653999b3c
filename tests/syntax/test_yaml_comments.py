"""Comments of a YAML spec belong to statements as in text, and none is ever lost."""

import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.source import Source
from convdsl.syntax.from_yaml import parse_yaml
from convdsl.syntax.tree import BLANK, Comments, File, Flow, Model, Train

SPEC = """\
# a network
convdsl: 1  # the first edition

# what it does
model: Net  # short
# sizes
inputs:
  # one photo
  x: [N, 3, H, W]   # any size

layers:  # from here on
  # first

  # still first

  - Conv2d: {out_channels: 8, kernel_size: 3}  # a "#" in it

  - Conv2d:
      out_channels: 8  # eight
      kernel_size: 3   # three
    as: "a # b"
  - repeat: 3  # times
    do:
      - ReLU  # again
      # end of the body
  # before the group
  - group:  # grouped
      - ReLU
      - y: ReLU
  - chain: [ReLU, Tanh]  # chained
  - brackets: [
      ReLU,  # inside
      # closing
    ]
  # end of the layers
outputs: {y: [N, 3, H, W]}  # out
  # end of the model
train:  # how
  loss: L1  # simple
  # end of train
# end of the file
"""


def read(text: str) -> File:
    parsed = parse_yaml(Source("a.yaml", text))
    assert parsed.diagnostics == ()
    return parsed.file


def model(file: File) -> Model:
    return next(item for item in file.items if isinstance(item, Model))


def comments_of(node: Any) -> list[str]:
    """Collect all comments of a tree."""
    found: list[str] = []
    if isinstance(node, Comments):
        return [*(line for line in node.above if line), *([node.trailing] if node.trailing is not None else [])]
    if isinstance(node, tuple):
        return [text for part in node for text in comments_of(part)]
    for name in getattr(node, "__match_args__", ()):
        value = getattr(node, name)
        if name == "tail":
            found.extend(line for line in value if line)
        elif name != "source" or not isinstance(node, File):
            found.extend(comments_of(value))
    return found


def test_comments_belong_to_their_statements() -> None:
    file = read(SPEC)
    assert file.comments == Comments(("a network",), "the first edition")
    assert file.tail == ("end of the file",)
    net = model(file)
    assert net.comments == Comments(("what it does",), "short", True)
    x, first, second, repeat, group, chain, brackets, y = net.body.statements
    assert x.comments == Comments(("sizes", "one photo"), "any size")
    assert first.comments == Comments(("from here on", "first", BLANK, "still first", BLANK), 'a "#" in it', True)
    assert second.comments == Comments(("eight",), "three", True)
    assert repeat.comments == Comments((), "times")
    assert repeat.body.statements[0].comments == Comments((), "again")
    assert repeat.body.tail == ("end of the body",)
    assert group.comments == Comments(("before the group",), "grouped")
    assert chain.comments == Comments((), "chained")
    assert isinstance(chain, Flow) and len(chain.calls) == 1
    assert brackets.source.statements[0].comments == Comments((), "inside")
    assert brackets.source.tail == ("closing",)
    assert y.comments == Comments(("end of the layers",), "out")
    assert net.body.tail == ("end of the model",)
    train = file.items[-1]
    assert isinstance(train, Train)
    assert train.comments == Comments((), "how")
    assert train.settings[0].comments == Comments((), "simple")
    assert train.tail == ("end of train",)


def test_list_in_brackets_with_a_comment_inside_is_a_body() -> None:
    file = read("convdsl: 1\nmodel: M\nlayers:\n  - c: [ReLU,  # one\n        Tanh]\n")
    (flow,) = model(file).body.statements
    assert flow.source.statements[0].comments.trailing == "one"


def test_list_as_far_left_as_its_key_leaves_comments_to_what_follows() -> None:
    file = read("convdsl: 1\nmodel: M\nlayers:\n- ReLU\n# the output\noutputs: {y: [N]}\n")
    first, second = model(file).body.statements
    assert first.comments == Comments()
    assert second.comments == Comments(("the output",))


def test_crlf_leaves_no_carriage_return_in_comments() -> None:
    file = read("convdsl: 1\r\nmodel: M  # a\r\nlayers:\r\n  # b\r\n  - ReLU # c\r\n")
    assert sorted(comments_of(file)) == ["a", "b", "c"]


@settings(deadline=None, max_examples=80)
@given(st.data())
def test_law_no_comment_is_lost_wherever_it_stands(data: st.DataObject) -> None:
    """Own-line comments between any lines and trailing ones behind any line all reach the tree, once, in order."""
    lines = [re.sub(r"\s*#.*", "", line) if '"a # b"' not in line else line for line in SPEC.split("\n")]
    lines = [line for line in lines if line.strip()]
    written: list[str] = []
    out: list[str] = []
    for at, line in enumerate(lines):
        if data.draw(st.booleans()):
            indent = data.draw(st.integers(0, 8))
            out.append(" " * indent + f"# above {at}")
            written.append(f"above {at}")
        trailing = data.draw(st.booleans())
        out.append(line + (f"  # behind {at}" if trailing else ""))
        written.extend([f"behind {at}"] if trailing else [])
    assert sorted(comments_of(read("\n".join(out)))) == sorted(written)
