# SPDX-License-Identifier: GPL-2.0-or-later
"""Each D-Bus method, as its object tells them, called with arguments that mean harm: refused or harmless, and nothing grows.

Of the daemon: on a system bus by a user to whom polkit gives nothing, and on its own socket by its own user, where all that
is asked for is tried. Of the setup service: on a system bus. No daemon here is root of this PC or on its network.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest

from conftest import BUILD, TOP, Session
from test_setup_service import BUS

HOSTILE = Path(__file__).with_name("hostile.py")
APPLIANCE = ("org.playthrough.Appliance1", "/org/playthrough/Appliance1", "org.playthrough.Appliance1")
SETUP = ("org.playthrough.Setup1", "/org/playthrough/Setup1", "org.playthrough.Setup1")
# Those that look, and need no action of polkit's (appliance/bus/service.c, host-setup/service/service.c).
ANYBODYS = {"ListVMs", "Status", "UsbList", "UsbPorts", "UsbWhy", "DiskList", "ProfileOffers", "ProfileShow", "ProfileCheck",
            "ConsoleStatus", "SetLanguage", "Check", "Plan", "Verify"}
# A heap has holes after the largest of everything; what leaks with each call goes beyond, in a thousand calls of each.
FLAT, HOLES_KIB = 1.2, 2048


def pss_kib(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def own_kib(pid: int) -> int:
    """What it has written to: the share of libraries, in PSS, changes with what else runs on this machine."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private_Dirty:"))


def open_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def call_all(address: str, target: tuple[str, str, str], times: int, seed: int, peer: bool = False) -> dict[str, dict[str, int]]:
    """As nobody, where we are root; the program comes by standard input, since nobody may not read our folders."""
    name, path, interface = target
    who = [] if peer or os.geteuid() else ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
    done = subprocess.run([*who, "/usr/bin/python3", "-", address, "" if peer else name, path, interface, str(times), str(seed)],
                          stdin=HOSTILE.open(), capture_output=True, text=True, cwd="/", timeout=3000)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def stays_flat(pid: int, call: Callable[[int, int], dict[str, dict[str, int]]], times: int) -> dict[str, dict[str, int]]:
    memory = 0
    for seed in range(4, 9):
        call(max(30, times // 5), seed)
        memory = max(memory, own_kib(pid))
    files = open_files(pid)
    counts = call(times, 3)
    assert all(sum(c.values()) >= times for c in counts.values()), counts
    time.sleep(0.5)
    print(f"own memory {memory} KiB, then {own_kib(pid)} KiB; {len(counts)} methods, {times} calls each")
    assert own_kib(pid) <= FLAT * memory + HOLES_KIB, f"{memory} KiB before, {own_kib(pid)} KiB after"
    assert open_files(pid) <= files + 1
    return counts


class SystemBus:
    """A system bus of its own without polkit, and a program of ours on it."""

    def __init__(self, command: list[str], policy: Path, name: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pt-", dir="/tmp"))
        self.folder.chmod(0o711)
        socket = self.folder / "bus"
        (self.folder / "bus.conf").write_text(BUS.format(socket=socket, policy=policy))
        self.address = f"unix:path={socket}"
        self.env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "DBUS_SYSTEM_BUS_ADDRESS": self.address}
        self.processes: list[subprocess.Popen[bytes]] = []
        self.log = (self.folder / "log").open("ab")
        try:
            self.begin(["dbus-daemon", f"--config-file={self.folder}/bus.conf", "--nofork"])
            self.wait(lambda: self.busctl("list").returncode == 0)
            self.pid = self.begin([part.format(folder=self.folder) for part in command])
            self.wait(lambda: name in self.busctl("list", "--acquired").stdout)
        except BaseException:
            self.close()
            raise

    def begin(self, command: list[str]) -> int:
        self.processes.append(subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log))
        return self.processes[-1].pid

    def busctl(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["busctl", f"--address={self.address}", *args], capture_output=True, text=True, timeout=60)

    def wait(self, what: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not what():
            assert time.monotonic() < deadline and all(p.poll() is None for p in self.processes), self.said()
            time.sleep(0.05)

    def said(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def close(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
            process.wait(20)
        self.log.close()
        shutil.rmtree(self.folder)


# Root of a user namespace, with its own /run, /var/lib and network.
FENCED = ["unshare", "-rmn", "sh", "-ec", "mount -t tmpfs none /run; mount -t tmpfs none /var/lib; exec \"$@\"", "sh"]


@pytest.fixture
def appliance() -> Iterator[SystemBus]:
    made = SystemBus([*FENCED, str(BUILD / "playthroughd"), "--run-dir", "/run/playthrough"],
                     TOP / "appliance/bus/org.playthrough.Appliance1.conf", APPLIANCE[0])
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def setup() -> Iterator[SystemBus]:
    """Its program answers at once: how it looks at this PC is tried elsewhere."""
    made = SystemBus(["sh", "-c", "printf '#!/bin/sh\\necho \"{{}}\"\\n' >{folder}/p; chmod 755 {folder}/p; exec "
                      + str(BUILD / "playthrough-setupd") + " --program {folder}/p --idle 600"],
                     TOP / "host-setup/service/org.playthrough.Setup1.conf", SETUP[0])
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def own() -> Iterator[Session]:
    """A session's daemon without a network, so that a console which is enabled is nobody's to find."""
    made = Session()
    made.profile("tiny", "[cpu]\naccel=tcg\n")
    log = (made.folder / "daemon.log").open("ab")
    made.daemon = subprocess.Popen(["unshare", "-rn", str(BUILD / "playthroughd"), "--session"], env=made.env,
                                   stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 20
        while not made.socket().exists():
            assert made.daemon.poll() is None and time.monotonic() < deadline, made.daemon_log()
            time.sleep(0.05)
        yield made
    finally:
        made.close()


def system_bus(bus: SystemBus, target: tuple[str, str, str], times: int) -> None:
    counts = stays_flat(bus.pid, lambda n, seed: call_all(bus.address, target, n, seed), times)
    assert all(p.poll() is None for p in bus.processes), bus.said()
    done = {member for member, count in counts.items() if count["answered"]}
    assert done <= ANYBODYS, f"without a yes of polkit: {done - ANYBODYS}"


def own_socket(session: Session, times: int) -> None:
    assert session.daemon
    profiles = sorted(session.profiles.iterdir())
    address = f"unix:path={session.socket()}"
    stays_flat(session.daemon.pid, lambda n, seed: call_all(address, APPLIANCE, n, seed, peer=True), times)
    assert session.daemon.poll() is None, session.daemon_log()
    assert session.json("status", "tiny")["state"] == "stopped"
    assert sorted(session.profiles.iterdir()) == profiles


def test_daemon_on_the_system_bus(appliance: SystemBus) -> None:
    system_bus(appliance, APPLIANCE, 40)


def test_setup_on_the_system_bus(setup: SystemBus) -> None:
    system_bus(setup, SETUP, 40)


def test_daemon_on_its_socket(own: Session) -> None:
    own_socket(own, 40)


@pytest.mark.matrix
def test_daemon_on_the_system_bus_a_thousand_times(appliance: SystemBus) -> None:
    system_bus(appliance, APPLIANCE, 1000)


@pytest.mark.matrix
def test_setup_on_the_system_bus_a_thousand_times(setup: SystemBus) -> None:
    system_bus(setup, SETUP, 1000)


@pytest.mark.matrix
def test_daemon_on_its_socket_a_thousand_times(own: Session) -> None:
    own_socket(own, 1000)
