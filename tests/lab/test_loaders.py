"""Host setup on other PCs: each loader with each IOMMU, another maker of the initramfs, cards that look alike or
move, an entry that does not start, and power cuts in the middle. They go with `make test-all`."""

from __future__ import annotations

import time
from pathlib import Path

import install
import pytest
from conftest import Lab
from hardware import Options
from pc import PC
from scenario import AUDIO, GAME, PASSED, USB, boot_menu, configuration, driver, drivers, setup_json

OURS = "playthrough="
APPLY = f"playthrough-setup apply --gpu {GAME} --usb {USB} --yes"


def cmdline(pc: PC) -> str:
    return pc.check("cat /proc/cmdline")


def bound(pc: PC) -> set[str]:
    """All functions that vfio-pci has."""
    return set(pc.check("cd /sys/bus/pci/drivers/vfio-pci 2>/dev/null && ls -d *:* || true").split())


def nobody_judges(pc: PC) -> None:
    """The starts to come are judged by the test alone, not by our health service."""
    pc.check("systemctl mask playthrough-health.service")


def goes_round(pc: PC) -> None:
    """Apply, start, start again unverified, verify, start by default, undo, start: the first day again."""
    first_day, menu = drivers(pc), boot_menu(pc)
    nobody_judges(pc)
    before = configuration(pc)
    with pc.step("apply"):
        pc.check(APPLY, 300)
        assert "playthrough" in boot_menu(pc)
    with pc.step("start with our entry, once"):
        pc.reboot()
        assert OURS in cmdline(pc)
        assert bound(pc) == set(PASSED)
    with pc.step("the start after it is the stock one, as nobody has verified"):
        pc.reboot()
        assert OURS not in cmdline(pc)
        assert drivers(pc) == first_day
    with pc.step("apply again, start, verify"):
        pc.check("playthrough-setup undo", 300)
        pc.check(APPLY, 300)
        pc.reboot()
        pc.check("playthrough-setup verify", 60)
    with pc.step("the default now"):
        pc.reboot()
        assert OURS in cmdline(pc)
        rc, report = setup_json(pc, "verify")
        assert rc == 0, report
    with pc.step("undo"):
        pc.check("playthrough-setup undo", 300)
        assert boot_menu(pc) == menu
        assert configuration(pc) == before
    with pc.step("start as on the first day"):
        pc.reboot()
        assert OURS not in cmdline(pc)
        assert drivers(pc) == first_day


@pytest.mark.matrix
def test_intel_systemd_boot(lab: Lab, stage: Path) -> None:
    lab.drive(Options(), goes_round, install.installed_image(stage, loader="systemd-boot"))


@pytest.mark.matrix
def test_amd_grub(lab: Lab, stage: Path) -> None:
    lab.drive(Options(iommu="amd"), goes_round, install.installed_image(stage, "iommu=pt"))


# Another initramfs, other kernels


def with_dracut(pc: PC) -> None:
    with pc.step("the stock initramfs made by dracut"):
        pc.check("dracut --force --quiet /boot/initrd.img-$(uname -r) $(uname -r)", 600)
        pc.reboot()
        assert "dracut" in pc.check("journalctl -b --no-pager -o cat | grep -m1 -i dracut")
    goes_round(pc)


@pytest.mark.matrix
def test_dracut(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(), with_dracut, installed_image)


NEW_KERNEL = """
set -e
old=$(uname -r)
new=6.1.0-99-amd64
cp -al /lib/modules/$old /lib/modules/$new
cp /boot/vmlinuz-$old /boot/vmlinuz-$new
cp /boot/initrd.img-$old /boot/initrd.img-$new
"""


