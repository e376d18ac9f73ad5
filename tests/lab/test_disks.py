# SPDX-License-Identifier: GPL-2.0-or-later
"""No disk that this PC uses is ever offered: real LVM, RAID, dm-crypt, btrfs, mounts and servers on disks of an emulated PC.

And what a running VM has, this PC cannot mount; and a disk that was swapped for another of the same name is noticed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import install
import pytest
import test_storage
from conftest import Lab
from hardware import Options
from pc import PC
from scenario import START_NONCE
from stacks import CLEAN, KINDS, PACKAGES, STACKS, Stack, every_kind, script

# Room for a partition of every kind (stacks.py); a disk for btrfs has at least 109 MiB.
DISK_MIB, OTHER_MIB = 448, 128
# The daemon keeps its facts so long (vm/vm_facts.c).
FACTS_S = 5.5
LINK = "/dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_LAB{}-0:0"
A, B = LINK.format("STOREA"), LINK.format("STOREB")
PROFILE = """[cpu]
count = 1
accel = auto
[memory]
size = 128M
[boot]
firmware = bios
kernel = /usr/share/playthrough/guest/vmlinuz
initrd = /usr/share/playthrough/guest/initrd.img
cmdline = console=ttyS0 quiet playthrough.nonce={nonce}
[display]
type = none
[network]
type = none
[disk games]
device = {device}
serial = {serial}
size = {size}
writable = yes
"""


# Its disks and programs


def plug(pc: PC, name: str, mib: int) -> None:
    with tempfile.NamedTemporaryFile(prefix="pt-disk-") as file:
        os.truncate(file.fileno(), mib << 20)
        pc.plug_usb(name, content=Path(file.name))
    pc.wait_for(f"test -b {LINK.format(name.upper())}", 60)
    pc.check("udevadm settle --timeout=60", 90)


def bring_tools(pc: PC) -> None:
    """Unpacks what builds stacks, with what it needs, from a stick. Nothing is set up: no initramfs is made anew."""
    with tempfile.TemporaryDirectory(prefix="pt-debs-") as name:
        folder = Path(name)
        (folder / "partial").mkdir()
        (folder / "status").write_bytes(pc.get("/var/lib/dpkg/status"))
        options = {"Dir::State::status": folder / "status", "Dir::Cache::archives": folder, "Debug::NoLocking": 1,
                   "APT::Sandbox::User": "root"}  # fmt: skip
        command = ["apt-get", "-qq", "-y", "--no-install-recommends", "--download-only"]
        command += [f"-o{option}={value}" for option, value in options.items()]
        subprocess.run([*command, "install", *PACKAGES], check=True, timeout=600, stdout=sys.stderr)
        debs = [path.name for path in folder.glob("*.deb")]
        subprocess.run(["tar", "-C", name, "-cf", f"{name}/debs.tar", *debs], check=True, timeout=60)
        pc.plug_usb("debs", content=folder / "debs.tar")
    stick = LINK.format("DEBS")
    pc.wait_for(f"test -b {stick}", 60)
    pc.check(f"mkdir /root/debs && tar -C /root/debs -xf {stick}", 120)
    # /bin and /lib are links here, which dpkg-deb -x would replace.
    pc.check("for deb in /root/debs/*.deb; do dpkg-deb --fsys-tarfile $deb | tar -x -C / --keep-directory-symlink"
             " || exit 1; done; ldconfig; udevadm control --reload", 300)  # fmt: skip
    pc.unplug_usb("debs")


def in_shell(text: str) -> str:
    return f"export PATH=/usr/sbin:/usr/bin:/sbin:/bin A=$(readlink -f {A}) B=$(readlink -f {B})\n{text}"


def clean(pc: PC) -> None:
    pc.run(in_shell(CLEAN), 120)


def bring(pc: PC) -> None:
    with pc.step("disks and programs"):
        bring_tools(pc)
        plug(pc, "storea", DISK_MIB)
        plug(pc, "storeb", DISK_MIB)


# What the daemon says of them


def listed(pc: PC) -> dict[str, Any]:
    """Both disks by letter, from facts that are younger than this call, and whole: a busy PC may have no time to look at all."""
    deadline = time.monotonic() + 120
    while True:
        time.sleep(FACTS_S)
        told = json.loads(pc.check("playthrough disk list --json", 60))
        if not told["partly"]:
            break
        assert time.monotonic() < deadline, told
    return {disk["serial"][-1]: disk for disk in told["disks"] if str(disk["serial"]).startswith("LABSTORE")}


def is_offered(offer: dict[str, Any]) -> bool:
    return offer["verdict"] in ("pass", "warn")


def tells_why(offer: dict[str, Any]) -> bool:
    """By a code, and the file it was read from."""
    return offer["code"].startswith(("PT-DISK-", "PT-VM-")) and any("(/" in reason for reason in offer["reasons"])


def judge(stack: Stack, disks: dict[str, Any]) -> list[str]:
    """What is wrong with what was said of a stack's disks."""
    wrong = []
    for letter, disk in sorted(disks.items()):
        for offer in (disk, *disk["partitions"]):
            used = letter in stack.on
            if used and (is_offered(offer) or not tells_why(offer)):
                wrong.append(f"{offer['name']} is used: {offer['verdict']} {offer['code']} {offer['reasons']}")
            if not used and not is_offered(offer):
                wrong.append(f"{offer['name']} is free: {offer['verdict']} {offer['code']} {offer['reasons']}")
    if not disks.keys() >= {"A", "B"}:
        wrong.append("a disk is missing")
    return wrong


