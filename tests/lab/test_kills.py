# SPDX-License-Identifier: GPL-2.0-or-later
"""Each program is killed in each state of a VM, and the power is cut during a game: what must come back does, nothing else is
restarted, and every device is home.

The AMD PC passes the card alone, since its emulation carries no DMA.
"""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from conftest import Lab
from hardware import GAME_SCREEN, Options
from nonce import picture_is
from pc import PC
from scenario import DISK, PASSED, PROFILE, START_NONCE, boot_menu, configuration, driver, drivers, set_up, use_profile
from test_main_job import wait_until

UNITS = {"daemon": "playthroughd.service", "console": "playthrough-console.service", "front end": "playthrough-front.service"}
# As the kernel names them, which keeps 15 letters.
NAMES = {"daemon": "playthroughd", "QEMU": "qemu-system-x86", "console": "playthrough-con", "front end": "playthrough-gui"}
# About as many seconds as each takes in the emulated PC.
PHASES = {"starting": 6.0, "running": 0.0, "hot-plugging": 1.0, "stopping": 2.0}
ACTS = {"starting": "playthrough start game", "running": "true", "hot-plugging": "playthrough usb attach game {port}",
        "stopping": "playthrough stop game"}
AMD_PROFILE = re.sub(r"\[usb-controller\]\n[^[]*", "", PROFILE)


def status(pc: PC) -> dict:
    return json.loads(pc.check("playthrough status game --json"))


def state(pc: PC) -> str:
    """Unknown while no daemon answers, or another one takes over."""
    done = pc.run("playthrough status game --json", 60)
    return json.loads(done.out)["state"] if done.rc == 0 else "unknown"


def home(pc: PC, before: dict[str, str | None]) -> None:
    """All that was passed is where it was: with its driver, nobody's else, and to be opened."""
    wait_until(lambda: drivers(pc) == before, 30, "devices are home")
    pc.check(f"exec 3<{DISK}")
    assert pc.run("pgrep -x 'qemu-system-x86|swtpm|playthrough-lau'").rc == 1
    assert int(pc.check("cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")) == 0
    assert pc.run("test -e /run/playthrough/vm/game/state.json").rc == 1
    assert status(pc)["quarantined"] == []


def processes(pc: PC) -> dict[str, str]:
    """Whatever runs of ours, by the process that it is; QEMU only where it is to run on."""
    found = {name: pc.check(f"systemctl show -P MainPID {unit}").strip() for name, unit in UNITS.items()}
    found["QEMU"] = pc.run(f"pgrep -x {NAMES['QEMU']}").out.strip()
    return found


def kill_in(pc: PC, victim: str, phase: str, after_s: float) -> bool:
    """Whether there was something to kill: what is stopping may have ended."""
    port = next(u["port"] for u in json.loads(pc.check("playthrough usb list --json"))["devices"] if u["serial"] == "LABPAD")
    act = ACTS[phase].format(port=port)
    patience_s = 3 if phase == "stopping" else 60
    kill = f"timeout {patience_s} sh -c 'until pkill -KILL -x {NAMES[victim]}; do sleep 0.05; done'"
    done = pc.run(f"({act}) >/tmp/act 2>&1 & sleep {after_s:.3f}; {kill}; hit=$?; wait; exit $hit", 200)
    return done.rc == 0


def others_went_on(pc: PC, victim: str, before: dict[str, str]) -> None:
    """Nothing was restarted but what was killed; that was, where it is a service."""
    after = processes(pc)
    for name in UNITS:
        if name != victim:
            assert after[name] == before[name], f"{name} was restarted: {before[name]}, {after[name]}"
    if victim in UNITS:
        pc.wait_for(f"systemctl is-active {UNITS[victim]}", 60)
        assert processes(pc)[victim] not in ("0", before[victim])
    if victim != "QEMU" and before["QEMU"] and after["QEMU"]:
        assert after["QEMU"] == before["QEMU"]


def cell(pc: PC, victim: str, phase: str, after_s: float, drivers_before: dict[str, str | None]) -> bool:
    pc.check(f"systemctl reset-failed; systemctl start {' '.join(UNITS.values())}", 60)
    if phase != "starting":
        pc.check("playthrough start game", 180)
    before = processes(pc)
    hit = kill_in(pc, victim, phase, after_s)
    wait_until(lambda: state(pc) in ("running", "stopped"), 120, "the VM's state is known")
    runs = state(pc) == "running"
    assert runs == (pc.run(f"pgrep -x {NAMES['QEMU']}").rc == 0)
    if phase in ("running", "hot-plugging"):
        assert runs == (victim != "QEMU")
    if phase == "starting" and victim in ("console", "front end"):
        assert runs, pc.check("cat /tmp/act")
    others_went_on(pc, victim, before)
    if runs:
        pc.check("playthrough stop --force game", 120)
    home(pc, drivers_before)
    pc.wait_for("ls /dev/disk/by-id/ | grep -q LABPAD", 60)
    return hit


def kills(pc: PC, cells: list[tuple[str, str]]) -> None:
    """On a PC that is set up, with no game and a pad plugged in."""
    pc.wait_for("playthrough usb list --json | grep -q LABPAD", 20)
    before = drivers(pc)
    moments, hits = random.Random(str(cells)), 0
    for victim, phase in cells:
        after_s = moments.uniform(0, PHASES[phase])
        with pc.step(f"{victim} killed {after_s:.1f} s after {phase} began"):
            hits += cell(pc, victim, phase, after_s, before)
    pc.log.append(f"{pc.options}: {hits} kills in {len(cells)} cells, all devices home")


def all_states(pc: PC, profile: str, victim: str) -> None:
    set_up(pc)
    use_profile(pc, profile)
    pc.plug_usb("pad")
    kills(pc, [(victim, phase) for phase in PHASES])


@pytest.mark.matrix
@pytest.mark.parametrize("victim", NAMES)
def test_kills_intel(lab: Lab, installed_image: Path, victim: str) -> None:
    """A PC for each program: the emulator freezes less, being young."""
    lab.drive(Options(iommu="intel"), lambda pc: all_states(pc, PROFILE, victim), installed_image)


@pytest.mark.matrix
@pytest.mark.parametrize("victim", NAMES)
def test_kills_amd(lab: Lab, amd_image: Path, victim: str) -> None:
    lab.drive(Options(iommu="amd"), lambda pc: all_states(pc, AMD_PROFILE, victim), amd_image)


def power_cut(pc: PC) -> None:
    """The next boot is as if there had been no game, and the game starts again."""
    set_up(pc)
    first_day, before, menu = drivers(pc), configuration(pc), boot_menu(pc)
    for _ in range(2):
        pc.check("playthrough start game", 180)
        wait_until(lambda: picture_is(pc.screen(GAME_SCREEN), START_NONCE), 90, "the game's picture on the passed card")
        assert [driver(pc, a) for a in PASSED] == ["vfio-pci"] * 3
        with pc.step("the power is cut during a game"):
            pc.power_cut()
            pc.start()
        home(pc, first_day)
        assert state(pc) == "stopped"
        assert (configuration(pc), boot_menu(pc)) == (before, menu)
        assert not pc.run("ls -A /run/playthrough/vm").out.strip()


@pytest.mark.matrix
def test_power_cut_during_a_game(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(iommu="intel"), power_cut, installed_image)
