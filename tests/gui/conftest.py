"""A display of its own for each test (Xvfb), a session of its own, and the front end in it as a person has it.

The programs are those of the build folder ($BUILD, else build/). What the front end shows is read from its --trace:
one line a frame, with the screen and the item that has the focus.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Iterator, Sequence

import pytest
from PIL import Image

TOP = Path(__file__).resolve().parents[2]
BUILD = (TOP / os.environ.get("BUILD", "build")).resolve()
LIMIT_SECONDS = 30


def wait_for(what: Callable[[], bool], why: str) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while not what():
        assert time.monotonic() < end, f"{why}: not within {LIMIT_SECONDS} s"
        time.sleep(0.02)


class Couch:
    """A display, a session's folders, and the front end on it."""

    def __init__(self) -> None:
        # Short, since a socket's path has room for 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="ptg-", dir="/tmp"))
        for name in ("run", "profiles", "home", "screen"):
            (self.folder / name).mkdir(mode=0o700)
        read, write = os.pipe()
        self.xvfb = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x720x24", "-nolisten", "tcp",
                                      "-fbdir", str(self.folder / "screen")],
                                     pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as told:
            self.display = ":" + told.readline().strip()
        self.env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.folder / "home"),
            "LANG": "C.UTF-8",
            "DISPLAY": self.display,
            "SDL_VIDEODRIVER": "x11",
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "PLAYTHROUGH_DATA_DIR": str(BUILD),
            "PLAYTHROUGH_LIBEXEC_DIR": str(BUILD),
            "PLAYTHROUGH_LOCALE_DIR": str(BUILD / "locale"),
            "PLAYTHROUGH_PROFILE_PATH": str(self.folder / "profiles"),
            "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus",
        }
        self.gui: subprocess.Popen[bytes] | None = None
        self.trace = self.folder / "trace"

    def profile(self, name: str, text: str) -> None:
        (self.folder / "profiles" / f"{name}.profile").write_text(text)

    def launch(self, *args: str, before: Sequence[str] = (), **how: Any) -> None:
        """`before` is a program that runs another one."""
        with self.trace.open("w") as out:
            self.gui = subprocess.Popen([*before, str(BUILD / "playthrough-gui"), "--trace", *args], env=self.env,
                                        stdin=subprocess.DEVNULL, stdout=out, stderr=out, **how)

    def start(self, *args: str, before: Sequence[str] = ()) -> None:
        self.launch(*args, before=before)
        assert self.gui
        wait_for(lambda: self.frames() > 0 or self.gui.poll() is not None, "the first frame")
        assert self.gui.poll() is None, self.trace.read_text()

    def lines(self) -> list[str]:
        return [l for l in self.trace.read_text().splitlines() if l.startswith("frame ")]

    def frames(self) -> int:
        return len(self.lines())

    def wakes(self) -> int:
        """How often its loop has slept and woken up."""
        return sum(l.startswith("wake ") for l in self.trace.read_text().splitlines())

    def where(self) -> tuple[str, str]:
        """The screen that is shown, and what has the focus."""
        found = re.search(r"screen (\S+), focus (\S*),", self.lines()[-1])
        assert found
        return found[1], found[2]

    def await_where(self, screen: str, focus: str | None = None) -> None:
        try:
            wait_for(lambda: self.frames() > 0 and self.where()[0] == screen and focus in (None, self.where()[1]), f"{screen} {focus}")
        except AssertionError:
            print(self.trace.read_text()[-2000:])
            raise

    def key(self, *names: str) -> None:
        for name in names:
            subprocess.run(["xdotool", "key", name], env=os.environ | {"DISPLAY": self.display}, check=True)
            time.sleep(0.05)

    def picture(self) -> Image.Image:
        """What the display shows now."""
        dump = (self.folder / "screen/Xvfb_screen0").read_bytes()  # a file as xwd(1) makes them
        size, = struct.unpack_from(">I", dump)
        width, height = struct.unpack_from(">II", dump, 16)
        colors, = struct.unpack_from(">I", dump, 76)
        return Image.frombuffer("RGB", (width, height), dump[size + 12 * colors:], "raw", "BGRX", 0, 1)

    def daemon(self) -> int:
        """The process of this session's daemon; 0: there is none."""
        return self.process("playthroughd")

    def process(self, program: str) -> int:
        """The same of any program of ours."""
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                environment = (entry / "environ").read_bytes()
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            if command[0].endswith(b"/" + program.encode()) and str(self.folder).encode() in environment and ") Z " not in stat:
                return int(entry.name)
        return 0

    def stop(self) -> int:
        assert self.gui
        self.gui.terminate()
        code = self.gui.wait(timeout=LIMIT_SECONDS)
        self.gui = None
        return code

    def close(self) -> None:
        if self.gui:
            self.gui.kill()
            self.gui.wait()
        for program in ("playthroughd", "playthrough-console", "qemu-system-x86_64"):
            while pid := self.process(program):
                os.kill(pid, signal.SIGKILL)
                time.sleep(0.02)
        self.xvfb.terminate()
        self.xvfb.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def couch() -> Iterator[Couch]:
    it = Couch()
    yield it
    it.close()
