# SPDX-License-Identifier: GPL-2.0-or-later
"""The console of an installed PC, seen over a network by a real viewer: the front end, games, an install, and ends of all kinds.

The viewer (tests/console/viewer.py) comes over a forward of the emulated network, and inside by a user of the
console's group, as `ssh -L` would bring it. Pictures of what it saw are build/lab/console-*.png.
"""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import EVIDENCE, TOP, Lab
from front import is_front_end
from hardware import NETWORK_ADDRESS, NETWORK_PORT, Options
from pc import PC
from PIL import Image
from scenario import GAME, PASSED, driver, set_up
from test_gui import FRAME_S, await_where, said, until, where

sys.path.append(str(TOP / "tests" / "console"))
from viewer import EXTENDED, Viewer  # noqa: E402

CONSOLE, FRONT = "playthrough-console.service", "playthrough-front.service"
USERS = {CONSOLE: "playthrough-console", FRONT: "playthrough-front"}
# At or below this in `systemd-analyze security`: no unit that talks to strangers is more exposed.
EXPOSURE_MOST = 1.5
TRACE = "[Service]\nExecStart=\nExecStart=/usr/bin/playthrough-gui --offscreen 3 --exit-idle 5 --trace\n"
SOON = "[Service]\nExecStart=\nExecStart=/usr/lib/playthrough/playthrough-console --exit-idle 10\n"
COVER = (0xC0, 0x10, 0xA0)
ART = "/usr/local/share/playthrough/art"
LAB = "/usr/share/playthrough/lab"
BUS = "org.playthrough.Appliance1 /org/playthrough/Appliance1 org.playthrough.Appliance1"
SETUP_DISK = "/var/lib/playthrough-lab/setup.raw"
SETUP_PROFILE = f"""[vm]
title = Lab setup
[cpu]
count = 1
[memory]
size = 128M
[boot]
firmware = bios
[display]
type = std
[network]
type = none
[disk system]
image = {SETUP_DISK}
format = raw
writable = yes
"""
ESC, ENTER, CTRL, ALT = 0x01, 0x1C, 0x1D, 0x38
UP, DOWN, LEFT, RIGHT = (EXTENDED | code for code in (0x48, 0x50, 0x4B, 0x4D))
HOME, DELETE = EXTENDED | 0x47, EXTENDED | 0x53
KEYS = {"up": UP, "down": DOWN, "left": LEFT, "right": RIGHT}
ROWS = {0x02: "1234567890-", 0x10: "qwertyuiop", 0x1E: "asdfghjkl", 0x2C: "zxcvbnm,./", 0x39: " ", 0x1C: "\n"}
SCANCODES = {letter: first + i for first, row in ROWS.items() for i, letter in enumerate(row)}
SHIFT = 0x2A


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# What is seen


def keep(viewer: Viewer, name: str) -> None:
    viewer.picture().save(EVIDENCE / f"console-{name}.png")


def colors(viewer: Viewer) -> list[tuple[int, tuple[int, int, int]]]:
    return viewer.picture().getcolors(1 << 24) or []


def is_front(viewer: Viewer) -> bool:
    return bool(viewer.address) and is_front_end(viewer.picture())


def is_text(viewer: Viewer, least: int = 60) -> bool:
    """Letters of a text mode on black: what firmware, a boot menu or a kernel write."""
    if not viewer.address or viewer.picture().height not in (350, 400):
        return False
    picture = viewer.picture()
    bright = sum(n for n, color in colors(viewer) if max(color) > 80)
    return len(colors(viewer)) <= 24 and least < bright < picture.width * picture.height // 3


def last_line(viewer: Viewer) -> int:
    """The lowest row of a text screen (16 pixels each, from 0) that has letters, or a cursor."""
    if not is_text(viewer):
        return -1
    box = viewer.picture().convert("L").point(lambda value: 255 if value > 80 else 0).getbbox()
    return (box[3] - 1) // 16 if box else -1


