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
import os
import re
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bench
import report
from gui_bench import computed_ms

RUNS = int(os.environ.get("START_RUNS", "100"))
DISKS = (1, 4, 8)  # a profile has no more
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
        self.networks: list[int] = []  # connected, as to passt
        for argument in self.arguments:
            if found := re.search(r"addr\.type=fd,addr\.str=(\d+)", argument):
                self.networks.append(int(found[1]))
            elif found := re.search(r"\bfd=(\d+)", argument):
                if argument.startswith("socket,"):
                    self.sockets[int(found[1])] = argument.split("id=")[1].split(",")[0]
                else:
                    self.files[int(found[1])] = self.file_of(pid, argument)

    def file_of(self, pid: int, argument: str) -> tuple[str, int]:
        """QEMU keeps it under another number: it is known by what it is for."""
        what = argument.split("opaque=")[1]
        if what == "serial":
            return str(self.folder / "bare.log"), os.O_WRONLY | os.O_APPEND | os.O_CREAT
        ending = f"-{what[len('disk-d'):]}.raw" if what.startswith("disk-d") else ".fd"
        links = (os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir())
        return next(link for link in links if link.endswith(ending) and link.startswith(str(self.folder))), os.O_RDWR

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
        self.ends = []
        for number in self.networks:
            ours, theirs = socket.socketpair()
            self.ends.append(ours)  # for as long as QEMU runs
            opened[number] = fcntl.fcntl(theirs, fcntl.F_DUPFD_CLOEXEC, OUT_OF_THE_WAY)
            theirs.close()
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
    name: str

    def __post_init__(self) -> None:
        self.computed = report.Side(self.name)

    def start(self, act: Callable[[], float]) -> float:
        assert self.side.process
        before = computed_ms(self.side.process.pid)
        took = act()
        time.sleep(SETTLE_S)
        self.computed.values.append(computed_ms(self.side.process.pid) - before)
        return took

class Beside:
    """Starts of one profile by us and, with what it has become, by nobody."""

    def __init__(self, vm: str, folder: Path, costs: Costs, caller: Caller) -> None:
        self.vm, self.costs, self.caller = vm, costs, caller
        self.ours = report.Side("playthroughd Start")
        self.floor = report.Side("bare QEMU")
        bench.run([*self.program("start")], **costs.side.how)
        self.bare = Bare(folder, int(json.loads((folder / f"us/playthrough/vm/{vm}/state.json").read_text())["pid"]))
        self.stop()

    def program(self, *what: str) -> list[str]:
        return [*self.costs.side.start[:2], *what, self.vm]

    def stop(self) -> None:
        bench.run(self.program("stop", "--force"), **self.costs.side.how)

    def take(self) -> None:
        self.ours.values.append(self.costs.start(lambda: self.caller.start_ms(self.vm)))
        self.stop()
        self.floor.values.append(self.bare.start_ms())

    def row(self, name: str, means: str) -> dict:
        return report.row(name, "ms", means, self.ours, self.floor)


def disks_of(folder: Path, vm: str, count: int) -> None:
    """A profile of the small VM with that many images, each of which the daemon opens, judges, and passes as a descriptor."""
    text = PROFILE
    for n in range(count):
        image = folder / f"us/{vm}-{n}.raw"
        with image.open("wb") as file:
            file.truncate(1 << 20)
        text += f"[disk d{n}]\nimage = {image}\nformat = raw\nwritable = yes\n"
    (folder / f"us/{vm}.profile").write_text(text)


def measure(folder: Path, us: bench.Side, peer: bench.Side) -> list[dict]:
    (folder / "us/game.profile").write_text(GAME)
    for count in DISKS:
        disks_of(folder, f"disks{count}", count)
    us.up()
    peer.up()
    ours, theirs = Costs(us, "playthroughd"), Costs(peer, "libvirtd")
    caller = Caller(us.socket)
    small, game = (Beside(vm, folder, ours, caller) for vm in ("bench", "game"))
    passing = [Beside(f"disks{count}", folder, ours, caller) for count in DISKS]
    program, virsh = report.Side("playthrough start"), report.Side("virsh start")
    for run in range(RUNS):
        small.take()
        game.take()
        program.values.append(ours.start(lambda: bench.timed_ms(lambda: bench.run(us.start, **us.how))))
        small.stop()
        virsh.values.append(theirs.start(lambda: bench.timed_ms(lambda: bench.run(peer.start, **peer.how))))
        bench.run(peer.stop, **peer.how)
        if run % 4 == 0:
            for one in passing:
                one.take()
    return [
        game.row("start request of a game VM until QMP answers", "what the daemon adds to a QEMU with the same arguments"),
        small.row("the same of a VM that has next to nothing", "the fixed part of it"),
        *(one.row(f"the same with {count} disk{'s' * (count > 1)} passed as descriptors", "how it grows with what is claimed, opened and passed")
          for count, one in zip(DISKS, passing)),
        report.row("start of that VM as a program", "ms", "what a person types, and waits for", program, virsh),
        report.row("what the daemon computes for a start", "ms", "the same as a burden for the PC", ours.computed, theirs.computed),
    ]


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
    report.keep(build, "Start", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
