"""The lab is what it says it is: each emulated PC, compared with the description it was built from."""

from __future__ import annotations

import re
from pathlib import Path

import conftest
import pytest
from conftest import Lab
from pc import GAME_SCREEN, HOST_SCREEN, PC, Frozen, Options

FUNCTIONS = r"""
cd /sys/bus/pci/devices
for device in *; do
	link() { [ -e "$device/$1" ] && basename "$(readlink -f "$device/$1")" || echo -; }
	echo "$device $(cat "$device/vendor") $(cat "$device/device") $(cat "$device/class")" \
		"$(link driver) $(link iommu_group)"
done
"""


def read_functions(pc: PC) -> dict[str, dict[str, str | None]]:
    found: dict[str, dict[str, str | None]] = {}
    for line in pc.check(FUNCTIONS).splitlines():
        address, vendor, device, pci_class, driver, group = line.split()
        found[address] = {
            "id": f"{vendor[2:]}:{device[2:]}",
            "class": pci_class[2:6],
            "driver": None if driver == "-" else driver,
            "group": None if group == "-" else group,
        }
    return found


def assert_as_built(pc: PC) -> None:
    found = read_functions(pc)
    seen = [(address, facts["id"], facts["class"], facts["driver"]) for address, facts in found.items()]
    built = [(device.address, device.id, device.pci_class, device.driver) for device in pc.devices]
    assert sorted(seen) == built
    for one in pc.devices:
        for other in pc.devices:
            together = one.group is not None and one.group == other.group
            same = found[one.address]["group"] == found[other.address]["group"]
            assert (found[one.address]["group"] is not None) == (one.group is not None), one
            if one.group and other.group:
                assert same == together, f"{one} and {other}"


def assert_interrupts(pc: PC, remapped: bool) -> None:
    interrupts = pc.check("cat /proc/interrupts")
    assert ("IR-IO-APIC" in interrupts) == remapped
    assert re.search(r"\bIO-APIC", interrupts)


def colours(pc: PC, screen: str) -> int:
    picture = pc.screen(screen)
    return len(picture.getcolors(picture.width * picture.height) or [])


@pytest.mark.matrix
def test_intel_pc(lab: Lab) -> None:
    def scenario(pc: PC) -> None:
        with pc.step("booted by GRUB, by UEFI"):
            line = pc.check("cat /proc/cmdline")
            assert "BOOT_IMAGE=" in line and "iommu" not in line
            pc.check("test -d /sys/firmware/efi")
            assert "GRUB" in pc.serial_log()
        with pc.step("finished starting"):
            state = pc.run("systemctl is-system-running --wait", timeout_s=120).out.strip()
            assert state == "running", pc.run("systemctl --failed; journalctl -b -p err").out
        with pc.step("devices as built"):
            assert_as_built(pc)
            assert pc.check("cat /sys/class/iommu/dmar0/intel-iommu/ecap") == "f00f4e\n"
            assert_interrupts(pc, remapped=True)
            pc.check("grep -q HDA-Intel /proc/asound/cards")
            pc.check("modprobe vfio-pci && test -c /dev/kvm && test -c /dev/vfio/vfio")
        with pc.step("disks and their serial numbers"):
            marker = pc.check("head -c 64 /dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_LABGAME1_1 | tr -d '\\0'")
            assert marker == f"PLAYTHROUGH LAB GAME DISK {pc.game_nonce}\n"[:64]
            pc.check("test -b /dev/disk/by-id/virtio-LABSYSTEM-part2")
        with pc.step("two screens"):
            assert pc.screen(HOST_SCREEN).size == (1280, 800)
            assert colours(pc, HOST_SCREEN) > 1
            assert colours(pc, GAME_SCREEN) >= 1
        with pc.step("a person logs in at the keyboard"):
            pc.type("root\n")
            pc.wait_for("pgrep -f 'login -- '", timeout_s=30)
            pc.type("lab\n")
            pc.wait_for("who | grep -q tty1", timeout_s=30)
            pc.type("touch /run/typed\n")
            pc.wait_for("test -e /run/typed", timeout_s=30)
        with pc.step("USB sticks and keyboards come and go"):
            pc.plug_usb("stick1")
            stick = "/dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_LABSTICK1-0:0"
            pc.wait_for(f"head -c 64 {stick} | grep -q 'USB STICK stick1'", timeout_s=30)
            pc.unplug_usb("stick1")
            pc.wait_for(f"! test -e {stick}", timeout_s=30)
            pc.plug_usb("pad", "usb-tablet")
            pc.wait_for("grep -qs LABPAD /sys/bus/usb/devices/*/serial", timeout_s=30)
        with pc.step("files both ways"):
            pc.put(bytes(range(256)) * 4096, "/root/bytes")
            assert pc.get("/root/bytes") == bytes(range(256)) * 4096
        with pc.step("power cut, and what was flushed is there"):
            pc.check("sync /root/bytes; echo lost >/root/late")
            pc.power_cut()
            pc.start()
            assert pc.check("wc -c </root/bytes") == f"{256 * 4096}\n"
        with pc.step("reboot through GRUB"):
            boot = pc.check("cat /proc/sys/kernel/random/boot_id")
            pc.reboot()
            assert pc.check("cat /proc/sys/kernel/random/boot_id") != boot
            pc.wait_for("grep -qs LABPAD /sys/bus/usb/devices/*/serial", timeout_s=30)

    lab.drive(Options(), scenario)


