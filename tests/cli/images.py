# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of image files share: images, a guest that writes to its disk all the time, and file systems that are full."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest

from conftest import TINY, Session
from disk_guest import boot_sector, expect_one_moment  # noqa: F401

MIB = 1 << 20
PASSPHRASE = "wer das liest, ist doof"


def wait_for(what: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def qemu_img(*args: object) -> str:
    return subprocess.run(["qemu-img", *map(str, args)], check=True, capture_output=True, text=True).stdout


def raw_file(path: Path, size: int = 8 * MIB) -> Path:
    """Data and holes, never the same twice."""
    with path.open("wb") as file:
        file.truncate(size)
        for at in range(0, size, MIB):
            file.seek(at)
            file.write(os.urandom(64 << 10))
    return path


def content(path: Path, fmt: str, folder: Path) -> bytes:
    plain = folder / "plain.raw"
    qemu_img("convert", "-f", fmt, "-O", "raw", path, plain)
    data = plain.read_bytes()
    plain.unlink()
    return data


def names(folder: Path) -> list[str]:
    """What is in it, hidden files too, but for what a session keeps there."""
    return sorted(n for n in os.listdir(folder) if n not in (".local", ".cache"))


def ok(session: Session, *args: str) -> str:
    done = session.run("disk", *args)
    assert done.returncode == 0, done.stderr + session.daemon_log()
    return done.stdout


def refused(session: Session, code: str, *args: str) -> str:
    done = session.run("disk", *args)
    assert done.returncode == 1 and f"({code})" in done.stderr, done.stdout + done.stderr
    return done.stderr


@pytest.fixture
def secret(daemon: Session) -> Path:
    path = daemon.home / "secret"
    path.write_text(PASSPHRASE + "\nmore that is no part of it\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def large(daemon: Session) -> Path:
    """Enough to be caught in the middle."""
    path = daemon.home / "large.vmdk"
    plain = daemon.home / "large.raw"
    with plain.open("wb") as file:
        for _ in range(24):
            file.write(os.urandom(1 << 20) * 16)
    qemu_img("convert", "-O", "vmdk", plain, path)
    plain.unlink()
    return path


def hidden(session: Session) -> list[str]:
    return [n for n in names(session.home) if n.startswith(".")]


def pids_of(session: Session, word: bytes) -> list[int]:
    found = []
    for pid in session.processes():
        try:
            if word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
                found.append(pid)
        except OSError:
            continue
    return found


def catch_in_the_middle(session: Session, source: Path, *args: str) -> subprocess.Popen[str]:
    process = session.popen("disk", *args)
    wait_for(lambda: bool(hidden(session)) and bool(pids_of(session, b"qemu-img")))
    return process


@pytest.fixture
def small_disk(daemon: Session) -> Iterator[Path]:
    folder = daemon.home / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True).returncode:
        pytest.fail("no tmpfs can be mounted here: this test runs as root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


# --- disks of VMs ---


def vm(session: Session, image: str, more: str = "format=qcow2\n") -> None:
    session.profile("game", TINY + f"[disk c]\nimage={session.home}/{image}\nwritable=yes\n{more}")


@pytest.fixture
def guest(daemon: Session) -> Session:
    plain = daemon.home / "plain.img"
    with plain.open("wb") as file:
        file.write(boot_sector(daemon.home))
        file.truncate(16 * MIB)
    return daemon


def start(session: Session) -> None:
    done = session.run("start", "game")
    assert done.returncode == 0, done.stderr
    wait_for(lambda: "the guest is up" in session.run("log", "game").stdout)
    time.sleep(1)


def stop(session: Session) -> None:
    assert session.run("stop", "game", "--force").returncode == 0


def busy_guest(session: Session, size: int = 512 * MIB) -> None:
    """Enough on its disk that a backup of it takes a while."""
    ok(session, "import", "plain.img", "a.qcow2")
    ok(session, "resize", "a.qcow2", str(size))
    subprocess.run(["qemu-io", "-c", f"write -P 9 16M {size - 16 * MIB}", str(session.home / "a.qcow2")], check=True,
                   capture_output=True)
    vm(session, "a.qcow2")
    start(session)
