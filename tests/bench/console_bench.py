#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures what it costs to look at a VM: through our console, QEMU's own SPICE, and QEMU's VNC.

All three show the same guest (screen_guest.c), which draws the same pixels at the same ticks of its clock: text that
scrolls, a box that moves over a picture, and nothing, for ten seconds over and over. Each is looked at through a relay
that counts what the server sends; SPICE by spice-gtk's library, VNC by a reader of our own (Tight, without loss). All come
by TCP, since libspice packs nothing for a local socket; both kinds of SPICE by TLS, which the console insists on, with the
same certificate. VNC is in plain text, which saves it a little.

  bytes, packets   from the server to the viewer, and how often the relay had something to read
  server CPU       of QEMU without its virtual CPUs' threads, and of the console where it is ours, less what QEMU
                   uses with no display at all
  latency          from a key, which the guest answers with another colour in a corner, to that colour at the viewer; a
                   key every 0.7 s, while the rest goes on
  idle             bytes in five seconds in which the guest draws nothing

Once, on two busy cores with QEMU 7.2: 6.4 MB by ours, 91 MB by QEMU's SPICE and 79 MB by its VNC; 2.1 s, 3.6 s and 4.7 s of
CPU. What scrolls is most of it, which ours moves at the viewer (console/scroll.h): before it did, it sent three quarters of
what QEMU's SPICE sends; a better packer (AUTO_GLZ) now makes no difference. Where the machine is busier VNC leaves
pictures out, which saves it bytes and CPU (8.5 MB and 0.7 s of 20 s once, when ours were 2.6 MB and 0.8 s) and costs it
latency. Half of our CPU is QEMU's, which copies each changed part into a message; 9.2 can share its memory. A picture that moves sideways, or in which nothing is where it was, is sent as it was before.

The three take turns. Usage: console_bench.py BUILD [SECONDS].
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import selectors
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import report

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path.insert(0, str(TOP / "tests" / "console"))

QEMU = shutil.which("qemu-system-x86_64") or "/usr/bin/qemu-system-x86_64"
TURNS = int(os.environ.get("CONSOLE_BENCH_TURNS", "1"))
WIDTH, HEIGHT, CORNER = 800, 600, (768, 32)
IDLE_S, KEY_EVERY_S = 5, 0.7
TICK = os.sysconf("SC_CLK_TCK")
MACHINE = ["-nodefaults", "-no-user-config", "-machine", "q35,accel=tcg,usb=off,vmport=off", "-cpu", "max", "-smp", "1",
           "-m", "256M", "-device", "VGA"]  # fmt: skip


class Relay:
    """Between a viewer and a server's port, in a thread of its own."""

    def __init__(self, target: int) -> None:
        self.bytes = self.packets = 0
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=32)
        self.port = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._stop = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        server = socket.create_connection(("127.0.0.1", self._target))
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(client, selectors.EVENT_READ, (server, False))
        self._selector.register(server, selectors.EVENT_READ, (client, True))

    def _pass_on(self, source: socket.socket, sink: socket.socket, counts: bool) -> None:
        try:
            data = source.recv(1 << 18)
            if data:
                sink.sendall(data)
        except OSError:
            data = b""
        if counts:
            self.bytes += len(data)
            self.packets += 1 if data else 0
        if not data:
            for end in (source, sink):
                try:
                    self._selector.unregister(end)
                except (KeyError, ValueError):
                    pass
                end.close()

    def _run(self) -> None:
        while not self._stop:
            for key, _ in self._selector.select(0.2):
                if key.data is None:
                    self._accept()
                elif key.fileobj.fileno() >= 0:
                    self._pass_on(key.fileobj, *key.data)

    def close(self) -> None:
        self._stop = True
        self._thread.join()
        self._listener.close()


class SpiceEyes:
    """What a SPICE viewer sees, by spice-gtk."""

    def __init__(self, port: int, properties: dict[str, str]) -> None:
        from viewer import Viewer

        self._viewer = Viewer(None, 60, host="127.0.0.1", tls_port=str(port), **properties)

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self._viewer.context.iteration(False):
                time.sleep(0.001)

    def corner(self) -> int | None:
        v = self._viewer
        if not v.address or v.sizes[-1] != (WIDTH, HEIGHT):
            return None
        return ctypes.c_uint32.from_address(v.address + CORNER[1] * v.stride + CORNER[0] * 4).value & 0xFFFFFF

    def key(self) -> None:
        self._viewer.inputs.key_press(0x1E)
        self._viewer.inputs.key_release(0x1E)

    def close(self) -> None:
        self._viewer.close()


