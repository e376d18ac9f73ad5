# SPDX-License-Identifier: GPL-2.0-or-later
"""Image files in session mode, with the real qemu-img and real VMs without KVM."""

from __future__ import annotations

import os
import shutil
import signal
import struct
import subprocess
import time
from pathlib import Path

import pytest

from conftest import Session
from images import (MIB, PASSPHRASE, boot_sector, busy_guest, catch_in_the_middle, content, expect_one_moment, guest,
                    hidden, large, names, ok, pids_of, qemu_img, raw_file, refused, secret, small_disk, start, stop, vm,
                    wait_for)  # noqa: F401

# --- each verb on a file ---


def test_create_and_info(daemon: Session) -> None:
    ok(daemon, "create", "a.qcow2", "1G")
    ok(daemon, "create", "b.img", "3M", "--format", "raw")
    info = daemon.json("disk", "info", "a.qcow2")
    assert (info["schema"], info["format"], info["size_bytes"]) == (1, "qcow2", 1 << 30)
    assert info["file"] == str(daemon.home / "a.qcow2") and info["in_use"] == "no"
    assert (daemon.home / "b.img").stat().st_size == 3 * MIB
    assert (daemon.home / "a.qcow2").stat().st_mode & 0o777 == 0o600
    before = (daemon.home / "a.qcow2").read_bytes()
    assert "is there already" in refused(daemon, "PT-IMAGE-04", "create", "a.qcow2", "1G")
    assert (daemon.home / "a.qcow2").read_bytes() == before
    assert names(daemon.home) == ["a.qcow2", "b.img"]


@pytest.mark.parametrize("args, said", [
    (["create", "a", "0"], "64G"), (["create", "a", "100"], "64G"), (["create", "a", "1X"], "64G"),
    (["create", "a", "9999P"], "64G"), (["create", "a", "1G", "--format", "vmdk"], "raw or qcow2"),
    (["create", "no/such/folder/a", "1G"], "no/such/folder"), (["info", "nothing"], "nothing"),
    (["check", "nothing", "--repair", "it"], "leaks"), (["snapshot", "nothing", "a/b"], "letters"),
    (["info", "tiny", "c"], "no disk c"), (["info", "none", "c"], "none"), (["info", "/dev/null"], "not a file"),
])
def test_wrong_words(shared: Session, args: list[str], said: str) -> None:
    done = shared.run("disk", *args)
    assert done.returncode == 1 and said in done.stderr, done.stderr
    assert names(shared.home) == []


@pytest.mark.parametrize("fmt", ["vmdk", "vdi", "vhdx", "qcow2", "raw"])
@pytest.mark.parametrize("to", ["qcow2", "raw"])
def test_import(daemon: Session, fmt: str, to: str) -> None:
    home = daemon.home
    plain = raw_file(home / "plain.img")
    source = home / f"source.{fmt}"
    qemu_img("convert", "-O", fmt, plain, source)
    before, when = source.read_bytes(), source.stat().st_mtime_ns
    source.chmod(0o400)
    ok(daemon, "import", source.name, "new.img", "--to", to)
    data = content(home / "new.img", to, home)
    assert data[:8 * MIB] == plain.read_bytes() and not any(data[8 * MIB:])
    assert source.read_bytes() == before and source.stat().st_mtime_ns == when
    assert names(home) == sorted(["plain.img", source.name, "new.img"])


def test_import_of_a_vmdk_for_streaming(daemon: Session) -> None:
    """As it is in an OVA."""
    plain = raw_file(daemon.home / "plain.img")
    qemu_img("convert", "-O", "vmdk", "-o", "subformat=streamOptimized", plain, daemon.home / "a.vmdk")
    ok(daemon, "import", "a.vmdk", "new.qcow2")
    assert content(daemon.home / "new.qcow2", "qcow2", daemon.home) == plain.read_bytes()


