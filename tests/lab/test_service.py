# SPDX-License-Identifier: GPL-2.0-or-later
"""The service on an emulated PC with VT-d: how QEMU is shut in while VFIO, USB and its TPM work, a daemon that is alone, small
and quiet, and programs that are killed."""

from __future__ import annotations

import json
import re
from pathlib import Path

from conftest import Lab
from hardware import GAME_SCREEN, Options
from nonce import picture_is
from pc import PC
from scenario import DISK, PASSED, START_NONCE, driver, set_up, usb_lines
from test_kills import kills
from test_main_job import wait_until

# What every program finds in a /dev of its own (PrivateDevices= in systemd.exec(5)).
PSEUDO = {"/dev/full", "/dev/null", "/dev/ptmx", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero"}


def start(pc: PC) -> dict:
    pc.check("playthrough start game", 180)
    return json.loads(pc.check("playthrough status game --json"))


def facts_of(pc: PC, pid: int) -> dict[str, str]:
    lines = pc.check(f"cat /proc/{pid}/status").splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def namespaces(pc: PC, pid: int | str) -> dict[str, str]:
    return dict(re.findall(r"^(\w+):\[(\d+)\]$", pc.check(f"for n in mnt ipc uts net user; do readlink /proc/{pid}/ns/$n; done"), re.M))


def is_shut_in(pc: PC, pid: int, nodes: set[str]) -> None:
    """As the kernel has it: no right, no other user's identity, nothing of this PC's but its own nodes."""
    facts = facts_of(pc, pid)
    users = set(facts["Uid"].split())
    assert len(users) == 1 and 61184 <= int(users.pop()) <= 65519, facts["Uid"]
    assert {facts[f"Cap{name}"].strip("0") for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {""}, facts
    assert (facts["NoNewPrivs"], facts["Seccomp"]) == ("1", "2")
    host, own = namespaces(pc, 1), namespaces(pc, pid)
    assert len(own) == 5 and not {name for name in own if own[name] == host[name]}, (own, host)
    # Through its own root: what it could name at all. Each is asked: a node that is bound to its place is listed as the file below.
    kinds = r"! -type l \( -exec test -c {} \; -o -exec test -b {} \; \)"
    found = set(pc.check(f"nsenter --target {pid} --mount find /dev -path /dev/pts -prune -o {kinds} -print").split())
    assert found - PSEUDO == nodes


def exposures(pc: PC) -> dict[str, float]:
    units = pc.check("systemctl list-units --all --plain --no-legend 'playthrough*.service' | awk '{print $1}'").split()
    told = {unit: pc.check(f"systemd-analyze security --no-pager {unit} | tail -1", 60) for unit in units}
    return {unit: float(re.search(r": ([\d.]+)", text)[1]) for unit, text in told.items() if re.search(r": ([\d.]+)", text)}


def qemu_is_shut_in(pc: PC) -> None:
    status = start(pc)
    wait_until(lambda: picture_is(pc.screen(GAME_SCREEN), START_NONCE), 90, "the game's picture on the passed card")
    groups = {pc.check(f"basename $(readlink /sys/bus/pci/devices/{address}/iommu_group)").strip() for address in PASSED}
    is_shut_in(pc, status["pid"], {f"/dev/vfio/{group}" for group in groups} | {"/dev/vfio/vfio", "/dev/kvm"})
    is_shut_in(pc, int(pc.check("pgrep swtpm")), set())
    pc.plug_usb("pad")
    pc.wait_for("playthrough usb list --json | grep -q LABPAD", 20)
    port = next(u["port"] for u in json.loads(pc.check("playthrough usb list --json"))["devices"] if u["serial"] == "LABPAD")
    pc.check(f"playthrough usb attach game {port}", 60)
    wait_until(lambda: usb_lines(pc, "add", "LABPAD"), 60, "the guest sees the stick")
    levels = exposures(pc)
    print(levels)
    assert levels["playthrough-vm-game.service"] <= 0.7 and levels["playthrough-tpm-game.service"] <= 0.3
    assert levels["playthroughd.service"] <= 1.5 and levels["playthrough-acts.service"] <= 4.1
    # What takes root's rights is the helper's to do.
    daemon = facts_of(pc, int(pc.check("pidof -s playthroughd")))
    assert {daemon[f"Cap{name}"].strip("0") for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {""}, daemon


def daemon_is_alone_small_and_quiet(pc: PC) -> None:
    daemon = pc.check("pidof -s playthroughd").strip()
    second = pc.run("/usr/lib/playthrough/playthroughd")
    assert second.rc == 1 and "PT-BUS-06" in second.err, second
    pss = int(pc.check(f"awk '/^Pss:/ {{print $2}}' /proc/{daemon}/smaps_rollup"))
    print(f"playthroughd with one VM: {pss} KiB PSS")
    assert pss <= 4096
    before = json.loads(pc.check("playthrough status game --json"))["pid"]
    # As an upgrade of the package does.
    pc.check("systemctl daemon-reload; systemctl restart playthroughd.service")
    assert json.loads(pc.check("playthrough status game --json"))["pid"] == before
    pc.check("playthrough stop game", 120)
    home(pc)
    count = "awk '/^voluntary/ {print $2}' /proc/$(pidof -s playthroughd)/status"
    pc.check("sleep 5")
    assert pc.check(count) == pc.check("sleep 10; " + count)


def home(pc: PC) -> None:
    """All that was passed is where it was: bound, nobody's, and to be opened."""
    wait_until(lambda: [driver(pc, a) for a in PASSED] == ["vfio-pci"] * 3, 30, "devices are home")
    for address in PASSED:
        group = pc.check(f"basename $(readlink /sys/bus/pci/devices/{address}/iommu_group)").strip()
        assert pc.check(f"stat -c %u:%a /dev/vfio/{group}") == "0:600\n"
    pc.check(f"exec 3<{DISK}")
    assert pc.run("pgrep 'qemu-system-x86|swtpm'").rc == 1
    assert int(pc.check("cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")) == 0
    assert json.loads(pc.check("playthrough status game --json"))["quarantined"] == []


def service(pc: PC) -> None:
    set_up(pc)
    with pc.step("QEMU is shut in"):
        qemu_is_shut_in(pc)
    with pc.step("alone, small and quiet"):
        daemon_is_alone_small_and_quiet(pc)
    # Of test_kills.py: a program that has to take over, and one that holds the devices.
    kills(pc, [("daemon", "starting"), ("QEMU", "hot-plugging")])


def test_service(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(iommu="intel"), service, installed_image)
