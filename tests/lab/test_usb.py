# SPDX-License-Identifier: GPL-2.0-or-later
"""USB hot-plug from outside: devices are plugged into an emulated PC while a game runs on it, as a person does.

The game owns no card here, so no IOMMU is in play; its system is our own small guest, which reports each USB device
that it sees come or go. Gamepads, a wheel, a headset and devices that lie are played (usb_devices.py).
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import usb_devices
from conftest import EVIDENCE, Lab
from hardware import GAME_SCREEN, HOST_SCREEN, HOST_USB_ADDRESS, Options
from pc import PC
from scenario import START_NONCE, guest_lines
from usbredir import Peer

# Gives everything back to the host, held so long; see playthrough(1).
CHORD_KEYS = ("shift", "shift_r", "ctrl", "alt")
CHORD_HOLD_S = 4
# Restarts the guest's kernel (its sysrq.rst); the host's does not see the keys of a keyboard that a VM has.
RESTART_KEYS = ("alt", "print", "b")

BY_PORT, HUB, ELSEWHERE, BY_HAND = "5", "6", "11", ("3", "4", "7", "8")
PAD_PORT, PAD_PORT_2, RUSH_PORT, HUB_2 = "9", "10", "12", "2"
# Whatever is back sooner than after 10 s, or in the same socket after 3, is taken for what was there.
AWAY_S = 11


def socket(port: str) -> str:
    return f"{HOST_USB_ADDRESS}/{port}"


PROFILE = f"""[vm]
title = Lab USB
guest = linux

[cpu]
count = 1

[memory]
size = 256M

[boot]
firmware = bios
kernel = /usr/share/playthrough/guest/vmlinuz
initrd = /usr/share/playthrough/guest/initrd.img
cmdline = console=ttyS0 quiet playthrough.nonce={START_NONCE}

[display]
type = none

[network]
type = none
"""
RULES = f"""
[usb pad]
id = {usb_devices.VENDOR:04x}:{usb_devices.GAMEPAD:04x}

[usb mine]
id = 0627:0001
serial = LABMINE

[usb socket]
port = {socket(BY_PORT)}

[usb desk]
hub = {socket(HUB)}
"""
# A VM that has every device of ours that is played, wherever it is plugged in.
PADS = f"""
[usb pad]
id = {usb_devices.VENDOR:04x}:{usb_devices.GAMEPAD:04x}

[usb restless]
id = {usb_devices.VENDOR:04x}:{usb_devices.LIAR:04x}
"""
DRIVERS = r"""
cd /sys/bus/usb/devices
for device in *; do
	[ "$(cat "$device/serial" 2>/dev/null)" = "$SERIAL" ] || continue
	for interface in "$device":*; do basename "$(readlink "$interface/driver" || echo none)"; done
done
"""


def start(pc: PC, rules: str) -> None:
    pc.check("udevadm settle --timeout=120", 150)
    pc.check("mkdir -p /etc/playthrough/profiles")
    pc.put((PROFILE + rules).encode(), "/etc/playthrough/profiles/game.profile")
    pc.check("playthrough start game", 180)
    until(lambda: starts_of_guest(pc), 150, "the guest reports")


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.5)


# What the host says


def devices(pc: PC) -> list[dict[str, Any]]:
    return json.loads(pc.check("playthrough usb list --json"))["devices"]


def holders(pc: PC) -> dict[str, str | None]:
    """The VM that has it, by serial number."""
    return {device["serial"]: device["vm"] for device in devices(pc) if device["serial"]}


def host_drivers(pc: PC, serial: str) -> list[str]:
    return pc.check(f"SERIAL='{serial}'\n{DRIVERS}").split()


def at_home(pc: PC, **drivers: str) -> None:
    """These devices (by serial number) have all their interfaces with this driver of the host's."""
    for serial, driver in drivers.items():
        until(lambda: set(host_drivers(pc, serial)) == {driver}, 30, f"{serial} has {driver} again")


def daemon_pid(pc: PC) -> int:
    return int(pc.check("systemctl show -P MainPID playthroughd.service"))


