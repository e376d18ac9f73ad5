# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 of daemon, QEMU, console and front end while a VM starts, runs, is plugged or stops; after each the state is right.

Right is: what the (next) daemon says of the VM is what runs, a VM that was to go on has gone on, the disk is nobody's after the
end, and the VM starts anew. In a session's own mode; tests/lab/test_service.py has the same with devices that are real.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest

from conftest import BUILD, TINY, Session

VICTIMS = {"daemon": "playthroughd", "QEMU": "qemu-system-x86_64", "console": "playthrough-console", "front end": "playthrough-gui"}
PHASES = ("starting", "running", "hot-plugging", "stopping")
# About as long as each phase takes.
SECONDS = {"starting": 0.5, "running": 0.1, "hot-plugging": 0.05, "stopping": 0.3}
VM = TINY + "[disk games]\nimage={image}\nwritable=yes\n"


def wait_for(what: Callable[[], object], why: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, why
        time.sleep(0.02)


def is_dead(pid: int) -> bool:
    """Its sockets are closed, too: memory goes first."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except OSError:
        return True


class Machine:
    """A session with all four programs."""

    def __init__(self) -> None:
        self.session = Session()
        self.image = self.session.home / "games.raw"
        self.image.write_bytes(bytes(1 << 20))
        self.session.profile("tiny", VM.format(image=self.image))
        self.console: subprocess.Popen[bytes] | None = None

    def pids(self, program: str) -> list[int]:
        found = []
        for pid in self.session.processes():
            try:
                name = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode().rsplit("/", 1)[-1]
            except OSError:
                continue
            if name == program:
                found.append(pid)
        return found

    def console_listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.session.runtime / "playthrough" / "console.sock")) == 0

    def all_run(self) -> None:
        assert self.session.run("list").returncode == 0  # starts a daemon where there is none
        if not self.pids("playthrough-console"):
            log = (self.session.folder / "console.log").open("ab")
            self.console = subprocess.Popen([str(BUILD / "playthrough-console"), "--session"], env=self.session.env,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        wait_for(lambda: self.console_listens() and self.pids("playthrough-gui"), "no console with a front end")

    def kill(self, victim: str) -> None:
        pids = self.pids(VICTIMS[victim])
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_for(lambda: all(is_dead(pid) for pid in pids), f"{victim} does not die")
        if self.console:
            self.console.poll()

    def status(self) -> dict:
        return self.session.json("status", "tiny")

    def is_settled(self) -> bool:
        """A QEMU that has just been killed may run for a moment, as its daemon knows it."""
        status = self.status()
        return status["state"] == "stopped" or (status["state"] == "running" and self.pids(VICTIMS["QEMU"]) == [status["pid"]])

    def settled(self) -> str:
        wait_for(self.is_settled, f"no end of the {self.status()['state']}")
        return self.status()["state"]

    def disk_is_free(self) -> bool:
        """QEMU locks bytes of an image that it has open (OFD locks)."""
        with self.image.open("r+b") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
            return True

    def close(self) -> None:
        self.session.close()
        if self.console:
            self.console.wait()


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    made = Machine()
    try:
        yield made
    finally:
        made.close()


def kill_in(machine: Machine, victim: str, phase: str, after_s: float) -> None:
    session = machine.session
    machine.all_run()
    acts = {"starting": ("start", "tiny"), "running": ("status", "tiny"), "hot-plugging": ("usb", "attach", "tiny", "1-1"),
            "stopping": ("stop", "--force", "tiny")}
    if phase != "starting":
        assert session.run("start", "tiny").returncode == 0
    pid = machine.status().get("pid")
    act = session.popen(*acts[phase])
    time.sleep(after_s)
    machine.kill(victim)
    act.communicate(timeout=120)

    state = machine.settled()
    qemus = machine.pids(VICTIMS["QEMU"])
    if state == "stopped":
        wait_for(lambda: not machine.pids(VICTIMS["QEMU"]), "a QEMU that no daemon knows")
    # Nobody ends a game but QEMU's own death, or whoever asked for it.
    if phase in ("running", "hot-plugging"):
        assert state == ("stopped" if victim == "QEMU" else "running")
        assert victim == "QEMU" or qemus == [pid]
    if victim in ("console", "front end") and phase in ("starting", "stopping"):
        assert act.returncode == 0 and state == ("running" if phase == "starting" else "stopped")

    if state == "running":
        assert not machine.disk_is_free()
        assert session.run("stop", "--force", "tiny").returncode == 0
    wait_for(lambda: not machine.pids(VICTIMS["QEMU"]), "QEMU is left")
    assert machine.disk_is_free() and machine.status()["state"] == "stopped"
    assert machine.status()["last_end"] is None or machine.status()["last_end"]["lost"] is None


def matrix(machine: Machine, rounds: int, seed: int) -> None:
    random_s, count = random.Random(seed), 0
    for _, victim, phase in itertools.product(range(rounds), VICTIMS, PHASES):
        after_s = random_s.uniform(0, SECONDS[phase])
        try:
            kill_in(machine, victim, phase, after_s)
        except BaseException:
            print(f"{victim} killed {after_s:.3f} s after {phase} began:\n{machine.session.daemon_log()[-2000:]}")
            raise
        count += 1
    print(f"{count} kills: {len(VICTIMS)} programs in {len(PHASES)} states, {rounds} times each; none left anything")


def test_each_once(machine: Machine) -> None:
    matrix(machine, 1, 1)


@pytest.mark.matrix
def test_each_many_times(machine: Machine) -> None:
    matrix(machine, 20, 2)
