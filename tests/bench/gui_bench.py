# SPDX-License-Identifier: GPL-2.0-or-later
"""The front end's rows of bench.py: how soon it is there, what it holds, and what it does while nobody touches it.

Beside virt-manager on the same Xvfb, with libvirt's own test driver behind it, so that neither waits for a machine. A window
counts when the X server tells everybody that it is mapped (MapNotify); that is the same witness for both. Our first
frame is told by its --trace.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LIMIT_S = 60
SETTLE_S = 3
IDLE_S = 60
MAPPED = 19  # MapNotify
SUBSTRUCTURE = 1 << 19
GAME = "[vm]\ntitle=Game {0}\n[cpu]\naccel=tcg\nmodel=max\n[boot]\nfirmware=bios\n[disk c]\nimage=/nonexistent/c.qcow2\nformat=qcow2\n"

DOMAIN = ("<domain type='test'><name>machine-{0}</name><memory>65536</memory><vcpu>1</vcpu><os><type>hvm</type></os>"
          "<devices/></domain>")

Measure = Callable[[], float]


class Missing(OSError):
    """Something that was to come did not."""


@dataclass
class Line:
    """A row of the table: ours by name, and peers', each with how it is measured."""

    name: str
    unit: str
    means: str
    ours: tuple[str, Measure]
    peers: list[tuple[str, Measure]]
    runs: int


class ClassHint(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("type", ctypes.c_char_p)]


class Screen:
    """An X server of our own, and an ear at it."""

    def __init__(self) -> None:
        read, write = os.pipe()
        self.server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x720x24", "-nolisten", "tcp"],
                                       pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as told:
            self.name = ":" + told.readline().strip()
        self.x = ctypes.CDLL("libX11.so.6")
        self.x.XOpenDisplay.restype = ctypes.c_void_p
        self.x.XDefaultRootWindow.restype = ctypes.c_ulong
        self.display = ctypes.c_void_p(self.x.XOpenDisplay(self.name.encode()))
        # A window that is gone by the time it is asked for its name is no reason to end.
        self.ignore = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda *_: 0)
        self.x.XSetErrorHandler(self.ignore)
        self.root = ctypes.c_ulong(self.x.XDefaultRootWindow(self.display))
        self.x.XSelectInput(self.display, self.root, ctypes.c_long(SUBSTRUCTURE))
        self.x.XSync(self.display, 0)

    def await_window(self, of_class: str) -> float:
        """The moment (time.monotonic) at which a window of that class is mapped."""
        end, event = time.monotonic() + LIMIT_S, (ctypes.c_long * 24)()
        while time.monotonic() < end:
            while self.x.XPending(self.display):
                self.x.XNextEvent(self.display, event)
                now = time.monotonic()
                # XMapEvent: type, serial, send_event, display, event, window
                if ctypes.cast(event, ctypes.POINTER(ctypes.c_int))[0] == MAPPED and of_class in self.class_of(event[5]):
                    return now
            select.select([self.x.XConnectionNumber(self.display)], [], [], 0.5)
        raise Missing(f"no window of {of_class} within {LIMIT_S} s")

    def class_of(self, window: int) -> str:
        hint = ClassHint()
        if not self.x.XGetClassHint(self.display, ctypes.c_ulong(window), ctypes.byref(hint)):
            return ""
        return f"{(hint.name or b'').decode()} {(hint.type or b'').decode()}".lower()

    def close(self) -> None:
        self.x.XCloseDisplay(self.display)
        self.server.terminate()
        self.server.wait()


def end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def pss_kib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("Pss:")))


def computed_ms(pid: int) -> float:
    """What all its threads have had of the processors: on a busy PC the rest of a wait is not theirs."""
    return sum(int(task.read_text().split()[0]) for task in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e6


def wake_ups(pid: int) -> int:
    """How often its threads have gone to sleep by themselves."""
    return sum(int(found[1]) for task in Path(f"/proc/{pid}/task").glob("*/status")
               if (found := re.search(r"^voluntary_ctxt_switches:\s+(\d+)", task.read_text(), re.M)))


def idle_minute(pid: int) -> tuple[float, float]:
    """Milliseconds computed and wake-ups in a minute in which nobody does anything."""
    time.sleep(SETTLE_S)
    computed, woke = computed_ms(pid), wake_ups(pid)
    time.sleep(IDLE_S)
    return computed_ms(pid) - computed, float(wake_ups(pid) - woke)


class Ours:
    """The front end with a session of its own, whose daemon is not there yet."""

    def __init__(self, build: Path, folder: Path, screen: Screen, games: int) -> None:
        self.build, self.folder, self.screen = build, folder, screen
        for name in ("run", "profiles", "home"):
            (folder / name).mkdir(parents=True, mode=0o700)
        for n in range(games):
            (folder / f"profiles/game-{n}.profile").write_text(GAME.format(n))
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "LANG": "C.UTF-8", "DISPLAY": screen.name,
                    "XDG_RUNTIME_DIR": str(folder / "run"), "PLAYTHROUGH_DATA_DIR": str(build),
                    "PLAYTHROUGH_LIBEXEC_DIR": str(build), "PLAYTHROUGH_PROFILE_PATH": str(folder / "profiles")}

    def start(self, *args: str) -> subprocess.Popen[str]:
        return subprocess.Popen([str(self.build / "playthrough-gui"), "--session", "--trace", *args], env=self.env,
                                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def end(self, process: subprocess.Popen[str]) -> None:
        """And the daemon that it has started: the next one is to find none."""
        end(process)
        if process.stderr:
            process.stderr.close()
        for entry in Path("/proc").iterdir():
            try:
                if (entry / "comm").read_text() == "playthroughd\n" and str(self.folder).encode() in (entry / "environ").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)
            except (OSError, ValueError):
                continue

    def await_frame(self, process: subprocess.Popen[str], wanted: str) -> float:
        """The moment of the first frame whose line has that in it."""
        assert process.stderr
        for line in process.stderr:
            found = re.match(r"frame .* at ([\d.]+)$", line.strip())
            if found and wanted in line:
                return float(found[1])
        raise Missing("the front end ended")

    def frame_ms(self, wanted: str = "") -> float:
        began = time.monotonic()
        process = self.start()
        try:
            return (self.await_frame(process, wanted) - began) * 1000
        finally:
            self.end(process)

    def window_ms(self) -> float:
        began = time.monotonic()
        process = self.start()
        try:
            return (self.screen.await_window("playthrough-gui") - began) * 1000
        finally:
            self.end(process)

    def memory_kib(self) -> float:
        process = self.start()
        try:
            self.await_frame(process, "daemon there")
            time.sleep(SETTLE_S)
            return pss_kib(process.pid)
        finally:
            self.end(process)

    def idle(self) -> tuple[float, float]:
        process = self.start()
        try:
            self.await_frame(process, "daemon there")
            return idle_minute(process.pid)
        finally:
            self.end(process)


