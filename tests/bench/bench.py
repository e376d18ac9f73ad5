#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures us beside what others use, in one run on one machine, and writes BUILD/bench.json.

Timings on a shared machine are noisy: runs of both sides alternate, what counts is the ratio of their
medians, and no figure fails anything. All that is started has its folders and sockets in a temporary
folder and is ended with it. Usage: bench.py BUILD
"""

from __future__ import annotations

import contextlib
import grp
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import gui_bench

RUNS = 15
LIMIT_S = 60
ANY = tuple(range(256))
ANSWERS = (0, 3, 4, 5, 6)  # of check, by its verdict
QEMU = shutil.which("qemu-system-x86_64") or "/usr/bin/qemu-system-x86_64"

# The same VM for both sides: q35, TCG, one CPU, 64 MiB, no screen, no network, no USB.
PROFILE = """[vm]
title = Bench
[cpu]
count = 1
accel = tcg
[memory]
size = 64M
[boot]
firmware = bios
[display]
type = none
[network]
type = none
"""
DOMAIN = f"""<domain type='qemu'><name>bench</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os>
<devices><emulator>{QEMU}</emulator><controller type='usb' model='none'/><memballoon model='none'/></devices></domain>
"""


class Failed(Exception):
    """Something did not work; holds its own words."""


def run(command: list[str], answers: tuple[int, ...] = (0,), **how) -> str:
    done = subprocess.run(command, timeout=LIMIT_S, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **how)
    if done.returncode not in answers:
        raise Failed(f"{' '.join(command)}: exit {done.returncode}: {done.stdout.strip()}")
    return done.stdout


def timed_ms(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


@dataclass
class Side:
    """One side's daemon, and the VM that it starts and stops."""

    daemon: list[str]
    socket: Path  # where it listens, once it does
    prepare: list[str]
    start: list[str]
    stop: list[str]
    log: Path
    how: dict  # as whom and with which environment all of them run
    leaves: bool = False  # by itself, where nobody is connected
    process: subprocess.Popen | None = None
    client: socket.socket | None = None

    def up(self) -> None:
        if not self.process:
            with self.log.open("w") as log:
                self.process = subprocess.Popen(self.daemon, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                **self.how)
            deadline = time.monotonic() + LIMIT_S
            while not self.socket.exists() and self.process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            if not self.socket.exists():
                raise Failed(f"{' '.join(self.daemon)} does not listen: {self.log.read_text().strip()}")
            if self.leaves:
                self.stay()
            run(self.prepare, **self.how)

    def stay(self) -> None:
        """A client that says nothing: without anybody the daemon ends after half a minute, and other rows take longer."""
        self.client = socket.socket(socket.AF_UNIX)
        self.client.connect(str(self.socket))
        self.client.sendall(b"\0AUTH EXTERNAL %s\r\nBEGIN\r\n" % str(os.geteuid()).encode().hex().encode())

    def start_ms(self) -> float:
        self.up()
        took = timed_ms(lambda: run(self.start, **self.how))
        run(self.stop, **self.how)
        return took

    def idle_kib(self) -> float:
        self.up()
        lines = Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()
        return float(next(line.split()[1] for line in lines if line.startswith("Pss:")))

    def down(self) -> None:
        """A VM that an interrupted run left behind ends before the daemon that knows it."""
        if self.client:
            self.client.close()
        if not self.process or self.process.poll() is not None:
            return
        try:
            run(self.stop, ANY, **self.how)
        finally:
            self.process.terminate()
            self.process.wait(LIMIT_S)


def playthrough(build: Path, folder: Path, profile: str = PROFILE) -> Side:
    folder.mkdir()
    (folder / "bench.profile").write_text(profile)
    ours = [str(build / "playthrough"), "--session"]
    env = os.environ | {"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PLAYTHROUGH_PROFILE_PATH": str(folder),
                        "PLAYTHROUGH_LIBEXEC_DIR": str(build), "PLAYTHROUGH_DATA_DIR": str(build)}
    return Side(daemon=[str(build / "playthroughd"), "--session"], socket=folder / "playthrough/bus",
                prepare=ours + ["list"], start=ours + ["start", "bench"], stop=ours + ["stop", "--force", "bench"],
                log=folder / "log", how={"env": env}, leaves=True)


