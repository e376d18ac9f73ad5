"""The command line in a session of its own (tests/session.py)."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))
from session import BUILD, LIMIT_SECONDS, TINY, TOP, Session, daemon, session, shared  # noqa: E402, F401
from session import pytest_collection_modifyitems, pytest_configure  # noqa: E402, F401
