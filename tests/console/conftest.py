"""The console with a real daemon in a session of its own, and a real viewer (tests/console/viewer.py)."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1]))
from session import BUILD, TINY, Session  # noqa: E402
from session import pytest_collection_modifyitems, pytest_configure  # noqa: E402, F401

# A card of its firmware's, which shows what SeaBIOS says.
SCREEN = TINY + "[display]\ntype=std\n"


class ConsoleSession(Session):
    def __init__(self) -> None:
        super().__init__()
        self.console: subprocess.Popen[bytes] | None = None

    def console_socket(self) -> Path:
        return self.runtime / "playthrough" / "console.sock"

    def console_listens(self) -> bool:
        """A socket that a killed one left behind is there, and nobody at it."""
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.console_socket())) == 0

    def start_console(self, *options: str, front: bool = False) -> subprocess.Popen[bytes]:
        log = (self.folder / "console.log").open("ab")
        args = [str(BUILD / "playthrough-console"), "--session", *([] if front else ["--no-front"]), *options]
        self.console = subprocess.Popen(args, env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 15
        while not self.console_listens():
            assert self.console.poll() is None and time.monotonic() < deadline, self.console_log()
            time.sleep(0.02)
        return self.console

    def console_log(self) -> str:
        return (self.folder / "console.log").read_text(errors="replace")


@pytest.fixture
def session() -> Iterator[ConsoleSession]:
    made = ConsoleSession()
    try:
        made.profile("tiny", SCREEN + "[vm]\ntitle=Tiny\n")
        made.start_daemon()
        yield made
    finally:
        if made.console and made.console.poll() is None:
            made.console.kill()
            made.console.wait()
        made.close()
