"""How disks are attached: every bus, seven SATA disks, disks on the network, and CDs that change while a VM runs."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest

from conftest import LIMIT_SECONDS, TINY, Session
from disk_guest import boot_sector, counters

MIB = 1 << 20


def wait_for(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def image(session: Session, name: str, boots: bool = False) -> Path:
    path = session.home / name
    with path.open("wb") as file:
        if boots:
            file.write(boot_sector(session.home))
        file.truncate(16 * MIB)
    return path


def start(session: Session) -> None:
    done = session.run("start", "game")
    assert done.returncode == 0, done.stderr


def expect_guest(session: Session, disk: Path) -> None:
    """The guest has booted from that disk, and writes on it."""
    wait_for(lambda: "the guest is up" in session.run("log", "game").stdout)
    wait_for(lambda: max(counters(disk.read_bytes())) > 2)
    assert session.run("stop", "game", "--force").returncode == 0


@pytest.mark.parametrize("keys", [
    "bus=virtio\nqueues=2\n",
    "bus=virtio\naio=threads\ncache=writethrough\nio-thread=no\n",
    "bus=scsi\naio=threads\ncache=none\n",
    "bus=sata\ncache=directsync\ndiscard=ignore\n",
    "bus=nvme\ncache=writeback\n",
])
def test_every_bus_boots(daemon: Session, keys: str) -> None:
    disk = image(daemon, "c.img", boots=True)
    daemon.profile("game", TINY + f"[disk c]\nimage={disk}\nwritable=yes\n{keys}")
    start(daemon)
    expect_guest(daemon, disk)


def test_the_seventh_sata_disk_boots(daemon: Session) -> None:
    disks = [image(daemon, f"{i}.img", boots=i == 6) for i in range(8)]
    daemon.profile("game", TINY + "".join(
        f"[disk d{i}]\nimage={disk}\nwritable=yes\nbus=sata\n" + ("boot=1\n" if i == 6 else "")
        for i, disk in enumerate(disks)))
    start(daemon)
    expect_guest(daemon, disks[6])
    assert not any(disks[0].read_bytes())


# --- disks on the network ---


@pytest.fixture
def serve() -> Iterator[Callable[..., None]]:
    servers: list[subprocess.Popen[bytes]] = []

    def begin(*args: str) -> None:
        servers.append(subprocess.Popen(["qemu-nbd", "-f", "raw", "-t", *args]))

    yield begin
    for server in servers:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def test_nbd_on_a_unix_socket(daemon: Session, serve: Callable[..., None]) -> None:
    disk, path = image(daemon, "c.img", boots=True), daemon.folder / "nbd.sock"
    serve("-k", str(path), "-x", "games", str(disk))
    wait_for(path.exists)
    daemon.profile("game", TINY + f"[disk c]\nurl=nbd+unix:///games?socket={path}\nwritable=yes\n")
    assert daemon.run("profile", "check", "game").returncode == 0
    start(daemon)
    expect_guest(daemon, disk)


def test_nbd_over_tcp(daemon: Session, serve: Callable[..., None]) -> None:
    disk, port = image(daemon, "c.img", boots=True), free_port()
    serve("-b", "127.0.0.1", "-p", str(port), "-e", "4", "-x", "games", str(disk))
    wait_for(lambda: answers(port))
    daemon.profile("game", TINY + f"[disk c]\nurl=nbd://127.0.0.1:{port}/games\nwritable=yes\n")
    start(daemon)
    expect_guest(daemon, disk)


def test_a_server_that_is_not_there_is_named(daemon: Session) -> None:
    daemon.profile("game", TINY + f"[disk c]\nurl=nbd://127.0.0.1:{free_port()}/games\n")
    done = daemon.run("start", "game")
    assert done.returncode == 1 and "Connection refused" in done.stderr


# --- CDs ---


@pytest.fixture
def drives(daemon: Session) -> Session:
    """A VM that runs with a disc in one drive, and nothing in the other."""
    one = image(daemon, "one,x.iso")
    image(daemon, "two.iso")
    disk = image(daemon, "c.img", boots=True)
    daemon.profile("game", TINY + f"[disk c]\nimage={disk}\n[cdrom installer]\nfile={one}\n[cdrom drivers]\n")
    start(daemon)
    wait_for(lambda: len(daemon.json("cd", "list", "game")["drives"]) == 2)
    return daemon


def inside(session: Session) -> dict[str, str | None]:
    return {d["name"]: d["file"] and Path(d["file"]).name for d in session.json("cd", "list", "game")["drives"]}


def is_open(session: Session, name: str) -> bool:
    """Whether QEMU has the file open."""
    pid = session.json("status", "game")["pid"]
    path = str(session.home / name)
    return path in (os.readlink(f) for f in Path(f"/proc/{pid}/fd").iterdir())


def test_discs_change(drives: Session) -> None:
    assert inside(drives) == {"installer": "one,x.iso", "drivers": None} and is_open(drives, "one,x.iso")
    done = drives.run("cd", "insert", "game", "installer", "two.iso")
    assert done.returncode == 0 and "two.iso is in drive installer" in done.stdout, done.stderr
    wait_for(lambda: inside(drives)["installer"] == "two.iso")
    wait_for(lambda: not is_open(drives, "one,x.iso"))
    assert drives.run("cd", "insert", "game", "drivers", "one,x.iso").returncode == 0
    wait_for(lambda: inside(drives) == {"installer": "two.iso", "drivers": "one,x.iso"})
    assert drives.run("cd", "eject", "game", "installer").returncode == 0
    wait_for(lambda: inside(drives) == {"installer": None, "drivers": "one,x.iso"})
    assert "open" in drives.run("cd", "list", "game").stdout
    wait_for(lambda: not is_open(drives, "two.iso"))
    assert drives.run("cd", "insert", "game", "installer", "two.iso").returncode == 0
    wait_for(lambda: inside(drives) == {"installer": "two.iso", "drivers": "one,x.iso"})


def test_discs_outlive_the_daemon(drives: Session) -> None:
    assert drives.run("cd", "insert", "game", "drivers", "two.iso").returncode == 0
    assert drives.daemon
    drives.daemon.send_signal(signal.SIGKILL)
    drives.daemon.wait()
    drives.socket().unlink()
    drives.start_daemon()
    wait_for(lambda: inside(drives) == {"installer": "one,x.iso", "drivers": "two.iso"})
    assert drives.run("cd", "eject", "game", "drivers").returncode == 0
    wait_for(lambda: inside(drives) == {"installer": "one,x.iso", "drivers": None})


def test_what_a_drive_refuses(drives: Session) -> None:
    os.mkfifo(drives.home / "pipe")
    for args, code, words in [
        (("insert", "game", "nothing", "two.iso"), "PT-CD-02", "installer"),
        (("insert", "game", "two.iso"), "PT-CD-02", "cd list game"),
        (("insert", "game", "installer", "none.iso"), "PT-CD-01", "No such file"),
        (("insert", "game", "installer", "pipe"), "PT-CD-01", "regular file"),
        (("insert", "game", "installer", "."), "PT-CD-01", "regular file"),
        (("eject", "tiny", "installer"), "PT-VM-", "file="),
    ]:
        done = drives.run("cd", *args)
        assert done.returncode == 1 and code in done.stderr and words in done.stderr, (args, done.stderr)
    assert inside(drives) == {"installer": "one,x.iso", "drivers": None}


def test_a_disc_that_is_gone_is_told_at_the_start(daemon: Session) -> None:
    daemon.profile("game", TINY + "[cdrom installer]\nfile=/none.iso\n")
    done = daemon.run("start", "game")
    assert done.returncode == 1 and "(PT-CD-01)" in done.stderr and "drive installer" in done.stderr
