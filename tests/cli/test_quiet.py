# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon sleeps while nothing happens: no timer, no polling."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from conftest import Session


def wake_ups(pid: int) -> int:
    """How often it has gone to sleep, and so has been awake: voluntary context switches (proc(5))."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("voluntary_ctxt_switches")))


def stays_asleep(session: Session, seconds: int) -> None:
    assert session.run("usb", "list").returncode == 0  # so that it has worked at least once
    assert session.daemon
    pid = session.daemon.pid
    time.sleep(2)
    before = wake_ups(pid)
    time.sleep(seconds)
    assert session.daemon.poll() is None
    assert wake_ups(pid) == before, session.daemon_log()


def test_ten_seconds(daemon: Session) -> None:
    stays_asleep(daemon, 10)


@pytest.mark.matrix
def test_all_its_life(daemon: Session) -> None:
    """A session's daemon that nobody needs ends by itself after 30 seconds; until then it sleeps."""
    stays_asleep(daemon, 25)