@pytest.mark.parametrize(
    ("options", "remapped"),
    [
        (Options(iommu="intel", intremap=False, acs=False), False),
        (Options(iommu="amd"), True),
        (Options(iommu="amd", intremap=False), False),
        (Options(iommu="none"), False),
    ],
    ids=str,
)
def test_other_pcs(lab: Lab, amd_image: Path, options: Options, remapped: bool) -> None:
    def scenario(pc: PC) -> None:
        assert_as_built(pc)
        assert_interrupts(pc, remapped)
        units = pc.check("ls /sys/class/iommu").split()
        assert units == {"intel": ["dmar0"], "amd": ["ivhd0"], "none": []}[options.iommu]
        if options.iommu == "intel":
            assert pc.check("cat /sys/class/iommu/dmar0/intel-iommu/ecap") == "f46\n"

    lab.drive(options, scenario, amd_image if options.iommu == "amd" else None)


class FakePC:
    """A PC that is there at once, for tests of what happens around PCs."""

    def __init__(self, options: Options, image: Path | None) -> None:
        self.log = [f"built {options}"]

    def __enter__(self) -> FakePC:
        return self

    def __exit__(self, *_: object) -> None:
        self.log.append("closed")

    def start(self) -> None:
        pass

    def save_evidence(self, folder: Path) -> None:
        pass


def run_freezing(monkeypatch: pytest.MonkeyPatch, freezes: int) -> tuple[list[str], int]:
    """Notes and runs of a scenario whose PC freezes so many times."""
    monkeypatch.setattr(conftest, "PC", FakePC)
    lab = Lab("freezing", [])
    runs: list[object] = []

    def scenario(pc: PC) -> None:
        runs.append(pc)
        if len(runs) <= freezes:
            raise Frozen("silent")

    try:
        lab.drive(Options(), scenario)
    except Frozen:
        lab.notes.append("gave up")
    return lab.notes, len(runs)


def test_a_freeze_is_retried_once_and_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    notes, runs = run_freezing(monkeypatch, freezes=1)
    assert runs == 2
    assert "RETRIED: freezing on intel: silent" in notes
    assert "gave up" not in notes


def test_a_second_freeze_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    notes, runs = run_freezing(monkeypatch, freezes=2)
    assert runs == 2
    assert notes[-1] == "gave up"
