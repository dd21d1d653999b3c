"""Edits of one call in the text of a spec, in both spellings; comments stay.

Every function returns () where the edit cannot be made so: the layer was handed over as an argument, stands in an
imported file, is bound to a name that would lose its meaning. A rule then gives its advice without edits.
"""

import re
from collections.abc import Mapping
from itertools import pairwise

from convdsl.argument import OPERANDS, signature
from convdsl.diagnostics import Edit
from convdsl.graph.graph import Node
from convdsl.lint.sites import Site
from convdsl.lint.subject import Subject
from convdsl.op import Op
from convdsl.ops.catalogue import find
from convdsl.source import Source, Span
from convdsl.syntax import tree
from convdsl.syntax.parse import is_yaml

Edits = tuple[Edit, ...]


def spell(value: object, yaml: bool = False) -> str:
    """Write an argument's value: 3, (3, 5) or [3, 5] in YAML, true, none, a bare word."""
    if isinstance(value, tuple):
        if len(set(value)) == 1:
            return spell(value[0], yaml)
        inside = ", ".join(spell(item, yaml) for item in value)
        return f"[{inside}]" if yaml else f"({inside})"
    words: dict[object, str] = {True: "true", False: "false", None: "none"}
    return words[value] if isinstance(value, bool) or value is None else str(value)


def set_argument(subject: Subject, node: Node, name: str, value: object) -> Edits:
    """Give an argument another value, or add it."""
    site = subject.site(node)
    if site is None:
        return ()
    assert node.op is not None  # else it has no call
    source = subject.sources[0]
    yaml = is_yaml(source)
    written = subject.written(node, name)
    if written is not None:
        new = spell(value, yaml)
        if written.name is None and new.startswith("["):  # behind `MaxPool2d:` a list would be of values
            new = f"{{{name}: {new}}}"
        return (Edit(written.value.span, new),)
    if yaml:
        return _add_in_yaml(source, site, type(node.op), f"{name}: {spell(value, yaml)}")
    call = site.call
    added = f"{name}={spell(value)}"
    if call.arguments:
        end = call.arguments[-1].span.end
        return (Edit(Span(end, end), f", {added}"),)
    inside = source.text.index("(", call.name_span.end) + 1
    return (Edit(Span(inside, inside), added),)


def _add_in_yaml(source: Source, site: Site, op: type[Op], added: str) -> Edits:
    call = site.call
    value = Span(call.name_span.end, call.span.end)
    _, colon, inside = source.excerpt(value).partition(":")
    if source.text.startswith(":", call.span.end):  # `ReLU:`, and nothing behind it
        return ()
    if not colon:
        return (Edit(call.span, _item(source, call.span, f"{call.callee}: {{{added}}}")),)
    if not call.arguments:  # `ReLU: {}`
        return (Edit(value, f": {{{added}}}"),)
    last = call.arguments[-1]
    if last.name is None:  # `MaxPool2d: 2`, `Concat: [a, b]`
        first = signature(op)[0]
        name = "inputs" if first.kind is OPERANDS else first.name
        return (Edit(value, f": {{{name}: {inside.strip()}, {added}}}"),)
    if _in_braces(source, call):
        return (Edit(Span(last.span.end, last.span.end), f", {added}"),)
    line = source.position(last.span.start).line
    indent = last.span.start - source.line_starts[line - 1]
    end = _line_end(source, last.span.end).start
    return (Edit(Span(end, end), f"\n{' ' * indent}{added}"),)


def remove_argument(subject: Subject, node: Node, name: str) -> Edits:
    """Take an argument away, so that its default holds."""
    site, written = subject.site(node), subject.written(node, name)
    if written is None:
        return ()
    assert site is not None  # where the argument is written
    source, given = subject.sources[0], site.call.arguments
    at = next(place for place, argument in enumerate(given) if argument is written)
    if any(other.name is None for other in given[at + 1 :]):
        return ()  # the positions of those behind it would change
    if is_yaml(source) and not _in_braces(source, site.call):
        return _without_lines(source, written.span)
    if at:
        span = Span(given[at - 1].span.end, written.span.end)
    else:
        span = Span(written.span.start, given[1].span.start if len(given) > 1 else written.span.end)
    return () if "#" in source.excerpt(span) else (Edit(span, ""),)


