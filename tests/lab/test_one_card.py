# SPDX-License-Identifier: GPL-2.0-or-later
"""One graphics card for the host and a game: the one screen is photographed before, during and after.

The PC has no card but the game's. It shows the host's text console, or the front end; then the game's picture; and
then what it showed before, however the game ended.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import EVIDENCE, Lab
from front import is_front_end, near
from hardware import GAME_SCREEN, Options
from nonce import picture_is
from pc import PC
from scenario import AUDIO, GAME, PROFILE, START_NONCE, USB, driver, setup_json
from test_gui import FRAME_S, TRACE, UNIT, until, use_unit

HOST_DRIVERS = ("bochs-drm", "snd_hda_intel")
JOURNAL = "/run/playthrough/vm/game/state.json"
HOLDER = "holder.service"
# What is under the text of the kernel's console, and the text.
BLACK, TEXT = (0, 0, 0), (0xAA, 0xAA, 0xAA)


# What the one screen shows


def text_console_is_shown(pc: PC) -> bool:
    """Light letters on black, and hardly anything else."""
    picture = pc.screen(GAME_SCREEN)
    colors = picture.getcolors(1 << 24) or []
    total = picture.width * picture.height
    black = sum(n for n, color in colors if near(color, BLACK))
    text = sum(n for n, color in colors if near(color, TEXT))
    return black > total * 0.8 and text > 200


def front_end_is_shown(pc: PC) -> bool:
    return is_front_end(pc.screen(GAME_SCREEN))


def game_is_shown(pc: PC) -> bool:
    return picture_is(pc.screen(GAME_SCREEN), START_NONCE)


def keep(pc: PC, name: str) -> None:
    pc.screen(GAME_SCREEN).save(EVIDENCE / f"one-card-{name}.png")


# What a person does, and what the PC says


def profile(stop: str = "") -> str:
    return PROFILE.replace("[gpu]\n", f"[gpu]\nhand-over = yes\n{f'hand-over-stop = {stop}' if stop else ''}\n")


def use(pc: PC, text: str) -> None:
    pc.check("udevadm settle --timeout=120", 150)
    pc.check("mkdir -p /etc/playthrough/profiles")
    pc.put(text.encode(), "/etc/playthrough/profiles/game.profile")


def status(pc: PC) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(pc.check("playthrough status game --json"))
    return found


def card_drivers(pc: PC) -> tuple[str | None, str | None]:
    return driver(pc, GAME), driver(pc, AUDIO)


def prepare(pc: PC) -> None:
    """The boot entry switches the IOMMU on and sets the USB controller aside; the card stays the host's."""
    result = pc.run("playthrough-setup apply --yes", 120)
    assert result.rc and "PT-GPU-02" in result.err and "--gpu none" in result.err, result.err
    pc.check(f"playthrough-setup apply --gpu none --usb {USB} --yes", 300)
    pc.reboot()
    pc.check("playthrough-setup verify", 60)
    assert card_drivers(pc) == HOST_DRIVERS
    assert driver(pc, USB) == "vfio-pci"


def apply_sets_no_card_aside(pc: PC) -> None:
    _, plan = setup_json(pc, f"plan --gpu none --usb {USB}")
    assert [d["address"] for d in plan["devices"]] == [USB], plan["devices"]


def it_is_refused_without_the_key(pc: PC) -> None:
    use(pc, PROFILE)
    result = pc.run("playthrough start game", 60)
    assert result.rc and "PT-PCI-04" in result.err and "hand-over=yes" in result.err, result.err
    assert card_drivers(pc) == HOST_DRIVERS


def show_the_text_console(pc: PC) -> None:
    pc.run(f"systemctl stop {UNIT}")
    pc.check("systemctl restart getty@tty1.service")
    # Letters enough to see.
    pc.check("dmesg | tail -n 20 > /dev/tty1")
    until(lambda: text_console_is_shown(pc), FRAME_S, "the text console on the one screen")


def start(pc: PC) -> None:
    pc.check("playthrough start game", 300)
    assert card_drivers(pc) == ("vfio-pci", "vfio-pci")
    until(lambda: game_is_shown(pc), 120, "the game's picture on the one screen")