def seen(viewer: Viewer, what: str, condition, seconds: float = FRAME_S) -> None:
    try:
        viewer.until(condition, seconds)
    except AssertionError:
        if viewer.address:
            keep(viewer, "failed")
        raise AssertionError(f"not seen within {seconds} s: {what}; ended: {viewer.ended}, sizes: {viewer.sizes}") from None


# What a person does there


def hold(viewer: Viewer, key: int, seconds: float) -> None:
    viewer.inputs.key_press(key)
    viewer.wait(seconds)
    viewer.inputs.key_release(key)
    viewer.wait(0.1)


def type_text(viewer: Viewer, text: str) -> None:
    for letter in text:
        if letter == ">":
            viewer.press(SHIFT, SCANCODES["."])
        elif letter.isupper():
            viewer.press(SHIFT, SCANCODES[letter.lower()])
        else:
            viewer.press(SCANCODES[letter])
        viewer.wait(0.15)


def move_to(pc: PC, viewer: Viewer, focus: str, *keys: str) -> None:
    for _ in range(4):
        for key in keys:
            if where(pc)[1] == focus:
                return
            viewer.press(KEYS[key])
            viewer.wait(2)
    assert where(pc)[1] == focus, where(pc)


def to_front_or_game(viewer: Viewer) -> None:
    viewer.press(CTRL, ALT, HOME)


def connect(pc: PC) -> Viewer:
    return Viewer(None, FRAME_S, host="127.0.0.1", port=str(pc.options.network))


def status(pc: PC, name: str = "game") -> dict[str, object]:
    return json.loads(pc.check(f"playthrough status {name} --json"))


def as_user(pc: PC, user: str, command: str):
    return pc.run(f"runuser -u {user} -- {command}", 60)


def main_pid(pc: PC, unit: str) -> int:
    return int(pc.check(f"systemctl show -P MainPID {unit}"))


def pages(pc: PC, pid: int) -> int:
    """KiB that are its own."""
    return int(re.search(r"^Pss:\s+(\d+)", pc.check(f"cat /proc/{pid}/smaps_rollup"), re.M)[1])


# The PC


def use_unit(pc: PC, unit: str, drop_in: str) -> None:
    pc.check(f"mkdir -p /run/systemd/system/{unit}.d")
    pc.put(drop_in.encode(), f"/run/systemd/system/{unit}.d/test.conf")
    pc.check(f"chmod 644 /run/systemd/system/{unit}.d/test.conf")
    pc.check("systemctl daemon-reload")


def boot_sector(pc: PC) -> bytes:
    source = Path(__file__).with_name("setup_disk.S")
    made, out = pc.work / "boot.o", pc.work / "boot.bin"
    subprocess.run(["as", "--32", "-o", made, source], check=True)
    subprocess.run(["ld", "-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary", "-o", out, made], check=True)
    return out.read_bytes()


def cover() -> bytes:
    import io

    out = io.BytesIO()
    Image.new("RGB", (600, 800), COVER).save(out, "PNG")
    return out.getvalue()


def prepare(pc: PC) -> None:
    """Games with emulated screens: Debian's own kernel with the passed card, and a disk that installs itself."""
    pc.check(f"mkdir -p {LAB} {ART} {Path(SETUP_DISK).parent} && cp /boot/vmlinuz-$(uname -r) {LAB}/vmlinuz && "
             f"cp /boot/initrd.img-$(uname -r) {LAB}/initrd && chmod 644 {LAB}/*", 60)
    profile = pc.check("cat /etc/playthrough/profiles/game.profile")
    profile = re.sub(r"(?m)^kernel = .*", f"kernel = {LAB}/vmlinuz", profile)
    profile = re.sub(r"(?m)^initrd = .*", f"initrd = {LAB}/initrd", profile)
    profile = re.sub(r"(?m)^cmdline = .*", "cmdline = console=tty0 break=top", profile)
    pc.put((profile + "\n[display]\ntype = std\n").encode(), "/etc/playthrough/profiles/game.profile")
    pc.put(SETUP_PROFILE.encode(), "/etc/playthrough/profiles/setup.profile")
    pc.put(boot_sector(pc), SETUP_DISK)
    pc.check(f"truncate -s 8M {SETUP_DISK}")
    pc.put(cover(), f"{ART}/game.png")


