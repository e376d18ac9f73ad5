# SPDX-License-Identifier: GPL-2.0-or-later
"""How little each service of ours may do, as `systemd-analyze security` measures it: 0 is nothing, 10 is everything.

Those that are files as they are shipped; those that the daemon makes as it asks systemd for them, which is played here. The
same systemd says 9.6 of libvirtd, virtlogd and udisks2 of Debian 12, and 4.6 of fwupd.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

from conftest import BUILD, TOP
from test_hostile import APPLIANCE, FENCED, SystemBus

PACKAGING = TOP / "appliance" / "packaging"
# What stands in the way of less is said in each unit.
SHIPPED = {
    "playthrough-console": 0.4,
    "playthrough-front": 0.5,
    "playthrough-gui-failed": 1.0,
    "playthrough-opens": 1.1,
    "playthrough-gui": 2.0,
    "playthroughd": 1.4,
    # Root: binds drivers, gives nodes to VMs, opens people's images, makes networks and sockets for the console.
    "playthrough-acts": 4.1,
    # They run a distribution's own boot loader tools, which must find the same PC as when a person runs them.
    "playthrough-giveup": 5.6,
    "playthrough-health": 5.9,
    "playthrough-setupd": 5.9,
    # Of the image, or of a PC that ends or sleeps: each runs once and is gone.
    "playthrough-keep-start": 4.4,
    "playthrough-start-good": 3.5,
    "playthrough-guests": 5.7,
    "playthrough-sleep": 5.7,
    "playthrough-identity": 5.9,
    # It makes the first user, the network and the keyboard, by the system's own tools.
    "playthrough-first-boot": 9.6,
}
MADE = {"playthrough-vm-tiny": 0.3, "playthrough-tpm-tiny": 0.2, "playthrough-passt-tiny": 2.1}
ALLOW_ALL = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><policy context="default"><allow send_destination="*"/></policy><include>{ours}</include></busconfig>"""
VM = "[cpu]\nmodel=max\naccel=tcg\n[memory]\nsize=256M\n[boot]\nfirmware=bios\ntpm=yes\n[network]\ntype=user\nbackend=passt\n"


def exposure(unit: Path) -> float:
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", str(unit)], capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8"}, timeout=60)
    return float(re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)[1])


def test_shipped() -> None:
    told = {unit.stem: exposure(unit) for unit in PACKAGING.glob("*.service")}
    print(told)
    assert set(told) == set(SHIPPED)
    assert {name: level for name, level in told.items() if level > SHIPPED[name]} == {}


def test_what_guests_need_outlives_them() -> None:
    """systemd stops in the reverse order: images may be on a mount of the network, and disks behind it."""
    lines = (PACKAGING / "playthrough-guests.service").read_text().splitlines()
    after = {unit for line in lines if line.startswith("After=") for unit in line[6:].split()}
    assert {"network.target", "remote-fs.target", "openvswitch-switch.service", "iscsid.service"} <= after


@pytest.fixture
def asked() -> Iterator[Path]:
    """A folder where systemd, as it is played, writes what it is asked for; a VM's start has begun."""
    with tempfile.TemporaryDirectory(prefix="pt-", dir="/tmp") as name:
        folder = Path(name)
        # As on a PC: what systemd tells of its jobs has to pass our own policy, too.
        policy = (TOP / "appliance/bus/org.playthrough.Appliance1.conf").read_text()
        (folder / "ours.conf").write_text(policy.replace('user="root"', f'user="{os.getuid()}"'))
        (folder / "allow.conf").write_text(ALLOW_ALL.format(ours=folder / "ours.conf"))
        (folder / "profiles").mkdir()
        (folder / "profiles" / "tiny.profile").write_text(VM)
        (folder / "units").mkdir()
        folder.chmod(0o755)
        fence = [*FENCED[:4], "mount -t tmpfs none /run; mount -t tmpfs none /var/lib; mount -t tmpfs none /etc; "
                 f'mkdir /etc/playthrough; cp -r {folder}/profiles /etc/playthrough; exec "$@"', "sh"]
        bus = SystemBus([*fence, str(BUILD / "playthroughd"), "--run-dir", "/run/playthrough"], folder / "allow.conf", APPLIANCE[0])
        try:
            bus.begin(["/usr/bin/python3", str(Path(__file__).with_name("fake_systemd.py")), bus.address, str(folder / "units")])
            bus.wait(lambda: "org.freedesktop.systemd1" in bus.busctl("list", "--acquired").stdout)
            started = bus.busctl("call", *APPLIANCE, "Start", "s", "tiny")
            assert started.returncode == 0, started.stderr
            bus.wait(lambda: (folder / "units" / "playthrough-vm-tiny.service").exists())
            yield folder / "units"
        finally:
            bus.close()


def test_made_for_a_vm(asked: Path) -> None:
    told = {unit.stem: exposure(unit) for unit in asked.glob("*.service")}
    print(told)
    assert set(told) == set(MADE)
    assert {name: level for name, level in told.items() if level > MADE[name]} == {}
    for unit in asked.iterdir():
        text = unit.read_text()
        # Who runs it is nobody else, it gets nothing by setuid, and its /dev has nothing of this PC's.
        for line in ("DynamicUser=yes", "NoNewPrivileges=yes", "CapabilityBoundingSet=", "PrivateDevices=yes", "PrivateIPC=yes",
                     "PrivateMounts=yes", "ProtectSystem=strict", "SystemCallArchitectures=native"):
            assert f"\n{line}\n" in text, f"{unit.name}: {line}\n{text}"
        assert "DeviceAllow" not in text and "BindPaths" not in text
    for side in ("tpm", "passt"):  # stopped when the guest has been shut down
        text = (asked / f"playthrough-{side}-tiny.service").read_text()
        assert "\nBefore=playthrough-vm-tiny.service playthrough-guests.service\n" in text, text
    assert "\nPrivateNetwork=yes\n" in (asked / "playthrough-vm-tiny.service").read_text()
