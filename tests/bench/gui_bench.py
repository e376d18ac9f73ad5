# SPDX-License-Identifier: GPL-2.0-or-later
"""The front end's rows of bench.py: how soon it is there, what it holds, what it does while nobody touches it, how soon it answers.

Beside virt-manager on the same Xvfb, with libvirt's own test driver behind it, so that neither waits for a machine. A window
counts when the X server tells everybody that it is mapped (MapNotify); that is the same witness for both. What is ours alone
is told by its --trace, or seen by a reader of its off-screen picture.
"""

from __future__ import annotations

import ctypes
import os
import re
import select
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "gui"))

LIMIT_S = 60
SETTLE_S = 3
IDLE_S = 60
PRESSES = 100
MAPPED = 19  # MapNotify
SUBSTRUCTURE = 1 << 19
GAME = "[vm]\ntitle=Game {0}\n[cpu]\naccel=tcg\nmodel=max\n[boot]\nfirmware=bios\n[disk c]\nimage=/nonexistent/c.qcow2\nformat=qcow2\n"

Measure = Callable[[], float]


class Missing(OSError):
    """Something that was to come did not."""


@dataclass
class Line:
    """A row of the table: ours by name, and a peer's, each with how it is measured."""

    what: str
    unit: str
    ours: tuple[str, Measure]
    peers: dict[str, tuple[str, Measure]] = field(default_factory=dict)


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


def drain(fd: int) -> bytes:
    """What a pipe that does not block holds now."""
    found = b""
    try:
        while part := os.read(fd, 65536):
            found += part
    except BlockingIOError:
        pass
    return found


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
        """Frames and wake-ups of a minute in which nobody does anything."""
        process = self.start()
        try:
            self.await_frame(process, "daemon there")
            assert process.stderr
            trace = process.stderr.fileno()
            os.set_blocking(trace, False)
            time.sleep(SETTLE_S)
            drain(trace)
            time.sleep(IDLE_S)
            lines = drain(trace).splitlines()
            return float(sum(l.startswith(b"frame ") for l in lines)), float(sum(l.startswith(b"wake ") for l in lines))
        finally:
            self.end(process)

    def answers_ms(self) -> tuple[list[float], list[float]]:
        """From a key that is sent to the picture that is received, and what the front end computed for it; both sorted."""
        import reader

        where = self.folder / "screen"
        where.unlink(missing_ok=True)
        process = subprocess.Popen([str(self.build / "playthrough-gui"), "--session", "--offscreen", str(where)], env=self.env,
                                   stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        took, computed = [], []
        try:
            deadline = time.monotonic() + LIMIT_S
            while not where.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            it = reader.Reader(where)
            it.resize(1920, 1080)
            it.frame()
            it.quiet(SETTLE_S)
            for n in range(PRESSES):
                before, began = computed_ms(process.pid), time.monotonic()
                it.key("Right" if n // 5 % 2 == 0 else "Left")
                it.frame()
                took.append((time.monotonic() - began) * 1000)
                computed.append(computed_ms(process.pid) - before)
                it.quiet(0.3)  # until nothing moves any more
            it.close()
        finally:
            self.end(process)
        return sorted(took), sorted(computed)


class VirtManager:
    def __init__(self, folder: Path, screen: Screen) -> None:
        folder.mkdir(parents=True)
        (folder / "run").mkdir(mode=0o700)
        self.screen = screen
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "DISPLAY": screen.name,
                    "XDG_RUNTIME_DIR": str(folder / "run"), "GSETTINGS_BACKEND": "memory", "NO_AT_BRIDGE": "1",
                    "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/run/bus"}
        self.bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", f"--address=unix:path={folder}/run/bus"], env=self.env,
                                    stderr=subprocess.DEVNULL)
        while not (folder / "run/bus").exists() and self.bus.poll() is None:
            time.sleep(0.01)

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["virt-manager", "--no-fork", "--connect", "test:///default"], env=self.env,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def window_ms(self) -> float:
        began = time.monotonic()
        process = self.start()
        try:
            return (self.screen.await_window("virt-manager") - began) * 1000
        finally:
            end(process)

    def memory_kib(self) -> float:
        process = self.start()
        try:
            self.screen.await_window("virt-manager")
            time.sleep(SETTLE_S)
            return pss_kib(process.pid)
        finally:
            end(process)

    def close(self) -> None:
        end(self.bus)


def once(measure: Callable[[], object]) -> Callable[[], object]:
    """What takes a minute is not measured again and again."""
    kept: list[object] = []

    def ask() -> object:
        if not kept:
            kept.append(measure())
        return kept[0]

    return ask


class Bench:
    """All that must be there for the rows, and is taken down by close()."""

    def __init__(self, build: Path, folder: Path) -> None:
        self.screen = Screen()
        self.few = Ours(build, folder / "few", self.screen, 0)
        self.many = Ours(build, folder / "many-games", self.screen, 200)
        self.peer = VirtManager(folder / "virt-manager", self.screen)

    def close(self) -> None:
        self.peer.close()
        self.screen.close()

    def lines(self) -> list[Line]:
        idle, answers = once(self.many.idle), once(self.many.answers_ms)
        gui, peer = "playthrough-gui", "virt-manager"
        return [
            Line("front end: from exec to a window that is mapped", "ms", (gui, self.few.window_ms),
                 {"peer": (peer, self.peer.window_ms)}),
            Line("front end: from exec to the first frame, no daemon yet", "ms", (f"{gui}: first frame", self.few.frame_ms)),
            Line("front end: the same with 200 games", "ms", (f"{gui}: first frame, 200 games", self.many.frame_ms)),
            Line("front end: from exec to 200 games to choose from, no daemon yet", "ms",
                 (f"{gui}: 200 games, their daemon started", lambda: self.many.frame_ms("focus vm/"))),
            Line("memory of the idle front end (PSS), 200 games", "KiB", (gui, self.many.memory_kib),
                 {"peer": (peer, self.peer.memory_kib)}),
            Line("front end: frames in 60 idle seconds", "", (f"{gui}: frames in 60 s", lambda: idle()[0])),
            Line("front end: wake-ups in 60 idle seconds", "", (f"{gui}: wake-ups in 60 s", lambda: idle()[1])),
            Line("front end: from a key to its picture at 1920x1080, median", "ms",
                 (f"{gui}: key to picture, p50", lambda: statistics.median(answers()[0]))),
            Line("front end: the same, 99 of 100", "ms", (f"{gui}: key to picture, p99", lambda: answers()[0][PRESSES * 99 // 100 - 1])),
            Line("front end: its own computing of that picture, 99 of 100", "ms",
                 (f"{gui}: computing it, p99", lambda: answers()[1][PRESSES * 99 // 100 - 1])),
        ]