def test_snapshots(daemon: Session) -> None:
    plain = raw_file(daemon.home / "plain.img")
    ok(daemon, "import", "plain.img", "a.qcow2")
    ok(daemon, "snapshot", "a.qcow2", "first")
    refused(daemon, "PT-IMAGE-04", "snapshot", "a.qcow2", "first")
    subprocess.run(["qemu-io", "-c", "write -P 1 0 1M", str(daemon.home / "a.qcow2")], check=True, capture_output=True)
    assert [s["tag"] for s in daemon.json("disk", "snapshots", "a.qcow2")["snapshots"]] == ["first"]
    assert "has no snapshot" in daemon.run("disk", "revert", "a.qcow2", "second").stderr
    ok(daemon, "revert", "a.qcow2", "first")
    assert content(daemon.home / "a.qcow2", "qcow2", daemon.home) == plain.read_bytes()
    assert "snapshots inside" in daemon.run("disk", "compact", "a.qcow2").stderr
    assert "no snapshots" in ok(daemon, "snapshot", "a.qcow2", "first", "--remove")
    assert "only qcow2" in daemon.run("disk", "snapshot", "plain.img", "first").stderr


def test_resize(daemon: Session) -> None:
    plain = raw_file(daemon.home / "plain.img")
    ok(daemon, "import", "plain.img", "a.qcow2")
    ok(daemon, "resize", "a.qcow2", "16M")
    data = content(daemon.home / "a.qcow2", "qcow2", daemon.home)
    assert data[:8 * MIB] == plain.read_bytes() and len(data) == 16 * MIB
    refused(daemon, "PT-IMAGE-07", "resize", "a.qcow2", "8M")
    ok(daemon, "resize", "a.qcow2", "8M", "--shrink")
    assert content(daemon.home / "a.qcow2", "qcow2", daemon.home) == plain.read_bytes()


def test_check_and_repair(daemon: Session) -> None:
    raw_file(daemon.home / "plain.img")
    ok(daemon, "import", "plain.img", "a.qcow2")
    assert "nothing is wrong" in ok(daemon, "check", "a.qcow2")
    image = daemon.home / "a.qcow2"
    data = bytearray(image.read_bytes())
    table = struct.unpack(">Q", data[48:56])[0]
    block = struct.unpack(">Q", data[table:table + 8])[0]
    used = len(data) // (64 << 10)
    struct.pack_into(">H", data, block + 2 * (used + 1), 1)  # a cluster that nobody uses
    image.write_bytes(bytes(data) + bytes(128 << 10))
    checked = daemon.json("disk", "check", "a.qcow2")
    assert (checked["errors"], checked["leaks"]) == (0, 1)
    assert daemon.json("disk", "check", "a.qcow2", "--repair", "leaks")["leaks_fixed"] == 1
    assert daemon.json("disk", "check", "a.qcow2")["leaks"] == 0
    assert "nothing beside" in daemon.run("disk", "check", "plain.img").stderr


def test_compact(daemon: Session) -> None:
    plain = raw_file(daemon.home / "plain.img")
    ok(daemon, "import", "plain.img", "a.qcow2")
    image = daemon.home / "a.qcow2"
    image.chmod(0o640)
    subprocess.run(["qemu-io", "-c", "write -P 1 1M 6M", "-c", "write -P 0 1M 6M", str(image)], check=True,
                   capture_output=True)
    before = content(image, "qcow2", daemon.home)
    used = daemon.json("disk", "compact", "a.qcow2")
    assert used["disk_bytes"] < used["disk_bytes_before"] - 5 * MIB
    assert content(image, "qcow2", daemon.home) == before
    assert image.stat().st_mode & 0o777 == 0o640 and plain.exists()
    assert names(daemon.home) == ["a.qcow2", "plain.img"]


def test_compact_by_a_link(daemon: Session) -> None:
    """The image that it leads to is compacted, with its mode; the link stays one."""
    raw_file(daemon.home / "plain.img")
    (daemon.home / "far").mkdir()
    ok(daemon, "import", "plain.img", "far/a.qcow2")
    image, link = daemon.home / "far" / "a.qcow2", daemon.home / "link.qcow2"
    image.chmod(0o600)
    link.symlink_to("far/a.qcow2")
    inode = image.stat().st_ino
    ok(daemon, "compact", "link.qcow2")
    assert link.is_symlink() and image.stat().st_ino != inode and image.stat().st_mode & 0o777 == 0o600
    assert names(daemon.home / "far") == ["a.qcow2"]


