"""The record of a run, read back and smoothed."""

from math import exp

import pytest

from convdsl import history

RECORD = """{"version": 1}
{"step": 1, "loss": 0.5, "lr": 0.001, "parts": {"L1": 0.3, "edges": 0.2}}
{"step": 2, "loss": NaN, "lr": 0.001}
{"step": 2, "dead_channels": 3, "rectified_channels": 8}
{"step": 4, "loss": 0.25, "lr": 0.0005, "parts": {"L1": 0.15, "edges": 0.1}}
{"step": 4, "val_psnr": null, "val_ab_rmse": 17.5}
{"step": 5, "lo"""


def test_record_when_read_gives_what_is_there_and_stops_where_it_was_cut_off() -> None:
    found = history.read(RECORD)
    assert len(found) == 6
    assert history.series(found, "loss") == ((1, 0.5), (4, 0.25))
    assert history.series(found, "val_ab_rmse") == ((4, 17.5),)
    assert history.series(found, "val_psnr") == ()
    assert history.parts(found) == {"L1": ((1, 0.3), (4, 0.15)), "edges": ((1, 0.2), (4, 0.1))}


def test_record_when_a_line_is_spoilt_is_read_without_it_and_counts_it() -> None:
    lines = RECORD.splitlines()
    spoilt = [lines[1], "\0\0", "", '{"step": "2"}', *lines[2:]]
    found, count = history.parse("\n".join(spoilt))
    assert count == 2 and len(found) == 5  # the last one has no end, as a crash leaves it
    assert history.series(found, "loss") == ((1, 0.5), (4, 0.25))


def test_record_when_of_an_older_version_without_a_head_is_read() -> None:
    assert history.series(history.read('{"step": 1, "loss": 2}\n'), "loss") == ((1, 2.0),)


def test_record_when_of_a_newer_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version 2"):
        history.read('{"version": 2}\n{"step": 1}\n')


@pytest.mark.parametrize("text", ["", "[1]\n", "nonsense", '"step"\n', "\x00"])
def test_record_when_it_is_none_has_no_entries(text: str) -> None:
    assert history.read(text) == ()


def test_mean_when_values_are_equal_is_that_value_and_follows_what_comes_later() -> None:
    assert history.smooth(((1, 2.0), (2, 2.0), (30, 2.0)), 20) == ((1, 2.0), (2, 2.0), (30, 2.0))
    # the first value has lost the share 1 - exp(-10 / 20) of its weight 10 steps later: (k * 1 + 3) / (k + 1)
    keep = exp(-0.5)
    assert history.smooth(((1, 1.0), (11, 3.0)), 20)[-1] == (11, pytest.approx((keep + 3) / (keep + 1)))


def test_span_when_the_run_is_long_grows_with_it() -> None:
    assert history.span(()) == history.span(((1, 1.0), (500, 1.0))) == 20
    assert history.span(((1, 1.0), (10_001, 1.0))) == 100


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0:00"), (59.6, "1:00"), (200, "3:20"), (7403, "2:03:23"), (90_000, "25:00:00")]
)
def test_clock_when_told_seconds_prints_minutes_and_hours(seconds: float, text: str) -> None:
    assert history.clock(seconds) == text
