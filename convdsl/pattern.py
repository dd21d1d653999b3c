"""Patterns for files, as configuration spells them: `specs/*.cdsl`, `**/old/**`, `demo.yaml`.

Text only; where a path begins is decided by whoever asks.
"""

import re
from functools import cache


def matches(pattern: str, path: str) -> bool:
    """Tell whether a pattern names a file, or a folder around it.

    path: parts between slashes, from the folder of the configuration. `*` and `?` stand for characters of one name,
    `[abc]` for one of them, `**` for any number of folders. A pattern without a slash inside is looked for at any
    depth.

    >>> matches("specs/*.cdsl", "specs/unet.cdsl"), matches("specs/*.cdsl", "specs/seed/network1.cdsl")
    (True, False)
    >>> matches("unet.*", "specs/unet.cdsl"), matches("specs/seed", "specs/seed/network1.cdsl")
    (True, True)
    """
    return _compiled(pattern).fullmatch(path) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    body = pattern.removeprefix("./").strip("/")
    anywhere = "" if "/" in body or pattern.startswith(("/", "./")) else "(?:.*/)?"
    parts = (_part(part) for part in body.split("/"))
    joined = "/".join(parts).replace("/\0/", "/(?:.*/)?").removeprefix("\0/")
    deep = "(?:.*/)?" if body.startswith("**/") else ""
    return re.compile(f"{anywhere}{deep}{joined.replace(chr(0), '.*')}(?:/.*)?", re.DOTALL)


def _part(name: str) -> str:
    """Translate one name of a pattern; `**` is a mark, as it spans several."""
    if name == "**":
        return "\0"
    out = []
    for token in re.findall(r"\[[!^]?\]?[^\]]*\]|\*+|.", name, re.DOTALL):
        if token[0] == "*":
            out.append("[^/]*")
        elif token == "?":
            out.append("[^/]")
        elif len(token) > 2:
            out.append(_one_of(token[1:-1]))
        else:
            out.append(re.escape(token))
    return "".join(out)


def _one_of(text: str) -> str:
    """Translate what stands in brackets: characters and ranges, all others after `!`."""
    negative = text[0] in "!^"
    members = re.findall(r"(.)-(.)|(.)", text[1:] if negative else text, re.DOTALL)
    ranges = [f"{re.escape(low)}-{re.escape(high)}" for low, high, _ in members if low and low <= high]
    inside = "".join([*ranges, *(re.escape(one) for _, _, one in members if one)])
    if not inside:
        return "(?!)"
    return f"[^/{inside}]" if negative else f"[{inside}]"
