# SPDX-License-Identifier: GPL-2.0-or-later
"""Images that stand on others, and what is noted in an image for the next backup: nothing of it is changed behind their backs."""

from __future__ import annotations

import os

import gi
import pytest

from conftest import TINY, Session
gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from images import (boot_sector, content, expect_one_moment, guest, names, ok, qemu_img, raw_file, refused, start, stop,
                    vm)  # noqa: F401


def test_revert_after_an_incremental_backup(guest: Session) -> None:
    """QEMU refuses to revert an image with our notes in it: they go, and the next backup is a full one."""
    ok(guest, "import", "plain.img", "a.qcow2")
    ok(guest, "snapshot", "a.qcow2", "clean")
    before = content(guest.home / "a.qcow2", "qcow2", guest.home)
    vm(guest, "a.qcow2")
    start(guest)
    ok(guest, "backup", "game", "c", "full.qcow2")
    ok(guest, "backup", "game", "c", "more.qcow2", "--incremental")
    stop(guest)
    assert guest.json("disk", "info", "game", "c")["bitmaps"]
    said = ok(guest, "revert", "game", "c", "clean")
    assert "the next backup of it is a full one" in said
    assert guest.json("disk", "info", "game", "c")["bitmaps"] == []
    assert content(guest.home / "a.qcow2", "qcow2", guest.home) == before
    assert "full one" not in ok(guest, "revert", "game", "c", "clean")
    start(guest)
    refused(guest, "PT-IMAGE-08", "backup", "game", "c", "no.qcow2", "--incremental")
    ok(guest, "backup", "game", "c", "again.qcow2")
    ok(guest, "backup", "game", "c", "next.qcow2", "--incremental")
    stop(guest)
    ok(guest, "convert", "next.qcow2", "next.raw", "--to", "raw", "--backing", f"qcow2:{guest.home}/again.qcow2")
    expect_one_moment((guest.home / "next.raw").read_bytes())


def test_revert_leaves_notes_of_other_programs(daemon: Session) -> None:
    raw_file(daemon.home / "plain.img")
    ok(daemon, "import", "plain.img", "a.qcow2")
    ok(daemon, "snapshot", "a.qcow2", "one")
    qemu_img("bitmap", "--add", daemon.home / "a.qcow2", "theirs")
    said = refused(daemon, "PT-IMAGE-01", "revert", "a.qcow2", "one")
    assert "theirs" in said and "qemu-img bitmap --remove" in said
    assert daemon.json("disk", "info", "a.qcow2")["bitmaps"] == ["theirs"]


@pytest.mark.parametrize("length, good", [(511, True), (512, True), (4096, True), (4097, False), (9000, False)])
def test_length_of_a_passphrase(daemon: Session, length: int, good: bool) -> None:
    """The whole of it counts, however it is given: on the command line's way and on the profile's."""
    (daemon.home / "long").write_text("p" * length + "\n")
    (daemon.home / "long").chmod(0o600)
    args = ["create", "a.qcow2", "1M", "--encrypt", "--passphrase-file", "long"]
    if not good:
        assert "at most 4096 bytes" in refused(daemon, "PT-IMAGE-06", *args) and "a.qcow2" not in names(daemon.home)
        return
    ok(daemon, *args)
    (daemon.home / "short").write_text("p" * (length - 1) + "\n")
    refused(daemon, "PT-IMAGE-06", "check", "a.qcow2", "--passphrase-file", "short")
    daemon.profile("game", TINY + f"[disk c]\nimage={daemon.home}/a.qcow2\nformat=qcow2\n"
                   f"passphrase-file={daemon.home}/long\n")
    ok(daemon, "check", "game", "c")


@pytest.fixture
def stacked(guest: Session) -> Session:
    """A stopped VM whose disk is an overlay, on an overlay, on an image."""
    ok(guest, "import", "plain.img", "a.qcow2")
    ok(guest, "snapshot", "a.qcow2", "inside")
    vm(guest, "a.qcow2")
    ok(guest, "snapshot", "game", "c", "one", "--overlay")
    ok(guest, "snapshot", "game", "c", "two", "--overlay")
    return guest


