"""What the tests say inside the emulated PC: our programs' commands, drivers of devices, the profile."""

from __future__ import annotations

import json
import random
import struct
from typing import Any

from hardware import GAME_DISK_SERIAL
from pc import PC

GAME = "0000:01:00.0"
AUDIO = "0000:01:00.1"
USB = "0000:02:00.0"
PASSED = (GAME, AUDIO, USB)
DISK = f"/dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_{GAME_DISK_SERIAL}"
# A nonce for a VM that is started for real: its own kernel command line carries it.
START_NONCE = "c0ffee0123456789"

PROFILE = f"""# The game VM of the emulated PC: all that is passed, and our own small guest as its system.
[vm]
title = Lab game
guest = linux

[cpu]
count = 1

[memory]
size = 512M
hugepages = 2M

[boot]
firmware = bios
tpm = yes
kernel = /usr/share/playthrough/guest/vmlinuz
initrd = /usr/share/playthrough/guest/initrd.img
cmdline = console=ttyS0 quiet playthrough.nonce={START_NONCE}

[gpu]
address = {GAME}
id = 1234:1111

[audio]
address = {AUDIO}
id = 8086:2668

[usb-controller]
address = {USB}
id = 1b36:000d

[disk game]
device = {DISK}
serial = {GAME_DISK_SERIAL}

[network]
type = none
"""


ROM_FILE = "/opt/roms/game.rom"
# The same with all that Windows and a graphics driver look at, for a test drive.
WINDOWS_PROFILE = (
    PROFILE.replace("guest = linux", "guest = windows-11")
    .replace("count = 1", "count = 2\nhide-hypervisor = yes")
    .replace("firmware = bios", "firmware = bios\nsecure-boot = no")
    .replace("id = 1234:1111", f"id = 1234:1111\nromfile = {ROM_FILE}")
)


def card_rom(pc: PC) -> bytes:
    """A ROM of the game's card that no other PC has: an x86 image that returns at once."""
    blocks = 24
    rom = bytearray(random.Random(pc.game_nonce).randbytes(blocks * 512))
    rom[:0x1A] = struct.pack("<HBB20xH", 0xAA55, blocks, 0xCB, 0x1C)
    # PCI Firmware Specification 3.0, 5.1.2: the last image, x86 code, of a display that is no VGA
    rom[0x1C:0x34] = struct.pack("<4sHHHHB3sHHBBH", b"PCIR", 0x1234, 0x1111, 0, 24, 0, b"\0\x80\3", blocks, 0, 0, 0x80, 0)
    rom[-1] = -sum(rom[:-1]) & 0xFF
    return bytes(rom)


def driver(pc: PC, address: str) -> str | None:
    """The driver that a PCI function is bound to now."""
    result = pc.run(f"basename $(readlink /sys/bus/pci/devices/{address}/driver)")
    return result.out.strip() or None if result.rc == 0 else None


def drivers(pc: PC) -> dict[str, str | None]:
    return {device.address: driver(pc, device.address) for device in pc.devices}


def setup_json(pc: PC, command: str) -> tuple[int, dict[str, Any]]:
    """A command of playthrough-setup with --json: its exit code and what it said."""
    result = pc.run(f"playthrough-setup {command} --json", 120)
    assert result.out, f"playthrough-setup {command}: {result.rc} {result.err}"
    return result.rc, json.loads(result.out)


def check_of(report: dict[str, Any], check_id: str) -> dict[str, Any]:
    [found] = [check for check in report["checks"] if check["id"] == check_id]
    return found


def configuration(pc: PC) -> str:
    """Checksums of every file that decides how the PC boots, and a list of all of them."""
    return pc.check(
        # systemd-boot writes its random seed anew at each start
        "cd / && find etc boot boot/efi -xdev -type f ! -path 'etc/playthrough/profiles/*' ! -name random-seed -print0"
        " | sort -z | xargs -0 sha256sum", 120)  # fmt: skip


def boot_menu(pc: PC) -> str:
    """GRUB's menu and systemd-boot's entries, whichever of them starts this PC."""
    return pc.check("cat /boot/grub/grub.cfg; cd /boot/efi/loader/entries && head -n 99 *.conf")


def results(report: dict[str, Any]) -> dict[tuple[str, str], str]:
    """A test drive's verdicts by device and capability."""
    return {(r["device"], r["capability"]): r["status"] for r in report["results"]}


def use_profile(pc: PC, profile: str = PROFILE) -> None:
    pc.check("udevadm settle --timeout=120", 150)  # a slow start may still be loading kvm_amd
    pc.check("mkdir -p /etc/playthrough/profiles")
    pc.put(profile.encode(), "/etc/playthrough/profiles/game.profile")


def guest_lines(pc: PC) -> list[dict[str, Any]]:
    """What the test guest of a started VM has reported so far, on its serial console."""
    found = []
    for line in pc.run("playthrough log game").out.splitlines():
        if "report: {" not in line:
            continue
        try:
            found.append(json.loads(line.split("report: ", 1)[1]))
        except ValueError:  # the last line is still being written
            continue
    return found


def usb_lines(pc: PC, action: str, serial: str) -> bool:
    """Whether the guest said that it saw a USB device come or go."""
    wanted = {"event": "usb", "action": action, "serial": serial}
    return any(wanted.items() <= line.items() for line in guest_lines(pc))


def set_up(pc: PC) -> None:
    """The PC of somebody who has done what the manual says: card and USB controller are set aside, and there is a game."""
    pc.check(f"playthrough-setup apply --gpu {GAME} --usb {USB} --yes", 300)
    pc.reboot()
    pc.check("playthrough-setup verify", 60)
    use_profile(pc)