def kernel_comes(pc: PC) -> None:
    """A kernel that is installed after apply has our entry, and stays bootable after undo."""
    with pc.step("apply"):
        pc.check(APPLY, 300)
    with pc.step("a kernel is installed"):
        pc.check(NEW_KERNEL + "kernel-install add $new /boot/vmlinuz-$new", 300)
        menu = boot_menu(pc)
        assert menu.count("6.1.0-99-amd64~playthrough.conf") == 1
    with pc.step("start, verify: the kernel that ran is the default"):
        pc.reboot()
        assert OURS in cmdline(pc)
        pc.check("playthrough-setup verify", 60)
    with pc.step("the newer kernel is tried once when its entry is renewed"):
        pc.check("kernel-install remove 6.1.0-99-amd64", 300)
        assert "6.1.0-99" not in boot_menu(pc)
        pc.check("kernel-install add 6.1.0-99-amd64 /boot/vmlinuz-6.1.0-99-amd64", 300)
        chosen = pc.check("cd /sys/firmware/efi/efivars; cat LoaderEntryOneShot-* | tr -d '\\0'")
        assert "6.1.0-99-amd64~playthrough.conf" in chosen, chosen
        pc.reboot()
        assert OURS in cmdline(pc)
        assert "6.1.0-99" in cmdline(pc)
    with pc.step("undo, start"):
        pc.check("playthrough-setup undo", 300)
        menu = boot_menu(pc)
        assert "playthrough" not in menu and "6.1.0-99-amd64.conf" in menu
        pc.check("test -s /boot/efi/*/6.1.0-99-amd64/linux")
        pc.reboot()
        assert OURS not in cmdline(pc)


@pytest.mark.matrix
def test_kernel_installed_since(lab: Lab, stage: Path) -> None:
    lab.drive(Options(), kernel_comes, install.installed_image(stage, loader="systemd-boot"))


# Cards


def one_of_twins(pc: PC) -> None:
    """Two equal cards: the named one is passed, the other stays with the host."""
    twin = next(d.address for d in pc.devices if d.what == "game display" and d.address != GAME)
    pc.check(f"playthrough-setup apply --gpu {GAME} --yes", 300)
    pc.reboot()
    pc.check("playthrough-setup verify", 60)
    assert bound(pc) == {GAME, AUDIO}
    assert driver(pc, twin) == "bochs-drm"


@pytest.mark.matrix
def test_two_equal_cards(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(devices=("gpu", "usb", "disk", "twin")), one_of_twins, installed_image)


def at_slots(pc: PC) -> dict[str, str | None]:
    """Where each function sits, and its driver; addresses may have moved."""
    return {
        pc.check(f"readlink -f /sys/bus/pci/devices/{d.address} | cut -d/ -f5").strip()
        + d.address[-2:]: driver(pc, d.address)
        for d in pc.devices
        if not d.address.startswith("0000:00")
    }


def cards_move(pc: PC) -> None:
    """A card more, and every address behind it is another one: what was passed is passed, nothing else is."""
    pc.check(APPLY, 300)
    pc.reboot()
    pc.check("playthrough-setup verify", 60)
    wanted = {slot for slot, name in at_slots(pc).items() if name == "vfio-pci"}
    assert len(wanted) == 3
    with pc.step("a card is put in before the others"):
        pc.power_off()
        pc.refit(Options(devices=("extra", "gpu", "usb", "disk")))
        pc.start()
        assert OURS in cmdline(pc)
        now = at_slots(pc)
        assert GAME not in bound(pc)  # that is the new card's address
        assert {slot for slot, name in now.items() if name == "vfio-pci"} == wanted
    with pc.step("the card that is to be passed is gone: nothing is bound, and the PC starts"):
        pc.power_off()
        pc.refit(Options(devices=("extra", "usb", "disk")))
        pc.start()
        assert OURS in cmdline(pc)
        assert bound(pc) == set()
        assert "nothing is bound: no device at" in pc.check("dmesg")
        rc, report = setup_json(pc, "verify")
        assert rc == 1, report


@pytest.mark.matrix
def test_addresses_move(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(), cards_move, installed_image)


def group_is_shared(pc: PC) -> None:
    """A card behind an old bridge shares its group with the network: refused, and the neighbour is named."""
    card = next(d.address for d in pc.devices if d.what == "card behind a bridge")
    network = next(d.address for d in pc.devices if d.what == "its neighbour")
    name = pc.check(f"ls /sys/bus/pci/devices/{network}/net").strip()
    pc.check(f"ip link set {name} up; ip addr add 192.0.2.2/24 dev {name}; ip route add default via 192.0.2.1")
    before = configuration(pc)
    _, report = setup_json(pc, "check")
    gpu = next(g for g in report["gpus"] if g["address"] == card)
    assert gpu["verdict"] == "fail" and any(network in reason for reason in gpu["reasons"]), gpu
    refused = pc.run(f"playthrough-setup apply --gpu {card} --yes", 120)
    assert refused.rc == 1 and network in refused.err and "default route" in refused.err, refused
    assert configuration(pc) == before


