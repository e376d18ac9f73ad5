# SPDX-License-Identifier: GPL-2.0-or-later
"""The front end on the emulated PC's own screen, without a desktop: keys are pressed from outside, and what a person would see is seen.

What has the focus is read from its --trace in the journal, so that a key is pressed when it means something; what is on
the screens is read from their pictures.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import usb_devices
from conftest import EVIDENCE, Lab
from front import GROUND, is_front_end, near
from hardware import GAME_SCREEN, HOST_SCREEN, Options
from nonce import picture_is
from pc import PC
from scenario import PASSED, START_NONCE, driver, set_up, usb_lines

UNIT = "playthrough-gui.service"
DROP_IN = f"/run/systemd/system/{UNIT}.d/test.conf"
# What Mesa's software OpenGL compiles for AVX crashes on the emulator's (QEMU 7.2); no real PC draws in software.
TRACE = ("[Service]\nExecStart=\nExecStart=/usr/bin/playthrough-gui --fullscreen --trace\n"
         "Environment=LP_NATIVE_VECTOR_WIDTH=128\n")
BROKEN = "[Service]\nExecStart=\nExecStart=/bin/false\n"
# An emulated PC without KVM, whose OpenGL is software, takes long for what takes no time on a real one.
FRAME_S = 60
HELD_S = 4
PAD_PORT = "9"


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.5)


# What it says and shows


def said(pc: PC) -> list[str]:
    """Its lines in the journal; not by its unit, since it is in the scope of its session."""
    return pc.run("journalctl -b -o cat -t playthrough-gui").out.splitlines()


def frames(pc: PC) -> list[str]:
    return [l for l in said(pc) if l.startswith("frame ")]


def where(pc: PC) -> tuple[str, str]:
    """The screen that is shown, and what has the focus."""
    lines = frames(pc)
    found = re.search(r"screen (\S+), focus (\S*), daemon there", lines[-1]) if lines else None
    return (found[1], found[2]) if found else ("", "")


def await_where(pc: PC, screen: str, focus: str = "") -> None:
    until(lambda: where(pc)[0] == screen and where(pc)[1].startswith(focus), FRAME_S, f"{screen} {focus}")


def move_to(pc: PC, focus: str, *keys: str) -> None:
    """Presses the keys one by one, again and again, until that has the focus."""
    for _ in range(4):
        for key in keys:
            if where(pc)[1] == focus:
                return
            pc.press(key)
            time.sleep(2)
    assert where(pc)[1] == focus, where(pc)


def is_shown(pc: PC) -> bool:
    """Whether the PC's own screen has the front end on it."""
    return is_front_end(pc.screen(HOST_SCREEN))


def keep(pc: PC, name: str, screen: str = HOST_SCREEN) -> None:
    pc.screen(screen).save(EVIDENCE / f"gui-{name}.png")


def status(pc: PC) -> dict[str, object]:
    return json.loads(pc.check("playthrough status game --json"))


# What a person does


def use_unit(pc: PC, drop_in: str) -> None:
    pc.check(f"mkdir -p {Path(DROP_IN).parent}")
    pc.put(drop_in.encode(), DROP_IN)
    pc.check(f"systemctl daemon-reload; systemctl reset-failed {UNIT} || true")


def it_comes_up(pc: PC) -> None:
    use_unit(pc, TRACE)
    pc.check(f"systemctl start {UNIT}", 60)
    await_where(pc, "home", "vm/")
    until(lambda: is_shown(pc), FRAME_S, "the front end on the screen")
    move_to(pc, "vm/game", "right", "right", "left", "left")  # beside the game that is shipped
    keep(pc, "1-home")
    session = pc.check("loginctl --no-legend list-sessions")
    assert "playthrough-seat" in session and "seat0" in session, session
    # Whoever is present is asked for no password, and is not root.
    owner = pc.check(f"ps -o user= -p $(systemctl show -P MainPID {UNIT})").strip()
    assert owner.startswith("playthr"), owner


def it_is_idle(pc: PC) -> None:
    time.sleep(5)
    before = said(pc)
    time.sleep(20)
    more = said(pc)[len(before):]
    assert not [l for l in more if l.startswith("frame ")] and len(more) <= 40, more


def a_key_plays(pc: PC) -> None:
    pc.press("ret")
    await_where(pc, "game")
    keep(pc, "2-starting")
    until(lambda: status(pc)["state"] == "running", 180, "the game runs")
    until(lambda: picture_is(pc.screen(GAME_SCREEN), START_NONCE), 120, "the game's picture on its own card")
    until(lambda: is_shown(pc), FRAME_S, "the front end beside it")
    keep(pc, "3-running")
    keep(pc, "3-running-game", GAME_SCREEN)


def seen_after_s(pc: PC) -> float:
    """From the kernel's line about the new device to the frame that has it."""
    log = pc.check("journalctl -b -k -o short-monotonic | grep 'New USB device found' | tail -n 1")
    born = re.search(r"\[\s*([\d.]+)\]", log)
    first = next(l for l in frames(pc) if re.search(r"focus usb/\S*, .* at [\d.]+$", l)
                 and born and float(l.rsplit(" ", 1)[1]) >= float(born[1]))
    assert born
    return float(first.rsplit(" ", 1)[1]) - float(born[1])