# --- encryption ---


def test_encryption(daemon: Session, secret: Path) -> None:
    plain = raw_file(daemon.home / "plain.img", 2 * MIB)
    ok(daemon, "import", "plain.img", "a.qcow2", "--encrypt", "--passphrase-file", "secret")
    assert daemon.json("disk", "info", "a.qcow2")["encrypted"] is True
    refused(daemon, "PT-IMAGE-06", "convert", "a.qcow2", "b.raw", "--to", "raw")
    (daemon.home / "other").write_text("something else\n")
    wrong = refused(daemon, "PT-IMAGE-06", "convert", "a.qcow2", "b.raw", "--to", "raw", "--passphrase-file", "other")
    assert "wrong" in wrong and names(daemon.home) == ["a.qcow2", "other", "plain.img", "secret"]
    ok(daemon, "convert", "a.qcow2", "b.raw", "--to", "raw", "--passphrase-file", "secret")
    assert (daemon.home / "b.raw").read_bytes() == plain.read_bytes()
    assert plain.read_bytes()[:65536] not in (daemon.home / "a.qcow2").read_bytes()
    assert PASSPHRASE.encode() not in (daemon.home / "a.qcow2").read_bytes()


def test_no_command_line_has_the_passphrase(daemon: Session, secret: Path) -> None:
    process = daemon.popen("disk", "create", "a.qcow2", "64M", "--encrypt", "--passphrase-file", "secret")
    seen = set()
    while process.poll() is None:
        for pid in daemon.processes():
            try:
                seen.add(Path(f"/proc/{pid}/cmdline").read_bytes())
                assert PASSPHRASE.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
            except OSError:
                continue
    assert process.wait() == 0
    assert any(b"key-secret" in line for line in seen)
    assert not any(PASSPHRASE.encode() in line for line in seen)


# --- a stranger's bytes ---


def test_no_image_has_another_file_opened(daemon: Session) -> None:
    home = daemon.home
    (home / "private").write_bytes(b"P" * MIB)
    qemu_img("create", "-f", "qcow2", "-b", home / "private", "-F", "raw", home / "backing.qcow2")
    qemu_img("create", "-f", "qcow2", "-o", f"data_file={home}/private2,data_file_raw=on", home / "data.qcow2", "1M")
    (home / "flat.vmdk").write_text('# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\n'
                                    f'createType="monolithicFlat"\n\nRW 2048 FLAT "{home}/private" 0\n')
    assert str(home / "private") in refused(daemon, "PT-IMAGE-05", "import", "backing.qcow2", "new")
    refused(daemon, "PT-IMAGE-05", "import", "data.qcow2", "new")
    refused(daemon, "PT-IMAGE-05", "import", "flat.vmdk", "new")
    assert daemon.run("disk", "info", "flat.vmdk").returncode == 1
    (home / "words").write_text('json:{"driver":"file","filename":"private"}' + " " * 600)
    assert daemon.json("disk", "info", "words")["format"] == "raw"
    assert "new" not in names(home)
    # Said by a person, it is opened.
    ok(daemon, "import", "backing.qcow2", "new", "--backing", f"raw:{home}/private")
    assert content(home / "new", "qcow2", home) == b"P" * MIB


@pytest.mark.parametrize("fmt", ["vmdk", "vdi", "vhdx", "qcow2"])
def test_garbage(daemon: Session, fmt: str) -> None:
    raw_file(daemon.home / "plain.img", MIB)
    good = daemon.home / "good"
    qemu_img("convert", "-O", fmt, daemon.home / "plain.img", good)
    for n in range(6):
        data = bytearray(good.read_bytes())
        at = n * 37 + 8
        data[at:at + 64] = os.urandom(64)
        (daemon.home / "bad").write_bytes(data)
        done = daemon.run("disk", "import", "bad", f"new{n}", "--format", fmt)
        assert done.returncode in (0, 1), done.stderr
        assert done.returncode == 0 or "bad" in done.stderr
        assert (daemon.home / f"new{n}").exists() == (done.returncode == 0)
    assert not [n for n in names(daemon.home) if n.startswith(".")]