def try_stack(pc: PC, stack: Stack) -> list[str]:
    where = "a partition" if stack.partition else "the disk"
    clean(pc)
    built = pc.run(in_shell(script(stack)), 180)
    if built.rc:
        return [f"{stack.name} on {where}: was not built: {built.err[-600:]}"]
    return [f"{stack.name} on {where}: {text}" for text in judge(stack, listed(pc))]


def try_stacks(pc: PC, stacks: list[Stack]) -> None:
    wrong = []
    bring(pc)
    with pc.step(f"{len(stacks)} stacks"):
        for stack in stacks:
            wrong += try_stack(pc, stack)
    clean(pc)
    wrong += [f"afterwards: {text}" for text in judge(Stack("nothing", "", ""), listed(pc))]
    assert not wrong, "\n".join(wrong)


def every_kind_at_once(pc: PC) -> None:
    """Each partition is told by what is on it; only the free one is offered, and no disk as a whole."""
    clean(pc)
    pc.check(in_shell(every_kind()), 240)
    disks = listed(pc)
    assert not is_offered(disks["A"]) and not is_offered(disks["B"]), disks
    assert any("btrfs" in reason for reason in disks["B"]["reasons"]), disks["B"]
    assert len(disks["A"]["partitions"]) == len(KINDS)
    for (name, _, said), offer in zip(KINDS, disks["A"]["partitions"]):
        if not said:
            assert is_offered(offer), offer
            continue
        assert not is_offered(offer) and tells_why(offer), (name, offer)
        assert any(said in reason for reason in offer["reasons"]), (name, offer)
    clean(pc)
    disks = listed(pc)
    assert is_offered(disks["A"]) and is_offered(disks["B"]), disks


# What a VM has


def use(pc: PC, device: str, mib: int, serial: str = "LABSTOREA") -> None:
    """The VM's profile; the serial number is always that of the whole disk."""
    pc.check("udevadm settle --timeout=120 && mkdir -p /etc/playthrough/profiles", 150)
    text = PROFILE.format(device=device, serial=serial, size=mib << 20, nonce=START_NONCE)
    pc.put(text.encode(), "/etc/playthrough/profiles/store.profile")


def fails(pc: PC, command: str) -> None:
    assert pc.run(in_shell(command), 60).rc, f"worked: {command}"


