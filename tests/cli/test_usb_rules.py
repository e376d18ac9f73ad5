"""USB rules from the command line: assigned, told, taken out. The daemon sees a /sys of our own in its mount namespace."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import pytest
from conftest import BUILD, TINY, Session

CONTROLLER = "0000:00:14.0"
# Names that a device may say of itself.
RED = b"\033[31mRed \xff\xe2\x80\xaePad"


@dataclass
class Device:
    """One device as the kernel shows it; sysname "1-2.3" sits in port 2.3 of the only controller."""

    sysname: str
    id: str
    product: bytes = b""
    serial: bytes = b""
    hub: bool = False
    keyboard: bool = False


DEVICES = [
    Device("usb1", "1d6b:0002", hub=True),
    Device("1-1", "046d:c31c", b"Keyboard", keyboard=True),
    Device("1-2", "046d:c24f", b"G29 Racing Wheel", b"A1"),
    Device("1-3", "046d:c24f", b"G29 Racing Wheel", b"B2"),
    Device("1-5", "05e3:0608", b"Hub", hub=True),
    Device("1-5.1", "045e:02ea", RED, b"\x01\x02"),
]


def write(path: Path, value: bytes) -> None:
    path.write_bytes(value + b"\n")


def plug(sys: Path, device: Device, devnum: int) -> None:
    names = ["usb1"]
    if device.sysname != "usb1":
        ports = device.sysname.split("-")[1].split(".")
        names += [f"1-{'.'.join(ports[:n + 1])}" for n in range(len(ports))]
    folder = sys / "devices" / "pci0000:00" / CONTROLLER / Path(*names)
    folder.mkdir(parents=True, exist_ok=True)
    vendor, product = device.id.split(":")
    for name, value in (("idVendor", vendor), ("idProduct", product), ("busnum", "1"), ("devnum", str(devnum)),
                        ("bDeviceClass", "09" if device.hub else "00"), ("speed", "480")):
        write(folder / name, value.encode())
    for name, text in (("product", device.product), ("serial", device.serial)):
        if text:
            write(folder / name, text)
    interface = folder / f"{device.sysname}:1.0"
    interface.mkdir()
    codes = ("03", "01", "01") if device.keyboard else ("09", "00", "00") if device.hub else ("ff", "00", "00")
    for name, code in zip(("bInterfaceClass", "bInterfaceSubClass", "bInterfaceProtocol"), codes):
        write(interface / name, code.encode())
    if device.keyboard:
        driver = sys / "bus" / "usb" / "drivers" / "usbhid"
        driver.mkdir(parents=True)
        (interface / "driver").symlink_to("/sys/bus/usb/drivers/usbhid")
    listed = sys / "bus" / "usb" / "devices"
    listed.mkdir(parents=True, exist_ok=True)
    for entry in (folder, interface):
        (listed / entry.name).symlink_to("/sys" / entry.relative_to(sys))


def start(session: Session) -> None:
    """The daemon, with our own /sys for it and what it starts."""
    sys = session.folder / "sys"
    for number, device in enumerate(DEVICES):
        plug(sys, device, number + 1)
    log = (session.folder / "daemon.log").open("ab")
    session.daemon = subprocess.Popen(
        ["unshare", "--map-root-user", "--mount", "sh", "-c",
         'mount --bind "$1" /sys && exec "$2" --session', "sh", str(sys), str(BUILD / "playthroughd")],
        env=session.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    deadline = time.monotonic() + 15
    while not session.socket().exists():
        assert session.daemon.poll() is None and time.monotonic() < deadline, session.daemon_log()
        time.sleep(0.02)


@pytest.fixture
def pc(session: Session) -> Iterator[Session]:
    session.profile("tiny", TINY)
    session.profile("work", "[usb desk]\nhub=0000:00:14.0/5\n")
    start(session)
    yield session


def why(pc: Session, sysname: str) -> dict:
    return next(d for d in pc.json("usb", "list", "--why")["devices"] if d["sysname"] == sysname)


def told(pc: Session, sysname: str) -> str:
    """What --why says of a device, as a person reads it."""
    done = pc.run("usb", "list", "--why")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    at = next(i for i, line in enumerate(lines) if f"  {sysname}  " in line)
    text = lines[at]
    while at + 1 < len(lines) and lines[at + 1].startswith("  "):
        at += 1
        text += "\n" + lines[at]
    return text


def test_for_good_and_back(pc: Session) -> None:
    file = pc.profiles / "tiny.profile"
    before = file.read_bytes()
    done = pc.run("usb", "assign", "tiny", "1-2")
    assert done.returncode == 0, done.stderr
    assert f"[usb g29-racing-wheel] is written into {file}" in done.stdout
    # Its twin is plugged in, so that the serial number is part of the rule.
    assert file.read_bytes().removeprefix(before).decode() == (
        "\n# playthrough usb assign: G29 Racing Wheel\n[usb g29-racing-wheel]\nid=046d:c24f\nserial=A1\n")
    again = pc.run("usb", "assign", "tiny", "1-2")
    assert again.returncode == 0 and "already so" in again.stdout
    assert pc.run("profile", "check", "tiny").returncode == 0

    rule = why(pc, "1-2")["rules"][0]
    assert (rule["vm"], rule["section"], rule["by"], rule["running"]) == ("tiny", "usb g29-racing-wheel", "serial",
                                                                         False)
    assert rule["file"] == str(file) and rule["rank"] > 0 and why(pc, "1-2")["owner"] is None
    assert "tiny: [usb g29-racing-wheel] (serial number) would have it, but this VM does not run" in told(pc, "1-2")
    assert "no rule names it" in told(pc, "1-3")

    done = pc.run("usb", "unassign", "tiny", "1-2")
    assert done.returncode == 0 and "tiny: [usb g29-racing-wheel] is taken out" in done.stdout
    assert file.read_bytes() == before


def test_json_and_names(pc: Session) -> None:
    answer = pc.json("usb", "assign", "tiny", "0000:00:14.0/9.1", "--by", "port", "--as", "front")
    assert answer["schema"] == 1 and answer["changed"] is True
    assert (answer["section"], answer["keys"]) == ("usb front", "port=0000:00:14.0/9.1\n")
    assert pc.json("usb", "unassign", "tiny", "front")["sections"] == ["usb front"]
    assert pc.json("usb", "assign", "tiny", "1-5", "--by", "hub")["keys"] == "hub=0000:00:14.0/5\n"


def test_precedence_is_told(pc: Session) -> None:
    """The game that runs has the strongest rule; what it could not plug in here is told as such."""
    assert pc.run("start", "tiny").returncode == 0
    done = pc.run("usb", "assign", "tiny", "1-5.1")
    assert done.returncode == 0 and "does not run" not in done.stdout
    deadline = time.monotonic() + 20
    while not (pad := why(pc, "1-5.1"))["rules"][0]["ignored"]:
        assert time.monotonic() < deadline, pad
        time.sleep(0.05)
    assert [(r["vm"], r["by"], r["running"]) for r in pad["rules"]] == [("tiny", "device", True),
                                                                       ("work", "hub", False)]
    assert pad["rules"][0]["rank"] > pad["rules"][1]["rank"]
    # There is no such device node: it was tried, once.
    assert pad["owner"] is None
    assert "could not be plugged in" in told(pc, "1-5.1")
    assert pc.run("usb", "unassign", "tiny", "1-5.1").returncode == 0
    assert [r["vm"] for r in why(pc, "1-5.1")["rules"]] == ["work"]  # at once, not at the next start
    assert pc.run("stop", "tiny", "--force").returncode == 0


def test_names_of_devices_are_harmless(pc: Session) -> None:
    assert pc.run("usb", "assign", "tiny", "1-5.1").returncode == 0
    text = (pc.profiles / "tiny.profile").read_text()  # it is UTF-8
    assert "\033" not in text and "\u202e" not in text
    assert "\033" not in told(pc, "1-5.1")
    assert pc.run("profile", "check", "tiny").returncode == 0


REFUSED = {
    "keyboard": (["assign", "tiny", "1-1"], ["only keyboard", "PT-USB-13"]),
    "hub": (["assign", "tiny", "1-5"], ["1-5 is a hub", "PT-USB-12"]),
    "no-hub": (["assign", "tiny", "1-2", "--by", "hub"], ["no hub", "PT-USB-31"]),
    "no-serial": (["assign", "tiny", "1-5.1", "--by", "serial"], ["1-5.1", "PT-USB-31"]),
    "ambiguous": (["assign", "tiny", "046d:c24f"], ["1-2 and 1-3"]),
    "absent": (["assign", "tiny", "9-9"], ["9-9", "PT-USB-11"]),
    "bad-by": (["assign", "tiny", "1-2", "--by", "colour"], ["colour", "PT-USB-31"]),
    "bad-as": (["assign", "tiny", "1-2", "--as", "a]\n[gpu"], ["section", "PT-USB-31"]),
    "controller": (["assign", "tiny", "1-2", "--by", "controller"], []),
    "escape": (["assign", "tiny", "\033[31m"], ["not the name", "PT-USB-11"]),
    "newline": (["assign", "tiny", "1-2\n[gpu]"], ["not the name", "PT-USB-11"]),
    "not-utf8": (["assign", "tiny", "\udcff"], ["UTF-8"]),
    "long": (["assign", "tiny", "x" * 100000], ["not the name", "PT-USB-11"]),
    "long-as": (["assign", "tiny", "1-2", "--as", "x" * 1000], ["section", "PT-USB-31"]),
    "no-vm": (["assign", "games", "1-2"], ["games.profile"]),
    "path-as-vm": (["assign", "../tiny", "1-2"], ["../tiny"]),
    "no-rule": (["unassign", "work", "1-2"], ["1-2", "PT-USB-32"]),
    "unassign-long": (["unassign", "work", "x" * 100000], ["too long", "PT-USB-32"]),
    "unassign-newline": (["unassign", "work", "desk\n"], ["desk", "PT-USB-32"]),
    "unassign-escape": (["unassign", "work", "\033[31m"], ["\\x1b[31m", "PT-USB-32"]),
}


@pytest.fixture(scope="module")
def shared_pc() -> Iterator[Session]:
    made = Session()
    try:
        made.profile("tiny", TINY)
        made.profile("work", "[usb desk]\nhub=0000:00:14.0/5\n")
        start(made)
        yield made
    finally:
        made.close()


@pytest.mark.parametrize("case", REFUSED)
def test_refused(shared_pc: Session, case: str) -> None:
    args, says = REFUSED[case]
    before = {p: p.read_bytes() for p in shared_pc.profiles.rglob("*") if p.is_file()}
    done = shared_pc.run("usb", *args)
    assert done.returncode == 1 and done.stdout == "", done
    assert len(done.stderr.splitlines()) <= 2 and "\033" not in done.stderr
    for word in says:
        assert word in done.stderr.splitlines()[0], done.stderr
    assert {p: p.read_bytes() for p in shared_pc.profiles.rglob("*") if p.is_file()} == before
    assert shared_pc.daemon and shared_pc.daemon.poll() is None, shared_pc.daemon_log()


def test_hints_go_on(shared_pc: Session) -> None:
    assert "--by hub" in shared_pc.run("usb", "assign", "tiny", "1-5").stderr
    assert "[usb desk] (0000:00:14.0/5)" in shared_pc.run("usb", "unassign", "work", "1-2").stderr
    assert "is a hub" in told(shared_pc, "1-5")
    assert "only keyboard" in told(shared_pc, "1-1")
    assert json.loads(shared_pc.run("usb", "list", "--json").stdout)["devices"][0].get("rules") is None
