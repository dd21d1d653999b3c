"""The words of a model card: Markdown with the front matter that model hubs read. Values in, text out.

Everything that comes from a spec, a folder's name or a file's is escaped; nothing says where on a disk anything lies.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from convdsl.analysis.accepted import Accepted
from convdsl.graph.graph import Graph
from convdsl.history import clock
from convdsl.lower.names import class_name
from convdsl.recipe_data import to_text
from convdsl.record import dataclass, field
from convdsl.render.facts import Network, bytes_text
from convdsl.render.markdown import code, escape, fenced, table
from convdsl.render.measures import MEASURES
from convdsl.render.run_table import Run
from convdsl.render.table import table as layers
from convdsl.train.checkpoint import Facts

MARK = "<!-- Made by convdsl at each checkpoint. Without this line the file is yours, and is left alone. -->"
LONGEST = 80  # lines of the table of layers
NO_METRICS = "Not evaluated yet. `convdsl evaluate PHOTOS --checkpoint . --card`, run in this folder, fills this in."


@dataclass(frozen=True, slots=True)
class Metrics:
    """What `evaluate` found: rows of a table with their head, lines below it, and how it was measured."""

    rows: Sequence[Sequence[str]]
    notes: Sequence[str]
    protocol: str
    names: Sequence[str]  # as model hubs call them


@dataclass(frozen=True, slots=True)
class About:
    """Everything that a card tells. checkpoint: name of the JSON file. pictures: files in the folder, "" where there is
    none: of the network, of the loss, of samples. network: None where the spec has no model."""

    facts: Facts
    step: int
    checkpoint: str
    network: Network | None
    run: Run
    ema: bool
    pictures: Mapping[str, str] = field(default_factory=dict)
    metrics: Metrics | None = None


def card(about: About) -> str:
    """Write the whole card; it ends with a newline."""
    parts = (
        _front(about),
        MARK,
        _title(about),
        _network(about),
        _metrics(about),
        _training(about),
        _limits(about),
        _use(about),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _front(about: About) -> str:
    classes = bool(about.facts.classes)
    colours = about.facts.source.channels == ("L",) and not classes
    tags = ["convdsl", "pytorch", *(["colorization"] if colours and about.facts.target.channels != ("L",) else [])]
    lines = ["license: unknown", "library_name: convdsl"]
    lines.append(f"pipeline_tag: {'image-classification' if classes else 'image-to-image'}")
    lines += ["tags:", *(f"- {tag}" for tag in tags)]
    if about.metrics is not None:
        lines += ["metrics:", *(f"- {name}" for name in about.metrics.names)]
    return "\n".join(("---", *lines, "---"))


def _title(about: About) -> str:
    facts = about.facts
    done = f"{about.step:,} steps" if about.step >= facts.steps else f"{about.step:,} of {facts.steps:,} steps so far"
    count = f"{facts.photo_count:,} photographs" if facts.photo_count else "photographs"
    judge = facts.recipe.discriminator
    against = f" against the discriminator {code(judge)}" if judge is not None else ""
    words = f"{_purpose(facts)} Trained by convdsl on {count}{against}: {done}."
    picture = about.pictures.get("network", "")
    shown = f"\n\n![The network, layer by layer]({picture})" if picture else ""
    return f"# {escape(_name(about))}\n\n{words}{shown}"


def _name(about: About) -> str:
    return about.network.graph.model if about.network is not None else "A network"


def _purpose(facts: Facts) -> str:
    source, target = code(str(facts.source)), code(str(facts.target))
    between = f"its input means {source}, its output {target}"
    if facts.classes:
        return f"A convolutional network that says which of {len(facts.classes)} classes a photograph is of: {between}."
    if facts.source.channels == facts.target.channels:
        return f"A convolutional network that draws again what it sees: {between}."
    if facts.source.channels == ("L",):
        return f"A convolutional network that colours gray photographs: {between}."
    return f"A convolutional network that turns pictures into pictures: {between}."


def _network(about: About) -> str:
    if about.network is None:
        return ""
    network, facts = about.network, about.facts
    sizes = _sizes(network.legal, facts.recipe.crop)
    told = next(
        (text for depth in (None, 2, 1) if (text := layers(network, sizes=sizes, depth=depth)).count("\n") < LONGEST),
        "",
    ) or layers(network, sizes=sizes, depth=0)
    lines = ["## The network", f"At the size of a training crop, as `convdsl show` prints it:\n\n{fenced(told)}"]
    accepted = "; ".join(network.legal.text())
    lines.append(f"Sizes that it accepts: {code(accepted)}." if accepted else "It accepts one size only.")
    if facts.parameters:
        given = ", ".join(code(f"{name}={value}") for name, value in facts.parameters.items())
        lines.append(f"Its parameters: {given}.")
    if facts.classes:
        lines.append("Its classes, in the order of its scores: " + ", ".join(map(escape, facts.classes)) + ".")
    lines.append(f"The spec:\n\n{fenced(facts.spec.rstrip(), 'cdsl' if not _is_yaml(facts.file) else 'yaml')}")
    for name, text in facts.imported.items():
        file = PurePath(name).name
        lines.append(f"It imports {code(file)}:\n\n{fenced(text.rstrip(), 'yaml' if _is_yaml(file) else 'cdsl')}")
    return "\n\n".join(lines)


def _is_yaml(name: str) -> bool:
    return name.endswith((".yaml", ".yml"))


def _sizes(legal: Accepted, crop: int) -> Mapping[str, int] | None:
    sizes = dict.fromkeys(legal.axes, crop)
    return sizes if legal.contains(sizes) else None


def _metrics(about: About) -> str:
    lines = ["## Metrics"]
    metrics = about.metrics
    if metrics is None:
        lines.append(NO_METRICS)
    else:
        lines.append(f"Of {code(about.checkpoint)}:\n\n{table(metrics.rows, numbers=True)}")
        lines += [escape(note) for note in metrics.notes]
        lines.append(f"Protocol: {escape(metrics.protocol)}. A number of another protocol cannot be compared with it.")
    checked = tuple(_checked(about.run))
    if checked:
        counts = about.run.checked.get("val_photos", ((0, 1.0),))
        shown = "one photograph" if counts[-1][1] == 1 else f"{counts[-1][1]:,.0f} photographs"
        lines.append(f"While it was trained, on {shown} that `--val` named: {'; '.join(checked)}.")
    return "\n\n".join(lines)


def _checked(run: Run) -> Iterator[str]:
    for measure in MEASURES:
        points = run.checked.get(measure.key)
        if points:
            (at, value), (step, now) = measure.best(points), points[-1]
            beside = [f"{name} {measure.text(run.checked[key][-1][1])}" for name, key in measure.beside(run.checked)]
            then = f"; the best was {measure.text(value)} at step {at:,}" if at != step else ""
            unit = f" {measure.unit}" if measure.unit else ""
            yield f"{measure.name} {measure.text(now)}{unit} at step {step:,} ({', '.join(beside)}){then}"


def _training(about: About) -> str:
    facts, run = about.facts, about.run
    rows = [["what", "value"], ["steps", f"{about.step:,} of {facts.steps:,}"]]
    if run.losses:
        rows.append(["loss, a running mean", f"{run.smoothed[-1][1]:.4g}"])
    if run.seconds is not None:
        rows.append(["time", clock(run.seconds)])
    if run.memory:
        rows.append(["memory, at most", bytes_text(run.memory)])
    rows.append(["threads", str(facts.threads)])
    rows += [[name, value] for name, value in facts.environment.items()]
    if facts.photo_count:
        rows.append(["photographs", f"{facts.photo_count:,}"])
    rows.append(["SHA-256 of their names, sizes in bytes and classes", facts.photos])
    if facts.contents:
        rows.append(["SHA-256 of their bytes", facts.contents])
    if not facts.classes:
        rows.append(["their mean colour", f"a = {facts.mean_ab[0]:.2f}, b = {facts.mean_ab[1]:.2f}"])
    rows.append(["architecture", facts.architecture[:16]])
    lines = ["## Training", table(rows), "The recipe:\n\n" + fenced("\n".join(to_text(facts.recipe)))]
    repeats = not facts.classes and facts.source.channels == facts.target.channels
    beside = "seen, predicted" if repeats else "gray, predicted, true"
    for name, words in (("loss", "The loss, step by step"), ("samples", f"Photographs: {beside}")):
        if about.pictures.get(name):
            lines.append(f"![{words}]({about.pictures[name]})")
    return "\n\n".join(lines)


def _limits(about: About) -> str:
    facts = about.facts
    sides = " or ".join(map(str, facts.recipe.short_sides()))
    lines = [
        f"- It has seen squares of {facts.recipe.crop} pixels, cut from photographs whose short side was {sides}: it "
        "does not know what is larger in a picture than such a square.",
        "- It knows what its photographs show, and may be wrong about everything else. Who or what that is, and under "
        "which licence they are, is not recorded here; so the licence of the weights is unknown too.",
    ]
    if facts.source.channels == ("L",) and not facts.classes and facts.target.channels != ("L",):
        lines.insert(0, "- Its colours are guesses that look likely: they are no evidence of what was there.")
    return "\n".join(("## Limits\n", *lines))


def _use(about: About) -> str:
    facts = about.facts
    does = "evaluate" if facts.classes else "colorize"
    shell = f"convdsl {does} PHOTOS --checkpoint ." + ("" if facts.classes else " --out coloured")
    python = 'convdsl.evaluate(".", "PHOTOS")' if facts.classes else 'convdsl.colorize(".", "PHOTOS", "coloured")'
    lines = [
        "## How to load it",
        "In this folder, with convdsl (`pip install 'convdsl[train]'`):",
        fenced(shell, "sh"),
        fenced(f"import convdsl\n\n{python}", "python"),
    ]
    if about.network is not None:
        name, tensors = class_name(about.network.graph.model), about.checkpoint.removesuffix(".json") + ".safetensors"
        part = "ema/" if about.ema else "model/"
        example = [
            "from network import " + name,
            "from safetensors.torch import load_file",
            "",
            f'tensors = load_file("{tensors}")',
            f"network = {name}()",
            f'weights = {{key[{len(part)}:]: value for key, value in tensors.items() if key.startswith("{part}")}}',
            "network.load_state_dict(weights)",
            "network.eval()",
        ]
        lines.append("With PyTorch and safetensors alone, `network.py` being the network as a file of its own:")
        lines.append(fenced("\n".join(example), "python"))
        lines.append(_tensors(about.network.graph, facts))
    return "\n\n".join(lines)


def _tensors(graph: Graph, facts: Facts) -> str:
    """Say what goes in and what comes out."""
    needed = next(tensor for tensor in graph.inputs if tensor.default is None)
    source, target, output = code(str(facts.source)), code(str(facts.target)), code(graph.outputs[0].name)
    said = f"It takes {code(needed.name)}, a float tensor {code(str(needed.shape))} that means {source}"
    given = [code(tensor.name) for tensor in graph.inputs if tensor.default is not None]
    said += f" ({', '.join(given)} may be given too), and returns" if given else ", and returns"
    if facts.classes:
        return f"{said} {output}, a score for each class; the largest is what it says."
    if facts.target.is_bins:
        return f"{said} {output}, a score for each of 313 colours at every place; convdsl takes their annealed mean."
    return f"{said} {output}, which means {target} (CIE Lab, D65; RGB is sRGB, 0 to 1)."
