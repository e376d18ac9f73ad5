"""The disk of a game on an emulated PC, as the system's daemon gives it: by its link, one partition of it, and its controller by
PCI. What the guest writes is compared from outside of the PC."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import install
import pytest
from conftest import Lab
from hardware import GAME_DISK_SERIAL, Options
from pc import GAME_DISK_MIB, PC
from scenario import DISK, driver

sys.path += [str(Path(__file__).resolve().parents[1] / name) for name in (".", "guest")]
import storage  # noqa: E402
from storage import MIB, SEED  # noqa: E402

CONTROLLER = "0000:01:00.0"
INITRD = "/opt/storage-initrd"  # which the VM's user reads
PART_AT, PART_SIZE = 64 * MIB, 32 * MIB


def prepare(pc: PC) -> None:
    pc.check("udevadm settle --timeout=120; mkdir -p /etc/playthrough/profiles", 150)
    with tempfile.TemporaryDirectory(prefix="pt-store-") as name:
        pc.put(storage.first_root(Path(name)), INITRD)
    pc.check(f"chmod 644 {INITRD}")


def play(pc: PC, device: str, driver: str, size: int, serial: str = GAME_DISK_SERIAL) -> None:
    """A guest has it, and writes."""
    text = storage.PROFILE.format(guest="linux", kernel="/usr/share/playthrough/guest/vmlinuz", initrd=INITRD, disks=device,
                                  asked=f"storage.seed={SEED} storage.write={serial}")
    text = text.replace("accel = tcg\nmodel = max\n", "") + "[display]\ntype = none\n"
    pc.put(text.encode(), "/etc/playthrough/profiles/store.profile")
    pc.check("playthrough start store", 180)
    pc.wait_for(f"playthrough log store | grep -q 'serial={serial} bytes={size} by={driver} '", 240)
    pc.wait_for(f"playthrough log store | grep -q 'wrote {serial}'", 60)


def ends(pc: PC) -> None:
    pc.check("playthrough stop --force store", 120)


def a_whole_disk(pc: PC) -> None:
    keys = f"serial = {GAME_DISK_SERIAL}\nsize = {GAME_DISK_MIB * MIB}\nwritable = yes\n"
    before = storage.written(pc.work / "game.raw")
    assert before != storage.pattern()
    play(pc, f"[disk game]\ndevice = {DISK}\nbus = virtio\n{keys}", "virtio_blk", GAME_DISK_MIB * MIB)
    ends(pc)
    assert storage.written(pc.work / "game.raw") == storage.pattern()


def a_partition(pc: PC) -> None:
    """The guest has it as a disk of its own, known by the section's name; what lies around it stays as it was."""
    table = f"label: gpt\\nstart={PART_AT // 512},size={PART_SIZE // 512}\\n"
    pc.check(f"printf '{table}' | sfdisk -q -w always {DISK}; udevadm settle", 60)
    around = [(pc.work / "game.raw").read_bytes()[part] for part in (slice(PART_AT), slice(PART_AT + PART_SIZE, None))]
    keys = f"serial = {GAME_DISK_SERIAL}\nsize = {PART_SIZE}\nwritable = yes\n"
    play(pc, f"[disk part]\ndevice = {DISK}-part1\nbus = virtio\n{keys}", "virtio_blk", PART_SIZE, "part")
    ends(pc)
    assert storage.written(pc.work / "game.raw", PART_AT) == storage.pattern()
    now = (pc.work / "game.raw").read_bytes()
    assert [now[:PART_AT], now[PART_AT + PART_SIZE:]] == around


def its_controller(pc: PC) -> None:
    """While something of its disk is mounted here it is refused; else the guest drives it, and it comes back."""
    pc.check(f"wipefs -aqf {DISK}; udevadm settle; mkfs.ext4 -qF {DISK} && mount {DISK} /mnt", 60)
    card = f"[pci nvme]\naddress = {CONTROLLER}\nid = 1b36:0010\n"
    with pytest.raises(Exception, match="mounted on /mnt"):
        play(pc, card, "nvme", GAME_DISK_MIB * MIB)
    assert driver(pc, CONTROLLER) == "nvme"
    pc.check("umount /mnt", 60)
    play(pc, card, "nvme", GAME_DISK_MIB * MIB)
    assert driver(pc, CONTROLLER) == "vfio-pci"
    ends(pc)
    pc.wait_for(f"test -b {DISK}", 60)
    assert driver(pc, CONTROLLER) == "nvme"
    assert storage.written(pc.work / "game.raw") == storage.pattern()


def whole_day(pc: PC) -> None:
    for what in (prepare, a_whole_disk, a_partition, its_controller):
        with pc.step(what.__name__.replace("_", " ")):
            what(pc)


@pytest.mark.matrix
def test_storage(lab: Lab, stage: Path) -> None:
    lab.drive(Options(iommu="intel", devices=("disk",)), whole_day, install.installed_image(stage, "intel_iommu=on"))
