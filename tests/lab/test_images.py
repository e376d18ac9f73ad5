# SPDX-License-Identifier: GPL-2.0-or-later
"""Image files on an installed PC, where qemu-img runs as a service of systemd with the user whose image it is: root's images, and
those of a person. What a guest has written is compared outside of the PC."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import install
import pytest
from conftest import Lab
from hardware import Options
from pc import PC

sys.path.append(str(Path(__file__).resolve().parents[1]))
from disk_guest import boot_sector, expect_one_moment  # noqa: E402

MIB = 1 << 20
FOLDER = "/var/lib/lab-images"  # root's
SECRET = "/root/lab-passphrase"
PERSON = "lab-person"
PROFILE = """[vm]
restart-on-failure=1
restart-delay=1
restart-from-snapshot=yes
[cpu]
count=1
accel=auto
[memory]
size=128M
[boot]
firmware=bios
[display]
type=none
[network]
type=none
[disk c]
image={image}
format=qcow2
writable=yes
"""


def disk(pc: PC, words: str, timeout_s: float = 180) -> str:
    return pc.check(f"cd {FOLDER} && playthrough disk {words}", timeout_s)


def refused(pc: PC, code: str, words: str) -> str:
    done = pc.run(f"cd {FOLDER} && playthrough disk {words}", 120)
    assert done.rc == 1 and f"({code})" in done.err, done.err
    return done.err


def profile(pc: PC, image: str, more: str = "") -> None:
    pc.put((PROFILE.format(image=f"{FOLDER}/{image}") + more).encode(), "/etc/playthrough/profiles/game.profile")


def start(pc: PC) -> None:
    pc.check("playthrough start game", 240)
    pc.wait_for("playthrough log game | grep -q 'the guest is up'", 120)


def stop(pc: PC) -> None:
    pc.check("playthrough stop --force game", 120)


def fetch(pc: PC, name: str) -> bytes:
    return pc.get(f"{FOLDER}/{name}")


def prepare(pc: PC) -> None:
    pc.check(f"mkdir -p {FOLDER} /etc/playthrough/profiles; chmod 700 {FOLDER}; umask 077; echo a passphrase > {SECRET}")
    with tempfile.TemporaryDirectory(prefix="pt-images-") as name:
        plain, vmdk = Path(name) / "plain.img", Path(name) / "guest.vmdk"
        plain.write_bytes(boot_sector(Path(name)))
        os.truncate(plain, 16 * MIB)
        subprocess.run(["qemu-img", "convert", "-O", "vmdk", plain, vmdk], check=True)
        pc.put(vmdk, f"{FOLDER}/guest.vmdk")


def an_import(pc: PC) -> None:
    disk(pc, "import guest.vmdk a.qcow2")
    disk(pc, "create empty.qcow2 1G")
    refused(pc, "PT-IMAGE-04", "import guest.vmdk a.qcow2")
    told = json.loads(disk(pc, "info a.qcow2 --json"))
    assert told["format"] == "qcow2" and told["size_bytes"] == 16 * MIB and told["in_use"] == "no"
    assert pc.check(f"stat -c %U:%a {FOLDER}/a.qcow2").strip() == "root:600"
    assert not pc.check("systemctl list-units --all --no-legend 'playthrough-image-*'").strip()


def an_image_of_a_person(pc: PC) -> None:
    """It is worked on with that person's rights, and stays that person's; a link of theirs leads nowhere."""
    home = f"/home/{PERSON}"
    pc.check(f"id {PERSON} 2>/dev/null || useradd -m {PERSON}; cp {FOLDER}/guest.vmdk {home}/; chown {PERSON}: {home}/guest.vmdk")
    pc.check(f"playthrough disk import {home}/guest.vmdk {home}/own.qcow2", 180)
    assert pc.check(f"stat -c %U:%a {home}/own.qcow2").strip() == f"{PERSON}:600"
    pc.check(f"playthrough disk resize {home}/own.qcow2 32M && playthrough disk check {home}/own.qcow2", 180)
    pc.check(f"ln -s {FOLDER}/a.qcow2 {home}/theirs.qcow2; chown -h {PERSON}: {home}/theirs.qcow2")
    done = pc.run(f"playthrough disk resize {home}/theirs.qcow2 64M", 120)
    assert done.rc == 1 and "PT-DISK-09" in done.err, done.err


def an_encrypted_disk(pc: PC) -> None:
    disk(pc, f"import guest.vmdk secret.qcow2 --encrypt --passphrase-file {SECRET}")
    profile(pc, "secret.qcow2", f"passphrase-file={SECRET}\n")
    disk(pc, "snapshot game c clean")
    start(pc)
    disk(pc, "backup game c full.qcow2", 300)
    disk(pc, "backup game c more.qcow2 --incremental", 300)
    stop(pc)
    disk(pc, f"convert full.qcow2 full.raw --to raw --passphrase-file {SECRET}")
    disk(pc, "convert game c after.raw --to raw")
    assert expect_one_moment(fetch(pc, "after.raw")) > expect_one_moment(fetch(pc, "full.raw"))
    assert "full one" in disk(pc, "revert game c clean")
    disk(pc, "convert game c clean.raw --to raw")
    assert not any(fetch(pc, "clean.raw")[512:])
    assert "a passphrase" not in pc.check("journalctl -b --no-pager | grep -F 'a passphrase' || true")


def overlays(pc: PC) -> None:
    """What others stand on stays; a VM that dies goes back to it, and what it was when it died is still there."""
    profile(pc, "a.qcow2")
    disk(pc, "snapshot game c good --overlay")
    before = pc.check(f"sha256sum {FOLDER}/a.qcow2")
    refused(pc, "PT-IMAGE-05", "resize a.qcow2 64M")
    start(pc)
    for _ in range(2):
        old = json.loads(pc.check("playthrough status game --json"))["pid"]
        pc.check(f"kill -9 {old}")
        pc.wait_for(f"playthrough status game --json | grep -q '\"state\": \"running\"' && test $(playthrough status game"
                    f" --json | sed -n 's/.*\"pid\": \\([0-9]*\\).*/\\1/p') != {old}", 180)
    told = json.loads(pc.check("playthrough status game --json"))
    assert told["restarts"] == 2 and "from its last good snapshot" in told["recovery"]
    stop(pc)
    assert pc.check(f"sha256sum {FOLDER}/a.qcow2") == before
    assert pc.check(f"ls {FOLDER}/a-good.qcow2 {FOLDER}/a-recovered-*.qcow2").count("\n") == 2


def backup_and_restore(pc: PC) -> None:
    pc.check("playthrough backup game /root", 180)
    pc.check("mkdir -p /root/restored && playthrough restore /root/game.tar --as copy --images /root/restored --dry-run", 180)
    pc.check("playthrough restore /root/game.tar --as copy --images /root/restored", 180)
    for vm in ("game", "copy"):
        disk(pc, f"convert {vm} c {vm}.raw --to raw")
    assert fetch(pc, "game.raw") == fetch(pc, "copy.raw")


def whole_day(pc: PC) -> None:
    for what in (prepare, an_import, an_image_of_a_person, an_encrypted_disk, overlays, backup_and_restore):
        with pc.step(what.__name__.replace("_", " ")):
            what(pc)


@pytest.mark.matrix
def test_images(lab: Lab, stage: Path) -> None:
    lab.drive(Options(iommu="intel"), whole_day, install.installed_image(stage, "intel_iommu=on"))
