#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures how long a USB device takes from udev's event into a running VM, beside QEMU and libvirt by themselves.

All of it happens inside one emulated PC (tests/lab), into which a gamepad is plugged again and again from outside.
Three VMs, one after the other, each of one QEMU without a system, with the same controller and KVM:
  ours    a profile with `[usb pad] id=`, and playthroughd
  QEMU    `-device usb-host,vendorid=,productid=`, which looks for the device by itself
  virsh   libvirtd, and a loop that reads `udevadm monitor` and calls `virsh attach-device` and `detach-device`, as
          people write it; the loop's own wait is none, it runs on the line that is the beginning of the measurement

The same clock and the same witnesses for all, none of which is ours:
  begin   the line of `udevadm monitor --udev` for the device's "add": udevd has processed it and told everybody
  opened  the kernel's trace (sys_enter_ioctl): QEMU asks the device's node what it can do (USBDEVFS_GET_CAPABILITIES),
          libusb's first act with a device, for which it was opened or taken from the descriptor that was sent
  answer  the kernel's trace (sys_enter_sendmsg): the first message of QEMU after that, which is its QMP answer to
          device_add; QEMU by itself is asked nothing and answers nothing

Usage: usb_bench.py BUILD; its rows go into the report (report.py). Without hardware
virtualisation everything is many times slower than on a PC, for all three; what counts is the ratio.
"""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

import install  # noqa: E402
import report  # noqa: E402
import usb_devices  # noqa: E402
from agent import CommandTimeout  # noqa: E402
from hardware import Options  # noqa: E402
from pc import PC, CommandFailed  # noqa: E402

PLUGS = int(os.environ.get("USB_PLUGS", "200"))
PEER_PLUGS = max(PLUGS // 5, 1)
PAD = usb_devices.gamepad()
IDS = f"{PAD.vendor:04x}:{PAD.product:04x}"
WANTED = ["libvirt-daemon", "libvirt-daemon-driver-qemu", "libvirt-clients"]
PORT = "5"

HOW = ("From the line of udevadm monitor --udev for the device's add, to QEMU's first ioctl on its node, and to QEMU's "
       "next message after it, both by the kernel's trace; in one emulated PC, a gamepad; tests/bench/usb_bench.py.")

PROFILE = f"""[vm]
title = Bench
[cpu]
count = 1
[memory]
size = 64M
[boot]
firmware = bios
[display]
type = none
[network]
type = none
[usb pad]
id = {IDS}
"""
QEMU = (
    "qemu-system-x86_64 -machine q35,accel=kvm,usb=off -m 64 -nodefaults -display none "
    "-daemonize -pidfile /run/bench.pid "
    "-device qemu-xhci,id=usb,p2=15,p3=15 "
    f"-device usb-host,bus=usb.0,vendorid=0x{PAD.vendor:04x},productid=0x{PAD.product:04x}"
)
DOMAIN = """<domain type='kvm'><name>bench</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os>
<devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
<controller type='usb' model='qemu-xhci' ports='15'/><memballoon model='none'/></devices></domain>
"""
HOSTDEV = f"""<hostdev mode='subsystem' type='usb'><source>
<vendor id='0x{PAD.vendor:04x}'/><product id='0x{PAD.product:04x}'/></source></hostdev>
"""
# QEMU as root, as the others' is not confined either, and no virtlogd.
QEMU_CONF = """user = "root"
group = "root"
security_driver = "none"
stdio_handler = "file"
"""
# User and group are what Debian's libvirt-daemon-system makes, whose services are not wanted here.
LIBVIRTD = """
useradd --system --no-create-home --user-group libvirt-qemu
LIBVIRT_LOG_OUTPUTS=3:stderr setsid libvirtd </dev/null >/run/libvirtd.log 2>&1 &
for _ in $(seq 60); do virsh -q version >/run/virsh.log 2>&1 && break; sleep 1; done
virsh -q version >/dev/null || { cat /run/libvirtd.log; false; }"""
VIRSH_LOOP = """#!/bin/sh
udevadm monitor --udev --subsystem-match=usb/usb_device | while read -r _ _ action _; do
	case $action in
	add) virsh -q attach-device bench /root/pad.xml --live ;;
	remove) virsh -q detach-device bench /root/pad.xml --live ;;
	esac