def _in_braces(source: Source, call: tree.Call) -> bool:
    """Tell whether a call in YAML has its arguments in braces, not line by line."""
    return source.excerpt(Span(call.name_span.end, call.span.end)).lstrip(": \r\n").startswith("{")


def replace_call(subject: Subject, node: Node, name: str, arguments: Mapping[str, object]) -> Edits:
    """Put a call of another operator (or the same with other arguments) in the place of a layer's."""
    site = subject.site(node)
    op = find(name)
    assert op is not None, name
    if site is None or site.call.key is not None:
        return ()
    source = subject.sources[0]
    if not is_yaml(source):
        return (Edit(site.call.span, call_text(op, arguments)),)
    span = _braced(source, site.call.span)
    return (Edit(span, _item(source, span, yaml_text(op, arguments))),)


def call_text(op: type[Op], arguments: Mapping[str, object]) -> str:
    """Write a call in text: required arguments by position, the others by name."""
    required = [parameter.name for parameter in signature(op) if parameter.required]
    parts = [spell(arguments[name]) for name in required]
    parts += [f"{name}={spell(value)}" for name, value in arguments.items() if name not in required]
    return f"{op.__name__}({', '.join(parts)})"


def yaml_text(op: type[Op], arguments: Mapping[str, object]) -> str:
    """Write a call in YAML, without the braces that it may need."""
    if not arguments:
        return op.__name__
    inside = ", ".join(f"{name}: {spell(value, True)}" for name, value in arguments.items())
    return f"{op.__name__}: {{{inside}}}"


def remove_call(subject: Subject, node: Node) -> Edits:
    """Take a layer out of its line, or its line out of the spec; what it read goes on in its place."""
    site = subject.site(node)
    if site is None or not isinstance(site.line, tree.Flow) or site.call.key is not None:
        return ()
    source, call = subject.sources[0], site.call
    if site.alone:
        return () if site.before is None and site.after is None else _without_lines(source, site.line.span)
    if is_yaml(source):
        return _without_item(source, site) if len(site.chain) > 1 else ()
    if site.place:
        span = Span(site.chain[site.place - 1].span.end, call.span.end)
    elif len(site.chain) > 1:
        span = Span(call.span.start, site.chain[1].span.start)
    elif isinstance(site.line.source, tree.Name | tree.Index | tree.Attribute):
        span = Span(site.line.source.span.end, call.span.end)
    else:
        return ()  # `y = ReLU()`: the value before has no name to be given
    return () if "#" in source.excerpt(span) else (Edit(span, ""),)


def append_call(subject: Subject, node: Node, other: Node) -> Edits:
    """Write the call of another layer once more, behind a layer's; what read the layer reads that one."""
    site, source = subject.site(node), subject.sources[0]
    if site is None or not isinstance(site.line, tree.Flow):
        return ()
    call, text = site.call, source.excerpt(other.span)
    if not is_yaml(source):
        operand = call is not site.line.source and call not in site.line.calls
        return () if operand else (Edit(Span(call.span.end, call.span.end), f" -> {text}"),)
    span = _braced(source, call.span)
    if span == call.span or len(site.chain) > 1 or "\n" in text:
        return ()
    return (Edit(span, f"[{source.excerpt(span)}, {{{text}}}]"),)


def _without_item(source: Source, site: Site) -> Edits:
    """Take a call out of a list in brackets, with its comma; of two the other stands without brackets."""
    text, span = source.text, _braced(source, site.call.span)
    if len(site.chain) == 2:
        one, other = (_braced(source, call.span) for call in site.chain)
        start, end = text.rindex("[", 0, one.start), text.index("]", other.end) + 1
        rest = text[start + 1 : one.start] + text[one.end : other.start] + text[other.end : end - 1]
        kept = other if site.place == 0 else one
        return (Edit(Span(start, end), source.excerpt(kept)),) if "".join(rest.split()) == "," else ()
    before, after = text[: span.start].rstrip(), text[span.end :].lstrip()
    if before.endswith(","):
        return (Edit(Span(len(before) - 1, span.end), ""),)
    if after.startswith(","):
        rest = after[1:].lstrip()
        return (Edit(Span(span.start, len(text) - len(rest)), ""),)
    return ()


