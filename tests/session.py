"""A session of its own: run directory, profiles, daemon; nothing of this PC is touched.

The programs are those of the build folder ($BUILD, else build/).
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

TOP = Path(__file__).resolve().parents[1]
BUILD = (TOP / os.environ.get("BUILD", "build")).resolve()
LIMIT_SECONDS = 120

# A VM that runs anywhere: emulated, without firmware worth the name, small.
TINY = "[cpu]\naccel=tcg\nmodel=max\ncount=1\n[memory]\nsize=256M\n[boot]\nfirmware=bios\n"


# Hooks of pytest, for those who import them.


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "matrix: takes its time, for make test-all (-m matrix)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("-m"):
        items[:] = [item for item in items if item.get_closest_marker("matrix") is None]


class Session:
    """One user's session: its folders, and the command line as that user types it."""

    def __init__(self, where: Path = Path("/tmp")) -> None:
        # Short, since a socket's path has room for 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="pt-", dir=where))
        self.runtime = self.folder / "run"
        self.profiles = self.folder / "profiles"
        self.home = self.folder / "home"
        for folder in (self.runtime, self.profiles, self.home):
            folder.mkdir(mode=0o700)
        self.env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(self.runtime),
            "PLAYTHROUGH_DATA_DIR": str(BUILD),
            "PLAYTHROUGH_LIBEXEC_DIR": str(BUILD),
            "PLAYTHROUGH_PROFILE_PATH": str(self.profiles),
            # Whoever forgets --session must not reach the PC's own daemon.
            "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus",
        }
        self.daemon: subprocess.Popen[bytes] | None = None

    def profile(self, name: str, text: str) -> Path:
        path = self.profiles / f"{name}.profile"
        path.write_text(text)
        return path

    def popen(self, *args: str, session: bool = True, env: dict[str, str] | None = None,
              **how: Any) -> subprocess.Popen[str]:
        command = [str(BUILD / "playthrough"), *(["--session"] if session else []), *args]
        how.setdefault("stdin", subprocess.DEVNULL)
        how.setdefault("stdout", subprocess.PIPE)
        return subprocess.Popen(command, env=self.env | (env or {}), stderr=subprocess.PIPE, text=True,
                                cwd=self.home, **how)

    def run(self, *args: str, **how: Any) -> subprocess.CompletedProcess[str]:
        process = self.popen(*args, **how)
        try:
            out, err = process.communicate(timeout=LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            pytest.fail(f"playthrough {' '.join(args)}: no end in {LIMIT_SECONDS} s\n{out}{err}")
        return subprocess.CompletedProcess(args, process.returncode, out, err)

    def json(self, *args: str) -> dict[str, Any]:
        done = self.run(*args, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def socket(self) -> Path:
        return self.runtime / "playthrough" / "bus"

    def start_daemon(self, **env: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "daemon.log").open("ab")
        self.daemon = subprocess.Popen([str(BUILD / "playthroughd"), "--session"], env=self.env | env,
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 15
        while not self.socket().exists():
            assert self.daemon.poll() is None and time.monotonic() < deadline, self.daemon_log()
            time.sleep(0.02)
        return self.daemon

    def daemon_log(self) -> str:
        texts = [p.read_text(errors="replace") for p in
                 (self.folder / "daemon.log", self.runtime / "playthrough" / "daemon.log") if p.exists()]
        return "".join(texts)

    def processes(self) -> list[int]:
        """What runs in this session, by its environment: daemons and QEMU."""
        found = []
        mark = f"XDG_RUNTIME_DIR={self.runtime}".encode()
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def close(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self.processes():
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            deadline = time.monotonic() + 5
            while self.processes() and time.monotonic() < deadline:
                if self.daemon:
                    self.daemon.poll()
                time.sleep(0.05)
        shutil.rmtree(self.folder)


# Fixtures, for those who import them.


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session()
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def daemon(session: Session) -> Session:
    """A session with the daemon running and one good profile, `tiny`."""
    session.profile("tiny", TINY)
    session.start_daemon()
    return session


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    """The same for tests that only look or are refused: one daemon for all of a file."""
    made = Session()
    try:
        made.profile("tiny", TINY)
        made.start_daemon()
        yield made
    finally:
        made.close()
