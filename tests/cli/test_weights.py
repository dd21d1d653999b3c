"""`convdsl weights`: a checkpoint of anybody's beside a spec; what fits is written, what does not is told."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor

import convdsl
from convdsl.cli.main import main
from convdsl.meaning import Meaning
from convdsl.recipe import Recipe
from convdsl.train.checkpoint import Facts, State, save
from tests.render.schema import breaches

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA, DIFF = (json.loads((DOCS / f"{name}.schema.json").read_text("utf-8")) for name in ("weights", "diff"))
Capture = pytest.CaptureFixture[str]


@pytest.fixture(name="state")
def _state(clean: str) -> dict[str, Tensor]:
    """Weights for `clean`: e.0, u and y, each with weight and bias."""
    return dict(convdsl.build(clean, seed=3).state_dict())


def equal(a: Mapping[str, Tensor], b: Mapping[str, Tensor]) -> bool:
    return list(a) == list(b) and all(torch.equal(a[key], b[key]) for key in a)


def loaded(clean: str, **options: object) -> Mapping[str, Tensor]:
    return convdsl.load_weights(clean, "a.pt", **options).state_dict()


def test_load_when_all_fits_writes_safetensors_that_load_again(
    clean: str, state: dict[str, Tensor], capsys: Capture
) -> None:
    torch.save(state, "a.pt")
    assert main(["weights", "load", "a.pt", "--spec", clean, "-o", "a.safetensors"]) == 0
    out = capsys.readouterr()
    assert "a.pt: PyTorch, 6 tensors of float32" in out.out
    assert "clean.cdsl: 6 of 6 tensors fit" in out.out
    assert "written: a.safetensors" in out.err
    assert safetensors.torch.load_file("a.safetensors").keys() == state.keys()
    assert equal(convdsl.load_weights(clean, "a.safetensors").state_dict(), state)


def test_load_when_the_file_is_there_needs_force(clean: str, state: dict[str, Tensor], capsys: Capture) -> None:
    torch.save(state, "a.pt")
    Path("a.safetensors").write_bytes(b"mine")
    assert main(["weights", "load", "a.pt", "--spec", clean, "-o", "a.safetensors"]) == 2
    assert Path("a.safetensors").read_bytes() == b"mine"
    assert "`--force` overwrites it" in capsys.readouterr().err
    assert main(["weights", "load", "a.pt", "--spec", clean, "-o", "a.safetensors", "--force"]) == 0


def test_load_when_something_does_not_fit_tells_what_and_writes_nothing(
    clean: str, state: dict[str, Tensor], capsys: Capture
) -> None:
    state["first.0.weight"] = state.pop("e.0.weight")
    state["y.weight"] = state["y.weight"].permute(2, 3, 1, 0)
    torch.save(state, "a.pt")
    assert main(["weights", "load", "a.pt", "--spec", clean, "-o", "a.safetensors"]) == 1
    out = capsys.readouterr().out
    assert "clean.cdsl: 4 of 6 tensors fit" in out
    assert "1 missing: in the network, not among the weights\n  e.0.weight  4×1×4×4  near `first.0.weight`" in out
    assert "1 unexpected: among the weights, not in the network\n  first.0.weight  4×1×4×4  near `e.0.weight`" in out
    assert "1 of another shape\n  y.weight  2×5×3×3  found 3×3×5×2: the axes are in the opposite order" in out
    assert not Path("a.safetensors").exists()


def test_load_when_hundreds_do_not_fit_lists_twenty_and_counts_all(clean: str, capsys: Capture) -> None:
    torch.save({f"w{i}": torch.zeros(1) for i in range(300)}, "a.pt")
    assert main(["weights", "load", "a.pt", "--spec", clean]) == 1
    out = capsys.readouterr().out
    assert "300 unexpected" in out and "  … and 280 more" in out
    assert out.count("  w") == 20


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.module.", "model."])
def test_load_when_names_have_a_prefix_offers_a_row_that_mends_it(
    clean: str, state: dict[str, Tensor], prefix: str, capsys: Capture
) -> None:
    torch.save({"epoch": 7, "state_dict": {prefix + key: value for key, value in state.items()}}, "a.pt")
    assert main(["weights", "load", "a.pt", "--spec", clean]) == 1
    out = capsys.readouterr().out
    assert "the tensors lie in `state_dict`, which is taken; beside it: `epoch`" in out
    assert f"help: 6 fit with `--rename '{prefix}* -> *'`" in out
    assert main(["weights", "load", "a.pt", "--spec", clean, "--rename", f"{prefix}* -> *"]) == 0
    assert equal(loaded(clean, rename=[f"{prefix}* -> *"]), state)


def test_load_with_a_table_renames_and_tells_of_rows_without_use(
    clean: str, state: dict[str, Tensor], capsys: Capture
) -> None:
    odd = {key.replace("e.0", "encoder.conv1").replace("u.", "up "): value for key, value in state.items()}
    torch.save(odd | {"loss.weight": torch.zeros(3)}, "a.pt")
    rows = (
        *("encoder.conv{i}.* -> e.{i - 1}.*  # counted from one", '"up weight" -> u.weight', '"up bias" -> u.bias'),
        *("loss.* ->", "nothing -> y.weight"),
    )
    Path("table.txt").write_text("\n".join(rows), "utf-8")
    assert main(["weights", "load", "a.pt", "--spec", clean, "--rename", "table.txt"]) == 0
    out = capsys.readouterr().out
    assert "left out by the rename table: 1 tensor\n  loss.weight" in out
    assert "note: table.txt:5: `nothing` matches no tensor" in out
    assert equal(loaded(clean, rename="table.txt"), state)


def test_load_by_shape_pairs_layers_in_order_and_writes_the_table(
    clean: str, state: dict[str, Tensor], capsys: Capture
) -> None:
    odd = {f"layer{i // 2}.{key.rpartition('.')[2]}": value for i, (key, value) in enumerate(state.items())}
    torch.save(odd, "a.pt")
    assert main(["weights", "load", "a.pt", "--spec", clean]) == 1
    assert "`--match shape` pairs them" in capsys.readouterr().out
    assert main(["weights", "load", "a.pt", "--spec", clean, "--match", "shape", "--write-table", "t.txt"]) == 0
    assert Path("t.txt").read_text("utf-8").splitlines()[1:3] == [
        "layer0.weight -> e.0.weight",
        "layer0.bias -> e.0.bias",
    ]
    assert equal(loaded(clean, rename="t.txt"), state)
    assert equal(loaded(clean, match="shape"), state)


def test_load_by_shape_when_two_answers_are_possible_names_the_layers_and_takes_neither(capsys: Capture) -> None:
    body = "  input x: [N, 4, H, W]\n  a = Conv2d(4, 1)\n  b = Conv2d(4, 1)\n  output b: [N, 4, H, W]\n"
    Path("m.cdsl").write_text(f"convdsl 1\nmodel M {{\n{body}}}\n", "utf-8")
    state = {"p.weight": torch.zeros(4, 4, 1, 1), "p.bias": torch.zeros(4)}
    state |= {"q.weight": torch.ones(4, 4, 1, 1), "q.bias": torch.ones(4)}
    safetensors.torch.save_file(state, "a.safetensors")  # sorts by name, so that the order of layers is lost
    assert main(["weights", "load", "a.safetensors", "--spec", "m.cdsl", "--match", "shape"]) == 1
    out = capsys.readouterr().out
    assert "`p`, `q` in the file, `a`, `b` in the network" in out
    assert "this kind of file does not keep the order of layers" in out


def test_load_when_several_parts_fit_asks_which(clean: str, state: dict[str, Tensor], capsys: Capture) -> None:
    other = {key: value + 1 for key, value in state.items()}
    torch.save({"model": state, "ema": other}, "a.pt")
    assert main(["weights", "load", "a.pt", "--spec", clean]) == 2
    err = capsys.readouterr().err
    assert "part `ema`: 6 tensors, 6 of them fit" in err and "`--part model`" in err
    assert main(["weights", "load", "a.pt", "--spec", clean, "--part", "ema"]) == 0
    assert equal(loaded(clean, part="ema"), other)
    assert main(["weights", "load", "a.pt", "--spec", clean, "--part", "emma"]) == 2
    assert "did you mean `--part ema`" in capsys.readouterr().err


def test_load_when_one_part_fits_best_takes_it_and_says_so(
    clean: str, state: dict[str, Tensor], capsys: Capture
) -> None:
    torch.save({"generator": state, "judge": {"w": torch.zeros(1)}}, "a.pt")
    assert main(["weights", "load", "a.pt", "--spec", clean]) == 0
    assert "the part `generator` is taken, of which 6 tensors fit" in capsys.readouterr().out


def test_load_of_a_part_of_the_network_needs_partial(clean: str, state: dict[str, Tensor], capsys: Capture) -> None:
    torch.save({key: value for key, value in state.items() if not key.startswith("y.")}, "a.pt")
    assert main(["weights", "load", "a.pt", "--spec", clean, "-o", "a.safetensors"]) == 1
    assert "`--partial` takes what fits" in capsys.readouterr().err
    assert main(["weights", "load", "a.pt", "--spec", clean, "-o", "a.safetensors", "--partial"]) == 0
    fresh = convdsl.build(clean, seed=0).state_dict()
    found = safetensors.torch.load_file("a.safetensors")
    assert torch.equal(found["e.0.weight"], state["e.0.weight"])
    assert torch.equal(found["y.weight"], fresh["y.weight"])


def test_load_for_programs_is_a_contract(clean: str, state: dict[str, Tensor], capsys: Capture) -> None:
    torch.save({f"module.{key}": value for key, value in state.items()}, "a.pt")
    assert main(["weights", "load", "a.pt", "--spec", clean, "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert not list(breaches(found, SCHEMA, SCHEMA))
    assert (found["version"], found["fits"], found["fitting"], found["rename"]) == (1, False, 0, "module.* -> *")
    assert found["missing"][0] == {"name": "e.0.weight", "shape": [4, 1, 4, 4], "near": "module.e.0.weight"}
    assert len(found["missing"]) == len(found["unexpected"]) == 6


def test_load_of_an_expanded_tensor_allocates_no_more_than_the_network_has(
    clean: str, state: dict[str, Tensor], capsys: Capture
) -> None:
    """One number that says it is 10^12; nothing is made of it, for nothing in the network has that shape."""
    torch.save(state | {"bomb": torch.zeros(1).expand(10**6, 10**6)}, "a.pt")
    assert main(["weights", "load", "a.pt", "--spec", clean]) == 1
    assert "bomb  1000000×1000000" in capsys.readouterr().out


def test_load_of_a_run_of_train_takes_its_running_mean(clean: str, state: dict[str, Tensor], capsys: Capture) -> None:
    ema = {key: value / 2 for key, value in state.items()}
    gray, ab = Meaning("gray", ("L",), (1.0,), (0.0,)), Meaning("colour", ("a", "b"), (1.0, 1.0), (0.0, 0.0))
    facts = Facts(Path(clean).read_text("utf-8"), "aa", {}, Recipe(), gray, ab, (0.0, 0.0), "ff", 1, 9, "net.cdsl")
    save(Path("run"), State(9, state, ema, {"y.weight/exp_avg": torch.ones(1)}), facts)
    assert main(["weights", "load", "run", "--spec", clean]) == 0
    assert "the part `ema` is taken; `--part` takes `model` instead" in capsys.readouterr().out
    assert equal(convdsl.load_weights(clean, "run").state_dict(), ema)
    assert equal(convdsl.load_weights(clean, "run", part="model").state_dict(), state)
    for file in Path("run").iterdir():
        assert equal(convdsl.load_weights(clean, file).state_dict(), ema)
    assert main(["weights", "load", "run", "--spec", clean, "--param", "width=8"]) == 1
    out = capsys.readouterr().out
    assert "e.0.weight  8×1×4×4  found 4×1×4×4: axis 0 differs" in out
    assert "out_channels" in out  # the networks are compared: what `diff` says
    assert main(["weights", "load", "run", "--spec", clean, "--param", "width=8", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["diff"]["same"] is False
    assert not list(breaches(found, SCHEMA, SCHEMA))
    assert not list(breaches(found["diff"], DIFF, DIFF))


def test_load_into_a_module_that_does_not_fit_leaves_it_as_it_was(clean: str, state: dict[str, Tensor]) -> None:
    torch.save(state | {"y.weight": torch.zeros(1)}, "a.pt")
    module = convdsl.build(clean, seed=5)
    before = {key: value.clone() for key, value in module.state_dict().items()}
    with pytest.raises(convdsl.MistakeError, match=r"`a\.pt` does not fit `Net`") as caught:
        convdsl.load_weights(module, "a.pt")
    assert any("y.weight" in note for note in caught.value.notes)
    assert equal(module.state_dict(), before)
    convdsl.load_weights(module, "a.pt", strict=False)
    assert torch.equal(module.state_dict()["u.weight"], state["u.weight"])
    assert torch.equal(module.state_dict()["y.weight"], before["y.weight"])


def test_load_with_exact_names_takes_signs_as_they_are(clean: str, state: dict[str, Tensor]) -> None:
    torch.save({f"*{key}": value for key, value in state.items()}, "a.pt")
    assert equal(loaded(clean, rename={f"*{key}": key for key in state}), state)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["load", "nowhere.pt"], "`nowhere.pt` cannot be read"),
        (["load", "a.pt", "--rename", "nowhere.txt"], "the rename table `nowhere.txt` cannot be read"),
        (["load", "a.pt", "--rename", "* -> same"], "two tensors would be named `same`"),
        (["load", "a.pt", "--part", "ema"], "no part `ema`"),
    ],
)
def test_load_when_it_cannot_ends_with_two_and_one_sentence(
    clean: str, state: dict[str, Tensor], arguments: list[str], said: str, capsys: Capture
) -> None:
    torch.save(state, "a.pt")
    assert main(["weights", *arguments, "--spec", clean]) == 2
    assert said in capsys.readouterr().err


def test_load_when_the_spec_is_wrong_ends_with_one(broken: str, capsys: Capture) -> None:
    assert main(["weights", "load", "a.pt", "--spec", broken]) == 1
    assert "error[" in capsys.readouterr().err


def test_show_lists_names_shapes_and_types(capsys: Capture) -> None:
    torch.save({"a": {"w": torch.zeros(2, 3, dtype=torch.float16)}, "b": {"n": torch.tensor(1)}, "lr": 0.1}, "a.pt")
    assert main(["weights", "show", "a.pt"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "a.pt: PyTorch",
        "a: 1 tensor, 6 numbers",
        "  w  2×3  float16",
        "b: 1 tensor, 1 number",
        "  n  scalar  int64",
        "no tensors: lr",
    ]
    assert main(["weights", "show", "a.pt", "--part", "a", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["parts"] == {"a": {"w": {"shape": [2, 3], "dtype": "float16"}}}
    assert not list(breaches(found, SCHEMA, SCHEMA))
    assert list(breaches(found | {"fits": True}, SCHEMA, SCHEMA))


def test_show_of_names_that_hide_makes_them_visible(capsys: Capture) -> None:
    torch.save({"a\x1b[2Jb": torch.zeros(1)}, "a.pt")
    assert main(["weights", "show", "a.pt"]) == 0
    assert "\x1b" not in capsys.readouterr().out