# --- cut off ---


@pytest.mark.parametrize("who", ["qemu-img", "playthrough-image", "task", "daemon", "client"])
def test_killed_in_the_middle_of_an_import(daemon: Session, large: Path, who: str) -> None:
    before = large.read_bytes()
    process = catch_in_the_middle(daemon, large, "import", large.name, "new.qcow2")
    assert daemon.daemon
    if who == "client":
        process.kill()
    elif who == "daemon":
        daemon.daemon.kill()
        daemon.daemon.wait()
    elif who == "task":
        [pid] = [p for p in pids_of(daemon, b"playthroughd") if p != daemon.daemon.pid]
        os.kill(pid, signal.SIGKILL)
    else:
        [pid] = pids_of(daemon, b"qemu-img" if who == "qemu-img" else b"playthrough-image")
        os.kill(pid, signal.SIGKILL)
    process.communicate(timeout=60)
    wait_for(lambda: not pids_of(daemon, b"qemu-img"))
    if who == "client":  # the daemon goes on
        wait_for(lambda: "new.qcow2" in names(daemon.home) and not hidden(daemon))
        return
    assert process.returncode == 1 and "new.qcow2" not in names(daemon.home)
    assert large.read_bytes() == before
    if who != "task":
        wait_for(lambda: not hidden(daemon))
    ok(daemon, "create", "other.img", "1M")
    assert names(daemon.home) == ["large.vmdk", "other.img"]
    ok(daemon, "import", large.name, "new.qcow2")
    assert qemu_img("compare", large, daemon.home / "new.qcow2")


def test_interrupt_cancels(daemon: Session, large: Path) -> None:
    process = catch_in_the_middle(daemon, large, "import", large.name, "new.qcow2")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "cancelled" in err
    assert names(daemon.home) == ["large.vmdk"]


@pytest.mark.parametrize("args", [["resize", "a.qcow2", "64M"], ["snapshot", "a.qcow2", "one"], ["compact", "a.qcow2"]])
def test_killed_in_the_middle_of_a_change(daemon: Session, args: list[str]) -> None:
    """At any moment: what a guest would see stays, and what a snapshot has left half done in the books is mended on request."""
    plain = raw_file(daemon.home / "plain.img", 32 * MIB)
    ok(daemon, "import", "plain.img", "a.qcow2")
    image = daemon.home / "a.qcow2"
    good = image.read_bytes()
    for n in range(6):
        image.write_bytes(good)
        process = daemon.popen("disk", *args)
        time.sleep(0.004 * n)
        for pid in pids_of(daemon, b"qemu-img"):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.communicate(timeout=60)
        checked = subprocess.run(["qemu-img", "check", "-q", str(image)], capture_output=True)
        assert checked.returncode in (0, 3) or (args[0] == "snapshot" and checked.returncode == 2), checked.stderr
        assert content(image, "qcow2", daemon.home)[:32 * MIB] == plain.read_bytes()
        ok(daemon, "check", "a.qcow2", "--repair", "all")
        qemu_img("check", "-q", image)
        assert content(image, "qcow2", daemon.home)[:32 * MIB] == plain.read_bytes()
    assert not hidden(daemon)


