"""Disks as a guest with a real system sees and uses them: each way of attaching one, under a real QEMU."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import small_guest
import storage
from session import Session
from storage import MIB, PROFILE, SEED, pattern, sum_of, written


@pytest.fixture(scope="module")
def first_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return storage.first_root(tmp_path_factory.mktemp("guest"))


def write_profile(session: Session, first_root: Path, disks: str, asked: str = "", guest: str = "linux") -> None:
    session.profile("store", PROFILE.format(guest=guest, kernel=small_guest.kernel(), initrd=first_root, disks=disks,
                                            asked=f"storage.seed={SEED} {asked}"))


def start(session: Session) -> None:
    done = session.run("start", "store")
    assert done.returncode == 0, done.stderr + session.daemon_log()


def stop(session: Session) -> None:
    done = session.run("stop", "store", "--force")
    assert done.returncode == 0, done.stderr


def said(session: Session, what: str, seconds: float = 90) -> re.Match[str]:
    """A line of the guest's console."""
    deadline = time.monotonic() + seconds
    while not (found := re.search(what, text := session.run("log", "store").stdout, re.M)):
        assert time.monotonic() < deadline, f"{what}\n{text}"
        time.sleep(0.2)
    return found


def raw(path: Path, size: int = 16 * MIB, head: bytes = b"") -> Path:
    with path.open("wb") as file:
        file.truncate(size)
        file.write(head)
    return path


def image_disk(name: str, path: Path, keys: str = "writable = yes") -> str:
    return f"[disk {name}]\nimage = {path}\nserial = {name.upper()}\n{keys}\n"


# A bus, and the driver that a Linux guest has for it.
BUSES = {"virtio": "virtio_blk", "sata": "ahci", "nvme": "nvme"}


def test_every_bus(daemon: Session, first_root: Path, tmp_path: Path) -> None:
    """What the guest writes is in the file, and it knows the disk by the profile's serial number."""
    files = {bus: raw(tmp_path / f"{bus}.raw", head=bus.encode()) for bus in BUSES}
    asked = "storage.write=" + ",".join(bus.upper() for bus in BUSES)
    write_profile(daemon, first_root, "".join(
        image_disk(bus, files[bus], f"bus = {bus}\nwritable = yes") for bus in BUSES), asked)
    start(daemon)
    for bus, driver in BUSES.items():
        with files[bus].open("rb") as file:
            head = file.read(MIB)
        said(daemon, rf"^disk \S+ serial={bus.upper()} bytes={16 * MIB} by={driver} sum={sum_of(head)}\r?$")
        said(daemon, rf"^wrote {bus.upper()}\r?$")
    stop(daemon)
    for path in files.values():
        assert written(path) == pattern()


def test_a_disk_that_is_only_read(daemon: Session, first_root: Path, tmp_path: Path) -> None:
    file = raw(tmp_path / "kept.raw", head=b"kept")
    before = file.read_bytes()
    write_profile(daemon, first_root, image_disk("kept", file, "writable = no"), "storage.write=KEPT")
    start(daemon)
    said(daemon, r"^failed KEPT ")
    stop(daemon)
    assert file.read_bytes() == before