def qemu_pid(pc: PC) -> int:
    return int(json.loads(pc.check("playthrough status game --json"))["pid"])


def open_files(pc: PC, pid: int) -> int:
    return int(pc.check(f"ls /proc/{pid}/fd | wc -l"))


def journal(pc: PC) -> str:
    """What the daemon has said, byte for byte as a person's terminal would get it."""
    return pc.check("journalctl -b -a -o cat -u playthroughd.service")


# What the guest says


def in_guest(pc: PC, serial: str) -> bool:
    """Whether the guest has the device now: the last thing it said of it, since it was started or restarted."""
    there = False
    for line in guest_lines(pc):
        if line["event"] == "hello":
            there = False
        elif line["event"] == "usb" and line["serial"] == serial:
            there = line["action"] != "remove"
    return there


def starts_of_guest(pc: PC) -> int:
    return sum(line["event"] == "done" for line in guest_lines(pc))


def guest_gets(pc: PC, *serials: str, seconds: float = 60) -> None:
    for serial in serials:
        until(lambda: in_guest(pc, serial), seconds, f"the guest sees {serial}")


def guest_loses(pc: PC, *serials: str, seconds: float = 60) -> None:
    for serial in serials:
        until(lambda: not in_guest(pc, serial), seconds, f"the guest sees {serial} go")


# The scenario of every `make test`


def present_at_start(pc: PC) -> None:
    pc.plug_usb("mine", "usb-tablet", port="2")
    pc.plug_hub("hub", HUB, {"hubtab": "usb-tablet", "hubsnd": "usb-audio"})
    pc.wait_for("grep -qs LABHUBSND /sys/bus/usb/devices/*/serial", 30)
    start(pc, RULES)
    guest_gets(pc, "LABMINE", "LABHUBTAB", "LABHUBSND")
    assert host_drivers(pc, "LABHUB") == ["hub"]
    assert holders(pc)["LABHUB"] is None and holders(pc)["LABHOSTKBD"] is None


def by_hand(pc: PC) -> None:
    """Attached by port, by the kernel's name and by what it is; two of them are given back."""
    kinds = {"kbd": "usb-kbd", "tab": "usb-tablet", "stick": "usb-storage", "snd": "usb-audio"}
    for port, (name, driver) in zip(BY_HAND, kinds.items()):
        pc.plug_usb(name, driver, port=port, screen=GAME_SCREEN if driver == "usb-kbd" else None)
    pc.wait_for("playthrough usb list --json | grep -q LABSND", 30)
    pc.wait_for("ls /dev/disk/by-id | grep -q LABSTICK", 30)
    at_home(pc, LABKBD="usbhid", LABTAB="usbhid", LABSTICK="usb-storage", LABSND="snd-usb-audio")
    at = {device["serial"]: device for device in devices(pc)}
    assert at["LABSTICK"]["port"] == socket(BY_HAND[2])  # the socket, though it is in the USB 3 half of it
    for name in (at["LABKBD"]["port"], at["LABTAB"]["sysname"], at["LABSTICK"]["port"], at["LABSND"]["port"]):
        pc.check(f"playthrough usb attach game {name}", 60)
    guest_gets(pc, "LABKBD", "LABTAB", "LABSTICK", "LABSND")
    for serial in ("LABTAB", "LABSTICK"):
        pc.check(f"playthrough usb detach game {at[serial]['port']}", 60)
    guest_loses(pc, "LABTAB", "LABSTICK")
    at_home(pc, LABTAB="usbhid", LABSTICK="usb-storage")


def refused(pc: PC) -> None:
    """A hub, and a stick in use. (The last keyboard is for the unit tests: this PC has one on PS/2 too.)"""
    at = {device["serial"]: device for device in devices(pc)}
    stick = pc.wait_for("ls /dev/disk/by-id/*LABSTICK*0", 30).strip()
    pc.check(f"mke2fs -q -F {stick} && mkdir -p /mnt/stick && mount {stick} /mnt/stick", 60)
    for serial, code in (("LABHUB", "PT-USB-12"), ("LABSTICK", "PT-DISK-01")):
        answer = pc.run(f"playthrough usb attach game {at[serial]['port']}", 60)
        assert answer.rc == 1 and code in answer.err, (serial, answer)
    pc.check("umount /mnt/stick")