@pytest.mark.matrix
def test_shared_group(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(devices=("gpu", "usb", "disk", "bridge")), group_is_shared, installed_image)


# What must never happen


def it_judges_itself(pc: PC) -> None:
    """The health service finds the start well, the host's screen among it, and keeps the entry."""
    with pc.step("apply, start"):
        pc.check(APPLY, 300)
        pc.reboot()
    with pc.step("nobody says anything"):
        pc.wait_for("playthrough-setup verify --look --json | grep -q '\"permanent\": true'", 120, 2)
    with pc.step("the default now"):
        pc.reboot()
        assert OURS in cmdline(pc)
        pc.check("playthrough-setup undo", 300)


def it_gives_up(pc: PC) -> None:
    """A start that nobody finds well, with nobody logged in, ends by itself, and the stock entry comes."""
    timer = "/etc/systemd/system/playthrough-giveup.timer.d"
    pc.check(f"mkdir {timer}; printf '[Timer]\nOnBootSec=\nOnBootSec=100\n' >{timer}/soon.conf")
    nobody_judges(pc)
    pc.check("systemctl mask serial-getty@ttyS0.service")  # which logs in by itself here
    with pc.step("apply, start"):
        pc.check(APPLY, 300)
        pc.reboot()
        assert OURS in cmdline(pc)
        pc.check(f"echo {GAME} >/sys/bus/pci/drivers/vfio-pci/unbind")  # not as planned: not well
    with pc.step("it restarts by itself"):
        pc.wait_off(240)
        pc.start()
        assert OURS not in cmdline(pc)
        pc.check("playthrough-setup undo", 300)


@pytest.mark.matrix
@pytest.mark.parametrize("scenario", [it_judges_itself, it_gives_up])
def test_health(lab: Lab, stage: Path, scenario) -> None:
    lab.drive(Options(), scenario, install.installed_image(stage, loader="systemd-boot"))


def entry_is_broken(pc: PC) -> None:
    """Our entry finds no program of ours and no root: the PC comes back by itself with the stock entry."""
    pc.check(APPLY, 300)
    # on the EFI system partition where systemd-boot starts this PC
    archive = pc.check("ls /boot/playthrough.cpio /boot/efi/playthrough.cpio 2>/dev/null || true").strip()
    pc.check(f"printf '' | cpio --quiet -o -H newc >{archive}; sync", 60)
    with pc.step("start: the kernel ends, and resets after the 30 seconds of panic="):
        pc.shut_down("reboot")
        pc.power_on()
        pc.wait_off(240)
        assert "Kernel panic" in pc.serial_log()
    with pc.step("the start after it"):
        pc.start()
        assert OURS not in cmdline(pc)
        pc.check("playthrough-setup undo", 300)


@pytest.mark.matrix
@pytest.mark.parametrize("loader", ["grub", "systemd-boot"])
def test_broken_entry(lab: Lab, stage: Path, loader: str) -> None:
    lab.drive(Options(), entry_is_broken, install.installed_image(stage, loader=loader))


CUTS = 10  # for each loader


def cut_in_the_middle(pc: PC) -> None:
    """The power goes at moments spread over apply and undo: the PC starts, and undo gives back every byte."""
    before = configuration(pc)
    for verb, command in (("apply", APPLY), ("undo", "playthrough-setup undo")):
        if verb == "undo":
            pc.check(APPLY, 300)
        began = time.monotonic()
        pc.check(command, 300)
        whole_s = time.monotonic() - began
        for cut in range(CUTS // 2):
            pc.check("playthrough-setup undo", 300)
            if verb == "undo":
                pc.check(APPLY, 300)
            at_s = whole_s * (cut + 0.5) / (CUTS // 2)
            with pc.step(f"the power is cut {at_s:.1f} s into {verb}"):
                pc.run_on(command)
                time.sleep(at_s)
                pc.power_cut()
                pc.start()
                pc.check("playthrough-setup undo", 300)
                assert configuration(pc) == before


@pytest.mark.matrix
@pytest.mark.parametrize("loader", ["grub", "systemd-boot"])
def test_power_cuts(lab: Lab, stage: Path, loader: str) -> None:
    lab.drive(Options(), cut_in_the_middle, install.installed_image(stage, loader=loader))
