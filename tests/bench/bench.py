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
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Iterator

import gui_bench
import report

Measure = Callable[[], float]
RUNS = int(os.environ.get("BENCH_RUNS", "15"))
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


@dataclass
class Measured:
    """A row to come: ours and each peer by name, and how one measurement of each is taken."""

    name: str
    unit: str
    means: str
    ours: tuple[str, Measure]
    peers: list[tuple[str, Measure]]
    runs: int = RUNS

    def __post_init__(self) -> None:
        self.sides = [report.Side(name) for name, _ in (self.ours, *self.peers)]

    def take(self) -> None:
        """One measurement of each. A side that fails is asked no more, and its words are kept."""
        for side, (_, measure) in zip(self.sides, (self.ours, *self.peers)):
            if side.why or len(side.values) == self.runs:
                continue
            try:
                side.values.append(measure())
            except (Failed, OSError, subprocess.SubprocessError) as error:
                side.why = str(error)
                print(f"{side.name}: {side.why}", file=sys.stderr)

    def rows(self) -> list[dict]:
        ours, *peers = self.sides
        return [report.row(self.name, self.unit, self.means, ours, peer) for peer in peers]


def measure(build: Path, part: str, table: list[Measured]) -> bool:
    """All rows by turns, then into the report. False: something of ours failed."""
    for _ in range(max(one.runs for one in table)):
        for one in table:
            one.take()
    whole = [one for one in table if not one.sides[0].why]
    report.keep(build, part, [row for one in whole for row in one.rows()])
    return len(whole) == len(table)


def facts_judged(setup: list[str]) -> float:
    """How many things the check gave a status of its own: its checks and the graphics cards."""
    found = json.loads(run(setup + ["--json"], ANSWERS))
    return float(len(found["checks"]) + len(found["gpus"]))


def validated(validate: list[str]) -> float:
    """Each line of the peer is one thing with its status."""
    return float(sum(" : " in line for line in run(validate, (0, 1)).splitlines()))


def check_rows(build: Path) -> list[Measured]:
    # Either program's exit code is its verdict on this PC; only other codes mean that it failed.
    setup, validate = [str(build / "playthrough-setup"), "check"], ["virt-host-validate", "qemu"]
    return [
        Measured("check of this PC", "ms", "the whole verdict on passthrough, beside libvirt's fewer questions",
                 ("playthrough-setup check", lambda: timed_ms(lambda: run(setup, ANSWERS))),
                 [("virt-host-validate", lambda: timed_ms(lambda: run(validate, (0, 1))))]),
        Measured("facts judged", "", "how many answers each gives with a status of its own; more is better",
                 ("playthrough-setup check", lambda: facts_judged(setup)), [("virt-host-validate", lambda: validated(validate))]),
    ]


# A root port and what is behind it, for a recorded machine: one more IOMMU group.
PORT = """pci 0000:00:{slot:02x}.{fn} 8086:2f08 060400 group={group} driver=pcieport
pci 0000:00:{slot:02x}.{fn}/0000:{bus:02x}:00.0 8086:1521 020000 group={group} driver=igb
"""
INCLUDED = 10  # functions of its parts
FUNCTION = "pci 0000:00:{slot:02x}.{fn}/0000:{bus:02x}:{device:02x}.{part} 8086:1521 020000 group={group} driver=igb\n"


