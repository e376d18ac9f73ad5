# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds what the tests drive, and chooses: `-m quick` is for make check, no -m for make test, `-m matrix` for more."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build")
_notes = pytest.StashKey[list]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "quick: a sample, for make check (-m quick)")
    config.addinivalue_line("markers", "matrix: all there is, for make test-all (-m matrix)")
    config.stash[_notes] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("-m"):
        items[:] = [i for i in items if not (i.get_closest_marker("matrix") or i.get_closest_marker("quick"))]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for note in config.stash[_notes]:
        terminalreporter.write_line(note)


@pytest.fixture(scope="session")
def build() -> Path:
    subprocess.run(["make", "-s", f"BUILD={BUILD.relative_to(TOP)}", "faults-programs"], cwd=TOP, check=True)
    return BUILD


@pytest.fixture
def notes(request: pytest.FixtureRequest) -> list[str]:
    return request.config.stash[_notes]
