"""What a key of the state_dict may be: names and numbers between dots."""

from collections.abc import Container


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
