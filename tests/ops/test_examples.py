"""Every operator's docstring has a sentence, a source, and an example line, which is run here."""

import pytest

from convdsl.ops import catalogue
from convdsl.testing.check import check_class


@pytest.mark.parametrize("name", catalogue.names())
def test_docstring_when_read_has_a_sentence_a_source_and_an_example_with_the_shape_that_comes_out(name: str) -> None:
    check_class(catalogue.find(name))