def kvm_group() -> list[str]:
    try:
        return [grp.getgrnam("kvm").gr_name]
    except KeyError:
        return []


def libvirt(folder: Path, domain: str = DOMAIN) -> Side:
    """A libvirtd of our own in session mode, as playthroughd is.

    libvirt has no sessions for root: for root, qemu:///session means the system's daemon with its
    fixed folders. So root runs it as nobody.
    """
    config = folder / "libvirt"
    config.mkdir(parents=True)
    (config / "qemu.conf").write_text('stdio_handler = "file"\n')  # else it starts virtlogd too
    xml = folder / "bench.xml"
    xml.write_text(domain.replace("@", str(folder)))
    how: dict = {"env": os.environ | {"HOME": str(folder)} | {
        f"XDG_{name}": str(folder) for name in ("RUNTIME_DIR", "CONFIG_HOME", "CACHE_HOME", "DATA_HOME")}}
    if os.geteuid() == 0:
        how |= {"user": "nobody", "group": "nogroup", "extra_groups": kvm_group()}
        for path in (folder, config):
            shutil.chown(path, "nobody", "nogroup")
    virsh = ["virsh", "-q", "-c", "qemu:///session"]
    # Defining the VM also makes libvirt find out what QEMU can do: seconds that no start is charged for.
    return Side(daemon=["/usr/sbin/libvirtd"], socket=config / "libvirt-sock", prepare=virsh + ["define", str(xml)],
                start=virsh + ["start", "bench"], stop=virsh + ["destroy", "bench"], log=folder / "log", how=how)


def bare_qemu(folder: Path) -> None:
    """The least anybody can do: QEMU alone, until QMP has answered its first command."""
    path, log = folder / "bare.qmp", folder / "bare.log"
    with log.open("w") as out:
        qemu = subprocess.Popen([QEMU, "-machine", "q35,accel=tcg", "-m", "64", "-nodefaults", "-display", "none", "-S",
                                 "-qmp", f"unix:{path},server=on,wait=off"], stdin=subprocess.DEVNULL, stderr=out)
    try:
        while qemu.poll() is None:
            try:
                with socket.socket(socket.AF_UNIX) as qmp:
                    qmp.connect(str(path))
                    qmp.sendall(b'{"execute":"qmp_capabilities"}')
                    with qmp.makefile() as lines:
                        if any("return" in line for line in lines):
                            return
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.001)
        raise Failed(f"{QEMU}: {log.read_text().strip()}")
    finally:
        qemu.kill()
        qemu.wait()
        path.unlink(missing_ok=True)


class Series:
    """Measurements of one thing. A peer that fails is asked no more, and its words are kept."""

    def __init__(self, name: str, measure: Callable[[], float]) -> None:
        self.name = name
        self.values: list[float] = []
        self.why = ""
        self._measure = measure

    def take(self) -> None:
        if self.why:
            return
        try:
            self.values.append(self._measure())
        except (Failed, OSError, subprocess.SubprocessError) as error:
            self.why = str(error)
            print(f"{self.name}: {self.why}", file=sys.stderr)

    def median(self) -> float:
        return statistics.median(self.values)

    def figures(self) -> dict | None:
        if self.why:
            return None
        low, middle, high = (round(v, 1) for v in (min(self.values), self.median(), max(self.values)))
        return {"name": self.name, "min": low, "median": middle, "max": high}