def await_the_host(pc: PC, is_shown: Callable[[PC], bool], what: str) -> None:
    until(lambda: pc.run("playthrough status game --json").rc == 0 and status(pc)["state"] == "stopped", 120, "it ended")
    until(lambda: card_drivers(pc) == HOST_DRIVERS, 60, "the host's drivers have the card again")
    pc.check(f"test ! -e {JOURNAL}")
    if is_shown is text_console_is_shown:
        # What was there is drawn anew where something is written.
        pc.check("dmesg | tail -n 20 > /dev/tty1")
    until(lambda: is_shown(pc), FRAME_S, f"{what} on the one screen")


# Who holds the card


def a_program_that_holds_it_is_named(pc: PC) -> None:
    """Nothing is touched; then the profile names its service, which runs again afterwards."""
    unit = "[Service]\nExecStart=/bin/sh -c 'exec sleep infinity < /dev/dri/card0'\n"
    pc.put(unit.encode(), f"/run/systemd/system/{HOLDER}")
    pc.check(f"systemctl daemon-reload; systemctl start {HOLDER}")
    use(pc, profile())
    result = pc.run("playthrough start game", 60)
    assert result.rc and "PT-HAND-02" in result.err, result.err
    assert "sleep (" in result.err and f"hand-over-stop={HOLDER}" in result.err, result.err
    assert card_drivers(pc) == HOST_DRIVERS
    pc.check(f"systemctl is-active --quiet {HOLDER}; test ! -e {JOURNAL}")
    assert text_console_is_shown(pc)


def the_game_has_the_screen_and_gives_it_back(pc: PC) -> None:
    keep(pc, "1-before")
    use(pc, profile(HOLDER))
    start(pc)
    assert pc.run(f"systemctl is-active --quiet {HOLDER}").rc
    keep(pc, "2-during")
    pc.check("playthrough stop game", 150)
    await_the_host(pc, text_console_is_shown, "the text console")
    pc.wait_for(f"systemctl is-active --quiet {HOLDER}", 30)
    keep(pc, "3-after")
    pc.check(f"systemctl stop {HOLDER}")


def qemu_is_killed(pc: PC) -> None:
    use(pc, profile())
    start(pc)
    keep(pc, "4-during")
    pc.check(f"kill -9 {status(pc)['pid']}")
    await_the_host(pc, text_console_is_shown, "the text console")
    keep(pc, "5-after-qemu-was-killed")


def console_day(pc: PC) -> None:
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    for what in (prepare, apply_sets_no_card_aside, it_is_refused_without_the_key, show_the_text_console,
                 a_program_that_holds_it_is_named, the_game_has_the_screen_and_gives_it_back, qemu_is_killed):  # fmt: skip
        with pc.step(what.__name__.replace("_", " ")):
            what(pc)


# The front end on the card, and a daemon that dies


def show_the_front_end(pc: PC) -> None:
    use(pc, profile())
    use_unit(pc, TRACE)
    pc.check(f"systemctl start {UNIT}", 60)
    until(lambda: front_end_is_shown(pc), FRAME_S, "the front end on the one screen")
    keep(pc, "6-front-end-before")


def daemon_and_qemu_are_killed(pc: PC) -> None:
    """The daemon first, so that the next one finds in the journal what it never did."""
    start(pc)
    assert pc.run(f"systemctl is-active --quiet {UNIT}").rc, "the front end is to leave the card"
    keep(pc, "7-during")
    pid = status(pc)["pid"]
    pc.check(f"systemctl kill -s KILL --kill-whom=main playthroughd.service; kill -9 {pid}")
    await_the_host(pc, front_end_is_shown, "the front end")
    keep(pc, "8-after-both-were-killed")


def the_daemon_is_killed_while_it_takes_the_card(pc: PC) -> None:
    """As soon as the journal says that something was begun."""
    pc.run_on("playthrough start game")
    pc.wait_for(f"grep -q '\"begun\": *true' {JOURNAL}", 60, pause_s=0.05)
    pc.check("systemctl kill -s KILL --kill-whom=main playthroughd.service")
    time.sleep(2)
    await_the_host(pc, front_end_is_shown, "the front end")
    keep(pc, "9-after-the-start-was-cut-off")


def front_end_day(pc: PC) -> None:
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    for what in (prepare, show_the_front_end, daemon_and_qemu_are_killed, the_daemon_is_killed_while_it_takes_the_card):
        with pc.step(what.__name__.replace("_", " ")):
            what(pc)


@pytest.mark.matrix
@pytest.mark.parametrize("day", [console_day, front_end_day], ids=["text-console", "front-end"])
def test_one_card_for_both(lab: Lab, installed_image: Path, day: Callable[[PC], None]) -> None:
    lab.drive(Options(iommu="intel", host_screen=False), day, installed_image)
