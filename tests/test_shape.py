"""Shapes at numbers: symbols are put in, the batch is 1 unless somebody says otherwise."""

import pytest

from convdsl.shape import Product, product, shape_of
from convdsl.sizes import Size


@pytest.mark.parametrize("batch", ["N", "B"])
def test_at_when_the_batch_is_not_given_is_for_one_image(batch: str) -> None:
    assert shape_of(batch, 3, "H", "W").at({"H": 5, "W": 7}).numbers == (1, 3, 5, 7)
    assert shape_of(batch, 3, "H", "W").at({"H": 5, "W": 7, batch: 4}).numbers == (4, 3, 5, 7)


def test_at_when_the_batch_is_a_number_keeps_it() -> None:
    assert shape_of(2, 3, "H").at({"H": 5}).numbers == (2, 3, 5)


def test_at_when_an_axis_is_a_product_multiplies() -> None:
    """8 * (H // 2) * W at H = 5, W = 3 is 8 * 2 * 3 = 48."""
    flat = product(8, (Size("H").then(1, 0, 2), Size("W")))
    assert isinstance(flat, Product)
    assert shape_of("N", flat).at({"H": 5, "W": 3}).numbers == (1, 48)
