"""No spec exhausts time, memory or the stack: each limit has one located message, and `check` comes to its end.

Times are not asserted; a process that is told to stop after ten seconds of work and at a gigabyte has to come to its
own end first.
"""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.syntax.limits import MAX_MISTAKES, MAX_SAID

ROOT = Path(__file__).resolve().parents[1]
SECONDS, BYTES = 30, 2**30  # of work: three times what the slowest takes, so that a busy machine fails nothing
DIGITS = "9" * 10**6
LONG = "a" * 10**6
MANY = 50_000


def model(body: str, shape: str = "[N, 3, H, W]", parameters: str = "", before: str = "") -> str:
    head = f"convdsl 1\n{before}model M{parameters} {{\n  input x: {shape}\n"
    return f"{head}{body}\n  y = Conv2d(3, 1)\n  output y: [N, 3, H, W]\n}}\n"


def yaml(layers: str, rest: str = "") -> str:
    inputs, outputs = "inputs: {x: [N, 3, H, W]}", "outputs: {y: [N, 3, H, W]}"
    return f"convdsl: 1\nmodel: M\n{inputs}\nlayers:\n{layers}\n  - y: ReLU\n{outputs}\n{rest}"


def laughs(inner: str, depth: int = 40) -> str:
    """Call blocks that call blocks, twice each: 2 ** 40 times the innermost."""
    blocks = "".join(f"block B{i} {{\n  B{i - 1}()\n  B{i - 1}()\n}}\n" for i in range(1, depth + 1))
    return f"block B0 {{\n  {inner}\n}}\n{blocks}"