def test_full_file_system(daemon: Session, small_disk: Path) -> None:
    raw_file(daemon.home / "plain.img", 8 * MIB)
    with (daemon.home / "plain.img").open("ab") as file:
        file.write(os.urandom(32 * MIB))
    said = refused(daemon, "PT-IMAGE-03", "import", "plain.img", "small/a.qcow2")
    assert "MiB left" in said and names(small_disk) == []
    raw_file(daemon.home / "less.img", 2 * MIB)
    ok(daemon, "import", "less.img", "small/b.qcow2")
    before = (small_disk / "b.qcow2").read_bytes()
    (small_disk / "filler").write_bytes(bytes(20 * MIB))
    refused(daemon, "PT-IMAGE-03", "compact", "small/b.qcow2")
    refused(daemon, "PT-IMAGE-03", "create", "small/c.qcow2", "1G")
    assert names(small_disk) == ["b.qcow2", "filler"]
    (small_disk / "filler").unlink()
    assert content(small_disk / "b.qcow2", "qcow2", daemon.home) == (daemon.home / "less.img").read_bytes()
    assert before == (small_disk / "b.qcow2").read_bytes()


def test_file_system_that_fills_up_meanwhile(daemon: Session, small_disk: Path) -> None:
    """What there was room for at the beginning is taken by another in the middle."""
    plain = raw_file(daemon.home / "plain.img", 8 * MIB)
    with plain.open("ab") as file:
        file.write(os.urandom(6 * MIB))
    process = daemon.popen("disk", "import", "plain.img", "small/a.qcow2")
    with (small_disk / "filler").open("wb", buffering=0) as filler:
        wait_for(lambda: any(n.startswith(".") for n in names(small_disk)) or process.poll() is not None)
        try:
            for _ in range(24):
                filler.write(bytes(MIB))
        except OSError:
            pass
    _, err = process.communicate(timeout=60)
    if process.returncode:
        assert "PT-IMAGE-03" in err and names(small_disk) == ["filler"]
    else:
        assert content(small_disk / "a.qcow2", "qcow2", daemon.home) == plain.read_bytes()


# --- disks of VMs ---


def test_encrypted_disk_of_a_vm(guest: Session, secret: Path) -> None:
    ok(guest, "import", "plain.img", "a.qcow2", "--encrypt", "--passphrase-file", "secret")
    vm(guest, "a.qcow2")
    missing = guest.run("start", "game")
    assert missing.returncode == 1 and "(PT-IMAGE-06)" in missing.stderr and "passphrase-file=" in missing.stderr
    more = f"format=qcow2\npassphrase-file={guest.home}/secret\n"
    vm(guest, "a.qcow2", more)
    secret.chmod(0o644)
    others = guest.run("start", "game")
    assert others.returncode == 1 and "PT-IMAGE-06" in others.stderr and "others could read" in others.stderr
    secret.chmod(0o600)
    start(guest)
    for pid in guest.processes():
        assert PASSPHRASE.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
    # A backup of it is as encrypted as it is; the profile's passphrase opens it.
    ok(guest, "backup", "game", "c", "backup.qcow2")
    assert guest.json("disk", "info", "backup.qcow2")["encrypted"] is True
    stop(guest)
    ok(guest, "convert", "game", "c", "after.raw", "--to", "raw")
    ok(guest, "convert", "backup.qcow2", "backup.raw", "--to", "raw", "--passphrase-file", "secret")
    after, backup = (guest.home / "after.raw").read_bytes(), (guest.home / "backup.raw").read_bytes()
    assert expect_one_moment(after) > expect_one_moment(backup)
    secret.unlink()
    gone = guest.run("start", "game")
    assert gone.returncode == 1 and "PT-IMAGE-06" in gone.stderr


def test_overlay_of_a_vm(guest: Session) -> None:
    ok(guest, "import", "plain.img", "a.qcow2")
    vm(guest, "a.qcow2")
    before = (guest.home / "a.qcow2").read_bytes()
    ok(guest, "snapshot", "game", "c", "one", "--overlay")
    text = (guest.profiles / "game.profile").read_text()
    assert f"image={guest.home}/a-one.qcow2\n" in text and f"backing=qcow2:{guest.home}/a.qcow2\n" in text
    start(guest)
    stop(guest)
    first = guest.json("disk", "info", "game", "c")
    assert first["disk_bytes"] > 300_000 and (guest.home / "a.qcow2").read_bytes() == before
    ok(guest, "snapshot", "game", "c", "two", "--overlay")
    start(guest)
    stop(guest)
    ok(guest, "convert", "game", "c", "whole.raw", "--to", "raw")
    assert (guest.home / "whole.raw").read_bytes()[:512] == boot_sector(guest.home)
    ok(guest, "revert", "game", "c", "--overlay")
    assert guest.json("disk", "info", "game", "c")["disk_bytes"] < 300_000
    start(guest)
    stop(guest)
    assert (guest.home / "a.qcow2").read_bytes() == before
    (guest.home / "a.qcow2").rename(guest.home / "b.qcow2")
    gone = guest.run("start", "game")
    assert gone.returncode == 1 and "PT-IMAGE-05" in gone.stderr