@dataclass
class Row:
    what: str
    unit: str
    ours: Series
    peers: dict[str, Series]  # "peer", and where there is one "floor": the least that anybody can do

    def report(self) -> dict:
        row: dict = {"what": self.what, "unit": self.unit, "ours": self.ours.figures()}
        for role, peer in self.peers.items():
            prefix = "" if role == "peer" else f"{role}_"
            row[role] = peer.figures()
            if peer.why:
                row[f"{prefix}why"] = peer.why
            else:
                row[f"{prefix}ratio"] = round(self.ours.median() / peer.median(), 2)
        return row

    def show(self) -> None:
        if not self.peers:
            print(f"{self.ours.name:52}{self.ours.median():9.1f}{'':>9} {self.unit:4}")
        for peer in self.peers.values():
            theirs, ratio = "failed", "-"
            if not peer.why:
                theirs, ratio = f"{peer.median():.1f}", f"{self.ours.median() / peer.median():.2f}"
            name = f"{self.ours.name} / {peer.name}"
            print(f"{name:52}{self.ours.median():9.1f}{theirs:>9} {self.unit:4}{ratio:>6}")


def facts_judged(setup: list[str]) -> float:
    """How many things the check gave a status of its own: its checks and the graphics cards."""
    report = json.loads(run(setup + ["--json"], ANSWERS))
    return float(len(report["checks"]) + len(report["gpus"]))


def validated(validate: list[str]) -> float:
    """Each line of the peer is one thing with its status."""
    return float(sum(" : " in line for line in run(validate, (0, 1)).splitlines()))


def rows(build: Path, folder: Path, us: Side, peer: Side) -> list[Row]:
    # Either program's exit code is its verdict on this PC; only other codes mean that it failed.
    setup = [str(build / "playthrough-setup"), "check"]
    validate = ["virt-host-validate", "qemu"]
    unpacked = run([str(build / "machine-unpack"), "many"]).strip()
    shutil.move(unpacked, folder / "many")
    on_tree = setup + ["--root", str(folder / "many")]
    return [
        Row("check of this PC", "ms",
            Series("playthrough-setup check", lambda: timed_ms(lambda: run(setup, ANSWERS))),
            {"peer": Series("virt-host-validate", lambda: timed_ms(lambda: run(validate, (0, 1))))}),
        Row("check of a captured PC with 64 PCI functions, beside the same of this PC", "ms",
            Series("playthrough-setup check --root", lambda: timed_ms(lambda: run(on_tree, ANSWERS))),
            {"peer": Series("virt-host-validate", lambda: timed_ms(lambda: run(validate, (0, 1))))}),
        Row("facts judged", "", Series("playthrough-setup check", lambda: facts_judged(setup)),
            {"peer": Series("virt-host-validate", lambda: validated(validate))}),
        Row("start of a 64 MiB VM until QMP answers", "ms", Series("playthrough start", us.start_ms),
            {"peer": Series("virsh start", peer.start_ms),
             "floor": Series("bare QEMU", lambda: timed_ms(lambda: bare_qemu(folder)))}),
        Row("memory of the idle daemon (PSS)", "KiB", Series("playthroughd", us.idle_kib),
            {"peer": Series("libvirtd", peer.idle_kib)}),
    ]


def gui_rows(bench: gui_bench.Bench) -> list[Row]:
    return [Row(line.what, line.unit, Series(*line.ours), {role: Series(*peer) for role, peer in line.peers.items()})
            for line in bench.lines()]


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    build = Path(sys.argv[1]).resolve()
    # Short and in /tmp, since a socket's path has room for 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pt-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o711)
        us, peer = playthrough(build, folder / "us"), libvirt(folder / "peer")
        table = rows(build, folder, us, peer)
        with contextlib.ExitStack() as at_end:
            front_end = gui_bench.Bench(build, folder)
            at_end.callback(front_end.close)
            table += gui_rows(front_end)
            at_end.callback(us.down)
            at_end.callback(peer.down)
            for _ in range(RUNS):
                for row in table:
                    for series in (row.ours, *row.peers.values()):
                        series.take()
    if any(row.ours.why for row in table):
        return 1
    report = {"schema": 1, "runs": RUNS, "rows": [row.report() for row in table]}
    (build / "bench.json").write_text(json.dumps(report, indent=1) + "\n")
    print(f"{f'median of {RUNS} runs':52}{'ours':>9}{'theirs':>9}{'':5}{'ratio':>6}")
    for row in table:
        row.show()
    return 0


if __name__ == "__main__":
    sys.exit(main())