# name: (file name, text, code of the first error, words of its message)
LIMITS: dict[str, tuple[str, str, str, str]] = {
    "a text of five million characters": (
        "a.cdsl",
        "#" * 5_000_000,
        "E005",
        "5,000,000 characters, more than 4,000,000",
    ),
    "the same in YAML": ("a.yaml", "#" * 5_000_000, "E005", "5,000,000 characters, more than 4,000,000"),
    "a million lines": ("a.cdsl", "\n" * 10**6, "E005", "1,000,001 lines, more than 200,000"),
    "a million lines of YAML": ("a.yaml", "\n" * 10**6, "E005", "1,000,001 lines, more than 200,000"),
    "50,000 brackets in YAML": ("a.yaml", "[" * MANY, "E005", "100 levels deep"),
    "50,000 braces in YAML": ("a.yaml", "{" * MANY, "E005", "100 levels deep"),
    "50,000 dashes in YAML": ("a.yaml", "- " * MANY, "E005", "100 levels deep"),
    "50,000 question marks in YAML": ("a.yaml", "? " * MANY, "E005", "100 levels deep"),
    "parentheses": ("a.cdsl", model(f"  Conv2d({'(' * MANY}1{')' * MANY}, 1)"), "E001", "nest deeper than 100"),
    "open parentheses": ("a.cdsl", model(f"  Conv2d({'(' * MANY}"), "E001", "nest deeper than 100"),
    "open brackets": ("a.cdsl", model(f"  Conv2d({'[' * MANY}"), "E001", "nest deeper than 100"),
    "parentheses in YAML": (
        "a.yaml",
        yaml(f"  - Conv2d: {{out_channels: '{'(' * MANY}', kernel_size: 1}}"),
        "E001",
        "nest deeper than 100",
    ),
    "braces": ("a.cdsl", model("{" * MANY), "E001", "braces nest deeper than 100"),
    "bodies": ("a.cdsl", model("  if 1 == 1 {\n" * 5000 + "}" * 5000), "E001", "braces nest deeper than 100"),
    "else if": (
        "a.cdsl",
        model("  if 1 == 2 { ReLU() }" + " else if 1 == 2 { ReLU() }" * 150),
        "E001",
        "100 `else if`",
    ),
    "operators": ("a.cdsl", model(f"  Conv2d(1{' + 1' * 500}, 1)"), "E001", "more than 100 operators"),
    "powers": ("a.cdsl", model(f"  Conv2d(1{' ** 1' * 500}, 1)"), "E001", "more than 100 operators"),
    "signs": ("a.cdsl", model(f"  Conv2d({'-' * 500}1, 1)"), "E001", "more than 100 operators"),
    "attributes": ("a.cdsl", model(f"  y = x{'.a' * 500}"), "E001", "nest deeper than 100"),
    "indices": ("a.cdsl", model(f"  y = x{'[0]' * 500}"), "E001", "nest deeper than 100"),
    "calls in calls": ("a.cdsl", model(f"  y = {'F(' * MANY}{')' * MANY}"), "E001", "nest deeper than 100"),
    "operators in YAML": ("a.yaml", yaml(f"  - Mul: 1{' + 1' * 500}"), "E001", "more than 100 operators"),
    "a statement of many words": (
        "a.cdsl",
        model(f"  Reshape(({'1, ' * 20_000}))"),
        "E017",
        "words and signs, more than 20,000",
    ),
    "a number of a million digits": ("a.cdsl", model(f"  Conv2d({DIGITS}, 1)"), "E001", "more digits"),
    "a fraction of a million digits": ("a.cdsl", model(f"  LeakyReLU(0.{DIGITS})"), "E001", "more digits"),
    "an exponent of a million digits": ("a.cdsl", model(f"  LeakyReLU(1e{DIGITS})"), "E001", "more digits"),
    "the same number in YAML": ("a.yaml", yaml(f"  - Mul: {DIGITS}"), "E001", "more digits"),
    "an edition of a million digits": ("a.cdsl", f"convdsl {DIGITS}\n", "E003", "edition 999"),
    "the same edition in YAML": ("a.yaml", f"convdsl: {DIGITS}\n", "E003", "edition 999"),
    "a size of a million digits": ("a.cdsl", model("", f"[N, {DIGITS}, H, W]"), "E001", "more digits"),
    "a setting of a million digits": (
        "a.cdsl",
        model("") + f"train {{\n  epochs = {DIGITS}\n}}\n",
        "E001",
        "more digits",
    ),
    "a product in a recipe": (
        "a.cdsl",
        model("") + "train {\n  epochs = 9007199254740992 * 9007199254740992\n}\n",
        "E151",
        "epochs",
    ),
    "a difference in a recipe that is no number": (
        "a.cdsl",
        model("") + "train {\n  clip = 1e308 * 1e308 - 1e308 * 1e308\n}\n",
        "E151",
        "clip",
    ),
    "2 ** 53 + 1": ("a.cdsl", model("  Conv2d(9007199254740993, 1)"), "E121", "larger than 2 ** 53"),
    "the same with a unit": ("a.cdsl", model("  Conv2d(9007200G, 1)"), "E121", "larger than 2 ** 53"),
    "a tower of powers": ("a.cdsl", model("  Conv2d(9**9**9**9, 1)"), "E121", "too large"),
    "2 ** 100": ("a.cdsl", model("  Conv2d(2**100, 1)"), "E121", "too large"),
    "a product beyond 2 ** 53": ("a.cdsl", model("  Conv2d(2**52 * 4, 1)"), "E121", "too large"),
    "a sum beyond 2 ** 53": ("a.cdsl", model("  Conv2d(2**53 + 1, 1)"), "E121", "too large"),
    "a float beyond all": ("a.cdsl", model("  LeakyReLU(10.0 ** 400)"), "E121", "too large"),
    "10 ** 9 turns": ("a.cdsl", model("  repeat 10**9 { ReLU() }"), "E119", "1,000,000,000 layers or more"),
    "10 ** 5 times 10 ** 5 turns": (
        "a.cdsl",
        model("  repeat 100000 { repeat 100000 { ReLU() } }"),
        "E119",
        "10,000,000,000 layers or more",
    ),
    "10 ** 15 empty turns": (
        "a.cdsl",
        model("  repeat 100000 { repeat 100000 { repeat 100000 { } } }"),
        "E119",
        "loops",
    ),
    "a range of 10 ** 12": ("a.cdsl", model("  for i in range(10**12) { ReLU() }"), "E119", "range of 1000000000000"),
    "a list made again at each turn": (
        "a.cdsl",
        model(f"  for i in range(100000) {{ if 5 in [{'1, ' * 4000}] {{ ReLU() }} }}"),
        "E119",
        "too many steps",
    ),
    "10 ** 9 turns in YAML": (
        "a.yaml",
        yaml("  - repeat: 10 ** 9\n    do: [ReLU]"),
        "E119",
        "1,000,000,000 layers or more",
    ),
    "a billion laughs": (
        "a.cdsl",
        model("  B40()", before=laughs("ReLU()")),
        "E119",
        "1,099,511,627,776 layers or more",
    ),
    "a billion laughs about nothing": (
        "a.cdsl",
        model("  B40()", before=laughs("if 1 == 2 { ReLU() }")),
        "E119",
        "too many steps",
    ),
    "5,000 blocks in a row": (
        "a.cdsl",
        model(
            "  B4999()",
            before="block B0 { ReLU() }\n" + "".join(f"block B{i} {{ B{i - 1}() }}\n" for i in range(1, 5000)),
        ),
        "E118",
        "more than 64 deep",
    ),
    "blocks in a circle": (
        "a.cdsl",
        model("  A()", before="block A { B() }\nblock B { A() }\n"),
        "E118",
        "contain itself",
    ),
    "a name of a million letters": (
        "a.cdsl",
        model(f"  {LONG} = ReLU()"),
        "E017",
        "1,000,000 characters, more than 200",
    ),
    "a type of a million letters": ("a.cdsl", model(f"  A{LONG}()"), "E017", "1,000,001 characters, more than 200"),
    "a string of a million letters": (
        "a.cdsl",
        model(f'  ReLU() as "{LONG}"'),
        "E017",
        "string has 1,000,000 characters, more than 1,000",
    ),
    "a name of a million letters in YAML": ("a.yaml", yaml(f'  - Conv2d: {{padding: "{LONG}"}}'), "E017", "1,000,000"),
    "a key of two thousand letters": (
        "a.cdsl",
        model("".join(f"  {'n' * 190}{i} = {{\n" for i in range(10)) + "  ReLU()\n" + "}\n" * 10),
        "E128",
        "more than 1,000",
    ),
    "100 axes": ("a.cdsl", model("", f"[N, 3, {', '.join(['7'] * 100)}]"), "E117", "102 axes"),
    "100 axes by Reshape": ("a.cdsl", model(f"  Reshape(({'1, ' * 100}))", "[N, 1, 1, 1]"), "E117", "101 axes"),
    "2 ** 53 parts": ("a.cdsl", model("  a = Chunk(9007199254740991)"), "E113", "at most 1000"),
    "10 ** 8 parts": (
        "a.cdsl",
        model("  a = Split(1)", "[N, 100000000, H, W]"),
        "E114",
        "100000000 parts, more than 1,000",
    ),
    "an anchor": ("a.yaml", yaml("  - &a ReLU"), "E009", "an anchor"),
    "laughs by alias": (
        "a.yaml",
        "convdsl: 1\na: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(40)),
        "E009",
        "an anchor",
    ),
    "a circle of aliases": ("a.yaml", "&a [*a]", "E009", "an anchor"),
    "a merge key": ("a.yaml", yaml("  - {<<: {a: 1}}"), "E009", "a merge key"),
    "a tag": ("a.yaml", yaml("  - !!python/object:os.system x"), "E009", "a tag"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_limit_is_one_located_message_with_a_way_out(name: str) -> None:
    file, text, code, words = LIMITS[name]
    analysis = analyze(Source(file, text))
    errors = [found for found in analysis.diagnostics if found.is_error]
    match = [found for found in errors if found.code.id == code and words in found.message]
    assert match, [(found.code.id, found.message[:200]) for found in errors[:5]]
    for found in errors:
        assert found.helps
        assert 0 <= found.where.span.start <= found.where.span.end <= len(text)
        assert len(found.message) <= MAX_SAID


# What takes long to refuse, or is not refused at all: a process of its own, with limits that end it.
ATTACKS: dict[str, tuple[str, str]] = {
    "100,000 names": ("a.cdsl", model("".join(f"  v{i} = x\n" for i in range(90_000)))),
    "20,000 misspelt names": ("a.cdsl", model("".join(f"  name{i} = nmae{i} -> ReLU()\n" for i in range(20_000)))),
    "50,000 blocks and a misspelt one": (
        "a.cdsl",
        model("  Blokc7()", before="".join(f"block Block{i} {{ ReLU() }}\n" for i in range(MANY))),
    ),
    "100,000 mistakes": ("a.cdsl", model("".join(f"  v{i} = Conv2d(3, )) §\n" for i in range(100_000)))),
    "100,000 mistakes in YAML": ("a.yaml", yaml("  - conv2d: {a: 1, a: 2}\n" * 40_000)),
    "100,000 settings": (
        "a.cdsl",
        model("") + "train {\n" + "".join(f"  epohcs{i} = 1\n" for i in range(100_000)) + "}\n",
    ),
    "100,000 keys": ("a.yaml", yaml("", "".join(f"keyy{i}: 1\n" for i in range(100_000)))),
    "100,000 closing braces": ("a.cdsl", "convdsl 1\n" + "}\n" * 100_000),
    "300,000 open strings": ("a.cdsl", model('"\n' * 190_000)),
    "100,000 anchors": ("a.yaml", "".join(f"- &a{i} x\n" for i in range(100_000))),
    "half a value": ("a.yaml", yaml(f"  - Conv2d: [{'(1,' * 50_000}]")),
    "a million and more values in YAML": ("a.yaml", f"[{'a,' * 1_100_000}]"),
    "a list of a million": ("a.yaml", f"convdsl: 1\nmodel: M\nlayers: [{'a, ' * 900_000}]"),
    "layers that are handed down": (
        "a.cdsl",
        model(
            f"  {''.join(f'L{i}(' for i in range(40))}ReLU{')' * 40}",
            before="".join(f"block L{i}(a: layer) {{\n  a()\n  a()\n}}\n" for i in range(40)),
        ),
    ),
    "names that add up": (
        "a.cdsl",
        model(
            "  B16()",
            before="block B0 { ReLU() }\n"
            + "".join(
                f"block B{i} {{\n {'n' * 190} = B{i - 1}()\n {'m' * 190} = B{i - 1}()\n}}\n" for i in range(1, 17)
            ),
        ),
    ),
    "signs that are none": ("a.cdsl", model("§" * 10**6)),
    "spaces": ("a.cdsl", model("  y0 =" + " " * 10**6 + "ReLU()")),
    "a comment of a million letters": ("a.cdsl", model(f"  ReLU()  # {LONG}")),
    "the deepest network that there is": ("a.cdsl", model("  ReLU()\n" * 95_000)),
    "shrinking by 2 ** 2000": ("a.cdsl", model("  MaxPool2d(2)\n" * 2000)),
    "growing by 2 ** 2000": ("a.cdsl", model("  Upsample(scale_factor=2)\n" * 2000)),
    "shapes of 10 ** 15": ("a.cdsl", model("  Conv2d(10**15, 1)", "[N, 3, 10**15, W]")),
    "a kernel of 2 ** 53": ("a.cdsl", model("  Conv2d(3, 9007199254740991, dilation=9007199254740991)")),
    "a chain": ("a.cdsl", model("  z = x" + " -> ReLU()" * 90_000)),
}


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))


