"""A few hundred fixed texts of `make fuzz`: every phase survives them, every error has a place and a way out."""

import pytest

from tests.fuzz import example, specs, try_one

KNOWN = specs()


@pytest.mark.parametrize("first", range(0, 600, 100))
def test_law_every_phase_survives_mutated_specs_and_every_error_has_a_way_out(first: int) -> None:
    for seed in range(first, first + 100):
        suffix, text = example(KNOWN, seed)
        try:
            try_one(f"fuzz{suffix}", text)
        except Exception as error:
            raise AssertionError(f"seed {seed}: `python -m tests.fuzz --seed {seed}`") from error
