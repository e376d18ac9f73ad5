# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon sleeps while nothing happens, with a VM and without: no timer, no polling; and it is small."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from conftest import BUILD, Session
from test_hostile import APPLIANCE, FENCED, SystemBus, appliance, pss_kib  # noqa: F401

PSS_MOST_KIB = 4096
SHORT_S, LONG_S = 10, 25


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
    assert pss_kib(pid) <= PSS_MOST_KIB


def test_ten_seconds(daemon: Session) -> None:
    stays_asleep(daemon, SHORT_S)


def test_ten_seconds_with_a_vm(daemon: Session) -> None:
    """Its firmware has nothing to start, and says so once."""
    assert daemon.run("start", "tiny").returncode == 0
    time.sleep(15)
    stays_asleep(daemon, SHORT_S)
    assert daemon.json("status", "tiny")["state"] == "running"


@pytest.mark.matrix
def test_all_its_life(daemon: Session) -> None:
    """A session's daemon that nobody needs ends by itself after 30 seconds; until then it sleeps."""
    stays_asleep(daemon, LONG_S)


def test_this_pcs_daemon(appliance: SystemBus) -> None:  # noqa: F811
    """On the system bus: small, asleep, and the only one, also before it has its name."""
    assert appliance.busctl("call", *APPLIANCE, "ListVMs").returncode == 0
    time.sleep(2)
    before = wake_ups(appliance.pid)
    time.sleep(SHORT_S)
    assert wake_ups(appliance.pid) == before and pss_kib(appliance.pid) <= PSS_MOST_KIB, pss_kib(appliance.pid)


def test_two_daemons(appliance: SystemBus) -> None:  # noqa: F811
    """The second one ends before it has looked at any VM; the first one goes on; after kill -9 of it there can be another."""
    command = ["nsenter", f"--target={appliance.pid}", "--user", "--mount", "--preserve-credentials",
               str(BUILD / "playthroughd"), "--run-dir", "/run/playthrough"]
    second = subprocess.run(command, env=appliance.env, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1 and "PT-BUS-06" in second.stderr and "another playthroughd runs" in second.stderr, second
    assert appliance.busctl("call", *APPLIANCE, "ListVMs").returncode == 0
    third = appliance.begin(["setsid", *FENCED, str(BUILD / "playthroughd"), "--run-dir", "/run/elsewhere"])
    # Of another run directory, and the name is taken.
    done = next(p for p in appliance.processes if p.pid == third)
    assert done.wait(30) == 1
    appliance.processes.remove(done)
