"""What `[tool.convdsl]` may say, key by key, and what it says: typed values, each with its place in the file.

Text in, values out; where the file lies is found in `configfile.py`. What the codes of rules and the expectations
mean is read by those who use them: `place` tells them the line to name in a complaint.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from convdsl.mistake import MistakeError
from convdsl.nearest import nearest
from convdsl.pattern import matches
from convdsl.record import dataclass, field, replace

Path = tuple[str | int, ...]  # the way to a value: keys of tables, positions in lists

TABLE = ("tool", "convdsl")  # where the keys stand in a pyproject.toml
SEVERITIES = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration that holds for some files; the defaults where there is none.

    file: as messages name it, "" without one. folder: absolute, where the patterns and paths in the file begin.
    expect: limits for every network; per_file_expect: pattern -> the limits of these files instead.
    exclude: patterns of what is passed over in folders. baseline: a path from `folder`.
    select, extend_select, ignore, per_file_ignores: codes or names of rules. fail_on: one of SEVERITIES.
    thresholds: rule -> name -> number.
    """

    file: str = ""
    folder: str = ""
    expect: tuple[str, ...] = ()
    per_file_expect: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fail_on: str | None = None
    baseline: str | None = None
    thresholds: Mapping[str, Mapping[str, int | float]] = field(default_factory=dict)
    text: str = ""

    def place(self, *path: str | int) -> str:
        """Name the line of a value as messages do, `pyproject.toml:12`; place("per-file-ignores", "a.cdsl", 0)."""
        from convdsl.toml_line import line_of  # only a message asks

        table = TABLE if self.file.endswith("pyproject.toml") else ()
        return f"{self.file}:{line_of(self.text, (*table, *path))}"

    def ignored_for(self, path: str) -> Iterator[tuple[str, str]]:
        """Yield (code, place) of the rules that every pattern matching a file ignores.

        path: of the file from `folder`, with slashes (`configfile.relative`).
        """
        for pattern, rules in self.per_file_ignores.items():
            if matches(pattern, path):
                yield from ((rule, self.place("per-file-ignores", pattern, i)) for i, rule in enumerate(rules))

    def expected_of(self, path: str) -> tuple[tuple[str, Path], ...]:
        """Return the limits of a file with the keys that lead to them: the last matching pattern's, else all files'.

        path: of the file from `folder`, with slashes (`configfile.relative`).
        """
        where: Path = ("expect",)
        limits = self.expect
        for pattern, own in self.per_file_expect.items():
            if matches(pattern, path):
                where, limits = ("per-file-expect", pattern), own
        return tuple((limit, (*where, index)) for index, limit in enumerate(limits))

    def excludes(self, path: str) -> bool:
        """Tell whether a file, or a folder around it, is passed over where it was not named itself."""
        return any(matches(pattern, path) for pattern in self.exclude)


def read_config(text: str, file: str, folder: str) -> Config | None:
    """Read a pyproject.toml, or a convdsl.toml whose keys stand at the top; None where it says nothing of convdsl.

    Raises MistakeError with all that is wrong in it.
    """
    import tomllib  # most folders have no configuration

    try:
        data: object = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"`{file}` is no TOML: {_lower(str(error))}"
        raise MistakeError(message, way_out="mend it, or pass it over with `--isolated`") from error
    table = TABLE if file.endswith("pyproject.toml") else ()
    for key in table:
        data = data.get(key) if isinstance(data, dict) else None
    if data is None:
        return None
    found = Config(file, folder, text=text)
    if not isinstance(data, dict):
        raise MistakeError(f"{found.place()}: `tool.convdsl` is {_kind(data)}", way_out="write a table, [tool.convdsl]")
    reader = _Reader(found)
    values = {key: reader.value(key, value) for key, value in data.items()}
    if reader.wrong:
        first, *others = reader.wrong
        raise MistakeError(first[0], notes=tuple(message for message, _ in others), way_out=first[1])
    fields: dict[str, Any] = {key.replace("-", "_"): value for key, value in values.items()}
    return replace(found, **fields)


