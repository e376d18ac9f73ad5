# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines of libvirt and Proxmox that name an emulated PC's card, controller and disk: imported there, checked, and started; the
game's picture is on the passed card, and its disk is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Lab
from hardware import Options
from pc import PC
from scenario import AUDIO, DISK, GAME, PASSED, USB, driver, guest_lines
from test_main_job import marker_crc, wait_for_picture, wait_until

GUEST = "/usr/share/playthrough/guest"
CMDLINE = "console=ttyS0 quiet playthrough.nonce={nonce}"
PROFILE = "/etc/playthrough/profiles/game.profile"


def hostdev(address: str) -> str:
    domain, bus, rest = address.split(":")
    slot, function = rest.split(".")
    place = f"domain='0x{domain}' bus='0x{bus}' slot='0x{slot}' function='0x{function}'"
    return f"<hostdev mode='subsystem' type='pci' managed='yes'><source><address {place}/></source></hostdev>"


LIBVIRT = f"""<domain type='kvm'>
  <name>game</name>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>
      <libosinfo:os id='http://debian.org/debian/12'/>
    </libosinfo:libosinfo>
  </metadata>
  <memory unit='MiB'>512</memory>
  <vcpu placement='static'>1</vcpu>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{GUEST}/vmlinuz</kernel>
    <initrd>{GUEST}/initrd.img</initrd>
    <cmdline>{CMDLINE}</cmdline>
  </os>
  <cpu mode='host-passthrough'/>
  <devices>
    <disk type='block' device='disk'>
      <driver name='qemu' type='raw' cache='none'/>
      <source dev='{DISK}'/>
      <target dev='vda' bus='virtio'/>
      <readonly/>
    </disk>
    {"".join(hostdev(address) for address in PASSED)}
    <video><model type='none'/></video>
  </devices>
</domain>
"""

# The card as a whole, as Proxmox's own page has it: its functions by one line.
PROXMOX = f"""name: game
ostype: l26
cores: 1
memory: 512
cpu: host
vga: none
hostpci0: {GAME.removeprefix("0000:").removesuffix(".0")},pcie=1,x-vga=0
hostpci1: {USB},pcie=1
virtio0: {DISK},ro=1
args: -kernel {GUEST}/vmlinuz -initrd {GUEST}/initrd.img -append "{CMDLINE}"
"""


def imported(pc: PC, text: str, file: str) -> dict[str, Any]:
    pc.put(text.encode(), f"/root/{file}")
    answer = json.loads(pc.check(f"playthrough profile import /root/{file} --json", 60))
    assert answer["file"] == PROFILE and pc.get(PROFILE).decode() == answer["profile"]
    return answer


def is_what_was_passed(answer: dict[str, Any]) -> None:
    """All three functions by what they are, and the disk; nothing is lost, and this PC finds no fault with it."""
    text = answer["profile"]
    for section, address, kind in (("gpu", GAME, "1234:1111"), ("audio", AUDIO, "8086:2668"), ("usb-controller", USB, "1b36:000d")):
        assert f"[{section}]\naddress={address}\nid={kind}\n" in text, text
    assert f"device={DISK}\n" in text and "writable=yes" not in text
    assert answer["lost"] == []
    assert answer["check"]["problems"] == [], answer["check"]


def of_this_start(pc: PC, nonce: str) -> list[dict[str, Any]]:
    """What the guest has said since its kernel began with that nonce."""
    lines = guest_lines(pc)
    begun = [at for at, line in enumerate(lines) if line.get("event") == "hello" and line.get("nonce") == nonce]
    return lines[begun[-1]:] if begun else []


def disk_was_read(pc: PC, nonce: str) -> bool:
    return any((line.get("kind"), line.get("capability"), line.get("status")) == ("disk", "read", "pass")
               and marker_crc(pc) in line["detail"].lower() for line in of_this_start(pc, nonce))  # fmt: skip


def keyboard_is_there(pc: PC, nonce: str) -> bool:
    """The keyboard in the passed controller's socket."""
    return any(line.get("event") == "usb" and line.get("serial") == "LABGAMEKBD" for line in of_this_start(pc, nonce))


def plays(pc: PC, text: str, file: str, nonce: str) -> None:
    is_what_was_passed(imported(pc, text.replace("{nonce}", nonce), file))
    pc.check("playthrough profile check game", 60)
    pc.check("playthrough start game", 180)
    wait_for_picture(pc, nonce)
    wait_until(lambda: disk_was_read(pc, nonce), 60, "the guest reads the raw disk's marker")
    wait_until(lambda: keyboard_is_there(pc, nonce), 60, "the guest sees what is plugged into its controller")
    assert [driver(pc, address) for address in PASSED] == ["vfio-pci"] * 3
    pc.check("playthrough stop game", 120)
    pc.check(f"rm {PROFILE}")


def both(pc: PC) -> None:
    with pc.step("set up"):
        pc.check(f"playthrough-setup apply --gpu {GAME} --usb {USB} --yes", 300)
    pc.reboot()
    pc.check("playthrough-setup verify", 60)
    pc.check("udevadm settle --timeout=120; mkdir -p /etc/playthrough/profiles", 150)
    with pc.step("libvirt's"):
        plays(pc, LIBVIRT, "game.xml", "1b0a710c41b71b71")
    with pc.step("Proxmox's"):
        plays(pc, PROXMOX, "100.conf", "7e570fbadc0ffee5")


@pytest.mark.matrix
def test_imported_machines_play(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(iommu="intel"), both, installed_image)