def _without_lines(source: Source, span: Span) -> Edits:
    """Take the lines of a statement, an item or an argument away if nothing else stands there; a comment stays."""
    text = source.text
    start = source.line_starts[source.position(span.start).line - 1]
    end = _line_end(source, span.end)
    lead, rest = text[start : span.start], text[span.end : end.start].strip()
    if lead.strip() not in ("", "-") or (rest and not rest.startswith("#")):
        return ()
    if rest:
        return (Edit(Span(start + len(lead) - len(lead.lstrip()), text.index("#", span.end)), ""),)
    return (Edit(Span(start, end.end), ""),)


_END = re.compile(r"\r?(?:\n|\Z)")


def _line_end(source: Source, offset: int) -> Span:
    """Return the place of what ends a line."""
    found = _END.search(source.text, offset)
    assert found is not None  # at the end of the text at the latest
    return Span(*found.span())


def swap_calls(subject: Subject, first: Node, second: Node) -> Edits:
    """Let two layers that follow each other change places."""
    one, two = subject.site(first), subject.site(second)
    if one is None or two is None or one.call.key is not None or two.call.key is not None:
        return ()
    if not _follow(one, two):
        return ()
    source = subject.sources[0]
    left, right = one.call.span, two.call.span
    if is_yaml(source):
        left, right = _braced(source, left), _braced(source, right)
        texts = source.excerpt(left), source.excerpt(right)
        if any("\n" in text for text in texts) or (":" in "".join(texts) and not _alike(source, left, right)):
            return ()
    return Edit(left, source.excerpt(right)), Edit(right, source.excerpt(left))


def _follow(one: Site, two: Site) -> bool:
    """Tell whether one call comes right after another, with no name or promise that the value between them bears."""
    if not isinstance(one.line, tree.Flow):
        return False
    if one.line is two.line:
        return two.place == one.place + 1
    if one.after is not two.line or not isinstance(two.line, tree.Flow):
        return False
    if one.call is not one.chain[-1] or two.line.source is not two.call:
        return False
    return not one.line.targets and one.line.promise is None


def _alike(source: Source, left: Span, right: Span) -> bool:
    """Tell whether two items may change places as they are: both open, both in braces, or both items of a list."""
    kinds = {source.text[span.start] == "{" for span in (left, right) if ":" in source.excerpt(span)}
    return _is_item(source, left) == _is_item(source, right) or kinds == {True}


def _braced(source: Source, span: Span) -> Span:
    """Widen the place of a call in YAML to the braces right around it."""
    text = source.text
    if text[span.start - 1] == "{" and text[span.end : span.end + 1] == "}":
        return Span(span.start - 1, span.end + 1, span.file)
    return span


def _is_item(source: Source, span: Span) -> bool:
    """Tell whether a place follows the dash of a list's item."""
    start = source.line_starts[source.position(span.start).line - 1]
    return source.text[start : span.start].strip() == "-"


def _item(source: Source, span: Span, call: str) -> str:
    """Write a call in the place of another, with the braces that YAML needs around it, or behind it."""
    before = source.excerpt(span)
    if _is_item(source, span):
        return call
    if ":" in before and not before.startswith("{"):  # an entry of a map, as beside `from:`
        return call if ":" in call else f"{call}: {{}}"
    return f"{{{call}}}" if ":" in call else call


def together(*parts: Edits) -> Edits:
    """Make one fix of several edits; () where one of them cannot be made, or two are at one place."""
    edits = tuple(edit for part in parts for edit in part)
    ordered = sorted(edits, key=lambda edit: edit.span)
    apart = all(one.span.end <= two.span.start for one, two in pairwise(ordered))
    return edits if apart and all(parts) else ()
