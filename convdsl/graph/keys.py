"""What a key of the state_dict may be: names and numbers between dots."""

from collections.abc import Collection, Container

from convdsl import codes
from convdsl.graph.evaluate import Env, whole
from convdsl.graph.problem import Problem
from convdsl.syntax import tree
from convdsl.syntax.expression import parse_fragment


def key_problem(key: str) -> str:
    """Say what is wrong with a key, "" if nothing is."""
    if not key:
        return "it is empty"
    if len(key) > 500:
        return "it is too long"
    for part in key.split("."):
        if not part:
            return "a dot needs a name on both sides"
        if not (part.isascii() and (part.isdigit() or part.isidentifier())):
            return f"`{part}` is neither a name nor a number"
        if reserved(part):
            return f"`{part}` is a name that torch.nn.Module keeps for itself"
    return ""


def reserved(part: str) -> bool:
    """Tell whether PyTorch assigns an attribute of this name to every module, which would overwrite a layer."""
    return part == "training" or part.startswith("_")


def place_in(key: str, layers: Container[str]) -> str | None:
    """Return the layer that stands where a parent of this key would, if there is one."""
    at = key.rfind(".")
    while at > 0:
        if key[:at] in layers:
            return key[:at]
        at = key.rfind(".", 0, at)
    return None


def suspicious(keys: Collection[str]) -> bool:
    """Tell whether a key may hold a reserved part, or may be the parent of another: in nearly all networks none is."""
    text = "\n".join(("", *keys))
    if "\n_" in text or "._" in text or "training" in text:
        return True
    new = {key.rpartition(".")[0] for key in keys}
    parents: set[str] = set()
    while new:
        parents |= new
        new = {key.rpartition(".")[0] for key in new} - parents
    return not parents.isdisjoint(keys)


def key_text(key: tree.String, env: Env) -> str:
    """Fill `{i}` in and check the parts: identifiers or numbers between dots.

    Raises Problem where it is no key.
    """
    out: list[str] = []
    text = key.value
    at = 0
    while at < len(text):
        opening = text.find("{", at)
        if opening < 0:
            out.append(text[at:])
            break
        closing = text.find("}", opening)
        if closing < 0:
            raise Problem(
                codes.KEY_INVALID, "`{` without `}` in a key", key.span, helps=('close the brace: `as "block.{i}"`',)
            )
        out.append(text[at:opening])
        expr, mistakes = parse_fragment(text[opening + 1 : closing], "expr", lambda start, end: key.span)
        if expr is None or mistakes:
            raise Problem(
                codes.KEY_INVALID,
                "this is no integer expression",
                key.span,
                text[opening : closing + 1],
                helps=("write numbers and loop variables: `{i + 1}`",),
            )
        out.append(str(whole(expr, env)))
        at = closing + 1
    full = "".join(out)
    problem = key_problem(full)
    if problem:
        raise Problem(
            codes.KEY_INVALID,
            f"`{full}` is no key: {problem}",
            key.span,
            helps=("write names and numbers with dots between them, such as `block.3`",),
        )
    return full