def during(pc: PC) -> None:
    """By what it is, by socket, behind the hub: plugged in while the game runs, and into other sockets."""
    pad = pc.plug_redir("pad", usb_devices.gamepad(), port=PAD_PORT)
    pc.plug_usb("insocket", "usb-tablet", port=BY_PORT)
    pc.plug_usb("hubstick", "usb-storage", port=f"{HUB}.3")
    guest_gets(pc, "LABGAMEPAD", "LABINSOCKET", "LABHUBSTICK")
    assert pad.configuration == 1
    for name in ("pad", "insocket", "mine"):
        pc.unplug_usb(name)
    guest_loses(pc, "LABGAMEPAD", "LABINSOCKET", "LABMINE")
    pc.plug_redir("pad", usb_devices.gamepad(), port=PAD_PORT_2)
    pc.plug_usb("mine", "usb-tablet", port=f"{HUB}.4")
    pc.plug_usb("stranger", "usb-tablet", port=ELSEWHERE)
    guest_gets(pc, "LABGAMEPAD", "LABMINE")
    at_home(pc, LABSTRANGER="usbhid")
    assert holders(pc)["LABSTRANGER"] is None


def assigned(pc: PC) -> None:
    """The words of the command line, each way: it is in the profile, holds for the next plug, and is taken back."""
    pc.unplug_usb("tab")
    pc.plug_usb("hub2", "usb-hub", port=HUB_2)
    places = {"serial": PAD_PORT, "port": RUSH_PORT, "hub": f"{HUB_2}.1"}
    for way, port in places.items():
        pc.plug_usb(f"by{way}", "usb-tablet", port=port)
    pc.wait_for("test $(playthrough usb list --json | grep -c LABBY) = 3", 30)
    named = {"serial": socket(PAD_PORT), "port": socket(RUSH_PORT), "hub": socket(HUB_2)}
    keys = {"serial": "serial=LABBYSERIAL", "port": f"port={named['port']}", "hub": f"hub={named['hub']}"}
    for way in places:
        pc.check(f"playthrough usb assign game {named[way]} --by {way}", 60)
        assert keys[way] in shown(pc)
    guest_gets(pc, "LABBYSERIAL", "LABBYPORT", "LABBYHUB")
    for way in places:
        pc.unplug_usb(f"by{way}")
    guest_loses(pc, "LABBYSERIAL", "LABBYPORT", "LABBYHUB")
    time.sleep(AWAY_S)
    pc.plug_usb("byserial", "usb-tablet", port=BY_HAND[1])
    pc.plug_usb("inport", "usb-tablet", port=RUSH_PORT)
    pc.plug_usb("inhub", "usb-tablet", port=f"{HUB_2}.2")
    guest_gets(pc, "LABBYSERIAL", "LABINPORT", "LABINHUB")
    pc.check("playthrough usb list --why", 60)
    for way, name in (named | {"serial": socket(BY_HAND[1])}).items():
        pc.check(f"playthrough usb unassign game {name}", 60)
        assert keys[way] not in shown(pc)
    for name in ("byserial", "inport", "hub2"):
        pc.unplug_usb(name)
    guest_loses(pc, "LABBYSERIAL", "LABINPORT", "LABINHUB")


def shown(pc: PC) -> str:
    return pc.check("playthrough show game").replace(" ", "")


def mode_switch(pc: PC) -> None:
    """A wheel that a person gave to the game comes back as another device, in the same socket."""
    before, after = usb_devices.wheel()
    wheel = pc.plug_redir("wheel", before, port=BY_PORT)
    guest_gets(pc, "LABWHEEL")
    wheel.plug(after)
    switched = f"{after.vendor:04x}:{after.product:04x}"
    seen = lambda: any(line["event"] == "usb" and line["id"] == switched for line in guest_lines(pc))
    until(seen, 60, "the wheel is there anew")
    assert holders(pc)["LABWHEEL"] == "game"
    pc.unplug_usb("wheel")


