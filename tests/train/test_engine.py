"""One step: what goes in, what is learned, what the running mean does, which channels are dead."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from convdsl.meaning import Meaning
from convdsl.mistake import MistakeError
from convdsl.train import engine
from convdsl.train.album import Batch
from convdsl.train.dead import count_dead
from convdsl.train.device import prepare
from convdsl.train.engine import Engine, choose_precision, expose
from convdsl.train.loop import train
from convdsl.train.picture import decode, encode, result, to_lab, to_pixels, truth
from tests.train.setting import AB, GRAY, LAB, RGB, job, photographs

CPU = torch.device("cpu")


def batch(count: int = 4, exposed: float = 0.0) -> Batch:
    generator = torch.Generator().manual_seed(count)
    pixels = torch.randint(0, 255, (count, 16, 16, 3), dtype=torch.uint8, generator=generator)
    return Batch(pixels, torch.full((count,), exposed))


def test_exposure_when_it_bends_keeps_black_white_and_colours() -> None:
    lab = torch.tensor([[0.0, 50.0, 100.0], [1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).view(1, 3, 1, 3)
    # exp(ln 2) = 2: 100 * 0.5^2 = 25
    bent = expose(lab, torch.tensor([2.0]).log())
    torch.testing.assert_close(bent[0, 0, 0], torch.tensor([0.0, 25.0, 100.0]))
    assert torch.equal(bent[:, 1:], lab[:, 1:])
    torch.testing.assert_close(expose(lab, torch.zeros(1)), lab)


def test_tensors_when_exposed_change_what_goes_in_and_not_what_is_wanted() -> None:
    one = Engine(job(exposure=0.5), 6, CPU)
    (gray, ab), (bent, same) = one.tensors(batch()), one.tensors(batch(exposed=1.0))
    assert torch.equal(ab, same) and not torch.allclose(gray, bent)
    assert gray.is_contiguous(memory_format=torch.channels_last)


def test_maps_when_the_picture_has_one_channel_have_theirs_innermost() -> None:
    one = Engine(job(), 6, CPU)
    maps: list[Tensor] = []
    for layer in one.network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(lambda layer, given, out: maps.append(out))
    gray, _ = one.tensors(batch())
    one.network(gray)
    assert gray.shape[1] == 1 and maps
    assert all(
        one_map.stride()[1] == 1 for one_map in maps
    )  # not so after `contiguous`, which leaves weights of one channel


def test_tensors_when_restrained_want_paler_colours_of_the_same_hue() -> None:
    (gray, ab), (same, paler) = (Engine(job(restraint=share), 6, CPU).tensors(batch()) for share in (0.0, 0.25))
    assert torch.equal(gray, same)
    torch.testing.assert_close(paler, 0.75 * ab)


@pytest.mark.parametrize("setting", ["exposure", "restraint"])
def test_run_when_the_network_repeats_what_it_sees_refuses_to_change_it(tmp_path: Path, setting: str) -> None:
    with pytest.raises(MistakeError, match=f"`{setting}` is for networks that colour lightness"):
        train(job(RGB, RGB, **{setting: 0.3}), (photographs(tmp_path / "a"),), tmp_path / "run")


def test_mean_when_steps_are_few_follows_fast_and_then_by_its_decay() -> None:
    one = Engine(job(ema=0.9), 6, CPU)
    key = "down.weight"
    mean, weights = one.mean[key].clone(), []
    for done in range(3):
        one.step(batch())
        weights.append(one.network.state_dict()[key].clone())
        decay = min(0.9, (1 + done) / (10 + done))  # 0.1, 2/11, 0.25
        mean = decay * mean + (1 - decay) * weights[-1]
    torch.testing.assert_close(one.mean[key], mean)
    assert one.state().weights[key] is one.mean[key]
    plain = Engine(job(ema=0.0), 6, CPU)
    assert not plain.mean and torch.equal(plain.state().weights[key], plain.network.state_dict()[key])


def test_step_when_gradients_are_cut_moves_no_further_than_the_cut() -> None:
    one = Engine(job(optimizer="SGD", clip=0.01, schedule="Constant"), 6, CPU)

    def weights() -> Tensor:
        return torch.cat([parameter.detach().flatten() for parameter in one.network.parameters()])

    before = weights()
    one.step(batch())
    after = weights()
    # plain SGD: the step is lr * gradient, and the gradient's length is 0.01 at most
    assert 0 < (after - before).norm() <= 1e-3 * 0.01 * 1.001


def test_precision_when_auto_follows_the_processor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine, "_processor_flags", lambda: {"avx512f"})
    assert choose_precision("auto", CPU) == "fp32" and choose_precision("bf16", CPU) == "bf16"
    monkeypatch.setattr(engine, "_processor_flags", lambda: {"avx512f", "amx_bf16"})
    assert choose_precision("auto", CPU) == "bf16" and choose_precision("fp32", CPU) == "fp32"


def test_step_when_in_bf16_learns_in_float32_weights() -> None:
    one = Engine(job(precision="bf16"), 6, CPU)
    assert all(one.step(batch()).loss < 10 for _ in range(3))
    assert all(parameter.dtype == torch.float32 for parameter in one.network.parameters())


class Rectifiers(nn.Module):
    """Four channels, of which `low` are always below zero, through every kind of rectifier."""

    def __init__(self, low: int) -> None:
        super().__init__()
        self.register_buffer("shift", torch.tensor([-9.0] * low + [9.0] * (4 - low)).view(1, 4, 1, 1))
        self.module = nn.ReLU()
        self.six = nn.ReLU6()
        self.leaky = nn.LeakyReLU()

    def forward(self, x: Tensor) -> Tensor:
        x = x.clamp(-1, 1) + self.shift
        return self.leaky(torch.relu(x)) + self.module(x) + self.six(x) + nn.functional.relu(x.clone(), inplace=True)


def test_dead_channels_when_counted_are_those_that_never_fire() -> None:
    found = count_dead(Rectifiers(1), torch.randn(2, 4, 3, 3))
    assert found is not None and (found.channels, found.of, found.worst) == (4, 16, 0.25)
    assert str(found) == "4 of 16 rectified channels are dead (worst layer: 25%)"
    assert count_dead(nn.Conv2d(4, 4, 1), torch.randn(2, 4, 3, 3)) is None


def test_dead_channels_when_counted_leave_the_network_as_it_was() -> None:
    one = Engine(job(), 6, CPU)
    before = {key: value.clone() for key, value in one.network.state_dict().items()}
    count_dead(one.network, one.tensors(batch())[0])
    assert one.network.training
    assert all(torch.equal(before[key], value) for key, value in one.network.state_dict().items())


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from([GRAY, AB, LAB, RGB]),
    st.lists(st.floats(0.01, 5) | st.floats(-5, -0.01), min_size=3, max_size=3),
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
)
def test_law_decoding_undoes_encoding(meaning: Meaning, scale: list[float], offset: list[float]) -> None:
    count = len(meaning.channels)
    other = Meaning("colour", meaning.channels, tuple(scale[:count]), tuple(offset[:count]))
    lab = to_lab(batch(2).pixels).double()
    tensor = encode(other, lab)
    assert tensor.shape == (2, count, 16, 16)
    plain = Meaning("colour", meaning.channels, (1.0,) * count, (0.0,) * count)
    torch.testing.assert_close(decode(other, tensor), encode(plain, lab), rtol=0, atol=1e-9)


@pytest.mark.parametrize("source, target", [(GRAY, AB), (GRAY, LAB), (GRAY, RGB), (LAB, AB), (RGB, RGB), (GRAY, GRAY)])
def test_result_when_the_network_is_right_is_the_truth(source: Meaning, target: Meaning) -> None:
    lab = to_lab(batch(2).pixels)
    composed = result(source, target, encode(target, lab), lab, 0.38)
    torch.testing.assert_close(composed, truth(target, lab), rtol=0, atol=2e-3)  # float32 there and back


def test_result_when_a_gray_photo_goes_in_keeps_its_lightness_whatever_comes_out() -> None:
    lab = to_lab(batch(2).pixels)
    for target in (AB, LAB, RGB):
        wild = torch.randn(2, len(target.channels), 16, 16)
        assert torch.equal(result(GRAY, target, wild, lab, 0.38)[:, :1], lab[:, :1])


def test_pixels_when_there_and_back_are_the_same() -> None:
    pixels = batch(3).pixels
    assert torch.equal(to_pixels(to_lab(pixels)), pixels)


def test_device_when_unknown_or_without_threads_is_refused() -> None:
    assert prepare("cpu") == "cpu"
    for device, threads in (("gpu", None), ("cpu", 0)):
        with pytest.raises(MistakeError) as caught:
            prepare(device, threads)
        assert caught.value.way_out