class _Reader:
    """Checks the values of one file, and keeps what is wrong with them: (message, way out)."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.wrong: list[tuple[str, str]] = []

    def value(self, key: str, value: object) -> object:
        read = _KEYS.get(key)
        if read is not None:
            return read(self, (key,), value)
        near = nearest(key, _KEYS)
        way = f"did you mean `{near}`" if near else f"the keys are {', '.join(_KEYS)}"
        self.complain((key,), f"there is no key `{key}`", way)
        return None

    def complain(self, path: Path, message: str, way_out: str) -> None:
        self.wrong.append((f"{self.config.place(*path)}: {message}", way_out))

    def strings(self, path: Path, value: object) -> tuple[str, ...]:
        name = path[0]
        if not isinstance(value, list):
            self.complain(path, f"`{path[-1]}` is {_kind(value)}, and wants a list of strings", _EXAMPLES[f"{name}"])
            return ()
        for index, item in enumerate(value):
            if not isinstance(item, str) or not item.strip():
                what = "an empty string" if isinstance(item, str) else _kind(item)
                self.complain((*path, index), f"`{path[-1]}` holds {what}, and wants strings", _EXAMPLES[f"{name}"])
        return tuple(item for item in value if isinstance(item, str))

    def string(self, path: Path, value: object) -> str:
        if isinstance(value, str) and value.strip():
            return value
        what = "an empty string" if isinstance(value, str) else _kind(value)
        self.complain(path, f"`{path[-1]}` is {what}, and wants a string", _EXAMPLES[f"{path[0]}"])
        return ""

    def severity(self, path: Path, value: object) -> str:
        if isinstance(value, str) and value in SEVERITIES:
            return value
        said = f"`{value}`" if isinstance(value, str) else _kind(value)
        near = nearest(value, SEVERITIES) if isinstance(value, str) else None
        way = f"did you mean `{near}`" if near else f"write one of {', '.join(SEVERITIES)}"
        self.complain(path, f"`{path[-1]}` is {said}, and wants a severity", way)
        return ""

    def by_pattern(self, path: Path, value: object) -> dict[str, tuple[str, ...]]:
        return {key: self.strings((*path, key), one) for key, one in self.table(path, value).items()}

    def thresholds(self, path: Path, value: object) -> dict[str, dict[str, int | float]]:
        out: dict[str, dict[str, int | float]] = {}
        for rule, names in self.table(path, value).items():
            out[rule] = {}
            for name, number in self.table((*path, rule), names).items():
                if isinstance(number, bool) or not isinstance(number, int | float):
                    message = f"`{name}` of `{rule}` is {_kind(number)}, and wants a number"
                    self.complain((*path, rule, name), message, _EXAMPLES["thresholds"])
                else:
                    out[rule][name] = number
        return out

    def table(self, path: Path, value: object) -> dict[str, object]:
        if isinstance(value, dict):
            return value
        self.complain(path, f"`{path[-1]}` is {_kind(value)}, and wants a table", _EXAMPLES[f"{path[0]}"])
        return {}


_KEYS: Mapping[str, Callable[[_Reader, Path, object], object]] = {
    "expect": _Reader.strings,
    "per-file-expect": _Reader.by_pattern,
    "exclude": _Reader.strings,
    "select": _Reader.strings,
    "extend-select": _Reader.strings,
    "ignore": _Reader.strings,
    "per-file-ignores": _Reader.by_pattern,
    "fail-on": _Reader.severity,
    "baseline": _Reader.string,
    "thresholds": _Reader.thresholds,
}

_EXAMPLES = {
    "expect": 'such as expect = ["parameters <= 5M"]',
    "per-file-expect": 'such as per-file-expect = { "specs/large.cdsl" = ["parameters <= 50M"] }',
    "exclude": 'such as exclude = ["specs/old"]',
    "select": 'such as select = ["W3", "gridding"]',
    "extend-select": 'such as extend-select = ["I503"]',
    "ignore": 'such as ignore = ["W410"]',
    "per-file-ignores": 'such as per-file-ignores = { "specs/seed/*" = ["W306"] }',
    "baseline": 'such as baseline = "convdsl-baseline.json"',
    "thresholds": "such as thresholds = { huge-dense = { weights = 100_000_000 } }",
}


def _kind(value: object) -> str:
    words = {bool: "a truth value", str: "a string", list: "a list", dict: "a table"}
    return words.get(type(value), "a number" if isinstance(value, int | float) else "a date")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