def unplugged_while_it_is_attached(pc: PC) -> None:
    """Five times, each a little later; whatever the answer, it comes, and nothing is left of the device."""
    for pause_s in (0, 0.1, 0.2, 0.4, 0.8):
        pc.plug_usb("rush", "usb-tablet", port=RUSH_PORT)
        pc.wait_for("playthrough usb list --json | grep -q LABRUSH", 30)
        pc.run_on(f"playthrough usb attach game {socket(RUSH_PORT)}; echo $? >/run/rush")
        time.sleep(pause_s)
        pc.unplug_usb("rush")
        pc.wait_for("test -s /run/rush && rm /run/rush", 30)
        until(lambda: "LABRUSH" not in holders(pc), 30, "the list forgets it")
    until(lambda: not any(u["port"] == socket(RUSH_PORT) for u in status_usb(pc)), 30, "the game has let go of it")
    guest_loses(pc, "LABRUSH")


def status_usb(pc: PC) -> list[dict[str, Any]]:
    return json.loads(pc.check("playthrough status game --json"))["usb"]


def guest_restarts(pc: PC) -> None:
    held = {serial for serial, vm in holders(pc).items() if vm == "game"}
    starts = starts_of_guest(pc)
    pc.press(*RESTART_KEYS, screen=GAME_SCREEN, hold_s=0.5)
    until(lambda: starts_of_guest(pc) > starts, 150, "the guest starts again")
    guest_gets(pc, *held)


def chord(pc: PC) -> None:
    """The combination on the keyboard that the game has, then on one that it has not: all devices are the host's again, and the
    game goes on."""
    for screen in (GAME_SCREEN, HOST_SCREEN):
        pc.check(f"playthrough usb attach game {socket(BY_HAND[0])}", 60)
        guest_gets(pc, "LABKBD")
        pc.press(*CHORD_KEYS, screen=screen, hold_s=CHORD_HOLD_S)
        until(lambda: "game" not in holders(pc).values(), 60, "the game has no device any more")
        at_home(pc, LABKBD="usbhid", LABHUBSND="snd-usb-audio", LABMINE="usbhid", LABHUBSTICK="usb-storage")
        assert json.loads(pc.check("playthrough status game --json"))["state"] == "running"
    pc.check(f"playthrough usb attach game {socket(BY_HAND[0])}", 60)  # and can be given again
    guest_gets(pc, "LABKBD")


def liars(pc: PC) -> None:
    """All at once, one of them in an assigned socket: the list stays text, and only that one may be in the game."""
    daemon = daemon_pid(pc)
    pc.unplug_usb("hub")
    for name in ("kbd", "stick", "snd", "pad", "stranger"):
        pc.unplug_usb(name)
    time.sleep(AWAY_S)
    ports = [BY_PORT, *(str(port) for port in range(2, 13) if str(port) != BY_PORT)]
    peers = {
        name: pc.plug_redir(f"liar{number}", liar(), port=port)
        for number, ((name, liar), port) in enumerate(zip(usb_devices.LIARS.items(), ports, strict=True))
    }
    until(lambda: all(peer.asked for peer in peers.values()), 90, "each was asked who it is")
    pc.check("udevadm settle --timeout=60", 70)
    time.sleep(5)
    told = pc.check("playthrough usb list")
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    (EVIDENCE / "usb-liars.txt").write_text(told + pc.check("dmesg | tail -n 200"))
    assert is_text(told), repr(told)
    assert [d for d in devices(pc) if d["vm"] and d["port"] != socket(BY_PORT)] == []
    escapes = next(d["port"] for d in devices(pc) if d["serial"] == "LABLIARESCAPES")
    answer = pc.run(f"playthrough usb attach game {escapes}", 60)
    assert is_text(answer.out + answer.err), repr(answer)
    said = journal(pc)
    assert is_text(said), repr(said)
    assert daemon_pid(pc) == daemon and pc.is_on()
    assert json.loads(pc.check("playthrough status game --json"))["state"] == "running"
    for number in range(len(ports)):
        pc.unplug_usb(f"liar{number}")
    until(lambda: status_usb(pc) == [], 60, "the game has let go of all of them")


