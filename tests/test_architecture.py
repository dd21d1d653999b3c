"""The laws of the house (docs/architecture.md), each with a proof that it can fail.

A law is a function from a house (path -> source text) to sentences about what breaks it. The real house must give
none; small broken houses must give some.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
House = Mapping[str, str]

# A file of a floor imports lower floors, and other files of its own folder. Folders end in a slash.
FLOORS: dict[int, tuple[str, ...]] = {
    1: (
        "record.py",
        "source.py",
        "sizes.py",
        "sizeset.py",
        "sizetext.py",
        "shape.py",
        "bins.py",
        "history.py",
        "meaning.py",
        "mistake.py",
        "nearest.py",
        "pattern.py",
        "toml_line.py",
        "version.py",
    ),
    2: ("diagnostics.py", "argument.py", "traits.py", "op.py", "codes.py", "config.py", "saved.py"),
    3: ("syntax/", "ops/", "recipe.py", "recipe_data.py", "optimization.py", "calls.py", "meant.py", "unsettled.py"),
    4: ("graph/", "authoring/", "settings.py"),
    5: ("analysis/",),
    6: ("lint/", "render/", "lower/"),
    7: ("pipeline.py", "spec_error.py", "discriminator.py"),
    8: (
        *("builder/", "lsp/", "play/", "train/", "exchange/"),
        *("files.py", "folder.py", "configfile.py", "explanation.py", "graphviz_program.py"),
        *("review.py", "view.py"),
    ),
    9: (
        "api.py",
        "checkpoints.py",
        "colourist.py",
        "comparison.py",
        "compiled.py",
        "drawing.py",
        "importing.py",
        "inspection.py",
        "layers.py",
        "recipes.py",
        "runs.py",
        "weights.py",
    ),
    10: ("cli/", "testing/"),
    11: ("__init__.py", "__main__.py"),
}

# Every package from outside, and the only places that may import it.
OUTSIDE: dict[str, tuple[str, ...]] = {
    "torch": ("train/", "exchange/", "testing/", "lower/build.py", "lower/modules.py"),
    "numpy": ("train/", "exchange/"),
    "PIL": ("train/", "exchange/", "render/film_gif.py"),
    "safetensors": ("train/", "exchange/"),
    "tqdm": ("train/",),
    "hypothesis": ("testing/",),
    "h5py": ("exchange/keras_file.py",),
    "yaml": ("syntax/",),
    "lark": ("syntax/",),
    "graphviz": ("render/dot.py",),
    "resvg_py": ("render/png.py",),
    "typst": ("render/pdf.py",),
    "onnx": ("exchange/",),
    "onnxruntime": ("exchange/onnx_file.py", "train/onnx_network.py"),
    "onnxscript": ("exchange/onnx_file.py",),
    "google": ("exchange/onnx_file.py", "exchange/read_onnx.py"),
}

GENERATED = ("syntax/tables.py",)  # written by a program, read by none of us
LONGEST = 400
ROOF = ("cli/main.py",)  # the only place that catches whatever comes
UNPICKLES = ("exchange/pytorch_file.py",)  # by PyTorch's reader of plain data, and by nothing else
# the Python that emit printed; the `__init__` of our own dataclasses; in tests, what an operator's plan says
RUNS_SOURCE = ("lower/build.py", "record.py", "testing/plans.py")


def real_house() -> House:
    package = ROOT / "convdsl"
    return {str(path.relative_to(package)): path.read_text("utf-8") for path in sorted(package.rglob("*.py"))}


@pytest.fixture(scope="module", name="house")
def _house() -> House:
    return real_house()


parsed = cache(ast.parse)


def module_name(path: str) -> str:
    parts = ["convdsl", *path.removesuffix(".py").split("/")]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def entry(path: str) -> str:
    """Return the name under which a file stands in the table of floors: its first folder, or itself."""
    return path.split("/", maxsplit=1)[0] + "/" if "/" in path else path


def floor(path: str) -> int | None:
    return next((number for number, entries in FLOORS.items() if entry(path) in entries), None)


def imports(text: str, *, for_types: bool = True) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of everything that a file imports, inside functions too.

    for_types: also what only type checkers import.
    """
    unseen: set[ast.AST] = set()
    for node in ast.walk(parsed(text)):
        if not for_types and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            unseen.update(part for statement in node.body for part in ast.walk(statement))
        if node in unseen:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in line {node.lineno}: imports are absolute"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def inner_imports(house: House) -> Iterator[tuple[str, int, str, str]]:
    """Yield (path, line, imported path, what was written) for imports of our own files."""
    files = {module_name(path): path for path in house}
    for path, text in house.items():
        for line, name in imports(text):
            if name.split(".")[0] != "convdsl":
                continue
            target = name if name in files else name.rpartition(".")[0]
            yield path, line, files.get(target, ""), name