def a_device_is_plugged_in(pc: PC) -> None:
    pc.press("esc")
    await_where(pc, "home")
    move_to(pc, "usb", "up", "right", "left", "left")
    pc.press("ret")
    await_where(pc, "usb")
    pc.plug_usb("pad")
    port = json.loads(pc.wait_for("playthrough usb list --json | grep -q LABPAD && playthrough usb list --json", 30))
    name = next(d["sysname"] for d in port["devices"] if d["serial"] == "LABPAD")
    await_where(pc, "usb", f"usb/{name}")
    pc.log.append(f"USB device on the front end's screen: {seen_after_s(pc):.2f} s after the kernel's line")
    keep(pc, "4-usb")
    pc.press("ret")
    until(lambda: usb_lines(pc, "add", "LABPAD"), 60, "the game sees the device")
    time.sleep(5)
    keep(pc, "5-usb-given")


def another_terminal_has_the_screen(pc: PC) -> None:
    """Ctrl+Alt+F2 and back; what is typed there is not for the front end."""
    pc.press("ctrl", "alt", "f2")
    until(lambda: not is_shown(pc), FRAME_S, "a text console")
    time.sleep(5)
    keep(pc, "6-other-terminal")
    assert not near(pc.screen(HOST_SCREEN).getpixel((3, 3)), GROUND)
    before = where(pc)
    pc.type("root\n")
    time.sleep(5)
    assert where(pc) == before
    pc.press("ctrl", "alt", "f1")
    until(lambda: is_shown(pc), FRAME_S, "the front end again")
    keep(pc, "6-back-again")


def a_pad_does_it_too(pc: PC) -> None:
    """A real pad, as far as the kernel knows: read without a window system, and silent when nobody touches it."""
    pad = pc.plug_redir("couchpad", usb_devices.gamepad(), port=PAD_PORT)

    def press(**what: int) -> None:
        pad.report(0x81, usb_devices.pad_report(**what))
        time.sleep(0.3)
        pad.report(0x81, usb_devices.pad_report())
        time.sleep(2)

    pc.wait_for("grep -q 'Lab gamepad' /proc/bus/input/devices && ls /dev/input/js0", 30)
    time.sleep(5)
    press(buttons=2)  # B
    await_where(pc, "home", "usb")  # where it went from
    press(y=127)
    await_where(pc, "home", "new")  # the card below
    keep(pc, "7-pad")
    it_is_idle(pc)
    pc.unplug_usb("couchpad")


def it_is_killed(pc: PC) -> None:
    game = status(pc)["pid"]
    before = pc.check(f"systemctl show -P MainPID {UNIT}")
    pc.check(f"systemctl kill -s KILL --kill-whom=main {UNIT}")
    until(lambda: pc.check(f"systemctl show -P MainPID {UNIT}") not in (before, "0\n"), 30, "another front end")
    await_where(pc, "home", "vm/game")
    until(lambda: is_shown(pc), FRAME_S, "its picture")
    assert (status(pc)["state"], status(pc)["pid"]) == ("running", game)


def a_key_stops(pc: PC) -> None:
    pc.press("ret")  # of a running game: its page
    await_where(pc, "game")
    move_to(pc, "stop", "right", "down", "left")
    pc.press("ret")
    await_where(pc, "game", "no")
    keep(pc, "8-sure")
    move_to(pc, "yes", "right", "left")
    pc.press("ret", hold_s=HELD_S)
    until(lambda: status(pc)["state"] == "stopped", 120, "the game ends")
    until(lambda: [driver(pc, a) for a in PASSED] == ["vfio-pci"] * 3, 30, "devices are home")
    until(lambda: is_shown(pc), FRAME_S, "the front end")
    keep(pc, "9-stopped")


def three_failures_are_a_text_console(pc: PC) -> None:
    use_unit(pc, BROKEN)
    pc.run(f"systemctl restart {UNIT}")
    until(lambda: pc.run("systemctl is-active --quiet getty@tty1.service").rc == 0, 60, "a login on the first console")
    assert "playthrough list" in pc.check("cat /run/issue.d/60-playthrough.issue")
    assert pc.run(f"systemctl is-failed --quiet {UNIT}").rc == 0
    time.sleep(5)
    keep(pc, "10-text-console")
    assert not is_shown(pc)
    use_unit(pc, TRACE)
    pc.check(f"systemctl start {UNIT}", 60)
    until(lambda: is_shown(pc), FRAME_S, "the front end")
    assert pc.run("test -e /run/issue.d/60-playthrough.issue").rc != 0


def couch_day(pc: PC) -> None:
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    with pc.step("apply, restart"):
        set_up(pc)
    for what in (it_comes_up, it_is_idle, a_key_plays, a_device_is_plugged_in, another_terminal_has_the_screen, a_pad_does_it_too,
                 it_is_killed, a_key_stops, three_failures_are_a_text_console):
        with pc.step(what.__name__.replace("_", " ")):
            what(pc)


@pytest.mark.matrix
def test_the_front_end_on_the_pcs_own_screen(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(iommu="intel"), couch_day, installed_image)
