#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures what it costs to have a VM started by us: from the request to QEMU's first answer on QMP.

Interleaved, in one run, with the same QEMU and the same machine:
  ours        the call Start on playthroughd's own socket (D-Bus), until its job is at the stage after QMP has answered
  bare QEMU   the very arguments that ours had, and descriptors of the same kinds, until it has answered qmp_capabilities
  playthrough start, virsh start
              whole programs, as people type them, until they say that the VM runs

Both daemons have learned what this QEMU can do before: that is asked for once, not at each start. What a daemon computes
for a start is its threads' time on a processor (/proc/PID/task/*/schedstat) from the request until all is quiet again.

Usage: start_bench.py BUILD; adds its rows to BUILD/bench.json. START_RUNS=N measures N times.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
import re
import select
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import bench
from gui_bench import computed_ms

RUNS = int(os.environ.get("START_RUNS", "100"))
OUT_OF_THE_WAY = 100  # beyond all that QEMU inherits; see VM_FD_FIRST
READY = b"firmware"  # the stage of a start that comes when QMP has answered
SETTLE_S = 0.2

KVM = (os.access("/dev/kvm", os.R_OK | os.W_OK)
       and not {"vmx", "svm"}.isdisjoint(Path("/proc/cpuinfo").read_text().split()))  # fmt: skip
ACCEL = "kvm" if KVM else "tcg"
PROFILE = bench.PROFILE.replace("accel = tcg", f"accel = {ACCEL}")
# What a game has: firmware of today, memory, an emulated screen for the console, a network.
GAME = f"""[vm]
title = Game
[cpu]
count = 2
accel = {ACCEL}
[memory]
size = 2G
[boot]
firmware = uefi
"""
# The devices of our plan for that profile: a USB controller for hot-plug, a serial console, a port to report through.
DOMAIN = f"""<domain type='{'kvm' if KVM else 'qemu'}'><name>bench</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os>{"<cpu mode='host-passthrough'/>" if KVM else ""}
<devices><emulator>{bench.QEMU}</emulator><controller type='usb' model='qemu-xhci' ports='15'/>
<controller type='virtio-serial'/><serial type='file'><source path='@/serial.log'/></serial>
<channel type='unix'><source mode='bind'/><target type='virtio' name='org.playthrough.report'/></channel>
<memballoon model='none'/></devices></domain>
"""


# --- a D-Bus client of one call: the least that lies between the request and the daemon ---


def padded(data: bytes, to: int) -> bytes:
    return data + bytes(-len(data) % to)


def text(value: str) -> bytes:
    return len(value).to_bytes(4, "little") + value.encode() + b"\0"


def call(serial: int, member: str, body: bytes) -> bytes:
    """A method call with one string (D-Bus specification, "Message Format")."""
    fields = b""
    for code, kind, value in ((1, b"o", "/org/playthrough/Appliance1"), (2, b"s", "org.playthrough.Appliance1"),
                              (3, b"s", member)):  # fmt: skip
        fields = padded(fields, 8) + bytes([code, 1]) + kind + b"\0" + text(value)
    fields = padded(fields, 8) + bytes([8, 1]) + b"g\0" + b"\x01s\0"
    head = b"l\1\0\1" + len(body).to_bytes(4, "little") + serial.to_bytes(4, "little")
    return padded(head + len(fields).to_bytes(4, "little") + fields, 8) + body


class Caller:
    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(bench.LIMIT_S)
        self.socket.connect(str(path))
        self.serial = 0
        self.heard = b""
        # In one piece: libsystemd does not look at what has come together with BEGIN before more comes.
        self.socket.sendall(b"\0AUTH EXTERNAL %s\r\nBEGIN\r\n" % str(os.geteuid()).encode().hex().encode())
        self.until(b"\r\n")

    def until(self, word: bytes) -> None:
        while word not in self.heard:
            part = self.socket.recv(65536)
            if not part:
                raise bench.Failed("the daemon has closed the connection")
            self.heard += part
            if b"org.playthrough.Error" in self.heard:
                raise bench.Failed(self.heard.decode(errors="replace"))
        self.heard = self.heard.split(word, 1)[1]

    def forget(self) -> None:
        """What it has told meanwhile of the starts of others."""
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(65536)
        self.heard = b""

    def start_ms(self, vm: str) -> float:
        self.forget()
        self.serial += 1
        began = time.perf_counter()
        self.socket.sendall(call(self.serial, "Start", text(vm)))
        self.until(READY)
        took = (time.perf_counter() - began) * 1000
        self.until(b"done")
        return took


