"""Built modules: memory is counted first, and they behave as any other module."""

import copy
import io
import pickle
import subprocess
import sys
import traceback

import pytest
import torch

from convdsl.lower.build import TooLarge, build, memory_limit
from convdsl.lower.emit import emit
from tests.lower.graphs import Net, network6


def dense() -> Net:
    """Make the counter-example of the series: one dense layer from a 256x256 photo to another."""
    net = Net("Dense")
    net.input("photo", "N", 3, 256, 256)
    net.add("0", "Flatten")
    net.add("dense", "Linear", 196_608)
    return net


def test_build_of_the_dense_network_is_refused_with_the_bytes_that_it_needs() -> None:
    graph = dense().output("y")
    # 196,608 * 196,608 weights + 196,608 biases = 38,654,902,272 numbers of 4 bytes = 144.0 GiB
    with pytest.raises(TooLarge, match=r"38,654,902,272 weights.* 154,619,609,088 bytes \(144\.0 GiB\)"):
        build(graph, max_bytes=2**36)
    with pytest.raises(TooLarge, match=r"309,239,218,176 bytes \(288\.0 GiB\)"):
        build(graph, max_bytes=2**36, dtype=torch.float64)


def test_build_on_the_meta_device_needs_no_memory() -> None:
    network = build(dense().output("y"), device="meta")
    assert sum(weight.numel() for weight in network.parameters()) == 196_608**2 + 196_608


def test_build_at_the_limit_is_taken_and_above_it_refused() -> None:
    graph = network6()
    # 3,643,514 parameters; 9 norms with running mean and variance of 32+64+128+3*256+128+64+32 = 1,216 channels,
    # and a counter of 8 bytes each
    needed = 4 * (3_643_514 + 2 * 1_216) + 9 * 8
    build(graph, max_bytes=needed)
    with pytest.raises(TooLarge):
        build(graph, max_bytes=needed - 1)


def test_memory_limit_is_that_of_a_machine() -> None:
    assert 2**28 < memory_limit() < 2**50


def test_build_with_a_seed_is_repeatable_and_leaves_the_global_generator() -> None:
    graph = network6()
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    first, second, other = build(graph, seed=1), build(graph, seed=1), build(graph, seed=2)
    assert torch.equal(torch.rand(3), expected)
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not torch.equal(first.state_dict()["conv1.weight"], other.state_dict()["conv1.weight"])


def test_build_with_a_dtype_has_it() -> None:
    network = build(network6(), dtype=torch.float64)
    assert {weight.dtype for weight in network.parameters()} == {torch.float64}


def test_build_is_in_training_mode_as_every_new_module() -> None:
    assert build(network6()).training


def test_built_module_can_be_copied_pickled_and_saved() -> None:
    network = build(network6(), seed=3).eval()
    x = torch.rand(1, 1, 16, 16)
    saved = io.BytesIO()
    torch.save(network.state_dict(), saved)
    saved.seek(0)
    again = build(network6()).eval()
    again.load_state_dict(torch.load(saved, weights_only=True))
    for other in (copy.deepcopy(network), pickle.loads(pickle.dumps(network)), again):
        assert torch.equal(other(x), network(x))


def test_traceback_through_a_built_module_shows_the_line() -> None:
    network = build(network6())
    try:
        network(torch.zeros(1, 2, 16, 16))
    except RuntimeError as error:
        text = "".join(traceback.format_exception(error))
    assert "x: Tensor = self.conv1(gray)  # [N, 32, H // 2, W // 2]" in text
    assert "<convdsl Network6" in text


def test_build_runs_the_source_that_it_is_given() -> None:
    graph = network6()
    source = emit(graph).replace("return x", "return x * 0")
    assert build(graph, source=source).eval()(torch.rand(1, 1, 16, 16)).abs().max() == 0


def test_emit_imports_no_torch() -> None:
    program = (
        "import sys; from tests.lower.graphs import network6; from convdsl.lower.emit import emit; "
        "emit(network6()); from convdsl.lower.keys import state_keys; state_keys(network6()); "
        "sys.exit(bool({'torch', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