def it_says_what_to_do(pc: PC) -> None:
    """`playthrough console` before there is one, for those who may not look, and for those who may."""
    absent = pc.run("playthrough console")
    assert absent.rc == 1 and "PT-CONSOLE-01" in absent.err and "enable --now playthrough-console.socket" in absent.err, absent
    pc.check("systemctl enable --now playthrough-console.socket", 60)
    assert pc.check("stat -c %U:%G:%a /run/playthrough/console.sock") == "root:playthrough-console:660\n"
    assert "/run/playthrough/console.sock" in pc.check("playthrough console", 60)
    denied = as_user(pc, "player", "playthrough console")
    assert denied.rc == 1 and "PT-CONSOLE-02" in denied.err and "usermod -aG playthrough-console" in denied.err, denied
    pc.check("usermod -aG playthrough-console player")
    assert as_user(pc, "player", "playthrough console").rc == 0
    named = as_user(pc, "player", "playthrough console game")
    assert named.rc == 0, named


def a_way_in(pc: PC) -> None:
    pc.check(f"cd /sys/class/net && for i in *; do [ $i = lo ] || {{ ip link set $i up; ip addr add {NETWORK_ADDRESS} dev $i; }}; done")
    pc.check(f"systemd-run --quiet --unit=lab-forward --socket-property=ListenStream={NETWORK_PORT} -p User=player "
             "/lib/systemd/systemd-socket-proxyd /run/playthrough/console.sock", 60)


def the_front_end_is_seen(pc: PC) -> Viewer:
    viewer = connect(pc)
    seen(viewer, "the front end", lambda: is_front(viewer), 120)
    seen(viewer, "the game's cover", lambda: any(n > 2000 and min(r, b) > 80 + g for n, (r, g, b) in colors(viewer)))
    viewer.wait(1)
    keep(viewer, "1-front-end")
    return viewer


def they_are_shut_in(pc: PC) -> None:
    for unit, user in USERS.items():
        told = pc.check(f"systemd-analyze security --no-pager {unit} | tail -n 1", 60)
        exposure = float(re.search(r": ([\d.]+) ", told)[1])
        pid = main_pid(pc, unit)
        facts = pc.check(f"cat /proc/{pid}/status")
        pc.log.append(f"{unit}: exposure {exposure}, PSS {pages(pc, pid)} KiB")
        assert exposure <= EXPOSURE_MOST, told
        assert pc.check(f"stat -c %U /proc/{pid}").strip() == user
        assert "Seccomp:\t2" in facts and "NoNewPrivs:\t1" in facts and "CapBnd:\t0000000000000000" in facts, facts
    denied = as_user(pc, "playthrough-front", f"busctl call {BUS} ProfileWrite sss new '[vm]' ''")
    assert denied.rc == 1 and "org.playthrough.configure" in denied.err, denied
    other = as_user(pc, "nobody", "playthrough start setup")
    assert other.rc == 1 and "org.playthrough.start" in other.err, other
    itself = as_user(pc, "playthrough-console", "playthrough start setup")
    assert itself.rc == 1 and "org.playthrough.start" in itself.err, itself


def a_key_plays(pc: PC, viewer: Viewer) -> None:
    await_where(pc, "home")
    move_to(pc, viewer, "vm/game", "right", "right", "right", "left", "left", "left")
    viewer.press(ENTER)
    seen(viewer, "the firmware or the kernel of the game", lambda: is_text(viewer), 240)
    keep(viewer, "2-firmware")
    assert status(pc)["state"] == "running" and driver(pc, GAME) == "vfio-pci"
    seen(viewer, "the guest's shell", lambda: said_by(pc, viewer, "one"), 180)
    keep(viewer, "3-guest")


def said_by(pc: PC, viewer: Viewer, word: str) -> bool:
    """Has the guest's shell write a word to its serial line, by keys; the shell may not be there yet."""
    type_text(viewer, f"echo typed-{word} > /dev/ttys0\n".replace("ttys", "ttyS"))
    viewer.wait(3)
    return f"typed-{word}" in pc.run("playthrough log game").out