# --- bare QEMU with our arguments ---


class Bare:
    """Sockets where ours has sockets, its files where it has files, under the same numbers."""

    def __init__(self, folder: Path, pid: int) -> None:
        self.folder = folder
        self.arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
        self.sockets: dict[int, str] = {}
        self.files: dict[int, tuple[str, int]] = {2: (os.devnull, os.O_WRONLY)}
        for argument in self.arguments:
            if found := re.search(r"\bfd=(\d+)", argument):
                if argument.startswith("socket,"):
                    self.sockets[int(found[1])] = argument.split("id=")[1].split(",")[0]
                else:
                    self.files[int(found[1])] = self.file_of(pid, argument)

    def file_of(self, pid: int, argument: str) -> tuple[str, int]:
        """QEMU keeps it under another number: it is known by what it is for."""
        links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
        kept = [link for link in links if link.startswith(str(self.folder)) and not link.endswith(".log")]
        if "opaque=serial" in argument:
            return str(self.folder / "bare.log"), os.O_WRONLY | os.O_APPEND | os.O_CREAT
        return kept[0], os.O_RDWR

    def open_all(self) -> dict[int, int]:
        """Each number that QEMU wants, and our descriptor for it; ours are high enough to be in nobody's way."""
        opened = {}
        for number, name in self.sockets.items():
            path = self.folder / f"bare-{name}"
            path.unlink(missing_ok=True)
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(path))
                listener.listen(1)
                opened[number] = fcntl.fcntl(listener, fcntl.F_DUPFD_CLOEXEC, OUT_OF_THE_WAY)
        for number, (path, flags) in self.files.items():
            fd = os.open(path, flags)
            opened[number] = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, OUT_OF_THE_WAY)
            os.close(fd)
        return opened

    def start_ms(self) -> float:
        opened = self.open_all()
        actions = [(os.POSIX_SPAWN_DUP2, ours, number) for number, ours in opened.items()]
        with socket.socket(socket.AF_UNIX) as qmp:
            qmp.settimeout(bench.LIMIT_S)
            qmp.connect(str(self.folder / "bare-qmp"))
            qmp.sendall(b'{"execute":"qmp_capabilities"}')
            began = time.perf_counter()
            pid = os.posix_spawn(self.arguments[0], self.arguments, os.environ, file_actions=actions)
            for fd in opened.values():
                os.close(fd)
            try:
                with qmp.makefile() as lines:
                    if not any("return" in line for line in lines):
                        raise bench.Failed("QEMU by itself has ended")
                return (time.perf_counter() - began) * 1000
            finally:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


# --- both daemons ---


@dataclass
class Costs:
    """What one of them takes for its starts."""

    side: bench.Side
    computed: list[float] = field(default_factory=list)

    def start(self, act: Callable[[], float]) -> float:
        assert self.side.process
        before = computed_ms(self.side.process.pid)
        took = act()
        time.sleep(SETTLE_S)
        self.computed.append(computed_ms(self.side.process.pid) - before)
        return took

    def program_ms(self) -> float:
        return self.start(lambda: bench.timed_ms(lambda: bench.run(self.side.start, **self.side.how)))

def figures(name: str, values: list[float]) -> dict:
    ordered = sorted(values)
    p99 = ordered[math.ceil(len(ordered) * 0.99) - 1]
    numbers = {"min": ordered[0], "median": statistics.median(ordered), "p99": p99, "max": ordered[-1]}
    return {"name": name, "runs": len(ordered)} | {key: round(value, 2) for key, value in numbers.items()}