def is_text(told: str) -> bool:
    """No control characters, and none that turn text around."""
    return not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]", told)


def back_home(pc: PC) -> None:
    """After the end, all that the game had is the host's, with its drivers."""
    pc.check("playthrough stop --force game", 120)
    at_home(pc, LABHUBTAB="usbhid", LABMINE="usbhid", LABKBD="usbhid", LABGAMEPAD="usbhid")
    at_home(pc, LABHUBSND="snd-usb-audio", LABSND="snd-usb-audio", LABHUBSTICK="usb-storage")
    assert set(holders(pc).values()) == {None}


def usb_day(pc: PC) -> None:
    for act in (present_at_start, by_hand, refused, during, unplugged_while_it_is_attached, guest_restarts, back_home):
        with pc.step(act.__name__.replace("_", " ")):
            act(pc)
    with pc.step("started anew"):
        pc.check("playthrough start game", 180)
        guest_gets(pc, "LABMINE", "LABHUBTAB", "LABGAMEPAD", seconds=150)
    for act in (mode_switch, assigned, chord, liars):
        with pc.step(act.__name__.replace("_", " ")):
            act(pc)


def test_usb_hot_plug(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(devices=("gpu",)), usb_day, installed_image)


# What takes longer: make test-all


def wake_ups(pc: PC, pid: int) -> int:
    """How often its threads have gone to sleep so far."""
    return int(pc.check(f"awk '/^voluntary/ {{ n += $2 }} END {{ print n }}' /proc/{pid}/task/*/status"))


def goes_and_comes(pc: PC, peer: Peer, times: int) -> None:
    device = usb_devices.gamepad()
    for _ in range(times):
        peer.plug(device)
        until(lambda: holders(pc).get("LABGAMEPAD") == "game", 30, "the game has the pad")
        peer.unplug()
        until(lambda: status_usb(pc) == [], 30, "it is gone")


def two_hundred_plugs(pc: PC) -> None:
    start(pc, PADS)
    peer = pc.plug_redir("pad", usb_devices.gamepad(), port=PAD_PORT)
    guest_gets(pc, "LABGAMEPAD")
    peer.unplug()
    guest_loses(pc, "LABGAMEPAD")
    daemon, qemu = daemon_pid(pc), qemu_pid(pc)
    with pc.step("the first ten, after which all is warm"):
        goes_and_comes(pc, peer, 10)
    before = open_files(pc, daemon), open_files(pc, qemu)
    with pc.step("200 times in and out"):
        goes_and_comes(pc, peer, 200)
    assert (daemon_pid(pc), qemu_pid(pc)) == (daemon, qemu)
    now = lambda: (open_files(pc, daemon), open_files(pc, qemu))
    until(lambda: now() == before, 30, f"as many open files as before: {before}")
    # Each plug has a descriptor in QEMU (an fdset) of the device's node: none is left.
    assert "/dev/bus/usb" not in pc.check(f"ls -l /proc/{qemu}/fd")
    peer.plug(usb_devices.gamepad())
    guest_gets(pc, "LABGAMEPAD")
    with pc.step("a minute of quiet, the game running"):
        time.sleep(5)
        before = wake_ups(pc, daemon)
        time.sleep(60)
        assert wake_ups(pc, daemon) == before, "the daemon sleeps until something happens"


@pytest.mark.matrix
def test_two_hundred_plugs(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(devices=("gpu",)), two_hundred_plugs, installed_image)


def cpu_ticks(pc: PC, pid: int) -> int:
    return sum(int(n) for n in pc.check(f"cut -d' ' -f14,15 /proc/{pid}/stat").split())


def resident_kib(pc: PC, pid: int) -> int:
    return int(pc.check(f"awk '/^VmRSS/ {{ print $2 }}' /proc/{pid}/status"))


