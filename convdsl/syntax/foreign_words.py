"""Words of Python and other languages that people write by habit, and what this language has in their place."""

_BLOCK = "a part that is used again is a `block Name(channels: int) { ... }`"
_OUTPUT = "the result is the last value, told by `output name: [...]`"
_NO_CODE = "a spec holds layers and never code; layers are written one a line"
_COUNT = "write `repeat n { ... }` or `for i in range(n) { ... }`"

FOREIGN: dict[str, str] = {
    "class": _BLOCK,
    "def": _BLOCK,
    "fn": _BLOCK,
    "func": _BLOCK,
    "function": _BLOCK,
    "struct": _BLOCK,
    "module": _BLOCK,
    "lambda": "a `layer` parameter takes a call with its arguments: `norm=GroupNorm(32)`",
    "return": _OUTPUT,
    "yield": _OUTPUT,
    "import": 'write `from "blocks.cdsl" import Down`',
    "include": 'write `from "blocks.cdsl" import Down`',
    "while": _COUNT,
    "loop": _COUNT,
    "do": _COUNT,
    "elif": "write `else if`",
    "elseif": "write `else if`",
    "elsif": "write `else if`",
    "unless": "write `if not ...`",
    "switch": "write `if ... { } else if ... { }`",
    "match": "write `if ... { } else if ... { }`",
    "print": _NO_CODE,
    "with": _NO_CODE,
    "try": _NO_CODE,
    "assert": "conditions on the result are told by `expect`, on sizes by `where`",
    "pass": "an empty body is written `{ }`",
    "let": "a name is bound by `name = ...` alone",
    "var": "a name is bound by `name = ...` alone",
    "val": "a name is bound by `name = ...` alone",
    "const": "a name is bound by `name = ...` alone",
    "is": "a comparison is written `==`",
    "null": "write `none`",
    "del": "values are dropped at their last use by themselves",
    "global": "a block sees its parameters and inputs only",
    "async": _NO_CODE,
    "then": "the body of an `if` stands in braces: `if condition { ... }`",
    "end": "a body ends with `}`",
    "begin": "a body begins with `{`",
}