def held_as_a_whole(pc: PC) -> None:
    """Every way in which this PC could begin to use the disk while the VM has it."""
    pc.check(in_shell("mkfs.ext4 -qF $A && udevadm settle"), 60)
    use(pc, A, DISK_MIB)
    pc.check("playthrough start store", 180)
    for command in ("mount $A /mnt", "mount -o ro $A /mnt", "unshare -m mount $A /mnt", "mkfs.ext4 -q $A",
                    "pvcreate -qffy $A", "mkswap -q $A && swapon $A", "btrfs device scan $A && mount -t btrfs $A /mnt",
                    "dmsetup create lablinear --table \"0 8 linear $A 0\"",
                    "mdadm --create /dev/md/lab --run --level=0 --force --raid-devices=1 $A"):  # fmt: skip
        fails(pc, command)
    disk = listed(pc)["A"]
    assert disk["verdict"] == "fail" and any("VM store" in reason for reason in disk["reasons"]), disk
    fails(pc, "mount $A /mnt")
    pc.check("systemctl kill --signal=KILL playthroughd; sleep 1", 60)
    fails(pc, "mount $A /mnt")  # the hold is QEMU's
    pc.check("playthrough stop --force store", 120)
    pc.check(in_shell("e2fsck -fn $A && mount $A /mnt && umount /mnt"), 60)
    assert is_offered(listed(pc)["A"])


def held_in_part(pc: PC) -> None:
    """One partition is the VM's; of the rest this PC does what it likes, and nobody gets the whole."""
    pc.check(in_shell("wipefs -aqf $A; printf 'label: gpt\\n,64M,L\\n,,L\\n' | sfdisk -q $A; udevadm settle; "
                      "mkfs.ext4 -qF ${A}1; mkfs.ext4 -qF ${A}2; udevadm settle"), 120)  # fmt: skip
    part = listed(pc)["A"]["partitions"][0]
    assert part["path"].startswith("/dev/disk/by-partuuid/") and is_offered(part), part
    use(pc, part["path"], 64)
    pc.check(in_shell("mount ${A}2 /mnt"), 60)
    pc.check("playthrough start store", 180)
    fails(pc, "mount ${A}1 /mnt")
    disk = listed(pc)["A"]
    assert not is_offered(disk) and not any(is_offered(p) for p in disk["partitions"])
    pc.check("playthrough stop --force store", 120)
    pc.check("umount /mnt", 60)
    pc.check(in_shell("mount ${A}1 /mnt"), 60)
    refused = pc.run("playthrough start store", 60)
    assert refused.rc == 1 and "PT-DISK-01" in refused.err and "mounted on /mnt" in refused.err, refused
    pc.check("umount /mnt", 60)


def swapped(pc: PC) -> None:
    """The same link, the same serial number, another disk: its size tells. Then the same partition's link on another."""
    clean(pc)
    use(pc, A, DISK_MIB)
    pc.unplug_usb("storea")
    plug(pc, "storea", OTHER_MIB)
    time.sleep(FACTS_S)
    refused = pc.run("playthrough start store", 60)
    assert refused.rc == 1 and "PT-DISK-03" in refused.err, refused
    uuid = "8c3ed1c5-6d3d-4ea6-a1f3-a4f3b1c0ffee"
    pc.check(in_shell(f"printf 'label: gpt\\nsize=64M,uuid={uuid}\\n' | sfdisk -q $B; udevadm settle"), 60)
    use(pc, f"/dev/disk/by-partuuid/{uuid}", 64, serial="LABSTOREA")
    time.sleep(FACTS_S)
    refused = pc.run("playthrough start store", 60)
    assert refused.rc == 1 and "PT-DISK-03" in refused.err and "LABSTOREB" in refused.err, refused


def held(pc: PC) -> None:
    bring(pc)
    with pc.step("a whole disk is held"):
        held_as_a_whole(pc)
    with pc.step("a partition is held"):
        held_in_part(pc)
    with pc.step("a disk is swapped"):
        swapped(pc)


def sample(pc: PC) -> None:
    bring(pc)
    for what in (every_kind_at_once, held_as_a_whole, swapped, test_storage.prepare, test_storage.a_whole_disk, test_storage.its_controller):
        with pc.step(what.__name__.replace("_", " ")):
            what(pc)


def test_sample(lab: Lab, stage: Path) -> None:
    """Every kind of use, what a VM holds, a disk swapped; a guest that writes to a disk and by its controller."""
    options = Options(iommu="intel", devices=("disk",))
    lab.drive(options, sample, install.installed_image(stage, "intel_iommu=on"))


@pytest.mark.matrix
def test_held(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(devices=()), held, installed_image)


@pytest.mark.matrix
def test_all_stacks(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(devices=()), lambda pc: try_stacks(pc, STACKS), installed_image)
