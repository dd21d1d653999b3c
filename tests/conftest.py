"""What all tests share."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the files under tests/golden")

collect_ignore = ["plugin_example"]  # a package of its own, whose tests run where it is installed (tests/test_plugins.py)