class VirtManager:
    """Beside it libvirt's own driver for tests, with as many machines as wanted: no libvirtd is waited for."""

    def __init__(self, folder: Path, screen: Screen, machines: int) -> None:
        folder.mkdir(parents=True)
        (folder / "run").mkdir(mode=0o700)
        (folder / "node.xml").write_text("<node>" + "".join(DOMAIN.format(n) for n in range(machines)) + "</node>")
        self.uri = f"test://{folder}/node.xml"
        self.screen = screen
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "DISPLAY": screen.name,
                    "XDG_RUNTIME_DIR": str(folder / "run"), "GSETTINGS_BACKEND": "memory", "NO_AT_BRIDGE": "1",
                    "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/run/bus"}
        self.bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", f"--address=unix:path={folder}/run/bus"], env=self.env,
                                    stderr=subprocess.DEVNULL)
        while not (folder / "run/bus").exists() and self.bus.poll() is None:
            time.sleep(0.01)

    @contextlib.contextmanager
    def shown(self) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
        """It, and the milliseconds until its window was there."""
        began = time.monotonic()
        process = subprocess.Popen(["virt-manager", "--no-fork", "--connect", self.uri], env=self.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield process, (self.screen.await_window("virt-manager") - began) * 1000
        finally:
            end(process)

    def window_ms(self) -> float:
        with self.shown() as (_, took):
            return took

    def memory_kib(self) -> float:
        with self.shown() as (process, _):
            time.sleep(SETTLE_S)
            return pss_kib(process.pid)

    def idle(self) -> tuple[float, float]:
        with self.shown() as (process, _):
            return idle_minute(process.pid)

    def close(self) -> None:
        end(self.bus)


def once(measure: Callable[[], tuple[float, float]]) -> Callable[[], tuple[float, float]]:
    """What takes a minute is not measured again for its other half."""
    kept: list[tuple[float, float]] = []

    def ask() -> tuple[float, float]:
        if not kept:
            kept.append(measure())
        return kept[0]

    return ask


class Bench:
    """All that must be there for the rows, and is taken down by close()."""

    def __init__(self, build: Path, folder: Path) -> None:
        self.screen = Screen()
        self.few = Ours(build, folder / "few", self.screen, 1)
        self.many = Ours(build, folder / "many-games", self.screen, 200)
        self.peer = VirtManager(folder / "virt-manager", self.screen, 1)
        self.peer_many = VirtManager(folder / "virt-manager-many", self.screen, 200)

    def close(self) -> None:
        for peer in (self.peer, self.peer_many):
            peer.close()
        self.screen.close()

    def lines(self) -> list[Line]:
        ours, theirs = once(self.many.idle), once(self.peer_many.idle)
        gui, peer = "playthrough-gui", "virt-manager"
        return [
            Line("from exec to a window that is mapped", "ms", "a first sign of life", (gui, self.few.window_ms),
                 [(peer, self.peer.window_ms)], 9),
            Line("from exec to the first frame, beside the window", "ms", "ours has drawn by then, no daemon being there yet",
                 (gui, self.few.frame_ms), [(peer, self.peer.window_ms)], 9),
            Line("from exec to 200 games to choose from", "ms", "with the start of the daemon, which reads them; virt-manager's "
                 "window is there before its list", (gui, lambda: self.many.frame_ms("focus vm/")), [(peer, self.peer_many.window_ms)], 9),
            Line("memory of the idle front end (PSS), 200 games", "KiB", "what stays while nobody plays", (gui, self.many.memory_kib),
                 [(peer, self.peer_many.memory_kib)], 5),
            Line("computed in an idle minute, 200 games", "ms", "its share of a processor while nothing happens",
                 (gui, lambda: ours()[0]), [(peer, lambda: theirs()[0])], 1),
            Line("wake-ups in an idle minute, 200 games", "", "how often it keeps a processor from sleeping",
                 (gui, lambda: ours()[1]), [(peer, lambda: theirs()[1])], 1),
        ]