def storm(pc: PC) -> None:
    """Eight devices that go and come twice a second each, all of them the game's: for a minute."""
    start(pc, PADS)
    daemon = daemon_pid(pc)
    lines, memory, ticks = len(journal(pc).splitlines()), resident_kib(pc, daemon), cpu_ticks(pc, daemon)
    peers = [pc.plug_redir(f"storm{n}", usb_devices.restless(), port=str(n + 2)) for n in range(8)]
    with pc.step("a minute of storm"):
        time.sleep(60)
    for peer in peers:
        peer.plug(usb_devices.gamepad("LABSTORMOVER", usb_devices.HEADSET))  # nobody's
    assert daemon_pid(pc) == daemon
    assert sum(peer.times_connected for peer in peers) > 500
    assert cpu_ticks(pc, daemon) - ticks < 30 * 100, "half of a processor for a minute"
    assert resident_kib(pc, daemon) - memory < 4096
    assert len(journal(pc).splitlines()) - lines < 200
    until(lambda: status_usb(pc) == [], 60, "nothing of it is left")
    pc.plug_redir("pad", usb_devices.gamepad(), port=RUSH_PORT)
    guest_gets(pc, "LABGAMEPAD", seconds=90)


@pytest.mark.matrix
def test_storm(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(devices=("gpu",)), storm, installed_image)


def sudden_ends(pc: PC) -> None:
    pc.plug_usb("mine", "usb-tablet", port="2")
    pc.plug_usb("insocket", "usb-storage", port=BY_PORT)
    pc.plug_hub("hub", HUB, {"hubsnd": "usb-audio"})
    start(pc, RULES)
    guest_gets(pc, "LABMINE", "LABINSOCKET", "LABHUBSND")
    with pc.step("the daemon is killed, and while it is not there devices go and come"):
        pid, qemu = daemon_pid(pc), qemu_pid(pc)
        pc.check("systemctl kill -s KILL --kill-whom=main playthroughd.service; systemctl stop playthroughd.service")
        pc.unplug_usb("mine")
        pc.plug_redir("pad", usb_devices.gamepad(), port=PAD_PORT)
        time.sleep(5)
        pc.check("systemctl start playthroughd.service")
        guest_gets(pc, "LABGAMEPAD", "LABINSOCKET", "LABHUBSND")
        guest_loses(pc, "LABMINE")
        assert qemu_pid(pc) == qemu and daemon_pid(pc) != pid
    with pc.step("QEMU is killed"):
        pc.check(f"kill -9 {qemu_pid(pc)}")
        at_home(pc, LABINSOCKET="usb-storage", LABHUBSND="snd-usb-audio", LABGAMEPAD="usbhid")
        assert set(holders(pc).values()) == {None}
    with pc.step("both are killed at once"):
        pc.check("playthrough start game", 180)
        until(lambda: len(status_usb(pc)) == 3, 60, "the game has its devices")
        pc.check(f"kill -9 {qemu_pid(pc)} {daemon_pid(pc)}")
        at_home(pc, LABINSOCKET="usb-storage", LABHUBSND="snd-usb-audio", LABGAMEPAD="usbhid")
        until(lambda: set(holders(pc).values()) == {None}, 60, "nobody has a device")


@pytest.mark.matrix
def test_sudden_ends(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(devices=("gpu",)), sudden_ends, installed_image)


# Devices that only the host's and the guest's drivers know apart


def played(pc: PC) -> None:
    start(pc, RULES)
    pads = {"xpad": (usb_devices.xinput_pad(), "3"), "headset": (usb_devices.headset(), "4")}
    peers = {name: pc.plug_redir(name, device, port=port) for name, (device, port) in pads.items()}
    for port in ("3", "4"):
        pc.wait_for(f"playthrough usb attach game {socket(port)}", 60)
    guest_gets(pc, "LABXPAD", "LABHEADSET")
    assert all(peer.wait(lambda p: p.configuration == 1, 30) for peer in peers.values())
    pc.check("playthrough stop --force game", 120)
    at_home(pc, LABXPAD="xpad", LABHEADSET="snd-usb-audio")


@pytest.mark.matrix
def test_pad_and_headset(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(devices=("gpu",)), played, installed_image)
