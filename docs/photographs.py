"""Three photographs for the README, from what `make demo` left in out/demo/, and the numbers that go with them.

Which three is a rule, not a choice: of all validation photographs, in the order of their colour error as a share of the
mean colour's, those at a quarter, a half and three quarters. What they were made from is kept beside the picture, so
that a test can tell when specs/demo.cdsl has gone on without them.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from convdsl import api
from convdsl.recipe_data import to_text

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / "out" / "demo" / "run"
EVALUATION = ROOT / "out" / "demo" / "evaluation.json"
PICTURE = ROOT / "docs" / "images" / "colorized.jpg"
FACTS = PICTURE.with_suffix(".json")


def made_from() -> dict[str, object]:
    """Say what the photographs depend on: the demo's network and its recipe as they are now."""
    demo = api.load(ROOT / "specs" / "demo.cdsl")
    return {"architecture": demo.architecture_hash, "recipe": list(to_text(demo.recipe))}


def renew() -> bool:
    """Make picture and numbers anew if the demo has been run with this network and recipe; tell whether it has."""
    if not EVALUATION.exists():
        return False
    from convdsl.train.run import open_trained
    from convdsl.train.sheet import contact_sheet

    trained = open_trained(RUN)
    facts = trained.checkpoint.facts
    now = made_from()
    if {"architecture": facts.architecture, "recipe": list(to_text(facts.recipe))} != now:
        return False
    found = json.loads(EVALUATION.read_text("utf-8"))
    rows = {row["name"]: row for row in found["rows"]}
    ranked = sorted(found["photos"], key=lambda photo: (_gain(photo), photo["file"]))
    chosen = [ranked[len(ranked) * part // 4] for part in (1, 2, 3)]
    files = [Path(photo["file"]) for photo in chosen]
    sheet = contact_sheet(trained.job, trained.network, [ROOT / file for file in files], side=176, columns=3)
    sheet.save(PICTURE, quality=88, subsampling=0)
    kept = ("ab_rmse", "colourfulness", "true_colourfulness", "better", "photos")
    numbers = {
        "made_from": now,
        "files": [file.name for file in files],
        "network": {key: rows["network"][key] for key in kept},
        "mean colour": {key: rows["train mean colour"][key] for key in kept},
    }
    FACTS.write_text(json.dumps(numbers, indent=2) + "\n", "utf-8")
    return True


def _gain(photo: Mapping[str, Mapping[str, float]]) -> float:
    return photo["network"]["ab_mse"] / photo["train mean colour"]["ab_mse"]


def _photographs() -> str:
    facts = json.loads(FACTS.read_text("utf-8"))
    own, mean = facts["network"], facts["mean colour"]
    names = ", ".join(f"`{name}`" for name in facts["files"])
    picture = f"![Three photographs, each gray, predicted and true](docs/images/{PICTURE.name})"
    which = (
        f"{names}, at a quarter, a half and three quarters of the {own['photos']} validation photographs in the order "
        "of what the network gains over the mean colour."
    )
    numbers = (
        f"Over all of them ab-RMSE is {own['ab_rmse']:.2f} (the training photographs' mean colour: "
        f"{mean['ab_rmse']:.2f}), colourfulness {own['colourfulness']:.1f} (truth {own['true_colourfulness']:.1f}); "
        f"better than the mean colour on {own['better']}."
    )
    return f"{picture}\n\n{which} {numbers}"


PARTS: Mapping[str, Callable[[], str]] = {"photographs": _photographs}
