"""The command line in a session of its own (tests/session.py)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Iterator

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1]))
from session import BUILD, LIMIT_SECONDS, TINY, TOP, Session  # noqa: E402, F401
from session import pytest_collection_modifyitems, pytest_configure  # noqa: E402, F401


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