def tree(build: Path, folder: Path, functions: int) -> Path:
    """A recorded PC of that many PCI functions: `many` without its network cards, and as many of them as are wanted."""
    machines = folder / "tests/machines"  # where machine-unpack looks, from where it is started
    if not machines.exists():
        shutil.copytree(Path(__file__).resolve().parents[1] / "machines", machines)
    few = "".join(line for line in (machines / "many.machine").read_text().splitlines(keepends=True)
                  if not line.startswith("pci 0000:00:03.0"))
    lines, group = [few], 100
    for n in range(functions - INCLUDED):
        port, inside = divmod(n, 129)
        place = {"slot": 4 + port // 8, "fn": port % 8, "bus": 0x20 + port, "group": group + port}
        if not inside:
            lines.append(PORT.format(**place).splitlines(keepends=True)[0])
        else:
            lines.append(FUNCTION.format(**place, device=(inside - 1) // 8, part=(inside - 1) % 8))
    name = f"tree-{functions}"
    (machines / f"{name}.machine").write_text("".join(lines))
    shutil.move(run([str(build / "machine-unpack"), name], cwd=folder).strip(), folder / name)
    for device in (folder / name / "sys/bus/pci/devices").iterdir():
        # What lspci wants of each, and the recording has not: the head of its configuration space.
        ids = [int((device / word).read_text(), 16) for word in ("vendor", "device")]
        (device / "config").write_bytes(struct.pack("<HH", *ids).ljust(64, b"\0"))
        (device / "irq").write_text("0\n")
        (device / "resource").write_text("0x0 0x0 0x0\n" * 7)
    return folder / name


def growth_rows(build: Path, folder: Path) -> list[Measured]:
    """The same recorded PC with ever more functions, beside pciutils' own program on the same tree."""
    found = []
    for functions in (16, 64, 256, 1024):
        root = tree(build, folder, functions)
        count = len(list((root / "sys/bus/pci/devices").iterdir()))
        setup = [str(build / "playthrough-setup"), "check", "--root", str(root)]
        lspci = ["lspci", "-O", f"sysfs.path={root}/sys/bus/pci", "-nnk"]
        found.append(Measured(f"check of a recorded PC with {count} PCI functions", "ms",
                              "how the check grows with the PC; lspci -nnk reads the same tree and judges nothing",
                              ("playthrough-setup check --root", lambda setup=setup: timed_ms(lambda: run(setup, ANSWERS))),
                              [("lspci -nnk", lambda lspci=lspci: timed_ms(lambda: run(lspci)))]))
    return found


def daemon_rows(folder: Path, us: Side, peer: Side) -> list[Measured]:
    return [
        Measured("start of a 64 MiB VM until QMP answers", "ms", "what a person waits between the order and a VM that runs; bare QEMU is "
                 "what nobody that starts one can beat",
                 ("playthrough start", us.start_ms),
                 [("virsh start", peer.start_ms), ("bare QEMU", lambda: timed_ms(lambda: bare_qemu(folder)))]),
        Measured("memory of the idle daemon (PSS)", "KiB", "what it costs to have it there",
                 ("playthroughd", us.idle_kib), [("libvirtd", peer.idle_kib)]),
    ]


def whole_kib(us: Side, peer: Side, front_end: gui_bench.Bench, build: Path) -> list[Measured]:
    def ours() -> float:
        return us.idle_kib() + console_kib(build, us) + front_end.few.memory_kib()

    def theirs() -> float:
        return peer.idle_kib() + virtlogd_kib(peer) + front_end.peer.memory_kib()

    return [Measured("memory of all that waits for a game (PSS)", "KiB", "daemon, console and front end; libvirtd, virtlogd and virt-manager",
                     ("all of Playthrough", ours), [("libvirt and virt-manager", theirs)], runs=3)]


@contextlib.contextmanager
def running(command: list[str], socket_of: Path, **how) -> Iterator[int]:
    """A program until it listens, and its end."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **how)
    try:
        deadline = time.monotonic() + LIMIT_S
        while not socket_of.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"{' '.join(command)} does not listen")
            time.sleep(0.01)
        time.sleep(1)
        yield process.pid
    finally:
        gui_bench.end(process)
        socket_of.unlink(missing_ok=True)


def console_kib(build: Path, us: Side) -> float:
    us.up()
    where = us.socket.parent / "console.sock"
    with running([str(build / "playthrough-console"), "--session", "--no-front"], where, **us.how) as pid:
        return gui_bench.pss_kib(pid)


def virtlogd_kib(peer: Side) -> float:
    where = peer.socket.parent / "virtlogd-sock"
    with running(["/usr/sbin/virtlogd"], where, **peer.how) as pid:
        return gui_bench.pss_kib(pid)


def gui_rows(bench: gui_bench.Bench) -> list[Measured]:
    return [Measured(line.name, line.unit, line.means, line.ours, line.peers, line.runs) for line in bench.lines()]


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    build = Path(sys.argv[1]).resolve()
    # Short and in /tmp, since a socket's path has room for 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pt-bench-", dir="/tmp") as name, contextlib.ExitStack() as at_end:
        folder = Path(name)
        folder.chmod(0o711)
        us, peer = playthrough(build, folder / "us"), libvirt(folder / "peer")
        front_end = gui_bench.Bench(build, folder)
        for close in (front_end.close, us.down, peer.down):
            at_end.callback(close)
        whole = [
            measure(build, "Check", check_rows(build) + growth_rows(build, folder)),
            measure(build, "Daemon", daemon_rows(folder, us, peer)),
            measure(build, "Front end", gui_rows(front_end)),
            measure(build, "All together", whole_kib(us, peer, front_end, build)),
        ]
    return 0 if all(whole) else 1


if __name__ == "__main__":
    sys.exit(main())