done >>/run/bench-virsh.log 2>&1
"""
TRACE = """set -e
cd /sys/kernel/tracing
echo 0 >tracing_on; echo mono >trace_clock; echo 8192 >buffer_size_kb
echo 'cmd == 0x8004551a && comm ~ "qemu*"' >events/syscalls/sys_enter_ioctl/filter
echo 'comm ~ "qemu*" || comm ~ "IO mon*"' >events/syscalls/sys_enter_sendmsg/filter
echo 1 >events/syscalls/sys_enter_ioctl/enable
echo 1 >events/syscalls/sys_enter_sendmsg/enable
"""
ADDED = re.compile(r"^UDEV\s+\[\s*([\d.]+)\]\s+add\s")
CALLED = re.compile(r"\s(\d+\.\d+): sys_(ioctl|sendmsg)\(")


@dataclass
class Side:
    """One way to get the pad into a VM; all commands run in the emulated PC."""

    name: str
    up: str
    down: str
    plugs: int
    pause_s: float  # for which the pad stays plugged in once the host knows it: longer than it ever took
    log: str = "true"  # prints what its daemon said
    opened: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    why: str = ""

    def measure(self, pc: PC) -> None:
        try:
            pc.check(self.up, 180)
            self._plug_often(pc)
        except (CommandFailed, CommandTimeout) as error:
            self.why = " ".join(f"{error} {pc.run(self.log).out}".split())
        finally:
            pc.run(self.down, 120)

    def _plug_often(self, pc: PC) -> None:
        pc.check("echo 1 >/sys/kernel/tracing/tracing_on; echo >/sys/kernel/tracing/trace")
        monitor = "udevadm monitor --udev --subsystem-match=usb/usb_device"
        pc.run_on(f"echo $$ >/run/monitor.pid; exec {monitor} >/run/udev.log")
        time.sleep(2)
        peer = pc.peer("pad")
        for _ in range(self.plugs):
            peer.plug(PAD)
            peer.wait(lambda p: p.configuration == 1, 10)  # the host knows it; udev's event comes now
            time.sleep(self.pause_s)
            peer.unplug()
            time.sleep(1)
        pc.check("kill $(cat /run/monitor.pid); cp /sys/kernel/tracing/trace /run/trace")
        self.opened, self.answered = times(pc.get("/run/udev.log").decode(), pc.get("/run/trace").decode())
        if not self.opened:
            self.why = f"the pad was in the VM in none of {self.plugs} plugs"


def times(udev: str, trace: str) -> tuple[list[float], list[float]]:
    """Milliseconds from each event to the device being opened and to the answer, of those that were."""
    begins = [float(found[1]) for line in udev.splitlines() if (found := ADDED.match(line))]
    calls = [(float(at), name) for at, name in CALLED.findall(trace)]
    opened, answered = [], []
    for begin, end in zip(begins, [*begins[1:], math.inf]):
        mine = [(at, name) for at, name in calls if begin <= at < end]
        first = next((at for at, name in mine if name == "ioctl"), None)
        if first is None:
            continue
        opened.append((first - begin) * 1000)
        if answer := next((at for at, name in mine if name == "sendmsg" and at >= first), None):
            answered.append((answer - begin) * 1000)
    return opened, answered


def side(of: Side, values: list[float], none: str) -> report.Side:
    """How many of its plugs were seen belongs to its name: one that misses some is fast with the others only."""
    return report.Side(f"{of.name}, {len(values)} of {of.plugs} plugs", values, "" if values else of.why or none)


def rows(name: str, values: dict[str, tuple[Side, list[float]]], none: dict[str, str]) -> list[dict]:
    sides = {role: side(*measured, none.get(role, "see ours")) for role, measured in values.items()}
    ours = sides.pop("ours")
    return [report.row(name, "ms", HOW, ours, peer) for peer in sides.values()] if ours.values else []


def bring(pc: PC, packages: list[str]) -> None:
    """Debian packages with all that they need and the PC has not, by a USB stick."""
    with tempfile.TemporaryDirectory(prefix="pt-debs-") as name:
        folder = Path(name)
        (folder / "partial").mkdir()
        (folder / "status").write_bytes(pc.get("/var/lib/dpkg/status"))
        options = {"Dir::State::status": folder / "status", "Dir::Cache::archives": folder, "Debug::NoLocking": 1,
                   "APT::Sandbox::User": "root"}  # fmt: skip
        command = ["apt-get", "-qq", "-y", "--no-install-recommends", "--download-only"]
        command += [f"-o{option}={value}" for option, value in options.items()]
        subprocess.run([*command, "install", *packages], check=True, timeout=600, stdout=sys.stderr)
        debs = [path.name for path in folder.glob("*.deb")]
        subprocess.run(["tar", "-C", name, "-cf", f"{name}/debs.tar", *debs], check=True)
        pc.plug_usb("debs", content=folder / "debs.tar")
    stick = "/dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_LABDEBS-0:0"
    pc.wait_for(f"test -b {stick}", 30)
    pc.check(f"mkdir /root/debs && tar -C /root/debs -xf {stick}")
    pc.check("DEBIAN_FRONTEND=noninteractive dpkg -i /root/debs/*.deb", 600)
    pc.unplug_usb("debs")


def sides() -> dict[str, Side]:
    virsh_up = f"{LIBVIRTD} && virsh -q define /root/bench.xml && virsh -q start bench"
    loop = "setsid /root/loop </dev/null >/dev/null 2>&1 & echo $! >/run/loop.pid"
    return {
        "ours": Side("playthroughd", "playthrough start bench", "playthrough stop --force bench", PLUGS, 2.0),
        "peer": Side("QEMU usb-host vendorid,productid", QEMU, "kill $(cat /run/bench.pid)", PEER_PLUGS, 4.0),
        "virsh": Side("virsh attach-device", f"{virsh_up} && {{ {loop}; }}",
                      "kill -- -$(cat /run/loop.pid); virsh destroy bench", PEER_PLUGS, 4.0,
                      log="tail -n 5 /run/libvirtd.log /run/bench-virsh.log"),
    }  # fmt: skip


def measure(pc: PC) -> list[dict]:
    all_of_them = sides()
    pc.check("udevadm settle --timeout=120; modprobe kvm_amd; mkdir -p /etc/playthrough/profiles /etc/libvirt", 150)
    pc.put(PROFILE.encode(), "/etc/playthrough/profiles/bench.profile")
    pc.check(TRACE)
    pc.plug_redir("pad", None, port=PORT)
    with pc.step("libvirt"):
        try:
            bring(pc, WANTED)
        except (subprocess.SubprocessError, CommandFailed, CommandTimeout) as error:
            all_of_them["virsh"].why = f"libvirt could not be installed in the emulated PC: {error}"
    for text, path in ((DOMAIN, "bench.xml"), (HOSTDEV, "pad.xml"), (VIRSH_LOOP, "loop")):
        pc.put(text.encode(), f"/root/{path}")
    pc.put(QEMU_CONF.encode(), "/etc/libvirt/qemu.conf")
    pc.check("chmod +x /root/loop")
    for side in all_of_them.values():
        if not side.why:
            with pc.step(f"{side.name}: {side.plugs} plugs"):
                side.measure(pc)
        if side.why:
            print(f"{side.name}: {side.why}", file=sys.stderr)
    none = {"peer": "it is not asked by QMP, and so it answers nothing"}
    opened = {role: (side, side.opened) for role, side in all_of_them.items()}
    answered = {role: (side, [] if role == "peer" else side.answered) for role, side in all_of_them.items()}
    return [
        *rows("udev's event until QEMU has opened the device", opened, {}),
        *rows("udev's event until QMP answers", answered, none),
    ]


def main() -> int:
    build = Path(sys.argv[1]).resolve()
    with PC(Options(devices=()), install.image_of_now()) as pc:
        pc.start()
        found = measure(pc)
    report.keep(build, "USB hot-plug in an emulated PC", found)
    return 0 if found else 1


if __name__ == "__main__":
    sys.exit(main())