def test_what_others_stand_on_stays(stacked: Session) -> None:
    before = {n: (stacked.home / n).read_bytes() for n in ("a.qcow2", "a-one.qcow2")}
    os.link(stacked.home / "a.qcow2", stacked.home / "link.qcow2")
    for args in (["resize", "a.qcow2", "64M"], ["revert", "a.qcow2", "inside"], ["compact", "a.qcow2"],
                 ["snapshot", "a.qcow2", "more"], ["snapshot", "a.qcow2", "inside", "--remove"],
                 ["check", "a.qcow2", "--repair", "all"], ["resize", "link.qcow2", "64M"],
                 ["resize", "a-one.qcow2", "64M"]):
        said = refused(stacked, "PT-IMAGE-05", *args)
        assert "disk c of VM game" in said and "playthrough disk convert game c" in said
    # Another VM would write it.
    stacked.profile("other", TINY + f"[disk d]\nimage={stacked.home}/a.qcow2\nformat=qcow2\nwritable=yes\n")
    done = stacked.run("start", "other")
    assert done.returncode == 1 and "(PT-IMAGE-05)" in done.stderr and "VM game" in done.stderr
    refused(stacked, "PT-IMAGE-05", "resize", "other", "d", "64M")
    assert before == {n: (stacked.home / n).read_bytes() for n in before}
    # Who only reads it is welcome, and so is another overlay.
    stacked.profile("other", TINY + f"[disk d]\nimage={stacked.home}/a.qcow2\nformat=qcow2\nwritable=no\n")
    assert stacked.run("start", "other").returncode == 0
    assert stacked.run("stop", "other", "--force").returncode == 0
    ok(stacked, "snapshot", "a.qcow2", "other", "--overlay")
    # The top is the VM's own.
    ok(stacked, "resize", "game", "c", "32M")
    start(stacked)
    stop(stacked)
    # Made whole, it lets go of what it stood on.
    ok(stacked, "convert", "game", "c", "whole.qcow2")
    vm(stacked, "whole.qcow2")
    ok(stacked, "resize", "a.qcow2", "64M")
    assert content(stacked.home / "whole.qcow2", "qcow2", stacked.home)[:512] == boot_sector(stacked.home)


def act(session: Session, verb: str, **options: str) -> str:
    """The call as any program may make it, past what the command line would say. What is refused."""
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
    bus = Gio.DBusConnection.new_for_address_sync(f"unix:path={session.socket()}", flags, None, None)
    said = {key: GLib.Variant("s", value) for key, value in options.items()}
    try:
        bus.call_sync(None, "/org/playthrough/Appliance1", "org.playthrough.Appliance1", "DiskAct",
                      GLib.Variant("(sa{sv})", (verb, said)), None, Gio.DBusCallFlags.NONE, 60000, None)
    except GLib.Error as error:
        return str(error.message)
    finally:
        bus.close_sync(None)
    return ""


@pytest.mark.parametrize("options", [
    {"vm": "game"}, {"disk": "c"}, {"vm": "game", "file": "/a.qcow2"}, {"disk": "c", "file": "/a.qcow2"},
    {"vm": "game", "disk": "c", "file": "/a.qcow2"}, {}], ids=lambda o: "+".join(o) or "nothing")
def test_half_a_name(stacked: Session, options: dict[str, str]) -> None:
    """An image is its file, or a VM and its disk: half of that, or both, is refused, whether the VM runs or not."""
    start(stacked)
    for verb in ("backup", "overlay", "revert", "info", "set-back"):
        said = act(stacked, verb, target="/tmp/new.qcow2", tag="x", **options)
        assert "named by its file, or by a VM and its disk" in said, (verb, said)
    assert "target" in act(stacked, "create", target="/tmp/new.qcow2", size="1M", vm="game")
    assert stacked.json("status", "game")["state"] == "running"  # and the daemon lives
    stop(stacked)


def test_a_vm_without_disks(daemon: Session) -> None:
    for args in (["info", "tiny", "c"], ["backup", "tiny", "c", "x.qcow2"], ["revert", "tiny", "c", "--overlay"]):
        done = daemon.run("disk", *args)
        assert done.returncode == 1 and "no disk c in VM tiny" in done.stderr and "has no image file" in done.stderr
