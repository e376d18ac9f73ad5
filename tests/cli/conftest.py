"""The command line in a session of its own (tests/session.py)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Iterator

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1]))
from session import BUILD, LIMIT_SECONDS, TINY, TOP, Session  # noqa: E402, F401


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "matrix: takes its time, for make test-all (-m matrix)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("-m"):
        items[:] = [item for item in items if item.get_closest_marker("matrix") is None]


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def daemon(session: Session) -> Session:
    """A session with the daemon running and one good profile, `tiny`."""
    session.profile("tiny", TINY)
    session.start_daemon()
    return session


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    """The same for tests that only look or are refused: one daemon for all of a file."""
    made = Session()
    try:
        made.profile("tiny", TINY)
        made.start_daemon()
        yield made
    finally:
        made.close()
