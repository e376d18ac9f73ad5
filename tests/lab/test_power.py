# SPDX-License-Identifier: GPL-2.0-or-later
"""The PC's own power while a game runs: its power button, and sleep (S3), from which QEMU's emulated board wakes.

What the guest says on its serial console is led to the PC's own, so that it is heard until the PC is off.
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest
from conftest import EVIDENCE, Lab
from hardware import GAME_SCREEN, Options
from nonce import picture_is
from pc import PC
from scenario import PASSED, PROFILE, START_NONCE, driver, drivers, set_up, usb_lines, use_profile
from test_main_job import wait_until

# A guest with QEMU's agent, as any Linux has it that is cared for; it counts as long as it is awake.
AGENT_INIT = """#!/bin/sh
export PATH=/usr/sbin:/sbin:/usr/bin:/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev
for module in $(cat /modules); do insmod $module; done
sleep 2
mkdir -p /var/run /run
for port in /sys/class/virtio-ports/*; do
	[ "$(cat $port/name)" = org.qemu.guest_agent.0 ] && qemu-ga -m virtio-serial -p /dev/${port##*/} >/dev/ttyS0 2>&1 &
done
n=0
while :; do n=$((n + 1)); echo "count $n" >/dev/ttyS0; sleep 1; done
"""
AGENT_GUEST = "/usr/local/share/lab-guest"
# Debian's kernel and initramfs, in which the last of two files of a name counts.
MAKE_AGENT_GUEST = f"""set -e
mkdir -p {AGENT_GUEST} && cd $(mktemp -d)
mkdir -p usr/sbin && cp -L /usr/sbin/qemu-ga /sbin/insmod usr/sbin/
libraries=$(ldd usr/sbin/qemu-ga usr/sbin/insmod | grep -o '[[:blank:]]/[^ ]*')
for file in $libraries; do mkdir -p .${{file%/*}} && cp -L $file .$file; done
modprobe --show-depends -a virtio_pci virtio_console bochs | sed -n 's/^insmod \\([^ ]*\\).*/\\1/p' >modules
for file in $(cat modules); do mkdir -p .${{file%/*}} && cp $file .$file; done
cat >init && chmod 755 init
release=$(uname -r)
cp /boot/vmlinuz-$release {AGENT_GUEST}/vmlinuz
{{ cat /boot/initrd.img-$release; find . | cpio -o -H newc --quiet; }} >{AGENT_GUEST}/initrd.img
chmod -R a+rX {AGENT_GUEST}
"""
AGENT_PROFILE = (
    PROFILE.replace("guest = linux", "guest = linux\nguest-agent = yes")
    .replace("/usr/share/playthrough/guest", AGENT_GUEST)
    .replace(f"console=ttyS0 quiet playthrough.nonce={START_NONCE}", "console=ttyS0")
)


def power_button(pc: PC) -> None:
    """On a PC that is set up, pressed while a game runs: the guest is shut down first, as by its own power button, and then the PC is off; the next boot is as ever."""
    first_day = drivers(pc)
    pc.check("playthrough start game", 180)
    wait_until(lambda: picture_is(pc.screen(GAME_SCREEN), START_NONCE), 90, "the game's picture on the passed card")
    hear_the_guest(pc)
    pc.qmp.command("system_powerdown")
    pc.wait_off(180)
    log = pc.serial_log()
    guest_off = re.search(r"guest: .*reboot: Power down", log)
    assert guest_off, log[-3000:]
    assert re.search(r"^\[.*reboot: Power down", log[guest_off.end():], re.M), "the PC was not off after its guest"
    pc.start()
    told = pc.check("journalctl -b -1 -o cat -u playthroughd.service -u playthrough-guests.service")
    assert "VM game has ended" in told and "Failed" not in told, told
    assert drivers(pc) == first_day
    assert json.loads(pc.check("playthrough status game --json"))["state"] == "stopped"


def hear_the_guest(pc: PC) -> None:
    """By a service that is ended last of all."""
    pc.check("systemctl mask --now --runtime serial-getty@ttyS0.service")
    pc.check("systemd-run --unit=hear -p DefaultDependencies=no sh -c 'tail -n +1 -F /run/playthrough/vm/game/serial.log | "
             "sed -u \"s/^/guest: /\" >/dev/ttyS0'")


def pressed(pc: PC) -> None:
    set_up(pc)
    power_button(pc)


@pytest.mark.matrix
def test_power_button_during_a_game(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(iommu="intel"), pressed, installed_image)


def sleep_and_wake(pc: PC) -> None:
    """Suspended as by a person, woken by the board as by a key."""
    pc.run_on("systemctl suspend")
    wait_until(lambda: pc.qmp.command("query-status")["status"] == "suspended", 120, "the PC sleeps")
    time.sleep(2)
    pc.qmp.command("system_wakeup")
    pc.wait_for("true", 60)
    pc.wait_for("test $(systemctl show -P ActiveState playthrough-sleep.service) = inactive", 90)


def said(pc: PC) -> str:
    return pc.check("journalctl -b -o cat -u playthroughd.service -u playthrough-sleep.service")


def status(pc: PC) -> dict:
    return json.loads(pc.check("playthrough status game --json"))


def counted(pc: PC) -> int:
    """How far the guest has come."""
    return int((re.findall(r"^count (\d+)", pc.check("playthrough log game"), re.M) or ["0"])[-1])


def is_ours(pc: PC, before: dict) -> None:
    after = status(pc)
    assert (after["state"], after["paused"], after["asleep"], after["pid"]) == ("running", False, False, before["pid"])
    assert [driver(pc, a) for a in PASSED] == ["vfio-pci"] * 3
    assert after["quarantined"] == []


def a_guest_without_agent_is_paused(pc: PC) -> None:
    use_profile(pc)
    pc.check("playthrough start game", 180)
    wait_until(lambda: picture_is(pc.screen(GAME_SCREEN), START_NONCE), 90, "the game's picture on the passed card")
    before = status(pc)
    sleep_and_wake(pc)
    assert re.search(r"VM game is paused\n(.*\n)*VM game goes on", said(pc)), said(pc)
    is_ours(pc, before)
    # The guest is alive: it sees what is plugged in.
    pc.plug_usb("pad")
    pc.wait_for("playthrough usb list --json | grep -q LABPAD", 30)
    port = next(u["port"] for u in json.loads(pc.check("playthrough usb list --json"))["devices"] if u["serial"] == "LABPAD")
    pc.check(f"playthrough usb attach game {port}", 60)
    wait_until(lambda: usb_lines(pc, "add", "LABPAD"), 60, "the guest sees the stick")
    pc.check("playthrough stop game", 120)


def one_that_a_person_paused_stays_so(pc: PC) -> None:
    pc.check("playthrough start game", 180)
    pc.check("playthrough pause game")
    sleep_and_wake(pc)
    assert status(pc)["paused"]
    pc.check("playthrough stop --force game", 120)


def a_guest_with_an_agent_sleeps(pc: PC) -> None:
    result = pc.run(MAKE_AGENT_GUEST, 120, stdin=AGENT_INIT.encode())
    assert result.rc == 0, result
    use_profile(pc, AGENT_PROFILE)
    pc.check("playthrough start game", 180)
    wait_until(lambda: counted(pc) > 2, 120, "the guest counts")
    before = status(pc)
    sleep_and_wake(pc)
    assert re.search(r"VM game sleeps\n(.*\n)*VM game is awake", said(pc)), said(pc)
    is_ours(pc, before)
    count = counted(pc)
    wait_until(lambda: counted(pc) > count, 30, "the guest goes on")
    assert "PM: suspend exit" in pc.check("playthrough log game")
    pc.check("playthrough stop --force game", 120)


def sleep(pc: PC) -> None:
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    set_up(pc)
    first_day = drivers(pc)
    for what in (a_guest_without_agent_is_paused, one_that_a_person_paused_stays_so, a_guest_with_an_agent_sleeps):
        with pc.step(what.__name__.replace("_", " ")):
            what(pc)
    assert drivers(pc) == first_day
    assert pc.run("test -e /run/playthrough-sleep").rc == 1


@pytest.mark.matrix
def test_sleep_during_a_game(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(iommu="intel"), sleep, installed_image)