def the_guest_restarts(pc: PC, viewer: Viewer) -> None:
    pid, updates = status(pc)["pid"], viewer.updates
    viewer.press(CTRL, ALT, DELETE)
    seen(viewer, "the firmware", lambda: viewer.updates > updates and is_text(viewer), 60)
    keep(viewer, "4-restart")
    seen(viewer, "the guest's shell again", lambda: said_by(pc, viewer, "two"), 180)
    keep(viewer, "5-guest-again")
    assert status(pc)["pid"] == pid


def it_is_stopped(pc: PC, viewer: Viewer) -> None:
    to_front_or_game(viewer)
    seen(viewer, "the front end", lambda: is_front(viewer))
    await_where(pc, "game")
    keep(viewer, "6-running")
    move_to(pc, viewer, "stop", "up", "right", "left", "left")
    viewer.press(ENTER)
    await_where(pc, "game", "no")
    move_to(pc, viewer, "yes", "right", "left")
    hold(viewer, ENTER, 4)
    until(lambda: status(pc)["state"] == "stopping", 30, "it is stopping")
    viewer.wait(3)
    keep(viewer, "7-stopping")
    until(lambda: status(pc)["state"] == "stopped", 120, "the game ends")
    seen(viewer, "the front end, with what happened", lambda: is_front(viewer))
    viewer.wait(3)
    keep(viewer, "8-stopped")
    until(lambda: [driver(pc, a) for a in PASSED] == ["vfio-pci"] * 3, 30, "devices are home")
    assert viewer.ended == []


def an_install(pc: PC, viewer: Viewer) -> None:
    """A boot menu, a name that is typed, a restart, and the system that was installed, all by this one connection."""
    viewer.press(ESC)
    await_where(pc, "home")
    move_to(pc, viewer, "vm/setup", "right", "right", "right", "left", "left", "left")
    viewer.press(ENTER)
    seen(viewer, "the setup's menu", lambda: last_line(viewer) in (3, 4), 120)
    keep(viewer, "9-setup-menu")
    type_text(viewer, "1")
    seen(viewer, "its question", lambda: last_line(viewer) == 5, 30)
    type_text(viewer, "couch-pc")
    viewer.wait(2)
    keep(viewer, "10-setup-name")
    type_text(viewer, "\n")
    seen(viewer, "the installed system", lambda: last_line(viewer) == 1, 60)
    type_text(viewer, "it works")
    viewer.wait(2)
    keep(viewer, "11-installed")
    assert b"couch-pc" in pc.get(SETUP_DISK)[512:1024]
    assert viewer.ended == []


def the_console_is_killed(pc: PC, viewer: Viewer) -> Viewer:
    """A reconnect, and nothing else: neither the game nor the front end notices."""
    game, front = status(pc, "setup")["pid"], main_pid(pc, FRONT)
    pc.check(f"systemctl kill -s KILL --kill-whom=main {CONSOLE}")
    viewer.until(lambda: viewer.ended, 30)
    viewer.close()
    pc.wait_for(f"systemctl is-active {CONSOLE}", 30)
    again = connect(pc)
    seen(again, "the game that went on", lambda: last_line(again) == 1)
    assert status(pc, "setup")["pid"] == game
    type_text(again, "\nafter the kill")
    again.wait(2)
    keep(again, "12-after-the-kill")
    to_front_or_game(again)
    seen(again, "the front end", lambda: is_front(again))
    assert main_pid(pc, FRONT) == front
    return again


def the_front_end_is_killed(pc: PC, viewer: Viewer) -> None:
    before = main_pid(pc, FRONT)
    pc.check(f"systemctl kill -s KILL --kill-whom=main {FRONT}")
    until(lambda: main_pid(pc, FRONT) not in (0, before), 30, "another front end")
    # The game is seen while there is no front end; it was the front end that was wanted.
    seen(viewer, "the front end again", lambda: is_front(viewer))
    assert viewer.ended == []