# ------------------------------------------------------------------ the laws


def every_file_is_on_a_floor(house: House) -> Iterator[str]:
    for path in house:
        if floor(path) is None:
            yield f"{path} stands on no floor: give it one in FLOORS"


def imports_go_down(house: House) -> Iterator[str]:
    for path, line, target, name in inner_imports(house):
        if not target:
            yield f"{path}:{line} imports {name}, which does not exist"
            continue
        here, there = floor(path), floor(target)
        if here is None or there is None or there < here:
            continue
        beside = here == there and (entry(path) == entry(target) or "/" not in path + target)
        if not beside:
            yield f"{path}:{line} (floor {here}) imports {name} (floor {there})"


def nothing_goes_in_circles(house: House) -> Iterator[str]:
    graph: dict[str, set[str]] = {path: set() for path in house}
    for path, _, target, _ in inner_imports(house):
        if target and target != path:
            graph[path].add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield "a circle: " + " <- ".join(error.args[1])


def packages_stay_in_their_rooms(house: House) -> Iterator[str]:
    for path, text in house.items():
        for line, name in imports(text, for_types=False):
            package = name.split(".")[0]
            if package == "convdsl" or package in sys.stdlib_module_names:
                continue
            rooms = OUTSIDE.get(package)
            if rooms is None:
                yield f"{path}:{line} imports {package}, which no plan names"
            elif not any(path == room or (room.endswith("/") and path.startswith(room)) for room in rooms):
                yield f"{path}:{line} imports {package}, which belongs to {', '.join(rooms)}"


def no_file_is_too_long(house: House) -> Iterator[str]:
    for path, text in house.items():
        lines = text.count("\n")
        if lines > LONGEST and path not in GENERATED:
            yield f"{path} has {lines} lines, more than {LONGEST}"


def nothing_inside_imports_a_face(house: House) -> Iterator[str]:
    for path, line, target, name in inner_imports(house):
        package = module_name(target) if target.endswith("__init__.py") else ""
        if package and path != "__main__.py":
            yield f"{path}:{line} imports {name} from the face of {package}"


def faces_only_hand_on(house: House) -> Iterator[str]:
    for path, text in house.items():
        if not path.endswith("__init__.py") or path == "__init__.py":
            continue
        for node in parsed(text).body:
            is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            is_list = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
            if not (is_text or is_list or isinstance(node, ast.Import | ast.ImportFrom)):
                yield f"{path}:{node.lineno} has logic; a face hands names on"


def safely(call: ast.Call) -> bool:
    return "weights_only=True" in {ast.unparse(keyword) for keyword in call.keywords}