class VncEyes:
    """What a VNC viewer is sent, in Tight without loss (RFC 6143, and rfbproto's Tight). Nothing is unpacked: only the
    key changes the corner, so that it is seen when a rectangle comes that has it.
    """

    RAW, COPY, TIGHT, SIZE = 0, 1, 7, -223

    def __init__(self, port: int, _properties: dict[str, str]) -> None:
        self._size, self._seen, self._lock = (0, 0), 0, threading.Lock()
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb", 1 << 18)
        self._file.read(12)
        self._send(b"RFB 003.008\n")
        self._file.read(self._number("B"))
        self._send(b"\1")  # no password
        assert self._number("I") == 0
        self._send(b"\1")
        self._size = self._number("H"), self._number("H")
        self._file.read(16)
        self._file.read(self._number("I"))
        self._send(struct.pack(">B3xBBBBHHHBBB3x", 0, 32, 24, 0, 1, 255, 255, 255, 16, 8, 0))
        self._send(struct.pack(">BxH4i", 2, 4, self.TIGHT, self.COPY, self.SIZE, self.RAW))
        self._ask(False)
        threading.Thread(target=self._run, daemon=True).start()

    def _send(self, data: bytes) -> None:
        with self._lock:
            self._socket.sendall(data)

    def _number(self, kind: str) -> int:
        return struct.unpack(">" + kind, self._file.read(struct.calcsize(">" + kind)))[0]

    def _ask(self, changes: bool) -> None:
        self._send(struct.pack(">BBHHHH", 3, changes, 0, 0, *self._size))

    def _compact(self) -> int:
        value = 0
        for shift in (0, 7, 14):
            byte = self._number("B")
            value |= (byte & (0x7F if shift < 14 else 0xFF)) << shift
            if not byte & 0x80:
                break
        return value

    def _data(self, size: int) -> None:
        self._file.read(size if size < 12 else self._compact())

    def _tight(self, width: int, height: int) -> None:
        control = self._number("B")
        if control & 0xF0 == 0x80:
            self._file.read(3)
            return
        assert control & 0x80 == 0, control
        which = self._number("B") if control & 0x40 else 0
        if which != 1:
            self._data(width * height * 3)
            return
        colours = self._number("B") + 1
        self._file.read(colours * 3)
        self._data((width + 7) // 8 * height if colours == 2 else width * height)

    def _rectangle(self) -> None:
        x, y, width, height = (self._number("H") for _ in range(4))
        kind = self._number("i")
        if kind == self.SIZE:
            self._size = width, height
            self._ask(False)
            return
        if kind == self.TIGHT:
            self._tight(width, height)
        else:
            self._file.read(4 if kind == self.COPY else width * height * 4)
        if x <= CORNER[0] < x + width and y <= CORNER[1] < y + height:
            self._seen += 1

    def _run(self) -> None:
        while kind := self._file.read(1):
            assert kind == b"\0", kind
            self._file.read(1)
            for _ in range(self._number("H")):
                self._rectangle()
            self._ask(True)

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def corner(self) -> int | None:
        return self._seen if self._size == (WIDTH, HEIGHT) and self._seen else None

    def key(self) -> None:
        for down in (1, 0):
            self._send(struct.pack(">BBxxI", 4, down, ord("a")))

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)


def look(eyes: Any, seconds: float) -> None:
    """The viewer's process: says when it is idle and when it has begun, and at last what it measured."""
    end = time.monotonic() + 60
    while eyes.corner() is None:
        assert time.monotonic() < end, "no picture"
        eyes.wait(0.05)
    eyes.wait(4)
    print("idle", flush=True)
    eyes.wait(IDLE_S)
    print("begin", flush=True)
    latencies, lost = [], 0
    end = time.monotonic() + seconds
    while (began := time.monotonic()) < end:
        before = eyes.corner()
        eyes.key()
        while eyes.corner() == before and time.monotonic() < began + 5:
            eyes.wait(0.002)
        if eyes.corner() == before:
            lost += 1
        else:
            latencies.append((time.monotonic() - began) * 1000)
        eyes.wait(max(0.0, began + KEY_EVERY_S - time.monotonic()))
    print("end", flush=True)
    print(json.dumps({"latencies": latencies, "lost": lost}), flush=True)
    sys.stdin.read()
    eyes.close()


