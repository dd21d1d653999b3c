"""Texts that are no spec at all: a page of Markdown, JSON, YAML or Python code in a file for specs.

Each is told by one message; what stands on its lines is not judged by the rules of another language.
"""

import re

from convdsl.codes import UNREADABLE
from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.source import Span

_FIRST = re.compile(r"(?:[ \t\r\n\ufeff]|#[^\n]*(?:\n|$))*")
_FENCE = re.compile(r"```[^\n]*\n?")
_TEXT = re.compile(r"convdsl\s+[0-9]+(?=\s)|(?:model|block)\s+[A-Z]\w*\s*[({]")
_JSON = re.compile(r"[\[{]\s*[\"{\[]")
_YAML = re.compile(r"(?:convdsl|model|blocks|params|inputs|layers|outputs|expect|train|import):(?:[ \t\r\n]|$)|---\s")
_PYTHON = re.compile(
    r"import\s+[a-z_.]+(?:\s+as\s+\w+)?[ \t]*(?:[#\r\n]|$)|from\s+[\w.]+\s+import\b|class\s+\w+(?:\([^)\n]*\))?:"
    r"|def\s+\w+\(|\w+\s*=\s*(?:nn|torch|tf|keras)\."
)


def foreign_file(text: str, in_yaml: bool = False) -> Diagnostic | None:
    """Recognise another language by the first words of a file; in_yaml: whose name says that it is YAML."""
    begin = _FIRST.match(text)
    at = begin.end() if begin is not None else 0
    fence = _FENCE.match(text, at)
    if fence is not None:
        last = text.rfind("```")
        edits = [Edit(Span(fence.start(), fence.end()), "")]
        if last > fence.start():
            edits.append(Edit(Span(last, last + 3), ""))
        way = Help("remove the lines with the backquotes", tuple(edits), safe=True)
        return _say("this is a piece of a Markdown page: backquotes begin no spec", Span(at, at + 3), way)
    if in_yaml and (match := _TEXT.match(text, at)) is not None:
        way = Help("name the file `.cdsl`, or begin it with `convdsl: 1` and write it in YAML")
        return _say("this is the text spelling in a YAML file", Span(at, match.end()), way)
    if _JSON.match(text, at) and not in_yaml:
        way = Help("name the file `.yaml`, for JSON is YAML, or begin it with `convdsl 1` and write the text spelling")
        return _say(
            "this is JSON, and the file's name says that it is a spec in the text spelling", Span(at, at + 1), way
        )
    yaml = _YAML.match(text, at)
    if yaml is not None and not in_yaml:
        way = Help("name the file `.yaml`, or write `convdsl 1` and the layers in the text spelling")
        message = "this is the YAML spelling, in a file whose name does not end in `.yaml`"
        return _say(message, Span(at, yaml.end() - len(yaml.group()) + len(yaml.group().rstrip())), way)
    python = _PYTHON.match(text, at)
    if python is not None:
        way = Help(
            "write the layers one a line, without Python around them: `convdsl 1`, `model Net {`, `Conv2d(64, 3)`"
        )
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        return _say("this is Python code, and a spec is no program", Span(at, at + len(text[at:end].rstrip())), way)
    return None


def _say(message: str, span: Span, way: Help) -> Diagnostic:
    return Diagnostic(UNREADABLE, message, Label(span), helps=(way,))
