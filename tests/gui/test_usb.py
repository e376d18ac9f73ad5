"""The USB screen with devices that umockdev makes: one is plugged in while somebody looks."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator

import pytest
from conftest import BUILD, Couch, wait_for

# Its disk is not there: nothing heavy is ever started.
GAME = "[cpu]\naccel=tcg\nmodel=max\n[boot]\nfirmware=bios\n[disk c]\nimage=/nonexistent/c.qcow2\nformat=qcow2\n"
DESCRIPTORS = "12010002000000403412010000010102030109021900010100 80fa0904000000ff000000".replace(" ", "").upper()
PC = "/devices/pci0000:00/0000:00:14.0/usb1"


class Bed:
    """A PC's USB devices. Programs that are to see it are started with its environment."""

    def __init__(self) -> None:
        self.keeper = subprocess.Popen(["umockdev-wrapper", sys.executable, str(Path(__file__).parent / "bed.py")],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.env = {"UMOCKDEV_DIR": self.told(), "LD_PRELOAD": "libumockdev-preload.so.0"}
        self.plug("usb1", 1, idVendor="1d6b", idProduct="0002", bDeviceClass="09")

    def told(self) -> str:
        assert self.keeper.stdout
        line = self.keeper.stdout.readline().strip()
        assert line, "the keeper of the devices ended"
        return line

    def act(self, *words: str) -> None:
        assert self.keeper.stdin
        self.keeper.stdin.write(json.dumps(words) + "\n")
        self.keeper.stdin.flush()
        assert self.told() == "done"

    def plug(self, name: str, number: int, **attributes: str) -> None:
        path = PC + ("" if name == "usb1" else f"/{name}")
        lines = [f"P: {path}", f"N: bus/usb/001/{number:03}", f"E: DEVNAME=/dev/bus/usb/001/{number:03}",
                 "E: DEVTYPE=usb_device", "E: SUBSYSTEM=usb", "A: busnum=1", f"A: devnum={number}", "A: speed=480",
                 "A: bConfigurationValue=1", f"H: descriptors={DESCRIPTORS}"]
        text = "\n".join(lines + [f"A: {key}={value}" for key, value in attributes.items()]) + "\n\n"
        self.act("plug", f"/sys{path}", text)

    def unplug(self, name: str) -> None:
        self.act("unplug", f"/sys{PC}/{name}")

    def close(self) -> None:
        assert self.keeper.stdin
        self.keeper.stdin.close()
        self.keeper.wait(timeout=30)


@pytest.fixture
def bed() -> Iterator[Bed]:
    it = Bed()
    yield it
    it.close()


def start(couch: Couch, bed: Bed) -> None:
    """The daemon lives in the bed, the front end outside of it. It is ended with the couch."""
    couch.profile("solitaire", "[vm]\ntitle=Solitaire\n" + GAME)
    done = subprocess.run([str(BUILD / "playthrough"), "--session", "list"], env=couch.env | bed.env, capture_output=True,
                          text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    couch.start("--session", "--screen", "usb")


def test_a_device_is_plugged_in_and_given_for_good(couch: Couch, bed: Bed) -> None:
    bed.plug("1-1", 2, idVendor="1234", idProduct="0001", bDeviceClass="00", product="Pad")
    start(couch, bed)
    couch.await_where("usb", "usb/1-1")

    begin = time.monotonic()
    bed.plug("1-3", 3, idVendor="1234", idProduct="0002", bDeviceClass="00", product="Wh\x1b[2Jeel", serial="77")
    couch.await_where("usb", "usb/1-3")
    assert time.monotonic() - begin < 2  # 0.2 s is the aim; the machine may be busy

    # No game runs: the button leads to what lasts.
    couch.key("Return")
    couch.await_where("device", "serial")
    profile = couch.folder / "profiles/solitaire.profile"
    couch.key("Down", "Return")
    wait_for(lambda: "1234:0002" in profile.read_text(), "the rule in the profile")
    couch.await_where("device", "no")  # it counts from the next start on: to be read
    couch.key("Return")
    couch.await_where("device")
    couch.key("Down", "Down", "Down", "Up")
    couch.await_where("device", "rule/0")
    couch.key("Return")
    wait_for(lambda: "1234:0002" not in profile.read_text(), "the profile without the rule")


def test_a_device_that_goes_leaves_no_hole(couch: Couch, bed: Bed) -> None:
    for number in range(1, 4):
        bed.plug(f"1-{number}", number + 1, idVendor="1234", idProduct=f"000{number}", bDeviceClass="00")
    start(couch, bed)
    couch.await_where("usb", "usb/1-1")
    couch.key("Down")
    couch.await_where("usb", "usb/1-2")
    bed.unplug("1-2")
    wait_for(lambda: couch.where()[1] in ("usb/1-1", "usb/1-3"), "a neighbour with the focus")
    couch.key("y")
    couch.await_where("device")
    bed.unplug("1-1")
    bed.unplug("1-3")
    couch.await_where("device", "back")
    couch.key("Return")
    couch.await_where("usb", "home")