def test_a_profile_that_cannot_be_read_may_stand_on_it(guest: Session) -> None:
    ok(guest, "import", "plain.img", "a.qcow2")
    vm(guest, "a.qcow2")
    ok(guest, "snapshot", "game", "c", "one", "--overlay")
    profile = guest.profiles / "game.profile"
    profile.write_text(profile.read_text() + "[vm]\nno-such-key=1\n")
    before = (guest.home / "a.qcow2").read_bytes()
    said = refused(guest, "PT-IMAGE-05", "resize", "a.qcow2", "64M")
    assert "VM game" in said and "no-such-key" in said and (guest.home / "a.qcow2").read_bytes() == before


def test_running_vm_keeps_its_image(guest: Session) -> None:
    ok(guest, "import", "plain.img", "a.qcow2")
    vm(guest, "a.qcow2")
    start(guest)
    for args in (["resize", "game", "c", "1G"], ["compact", "game", "c"], ["snapshot", "game", "c", "x"],
                 ["check", "game", "c", "--repair", "all"], ["convert", "a.qcow2", "b.qcow2"]):
        assert "VM game" in refused(guest, "PT-IMAGE-01", *args)
    os.link(guest.home / "a.qcow2", guest.home / "link.qcow2")  # another name: QEMU's locks know it
    refused(guest, "PT-IMAGE-01", "resize", "link.qcow2", "1G")
    refused(guest, "PT-IMAGE-01", "convert", "link.qcow2", "b.qcow2")
    assert guest.json("disk", "info", "link.qcow2")["in_use"] == "written"
    stop(guest)
    ok(guest, "resize", "game", "c", "1G")


@pytest.mark.parametrize("fmt", ["qcow2", "raw"])
def test_backup_while_the_guest_writes(guest: Session, fmt: str) -> None:
    ok(guest, "import", "plain.img", "a.img", "--to", fmt)
    vm(guest, "a.img", f"format={fmt}\n")
    start(guest)
    refused(guest, "PT-IMAGE-08", "backup", "game", "c", "none.qcow2", "--incremental")
    last = 0
    chain: list[str] = []
    for n, more in enumerate([[], ["--incremental"], ["--incremental"]]):
        name = f"backup{n}.qcow2"
        ok(guest, "backup", "game", "c", name, *more)
        with_chain = ["--backing", "|".join(f"qcow2:{guest.home}/{c}" for c in chain)] if chain else []
        ok(guest, "convert", name, f"restored{n}.raw", "--to", "raw", *with_chain)
        now = expect_one_moment((guest.home / f"restored{n}.raw").read_bytes())
        assert now > last
        last = now
        chain.insert(0, name)
        time.sleep(0.5)
    assert guest.json("disk", "info", "backup1.qcow2")["backing"] == "backup0.qcow2"
    stop(guest)
    assert not hidden(guest)
    if fmt == "qcow2":  # what has changed is noted in the image
        start(guest)
        ok(guest, "backup", "game", "c", "later.qcow2", "--incremental")
        stop(guest)
    refused(guest, "PT-IMAGE-08", "backup", "game", "c", "no.qcow2", "--incremental")
    ok(guest, "backup", "game", "c", "stopped.qcow2")
    assert content(guest.home / "stopped.qcow2", "qcow2", guest.home) == content(guest.home / "a.img", fmt, guest.home)


