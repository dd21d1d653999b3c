"""What all tests share."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the files under tests/golden")


# a package of its own: its tests run where it is installed (tests/test_plugins.py)
collect_ignore = ["plugin_example"]