def nobody_runs_text(house: House) -> Iterator[str]:
    forbidden = {"eval", "exec", "compile", "__import__"}
    for path, text in house.items():
        for node in ast.walk(parsed(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in forbidden:
                if path not in RUNS_SOURCE:
                    yield f"{path}:{node.lineno} calls {node.func.id}"
            elif isinstance(node, ast.Attribute) and ast.unparse(node) in {"yaml.load", "os.system"}:
                yield f"{path}:{node.lineno} uses {ast.unparse(node)}"
            elif isinstance(node, ast.Attribute) and ast.unparse(node) == "torch.load" and path not in UNPICKLES:
                yield f"{path}:{node.lineno} uses torch.load"
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load" and not safely(node):
                yield f"{path}:{node.lineno} unpickles more than weights"
        for line, name in imports(text):
            is_error = path in UNPICKLES and name == "pickle.UnpicklingError"
            if name.split(".")[0] in {"pickle", "marshal", "shelve", "dill"} and not is_error:
                yield f"{path}:{line} imports {name}"


def everything_public_is_explained(house: House) -> Iterator[str]:
    """A method needs no words of its own where it may override one, its class having another base than a plain one,
    nor where the grammar calls it by the name of a rule (`number_`).
    """
    plain = {"", "Exception", "ABC", "Enum", "Protocol"}
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

    def silent(body: list[ast.stmt], path: str, owner: str = "") -> Iterator[str]:
        for node in body:
            if not isinstance(node, kinds) or node.name.startswith("_") or node.name.endswith("_"):
                continue
            if ast.get_docstring(node) is None:
                yield f"{path}:{node.lineno} {owner}{node.name} has no docstring"
            if isinstance(node, ast.ClassDef) and {ast.unparse(base) for base in node.bases} <= plain:
                yield from silent(node.body, path, f"{node.name}.")

    for path, text in house.items():
        if path in GENERATED:
            continue
        file = parsed(text)
        if file.body and path.split("/")[-1] != "__init__.py" and ast.get_docstring(file) is None:
            yield f"{path} does not say why it exists"
        yield from silent(file.body, path)


def nothing_is_left_unsaid(house: House) -> Iterator[str]:
    marks = re.compile(r"#.*\b(TODO|FIXME|XXX|noqa|type: ignore)\b")
    for path, text in house.items():
        for number, line in enumerate(text.split("\n"), 1):
            if marks.search(line):
                yield f"{path}:{number} carries a mark: {line.strip()}"
        for node in ast.walk(parsed(text)):
            if isinstance(node, ast.ExceptHandler):
                caught = ast.unparse(node.type) if node.type else "everything"
                if caught in {"everything", "Exception", "BaseException"} and path not in ROOF:
                    yield f"{path}:{node.lineno} catches {caught}"


def every_code_means_one_thing(house: House) -> Iterator[str]:
    seen: dict[str, str] = {}
    for path, text in house.items():
        for node in ast.walk(parsed(text)):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "Code" and node.args):
                continue
            words = [argument.value for argument in node.args[:2] if isinstance(argument, ast.Constant)]
            if len(words) < 2:  # a code that is looked up, not declared
                continue
            place = f"{path}:{node.lineno}"
            if not re.fullmatch(r"[EWI]\d{3}", words[0]):
                yield f"{place} {words[0]} is no letter and three digits"
            if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", words[1]):
                yield f"{place} {words[1]} is no kebab name"
            for word in (words[0][1:], words[1]):
                if word in seen:
                    yield f"{place} {word} is taken by {seen[word]}"
                seen[word] = place


def modules_hold_no_state(house: House) -> Iterator[str]:
    for path, text in house.items():
        for node in ast.walk(parsed(text)):
            if isinstance(node, ast.Global):
                yield f"{path}:{node.lineno} rebinds {', '.join(node.names)} of the module"


LAWS: tuple[Callable[[House], Iterator[str]], ...] = (
    every_file_is_on_a_floor,
    imports_go_down,
    nothing_goes_in_circles,
    packages_stay_in_their_rooms,
    no_file_is_too_long,
    nothing_inside_imports_a_face,
    faces_only_hand_on,
    nobody_runs_text,
    everything_public_is_explained,
    nothing_is_left_unsaid,
    every_code_means_one_thing,
    modules_hold_no_state,
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_house_when_asked_keeps_the_law(law: Callable[[House], Iterator[str]], house: House) -> None:
    assert "\n".join(law(house)) == ""


BROKEN: tuple[tuple[Callable[[House], Iterator[str]], House], ...] = (
    (every_file_is_on_a_floor, {"elsewhere.py": ""}),
    (every_file_is_on_a_floor, {"attic/file.py": ""}),
    (imports_go_down, {"graph/graph.py": "from convdsl.analysis.cost import x", "analysis/cost.py": ""}),
    (imports_go_down, {"sizes.py": "def f():\n    from convdsl.op import Op", "op.py": ""}),
    (imports_go_down, {"render/table.py": "import convdsl.lower.emit", "lower/emit.py": ""}),
    (imports_go_down, {"lint/run.py": "import convdsl.pipeline", "pipeline.py": ""}),
    (imports_go_down, {"op.py": "from convdsl.nowhere import x"}),
    (nothing_goes_in_circles, {"ops/a.py": "import convdsl.ops.b", "ops/b.py": "import convdsl.ops.a"}),
    (nothing_goes_in_circles, {"sizes.py": "import convdsl.shape", "shape.py": "def f():\n    import convdsl.sizes"}),
    (packages_stay_in_their_rooms, {"analysis/cost.py": "import torch.nn"}),
    (packages_stay_in_their_rooms, {"lower/emit.py": "def f():\n    from torch import nn"}),
    (packages_stay_in_their_rooms, {"cli/main.py": "import rich"}),
    (packages_stay_in_their_rooms, {"api.py": "if TYPE_CHECKING:\n    import torch\nelse:\n    import torch"}),
    (packages_stay_in_their_rooms, {"train/loop.py": "import pandas"}),
    (no_file_is_too_long, {"op.py": "x = 1\n" * 401}),
    (nothing_inside_imports_a_face, {"cli/main.py": "from convdsl import load", "__init__.py": ""}),
    (nothing_inside_imports_a_face, {"cli/main.py": "import convdsl", "__init__.py": ""}),
    (faces_only_hand_on, {"ops/__init__.py": "for x in range(3):\n    print(x)"}),
    (nobody_runs_text, {"syntax/parse.py": "eval('1')"}),
    (nobody_runs_text, {"train/checkpoint.py": "import pickle"}),
    (nobody_runs_text, {"train/checkpoint.py": "import torch\ntorch.load('x')"}),
    (nobody_runs_text, {"train/checkpoint.py": "import torch\ntorch.load('x', weights_only=True)"}),
    (nobody_runs_text, {"exchange/pytorch_file.py": "import torch\ntorch.load('x')"}),
    (nobody_runs_text, {"exchange/pytorch_file.py": "import torch\ntorch.load('x', weights_only=False)"}),
    (nobody_runs_text, {"exchange/pytorch_file.py": "from pickle import load"}),
    (everything_public_is_explained, {"op.py": '"""Why."""\ndef f():\n    pass'}),
    (everything_public_is_explained, {"op.py": '"""Why."""\nclass A:\n    """A."""\n    def f(self):\n        pass'}),
    (everything_public_is_explained, {"op.py": "x = 1"}),
    (nothing_is_left_unsaid, {"op.py": "x = 1  # TODO: later"}),
    (nothing_is_left_unsaid, {"op.py": "try:\n    pass\nexcept Exception:\n    pass"}),
    (every_code_means_one_thing, {"codes.py": "A = Code('E001', 'one')\nB = Code('E001', 'two')"}),
    (every_code_means_one_thing, {"codes.py": "A = Code('E001', 'one')", "lint/rules/a.py": "B = Code('W2', 'one')"}),
    (modules_hold_no_state, {"op.py": "x = 1\ndef f():\n    global x\n    x = 2"}),
)


@pytest.mark.parametrize(("law", "house"), BROKEN, ids=lambda part: getattr(part, "__name__", "in"))
def test_law_when_a_house_breaks_it_says_so(law: Callable[[House], Iterator[str]], house: House) -> None:
    assert list(law(house))


def test_laws_when_counted_are_all_proven_to_fail() -> None:
    assert {law for law, _ in BROKEN} == set(LAWS)


# ------------------------------------------------------------------ what a process really imports

SPEC = """convdsl 1
model M {
  input x: [N, 3, H, W]
  y = Conv2d(8, 3, padding=1)
  output y: [N, 8, H, W]
}
"""
YAML = """convdsl: 1
model: M
inputs:
  x: {shape: [N, 3, H, W]}
layers:
  - y: {Conv2d: {out_channels: 8, kernel_size: 3, padding: 1}}
outputs:
  y: {shape: [N, 8, H, W]}
"""
MAIN = "from convdsl.cli.main import main\nassert main({}) == 0"

# What `check` of a text spec may import of our own: files, and folders that end in a dot.
CHECKS = (
    *("analysis.", "graph.", "lint.", "ops.", "syntax.", "cli.main", "cli.spec", "cli.terminal"),
    *("cli.asked", "cli.commands.check", "cli.configured", "cli.targets"),
    *("cli.report", "cli.linting", "render.message", "render.excerpt", "render.cells", "render.repair"),
    *(
        "bins",
        "calls",
        "argument",
        "spec_error",
        "codes",
        "diagnostics",
        "files",
        "folder",
        "meaning",
        "mistake",
        "nearest",
        "op",
        "optimization",
        "pipeline",
        "config",
        "configfile",
        "pattern",
        "recipe",
        "record",
        "review",
        "saved",
    ),
    *("settings", "shape", "sizes", "sizeset", "sizetext", "source", "traits", "unsettled", "version"),
)
TOO_DEAR = {  # of the standard library: milliseconds each, and nothing that reading a spec needs
    *("ast", "asyncio", "csv", "dataclasses", "difflib", "dis", "email", "http", "inspect", "tokenize"),
    *("importlib.metadata", "json", "hashlib", "logging", "multiprocessing"),
    *("pickle", "random", "shutil", "socket", "ssl", "subprocess", "tempfile", "unittest", "xml", "zipfile"),
}


def loaded_by(program: str, folder: Path) -> set[str]:
    """Run a program in a process of its own and return the modules that it loads beyond Python's start."""
    report = "\nimport sys as _s; print('\\n', *sorted(set(_s.modules) - _before), sep='\\n')"
    text = f"import sys\n_before = set(sys.modules)\n{program}{report}"
    environment = {key: value for key, value in os.environ.items() if key != "CONVDSL_DEBUG"}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.rpartition("\n\n")[2].split())


def from_outside(modules: set[str]) -> set[str]:
    """Return the packages among loaded modules that are neither ours nor Python's."""
    tops = {name.split(".")[0] for name in modules}
    return {top for top in tops if "cython" not in top} - {"convdsl", *sys.stdlib_module_names}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "net.cdsl").write_text(SPEC, "utf-8")
    (tmp_path / "net.yaml").write_text(YAML, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("program", "packages"),
    [
        ("import convdsl", set()),
        ("import convdsl.testing", set()),
        (MAIN.format(["--help"]), set()),
        (MAIN.format(["check", "net.cdsl"]), set()),
        (MAIN.format(["show", "net.cdsl"]), set()),
        (MAIN.format(["draw", "net.cdsl", "-o", "net.svg"]), set()),
        (MAIN.format(["draw", "net.cdsl", "--style", "arithmetic", "--values", "-o", "net.svg"]), set()),
        (MAIN.format(["emit", "net.cdsl", "-o", "net.py"]), set()),
        (MAIN.format(["train", "--help"]), set()),
        (MAIN.format(["inspect", "--help"]), set()),
        (MAIN.format(["compare", "--help"]), set()),
        (MAIN.format(["colorize", "--help"]), set()),
        (MAIN.format(["check", "net.yaml"]), {"yaml", "_yaml"}),
    ],
    ids=lambda part: part.split("main(")[-1] if isinstance(part, str) else "",
)
def test_process_when_run_imports_no_more_than_the_plan(program: str, packages: set[str], folder: Path) -> None:
    assert from_outside(loaded_by(program, folder)) <= packages


def test_check_when_it_runs_imports_only_the_frozen_set(folder: Path) -> None:
    loaded = loaded_by(MAIN.format(["check", "net.cdsl"]), folder)
    ours = {name.removeprefix("convdsl.") for name in loaded if name.startswith("convdsl.")}
    packages = {"analysis", "graph", "lint", "lint.rules", "ops", "syntax", "render", "cli", "cli.commands"}
    surprising = {name for name in ours - packages if name not in CHECKS and f"{name.split('.')[0]}." not in CHECKS}
    assert surprising == set()
    assert "syntax.from_yaml" not in ours
    assert loaded & TOO_DEAR == set()


def test_face_when_imported_loads_nothing_but_itself(folder: Path) -> None:
    assert {name for name in loaded_by("import convdsl", folder) if "convdsl" in name} == {"convdsl", "convdsl.version"}


def test_proof_when_a_heavy_package_is_imported_sees_it(folder: Path) -> None:
    """The proof above can fail: a package hidden in a function is seen once the function runs."""
    hidden = "def f():\n    import yaml\nf()\nimport json"
    loaded = loaded_by(hidden, folder)
    assert from_outside(loaded) >= {"yaml"}
    assert loaded & TOO_DEAR >= {"json"}