def cpu_ms(pid: int) -> float:
    """Of all threads but the virtual CPUs."""
    ticks = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        head, rest = (task / "stat").read_text().rsplit(")", 1)
        if "(CPU " not in head:
            ticks += sum(int(n) for n in rest.split()[11:13])
    return ticks * 1000 / TICK


@dataclass
class Served:
    """A port, the processes that serve there, and what a SPICE viewer has to know."""

    port: int
    pids: list[int]
    stop: Callable[[], None]
    properties: dict[str, str] = field(default_factory=dict)


@dataclass
class Way:
    """One way to look."""

    name: str
    eyes: str
    start: Callable[[Path], Served]
    turns: list[dict] = field(default_factory=list)

    def measure(self, seconds: float, folder: Path) -> None:
        folder.mkdir()
        served = self.start(folder)
        relay = Relay(served.port)
        viewer = subprocess.Popen([sys.executable, "-B", __file__, "--look", self.eyes, str(relay.port), str(seconds),
                                   json.dumps(served.properties)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
        assert viewer.stdin and viewer.stdout
        at: dict[str, tuple[int, int, float]] = {}
        for line in viewer.stdout:
            if line.startswith("{"):
                measured = json.loads(line)
                break
            if line.strip() == "end":
                quiet(relay)
            at[line.strip()] = (relay.bytes, relay.packets, sum(map(cpu_ms, served.pids)))
        else:
            raise RuntimeError(f"{self.name}: the viewer ended")
        viewer.stdin.close()
        viewer.wait(20)
        relay.close()
        served.stop()
        begin, end = at["begin"], at["end"]
        self.turns.append({"bytes": end[0] - begin[0], "packets": end[1] - begin[1], "cpu": end[2] - begin[2],
                           "idle": begin[0] - at["idle"][0]} | measured)


def quiet(relay: Relay) -> None:
    """Until all of it is drawn and sent: on a busy machine the guest's clock is behind ours."""
    before, end = -1, time.monotonic() + 300
    while before != relay.bytes and time.monotonic() < end:
        before = relay.bytes
        time.sleep(10)


def qemu(folder: Path, *display: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([QEMU, *MACHINE, "-name", "bench,debug-threads=on", "-kernel", str(GUEST), *display],
                            stdin=subprocess.DEVNULL, stdout=(folder / "log").open("wb"), stderr=subprocess.STDOUT)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def listening(port: int) -> int:
    end = time.monotonic() + 60
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return port
        assert time.monotonic() < end, port
        time.sleep(0.1)


def ended(process: subprocess.Popen[bytes]) -> Callable[[], None]:
    def stop() -> None:
        process.kill()
        process.wait()

    return stop


def make_certificate(folder: Path) -> None:
    """As QEMU wants to have it, of the kind that the console makes."""
    folder.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-days", "2", "-subj", "/CN=Playthrough",
                    "-keyout", folder / "server-key.pem", "-out", folder / "server-cert.pem"],
                   check=True, capture_output=True)  # fmt: skip
    shutil.copy(folder / "server-cert.pem", folder / "ca-cert.pem")


def start_spice(folder: Path) -> Served:
    port, keys = free_port(), folder / "keys"
    make_certificate(keys)
    options = f"addr=127.0.0.1,tls-port={port},x509-dir={keys},disable-ticketing=on,streaming-video=filter"
    process = qemu(folder, "-display", "none", "-spice", options, "-device", "virtio-tablet-pci")
    properties = {"ca_file": str(keys / "ca-cert.pem"), "cert_subject": "CN=Playthrough"}
    return Served(listening(port), [process.pid], ended(process), properties)


def start_vnc(folder: Path) -> Served:
    port = free_port()
    process = qemu(folder, "-display", "none", "-vnc", f"127.0.0.1:{port - 5900}")
    return Served(listening(port), [process.pid], ended(process))


def start_ours(folder: Path) -> Served:
    from conftest import SCREEN, ConsoleSession

    port, session = free_port(), ConsoleSession()
    session.profile("bench", SCREEN.replace("firmware=bios", f"firmware=bios\nkernel={GUEST}"))
    session.start_daemon()
    console = session.start_console()
    enabled = session.run("console", "enable", "--listen", f"127.0.0.1:{port}")
    done = session.run("start", "bench")
    assert enabled.returncode == done.returncode == 0, enabled.stderr + done.stderr

    def stop() -> None:
        console.terminate()
        console.wait(20)
        session.close()

    properties = {"ca_file": str(session.home / ".local/state/playthrough/console/certificate.pem"),
                  "cert_subject": "CN=Playthrough", "password": enabled.stdout.strip().rsplit(" ", 1)[1]}
    return Served(listening(port), [console.pid, session.json("status", "bench")["pid"]], stop, properties)


def floor_cpu(seconds: float, folder: Path) -> float:
    """QEMU that nobody looks at. It never begins to draw, which costs its main thread nothing either."""
    folder.mkdir()
    process = qemu(folder, "-display", "none")
    time.sleep(5)
    before = cpu_ms(process.pid)
    time.sleep(min(seconds, 20))
    used = cpu_ms(process.pid) - before
    ended(process)()
    return used * seconds / min(seconds, 20)


def p99(values: list[float]) -> float:
    return sorted(values)[math.ceil(len(values) * 0.99) - 1]


def rows(ways: dict[str, Way], seconds: float, floor: float) -> list[dict]:
    means = f"a minute of moving picture looked at from afar, of {seconds:.0f} seconds here"
    wanted: list[tuple[str, str, str, Callable[[dict], float]]] = [
        ("bytes to the viewer", "kB", means, lambda t: t["bytes"] / 1000),
        ("packets to the viewer", "", means, lambda t: t["packets"]),
        ("CPU of the server", "ms", "the same, less what QEMU takes that nobody looks at", lambda t: t["cpu"] - floor),
        ("from a key to its picture, median", "ms", "what a hand feels", lambda t: statistics.median(t["latencies"])),
        ("from a key to its picture, p99", "ms", "and its worst", lambda t: p99(t["latencies"])),
        ("bytes while nothing changes, 5 s", "", "what an idle viewer costs", lambda t: t["idle"]),
    ]
    found = []
    for name, unit, meaning, value in wanted:
        sides = {role: report.Side(way.name, [value(turn) for turn in way.turns]) for role, way in ways.items()}
        found += [report.row(name, unit, meaning, sides["ours"], side) for role, side in sides.items() if role != "ours"]
    return found


def make_guest(folder: Path, seconds: float) -> Path:
    path = folder / "screen_guest"
    subprocess.run(["gcc", "-m32", f"-DSECONDS={int(seconds)}u", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-ffreestanding", "-fno-pie", "-no-pie",
                    "-fno-stack-protector", "-mgeneral-regs-only", "-nostdlib", f"-Wl,-T,{HERE / 'screen_guest.ld'}",
                    "-Wl,--build-id=none", "-Wl,--no-warn-rwx-segments", "-o", str(path),
                    str(HERE / "screen_guest.c")], check=True)  # fmt: skip
    return path


def main() -> int:
    if sys.argv[1] == "--look":
        eyes = {"spice": SpiceEyes, "vnc": VncEyes}[sys.argv[2]](int(sys.argv[3]), json.loads(sys.argv[5]))
        look(eyes, float(sys.argv[4]))
        return 0
    global GUEST
    build = Path(sys.argv[1]).resolve()
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    ways = {"ours": Way("playthrough-console", "spice", start_ours), "peer": Way("QEMU -spice", "spice", start_spice),
            "vnc": Way("QEMU -vnc", "vnc", start_vnc)}  # fmt: skip
    if wanted := os.environ.get("CONSOLE_BENCH_ONLY"):
        ways = {role: way for role, way in ways.items() if role in wanted.split()}
    with tempfile.TemporaryDirectory(prefix="pt-look-", dir="/tmp") as name:
        folder = Path(name)
        GUEST = make_guest(folder, seconds)
        floor = floor_cpu(seconds, folder / "floor")
        for turn in range(TURNS):
            for role, way in ways.items():
                way.measure(seconds, folder / f"{role}{turn}")
    if wanted:
        for way in ways.values():
            for turn in way.turns:
                print(way.name, {key: turn[key] for key in ("bytes", "packets", "cpu", "idle")}, f"floor {floor:.0f} ms CPU")
        return 0
    report.keep(build, "Console", rows(ways, seconds, floor))
    return 0


GUEST = Path()
if __name__ == "__main__":
    sys.exit(main())