def test_the_chain_outlives_an_absent_backup(guest: Session) -> None:
    """The disk with the last backup is not plugged in: refused, and nothing is forgotten."""
    busy_guest(guest)
    ok(guest, "backup", "game", "c", "full.qcow2")
    (guest.home / "full.qcow2").rename(guest.home / "away.qcow2")
    told = refused(guest, "PT-IMAGE-08", "backup", "game", "c", "next.qcow2", "--incremental")
    assert "full.qcow2, the last backup, is not there" in told
    (guest.home / "away.qcow2").rename(guest.home / "full.qcow2")
    ok(guest, "backup", "game", "c", "next.qcow2", "--incremental")
    stop(guest)


@pytest.mark.parametrize("pause", [0.0, 0.2, 0.4, 0.8])
def test_a_backup_is_cancelled_or_done(guest: Session, pause: float) -> None:
    """At whatever moment: there is a backup or there is none, and the next one goes on from the last."""
    busy_guest(guest)
    ok(guest, "backup", "game", "c", "full.qcow2")
    process = guest.popen("disk", "backup", "game", "c", "new.qcow2")
    wait_for(lambda: process.poll() is not None or bool(hidden(guest)))
    time.sleep(pause)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    done = process.returncode == 0
    assert ("new.qcow2" in names(guest.home)) == done and not hidden(guest)
    last = "new" if done else "full"
    ok(guest, "backup", "game", "c", "next.qcow2", "--incremental")
    ok(guest, "convert", "next.qcow2", "next.raw", "--to", "raw", "--backing", f"qcow2:{guest.home}/{last}.qcow2")
    expect_one_moment((guest.home / "next.raw").read_bytes())
    stop(guest)


@pytest.mark.parametrize("who", ["daemon", "qemu"])
def test_killed_in_the_middle_of_a_backup(guest: Session, who: str) -> None:
    busy_guest(guest)
    ok(guest, "backup", "game", "c", "full.qcow2")
    process = guest.popen("disk", "backup", "game", "c", "new.qcow2")

    def half_way() -> bool:
        assert process.poll() is None, process.communicate()
        return any((guest.home / n).stat().st_size > 8 * MIB for n in hidden(guest))

    wait_for(half_way)
    assert guest.daemon
    if who == "daemon":
        guest.daemon.kill()
        guest.daemon.wait()
    else:
        os.kill(guest.json("status", "game")["pid"], signal.SIGKILL)
    process.communicate(timeout=60)
    assert process.returncode == 1
    assert "new.qcow2" not in names(guest.home)
    if who == "qemu":
        wait_for(lambda: guest.json("status", "game")["state"] == "stopped")
        wait_for(lambda: not hidden(guest))
        start(guest)
        # QEMU had no time to write down what has changed.
        refused(guest, "PT-IMAGE-08", "backup", "game", "c", "next.qcow2", "--incremental")
        ok(guest, "backup", "game", "c", "next.qcow2")
    else:
        ok(guest, "backup", "game", "c", "next.qcow2", "--incremental")
        ok(guest, "convert", "next.qcow2", "next.raw", "--to", "raw", "--backing", f"qcow2:{guest.home}/full.qcow2")
        expect_one_moment((guest.home / "next.raw").read_bytes())
    stop(guest)
    ok(guest, "create", "other.img", "1M")
    assert not hidden(guest)
    assert qemu_img("check", guest.home / "a.qcow2")


def test_start_waits_for_no_act(guest: Session, large: Path) -> None:
    """A VM is not started on an image that is being copied into its place."""
    shutil.copy(large, guest.home / "a.vmdk")
    qemu_img("convert", "-O", "qcow2", large, guest.home / "a.qcow2")
    vm(guest, "a.qcow2")
    process = catch_in_the_middle(guest, large, "compact", "game", "c")
    done = guest.run("start", "game")
    assert done.returncode == 1 and "PT-IMAGE-01" in done.stderr
    process.communicate(timeout=120)
    assert process.returncode == 0