def check(path: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "convdsl", "check", str(path), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, preexec_fn=limit, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
def test_check_of_an_attack_ends_within_its_limits_and_says_little(name: str, tmp_path: Path) -> None:
    file, text = ATTACKS[name]
    path = tmp_path / file
    path.write_text(text, "utf-8")
    done = check(path)
    assert done.returncode in (0, 1, 2), done.stderr[-500:]
    assert "Traceback" not in done.stderr
    # each of at most 101 messages: a few lines of a terminal's width
    assert len(done.stdout) + len(done.stderr) < (MAX_MISTAKES + 1) * 4 * MAX_SAID


@pytest.mark.parametrize(
    "name", ["50,000 brackets in YAML", "a billion laughs", "a number of a million digits", "10 ** 9 turns", "bodies"]
)
def test_process_with_little_time_and_memory_refuses_a_hostile_file(name: str, tmp_path: Path) -> None:
    file, text, code, _ = LIMITS[name]
    path = tmp_path / file
    path.write_text(text, "utf-8")
    done = check(path)
    assert done.returncode == (2 if code == "E005" else 1), done.stderr[-500:]
    assert code in done.stdout


def test_file_of_40_megabytes_is_refused_with_its_size(tmp_path: Path) -> None:
    path = tmp_path / "a.cdsl"
    with path.open("wb") as file:
        file.truncate(40_000_000)
    done = check(path)
    assert done.returncode == 2
    assert "40,000,000 bytes, more than 4,000,000" in done.stdout


def test_standard_input_without_end_is_refused() -> None:
    command = f"head -c 40000000 /dev/zero | tr '\\0' x | {sys.executable} -m convdsl check -"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, preexec_fn=limit, check=False)
    assert done.returncode == 2
    assert "more than 4,000,000 bytes" in done.stdout


