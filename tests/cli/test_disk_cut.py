# SPDX-License-Identifier: GPL-2.0-or-later
"""Import, resize, snapshot and backup, cut off in each way: the source is whole, and no half result carries the final name.

Who is killed: qemu-img, what shuts it in, the daemon's process for that act, the daemon, the command; and all of them at once,
as when the power is cut. The file system that is full is a real one. More of import and of live backups: test_disk_image.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from conftest import Session
from images import (MIB, busy_guest, content, expect_one_moment, guest, hidden, large, names, ok, pids_of, qemu_img, raw_file, refused,
                    small_disk, stop, wait_for)  # noqa: F401

WHO = ["qemu-img", "playthrough-image", "task", "daemon", "client", "all"]


def end(session: Session, process: object, who: str) -> None:
    """kill -9, of whichever is there by now."""
    assert session.daemon
    pids = {
        "qemu-img": pids_of(session, b"qemu-img"),
        "playthrough-image": pids_of(session, b"playthrough-image"),
        "task": [p for p in pids_of(session, b"playthroughd") if p != session.daemon.pid],
        "daemon": [session.daemon.pid],
        "client": [process.pid],  # type: ignore[attr-defined]
    }
    for pid in [p for name, found in pids.items() if who in (name, "all") for p in found]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    if who in ("daemon", "all"):
        session.daemon.wait()
    wait_for(lambda: who == "client" or not pids_of(session, b"qemu-img"))


def go_on(session: Session) -> None:
    """A daemon is there again, as the next command finds one."""
    if session.daemon and session.daemon.poll() is not None:
        session.socket().unlink(missing_ok=True)
        session.start_daemon()


@pytest.mark.parametrize("who", WHO)
def test_backup_of_a_stopped_disk(daemon: Session, large: Path, who: str) -> None:
    before = large.read_bytes()
    process = daemon.popen("disk", "backup", large.name, "new.qcow2")
    wait_for(lambda: any((daemon.home / n).stat().st_size > 8 * MIB for n in hidden(daemon)))
    end(daemon, process, who)
    process.communicate(timeout=120)
    if who == "client":  # the daemon goes on
        wait_for(lambda: "new.qcow2" in names(daemon.home) and not hidden(daemon))
    else:
        assert process.returncode and "new.qcow2" not in names(daemon.home)
        go_on(daemon)
        ok(daemon, "create", "other.img", "1M")  # sweeps what was left
        assert not hidden(daemon)
        ok(daemon, "backup", large.name, "new.qcow2")
    assert large.read_bytes() == before
    assert qemu_img("compare", large, daemon.home / "new.qcow2")


@pytest.mark.parametrize("args", [["resize", "a.qcow2", "64M"], ["snapshot", "a.qcow2", "one"], ["revert", "a.qcow2", "old"]],
                         ids=lambda a: a[0])
@pytest.mark.parametrize("who", WHO)
def test_change_of_an_image(daemon: Session, who: str, args: list[str]) -> None:
    """At some moment of it: what a guest sees is what it was, or all of what it was to be; a check mends the books."""
    plain = raw_file(daemon.home / "plain.img", 16 * MIB)
    ok(daemon, "import", "plain.img", "a.qcow2")
    ok(daemon, "snapshot", "a.qcow2", "old")
    image = daemon.home / "a.qcow2"
    process = daemon.popen("disk", *args)
    wait_for(lambda: bool(pids_of(daemon, b"playthrough-image")) or process.poll() is not None)
    end(daemon, process, who)
    process.communicate(timeout=120)
    wait_for(lambda: not pids_of(daemon, b"qemu-img") and not pids_of(daemon, b"playthrough-image"))
    go_on(daemon)
    wait_for(lambda: subprocess.run(["qemu-img", "info", image], capture_output=True).returncode == 0)  # nobody writes to it
    assert content(image, "qcow2", daemon.home)[:16 * MIB] == plain.read_bytes()
    ok(daemon, "check", "a.qcow2", "--repair", "all")
    qemu_img("check", "-q", image)
    assert content(image, "qcow2", daemon.home)[:16 * MIB] == plain.read_bytes()
    assert not hidden(daemon)
    ok(daemon, "resize", "a.qcow2", "128M")  # and is worked on as ever


@pytest.mark.parametrize("args", [["import", "more.img", "small/new.qcow2"], ["backup", "more.img", "small/new.qcow2"],
                                  ["snapshot", "small/a.qcow2", "two"], ["resize", "small/a.raw", "16M"],
                                  ["snapshot", "small/a.qcow2", "over", "--overlay"]], ids=lambda a: "-".join(a[:1] + a[3:]))
def test_full(daemon: Session, small_disk: Path, args: list[str]) -> None:
    """Not a byte is left: refused or done, and what was there is what it was."""
    plain = raw_file(daemon.home / "plain.img", 2 * MIB)
    raw_file(daemon.home / "more.img", 8 * MIB)
    ok(daemon, "import", "plain.img", "small/a.qcow2")
    ok(daemon, "import", "plain.img", "small/a.raw", "--to", "raw")
    with (small_disk / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)):
                pass
        except OSError:
            pass
    there = names(small_disk)
    done = daemon.run("disk", *args)
    new = sorted(set(names(small_disk)) - set(there))
    if done.returncode:
        assert "PT-IMAGE-03" in done.stderr and not new, done.stderr
    else:  # what needs no room
        assert args[0] == "resize" and not new
    assert content(small_disk / "a.qcow2", "qcow2", daemon.home) == plain.read_bytes()
    assert (small_disk / "a.raw").read_bytes()[:2 * MIB] == plain.read_bytes()
    (small_disk / "filler").unlink()
    ok(daemon, "check", "small/a.qcow2", "--repair", "all")
    ok(daemon, "snapshot", "small/a.qcow2", "three")


def test_limit_of_a_file(daemon: Session, large: Path) -> None:
    """No file may become larger than so: as full, and nothing is left."""
    before = large.read_bytes()
    assert daemon.daemon
    import resource
    for pid in pids_of(daemon, b"playthroughd"):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (32 * MIB, 32 * MIB))
    refused(daemon, "PT-IMAGE-03", "import", large.name, "new.qcow2")
    assert names(daemon.home) == ["large.vmdk"] and large.read_bytes() == before


def test_full_while_a_guest_is_backed_up(guest: Session, small_disk: Path) -> None:
    """Another takes the room in the middle: the backup is whole or not there, and the guest notices nothing."""
    busy_guest(guest, 36 * MIB)
    process = guest.popen("disk", "backup", "game", "c", "small/new.qcow2")
    with (small_disk / "filler").open("wb", buffering=0) as filler:
        wait_for(lambda: bool(names(small_disk)[1:]) or names(small_disk)[0] != "filler" or process.poll() is not None)
        try:
            while filler.write(bytes(MIB)):
                pass
        except OSError:
            pass
    _, err = process.communicate(timeout=120)
    if process.returncode:
        assert "PT-IMAGE-03" in err and names(small_disk) == ["filler"], err
    else:
        qemu_img("check", small_disk / "new.qcow2")
    assert guest.json("status", "game")["state"] == "running"
    refused(guest, "PT-IMAGE-03", "backup", "game", "c", "small/more.qcow2")
    (small_disk / "filler").unlink()
    ok(guest, "backup", "game", "c", "full.qcow2")
    stop(guest)
    ok(guest, "convert", "full.qcow2", "full.raw", "--to", "raw")
    expect_one_moment((guest.home / "full.raw").read_bytes())
    qemu_img("check", guest.home / "a.qcow2")