def row(what: str, ours: tuple[str, list[float]], **peers: tuple[str, list[float]]) -> dict:
    """Ours, and each of the others with the ratio of our median to its."""
    found: dict = {"what": what, "unit": "ms", "ours": figures(*ours)}
    for role, peer in peers.items():
        found[role] = figures(*peer)
        found["ratio" if role == "peer" else f"{role}_ratio"] = round(
            statistics.median(ours[1]) / statistics.median(peer[1]), 3)
    return found


class Beside:
    """Starts of one profile by us and, with what it has become, by nobody."""

    def __init__(self, vm: str, folder: Path, costs: Costs, caller: Caller) -> None:
        self.vm, self.costs, self.caller = vm, costs, caller
        self.ours: list[float] = []
        self.floor: list[float] = []
        bench.run([*self.program("start")], **costs.side.how)
        self.bare = Bare(folder, int(json.loads((folder / f"us/playthrough/vm/{vm}/state.json").read_text())["pid"]))
        self.stop()

    def program(self, *what: str) -> list[str]:
        return [*self.costs.side.start[:2], *what, self.vm]

    def stop(self) -> None:
        bench.run(self.program("stop", "--force"), **self.costs.side.how)

    def take(self) -> None:
        self.ours.append(self.costs.start(lambda: self.caller.start_ms(self.vm)))
        self.stop()
        self.floor.append(self.bare.start_ms())

    def row(self, what: str) -> dict:
        return row(what, ("playthroughd Start", self.ours), floor=("bare QEMU", self.floor))


def measure(folder: Path, us: bench.Side, peer: bench.Side) -> list[dict]:
    (folder / "us/game.profile").write_text(GAME)
    us.up()
    peer.up()
    ours, theirs = Costs(us), Costs(peer)
    caller = Caller(us.socket)
    small, game = (Beside(vm, folder, ours, caller) for vm in ("bench", "game"))
    program: list[float] = []
    virsh: list[float] = []
    for _ in range(RUNS):
        small.take()
        game.take()
        program.append(bench.timed_ms(lambda: bench.run(us.start, **us.how)))
        small.stop()
        virsh.append(theirs.program_ms())
        bench.run(peer.stop, **peer.how)
    return [
        game.row("start request of a game VM until QMP answers, beside QEMU with the same arguments"),
        small.row("the same of a VM that has next to nothing"),
        row("start of that VM as a program", ("playthrough start", program), peer=("virsh start", virsh)),
        row("what the daemon computes for a start", ("playthroughd", ours.computed),
            peer=("libvirtd", theirs.computed)),
    ]  # fmt: skip


def show(rows: list[dict]) -> None:
    print(f"{f'median and p99 of {RUNS} runs':52}{'ours':>16}{'theirs':>16}{'':5}{'ratio':>6}")
    for one in rows:
        for role in ("floor", "peer"):
            if role in one:
                ours, theirs = one["ours"], one[role]
                ratio = one["ratio" if role == "peer" else f"{role}_ratio"]
                print(f"{ours['name'] + ' / ' + theirs['name']:52}{ours['median']:8.1f}{ours['p99']:8.1f}"
                      f"{theirs['median']:8.1f}{theirs['p99']:8.1f} {one['unit']:4}{ratio:>6}")


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    build = Path(sys.argv[1]).resolve()
    # In memory, as a run directory is (/run): both daemons write there what they would have to undo.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"
    with tempfile.TemporaryDirectory(prefix="pt-bench-", dir=memory) as name, contextlib.ExitStack() as at_end:
        folder = Path(name)
        folder.chmod(0o711)
        us, peer = bench.playthrough(build, folder / "us", PROFILE), bench.libvirt(folder / "peer", DOMAIN)
        at_end.callback(us.down)
        at_end.callback(peer.down)
        rows = measure(folder, us, peer)
    path = build / "bench.json"
    report = json.loads(path.read_text()) if path.exists() else {"schema": 1, "rows": []}
    report["rows"] = [r for r in report["rows"] if r["what"] not in {one["what"] for one in rows}] + rows
    path.write_text(json.dumps(report, indent=1) + "\n")
    show(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