@pytest.mark.parametrize("value", ["9" * 100_000, "9007199254740993", "1e999", "1e" + "9" * 1000])
def test_parameter_that_is_too_large_is_refused_in_one_line(value: str, tmp_path: Path) -> None:
    path = tmp_path / "a.cdsl"
    path.write_text(model("  Conv2d(width, 1)", parameters="(width: int = 3)"), "utf-8")
    done = check(path, "--param", f"width={value}")
    assert done.returncode == 2
    assert "too large" in done.stderr
    assert len(done.stderr) < 2 * MAX_SAID


def test_mistakes_beyond_the_hundredth_are_counted_as_more() -> None:
    text = model("".join(f"  v{i} = Cnov2d(3, 1)\n" for i in range(300)))
    found = analyze(Source("a.cdsl", text)).diagnostics
    assert len(found) == MAX_MISTAKES + 1
    assert found[-1].code.id == "E016"
    assert [item.code.id for item in found[:-1]] == ["E110"] * MAX_MISTAKES


def test_a_hundred_mistakes_are_all_told() -> None:
    text = model("".join(f"  v{i} = x -> Cnov2d(3, 1)\n" for i in range(MAX_MISTAKES)))
    found = analyze(Source("a.cdsl", text.replace("  y = ", "  y = x -> "))).diagnostics
    assert [item.code.id for item in found] == ["E110"] * MAX_MISTAKES