def qemu_is_killed(pc: PC, viewer: Viewer) -> None:
    pc.check(f"kill -9 {status(pc, 'setup')['pid']}")
    until(lambda: status(pc, "setup")["state"] == "stopped", 60, "the daemon notices")
    seen(viewer, "the front end", lambda: is_front(viewer))
    viewer.wait(3)
    keep(viewer, "13-killed")
    assert viewer.ended == []


def they_end_when_nobody_looks(pc: PC, viewer: Viewer) -> None:
    """Little happens while nothing changes, and nothing is there a while after the last viewer has left."""
    viewer.wait(5)
    before, updates = len(said(pc)), viewer.updates
    viewer.wait(20)
    assert viewer.updates == updates and len(said(pc)) - before <= 40, said(pc)[before:]
    use_unit(pc, CONSOLE, SOON)
    viewer.close()
    pc.check(f"systemctl restart {CONSOLE}", 60)
    for unit in USERS:
        pc.wait_for(f"test $(systemctl show -P ActiveState {unit}) = inactive", 60)
    pc.check("systemctl set-environment LANG=C.UTF-8 LANGUAGE=ru")  # as at the start, from the system's own setting
    again = connect(pc)
    seen(again, "the front end", lambda: is_front(again), 120)
    again.wait(3)
    keep(again, "14-in-russian")
    again.close()


def on_the_network(pc: PC) -> None:
    """Enabled by one command: TLS, a certificate of its own, a ticket; nobody gets in otherwise, and off again."""
    pc.check("systemctl stop lab-forward.socket lab-forward.service", 60)
    told = pc.check(f"playthrough console enable --listen {NETWORK_PORT}", 120)
    ticket = told.strip().rsplit(" ", 1)[1]
    look = json.loads(pc.check("playthrough console status --json", 60))
    assert look["enabled"] and look["problem"] == "" and look["fingerprint"] and look["fingerprint"] in told, look
    ours = pc.work / "certificate.pem"
    ours.write_bytes(pc.get("/var/lib/playthrough-console/certificate.pem"))
    there = {"host": "127.0.0.1", "ca_file": str(ours), "cert_subject": "CN=Playthrough"}
    wrong = Viewer(None, 0, tls_port=str(pc.options.network), password="guessed", **there)
    wrong.until(lambda: wrong.ended, FRAME_S)
    plain = Viewer(None, 0, host="127.0.0.1", port=str(pc.options.network), password=ticket)
    plain.until(lambda: plain.ended, FRAME_S)
    assert not wrong.sizes and not plain.sizes
    viewer = Viewer(None, FRAME_S, tls_port=str(pc.options.network), password=ticket, **there)
    seen(viewer, "the front end", lambda: is_front(viewer), 120)
    keep(viewer, "15-on-the-network")
    facts = pc.check(f"cat /proc/{main_pid(pc, CONSOLE)}/status; ls /sys/class/net")
    assert "CapBnd:\t0000000000000000" in facts, facts
    pc.check("playthrough console disable", 60)
    viewer.until(lambda: viewer.ended, 30)
    viewer.close()
    assert pc.run(f"ss -Hltn sport = :{NETWORK_PORT}").out.strip() == ""


def day_far_away(pc: PC) -> None:
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    with pc.step("apply, restart"):
        set_up(pc)
    with pc.step("games, a way in"):
        prepare(pc)
        use_unit(pc, FRONT, TRACE)
        it_says_what_to_do(pc)
        a_way_in(pc)
    with pc.step("the front end is seen"):
        viewer = the_front_end_is_seen(pc)
    with pc.step("the units are shut in"):
        they_are_shut_in(pc)
    for what in (a_key_plays, the_guest_restarts, it_is_stopped, an_install):
        with pc.step(what.__name__.replace("_", " ")):
            what(pc, viewer)
    with pc.step("the console is killed"):
        viewer = the_console_is_killed(pc, viewer)
    for what in (the_front_end_is_killed, qemu_is_killed, they_end_when_nobody_looks):
        with pc.step(what.__name__.replace("_", " ")):
            what(pc, viewer)
    with pc.step("on the network"):
        on_the_network(pc)


@pytest.mark.matrix
def test_the_console_from_far_away(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(iommu="intel", network=free_port()), day_far_away, installed_image)
