# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk image: the same bytes each time, starts into the front end, installs itself to a disk that starts, too, and
is set back.

Pictures are kept in build/pictures. Times are printed and decide nothing.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from machine import Machine
from PIL import Image

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / "build"
PICTURES = BUILD / "pictures"
STICK, DISK = "STICK1", "DISK1"
FRONT_END = "systemctl is-active playthrough-gui.service"


def make(target: str) -> None:
    done = subprocess.run(["make", "-s", target], cwd=TOP, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.fixture(scope="module")
def image() -> Path:
    """PLAYTHROUGH_IMAGE=FILE takes one that is there."""
    if given := os.environ.get("PLAYTHROUGH_IMAGE"):
        return Path(given)
    make("image")
    return BUILD / "playthrough.img"


@pytest.fixture(scope="module")
def work(image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the stick, a copy of the image on a medium of 6 GiB, and an empty disk of 12."""
    folder = tmp_path_factory.mktemp("image")
    subprocess.run(["cp", "--sparse=always", image, folder / "stick"], check=True)
    os.truncate(folder / "stick", 6 << 30)
    with (folder / "disk").open("wb") as disk:
        disk.truncate(12 << 30)
    PICTURES.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def power() -> Iterator[list[Machine]]:
    machines: list[Machine] = []
    yield machines
    for machine in machines:
        machine.close()


def has_picture(machine: Machine, name: str) -> bool:
    """A front end has many colours, a text console but few."""
    with Image.open(machine.picture(PICTURES / f"{name}.png")) as picture:
        return len(picture.convert("RGB").getcolors(1 << 24) or []) > 200


def wait_for_picture(machine: Machine, name: str) -> None:
    for _ in range(60):
        if has_picture(machine, name):
            return
        time.sleep(2)
    raise AssertionError(f"no front end on the screen: {PICTURES / name}.png")


def partition_uuids(machine: Machine) -> dict[str, str]:
    lines = machine.run("lsblk -nrpo NAME,PARTUUID").splitlines()
    return {name: rest[0] for name, *rest in (line.split() for line in lines) if rest}


def test_two_builds_are_equal(image: Path) -> None:
    again = BUILD / "again.img"
    subprocess.run(["appliance/packaging/image/build", "build/image", again], cwd=TOP, check=True)
    assert subprocess.run(["cmp", image, again], check=False).returncode == 0
    again.unlink()


def test_first_start(work: Path, power: list[Machine]) -> None:
    """By the keyboard, in English, to the restart."""
    machine = Machine(work, [(work / "stick", STICK)])
    power.append(machine)
    machine.wait_console("Language", 900)
    machine.picture(PICTURES / "first-start.png")
    machine.press("ret")
    machine.wait_console("Keyboard")
    machine.press("ret")
    machine.wait_console("Who looks after this PC?")
    machine.press(*"ann", "tab", *"pass", "tab", *"pass", "tab", "ret")
    machine.wait_console("What the network adapters do")
    assert machine.run("id -nG ann").split() == ["ann", "sudo", "playthrough-console"]
    assert machine.run("getent shadow ann").split(":")[1].startswith("$")
    machine.press("ret")
    machine.wait_console("What this PC can do")
    machine.picture(PICTURES / "first-start-check.png")
    machine.press("ret")
    machine.wait_console("All is set")
    machine.press("ret")
    machine.wait_off()


def test_stick_starts_and_installs_itself(work: Path, power: list[Machine]) -> None:
    machine = Machine(work, [(work / "stick", STICK), (work / "disk", DISK)])
    power.append(machine)
    machine.wait(FRONT_END)
    wait_for_picture(machine, "stick")
    print("stick:", machine.run("systemd-analyze time").splitlines()[0])
    assert not machine.run("systemctl --failed --no-legend").strip()
    assert int(machine.run("df --output=size -B1M / | tail -1")) > 5000, "it has taken the stick's room"
    machine.wait("test -e /boot/efi/loader/entries/playthrough-kept.conf")
    entries = machine.run("ls /boot/efi/loader/entries")
    assert "+" not in entries, "the start was good, so that its entry is counted no more"

    refused = machine.try_run(f"playthrough-install to virtio-{STICK} --confirm virtio-{STICK}")
    assert refused.returncode == 1 and "PT-DISK-01" in refused.stderr
    refused = machine.try_run(f"playthrough-install to virtio-{DISK} --confirm virtio-{STICK}")
    assert refused.returncode == 1 and "PT-INSTALL-02" in refused.stderr
    print(machine.run(f"playthrough-install to virtio-{DISK} --confirm virtio-{DISK}", 1200))
    uuids = partition_uuids(machine)
    assert len(uuids) == 4 == len(set(uuids.values()))
    assert "Linux Boot Manager" in machine.run("bootctl list >/dev/null; bootctl status")
    machine.power_button()
    machine.wait_off()


def test_installed_disk_starts(work: Path, power: list[Machine]) -> None:
    stick = Machine(work, [(work / "disk", DISK)])
    power.append(stick)
    stick.wait(FRONT_END)
    wait_for_picture(stick, "disk")
    print("disk:", stick.run("systemd-analyze time").splitlines()[0])
    assert not stick.run("systemctl --failed --no-legend").strip()
    assert int(stick.run("df --output=size -B1M / | tail -1")) > 10000

    # An update of the kernel that is there: its entry is counted again, and there is no other of it.
    stick.run("systemctl is-active playthrough-start-good.service")
    stick.run("v=$(uname -r); kernel-install add $v /boot/vmlinuz-$v /boot/initrd.img-$v", 600)
    version = stick.run("uname -r").strip()
    names = stick.run("ls /boot/efi/loader/entries").split()
    assert sorted(names) == [f"playthrough-{version}+3.conf", "playthrough-kept.conf"]

    stick.run("mkdir -p /etc/playthrough/profiles && touch /etc/playthrough/profiles/games.profile && "
              "touch /home/ann/games.qcow2")
    # In one: from then on, nobody of before comes in.
    stick.run("playthrough-install reset --confirm reset && ! grep -q ^ann: /etc/passwd && "
              "test -e /etc/playthrough/profiles/games.profile && test -e /home/ann/games.qcow2 && "
              "test $(stat -c %U:%a /home/ann) = root:700 && ! test -e /var/lib/playthrough-first-boot.done && "
              "! ls /etc/ssh/ssh_host_* /root/.ssh/*")
    stick.power_button()
    stick.wait_off()
