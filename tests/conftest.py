"""For all Python tests: where modules are found, and the option --full for the tests marked `full`.

Run with the distribution's Python: /usr/bin/python3 -m pytest tests/integration
"""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
# throwaway.py, and the package `support` of the integration tests, which the other folders borrow.
sys.path[:0] = [str(ROOT / "scripts" / "lib"), str(ROOT / "tests" / "integration")]


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="also run the long tests (marker `full`)")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--full"):
        skip = pytest.mark.skip(reason="long: runs with --full")
        for item in items:
            if item.get_closest_marker("full"):
                item.add_marker(skip)
