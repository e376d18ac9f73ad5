# SPDX-License-Identifier: GPL-2.0-or-later
"""The disk image: the same bytes each time; asks at its first start, sets the PC up and starts into the front end; plays a
game with a passed card; installs itself to a disk that starts, too, comes back from an update that does not start, and is
set back.

Each test goes on with the stick or disk that the one before it left. Pictures are kept in build/pictures. Times are printed
and decide nothing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from machine import GAME_SCREEN, HOST_SCREEN, Machine, medium

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab" / "image"))

import build  # noqa: E402
from front import is_front_end  # noqa: E402
from nonce import picture_is  # noqa: E402
from scenario import PASSED, PROFILE, START_NONCE  # noqa: E402

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / "build"
PICTURES = BUILD / "pictures"
STICK, DISK = "stick.qcow2", "DISK1.qcow2"
# Links to them in /dev/disk/by-id: what a PC starts from has the same serial number each time.
STARTED_FROM, OTHER = "virtio-LABSYSTEM", "virtio-DISK1"
FRONT_END = "systemctl is-active playthrough-gui.service"
ENTRIES = "ls /boot/efi/loader/entries"


def make(target: str) -> None:
    done = subprocess.run(["nice", "make", "-s", target], cwd=TOP, text=True, errors="replace",
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
    """A folder with the image on a stick of 6 GiB, and an empty disk of 12."""
    folder = tmp_path_factory.mktemp("image")
    medium(folder / STICK, 6, image)
    medium(folder / DISK, 12)
    PICTURES.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def power() -> Iterator[list[Machine]]:
    machines: list[Machine] = []
    yield machines
    for machine in machines:
        machine.close()


def switch_on(power: list[Machine], work: Path, *disks: str) -> Machine:
    power.append(Machine(work, *(work / disk for disk in disks)))
    return power[-1]


def switch_off(machine: Machine) -> None:
    machine.power_button()
    machine.wait_off()


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.5)


def keep(machine: Machine, name: str, screen: str = HOST_SCREEN) -> None:
    machine.screen(screen).save(PICTURES / f"{name}.png")


def await_front_end(machine: Machine, name: str, seconds: float = 300) -> float:
    """Returns the seconds since the power came on."""
    try:
        until(lambda: is_front_end(machine.screen()), seconds, f"the front end: {PICTURES / name}.png")
    finally:
        keep(machine, name)
    return round(time.monotonic() - machine.began, 1)


def partition_uuids(machine: Machine) -> dict[str, str]:
    lines = machine.run("lsblk -nrpo NAME,PARTUUID").splitlines()
    return {name: rest[0] for name, *rest in (line.split() for line in lines) if rest}


def drivers(machine: Machine) -> list[str]:
    return machine.run("; ".join(f"basename $(readlink /sys/bus/pci/devices/{a}/driver)" for a in PASSED)).split()


def nothing_failed(machine: Machine) -> None:
    failed = machine.run("systemctl --failed --no-legend --plain").strip()
    assert not failed, failed + machine.run("journalctl -b -p warning --no-pager | tail -n 40")


def test_two_builds_are_equal(image: Path) -> None:
    again = BUILD / "again.img"
    subprocess.run(["nice", "appliance/packaging/image/build", "build/image", again], cwd=TOP, check=True)
    assert subprocess.run(["cmp", image, again], check=False).returncode == 0
    again.unlink()


def test_first_start(work: Path, power: list[Machine]) -> None:
    """By the keyboard, in English, to the restart; the PC is set up by the way."""
    machine = switch_on(power, work, STICK)
    machine.wait_console("Language", 900)
    keep(machine, "first-start")
    machine.press("ret")
    machine.wait_console("Keyboard")
    machine.press("ret")
    machine.wait_console("Who looks after this PC?")
    machine.press(*"ann", "tab", *"pass", "tab", *"pass", "tab")
    keep(machine, "first-start-user")
    machine.press("ret")
    machine.wait_console("What the network adapters do")
    keep(machine, "first-start-network")
    assert machine.run("id -nG ann").split() == ["ann", "sudo", "playthrough-console"]
    assert machine.run("getent shadow ann").split(":")[1].startswith("$")
    assert "LANG=en_US.UTF-8" in machine.run("cat /etc/default/locale")
    machine.press("ret")
    machine.wait_console("What this PC can do")
    keep(machine, "first-start-check")
    machine.press("ret")
    machine.wait_console("This can be done now, and undone")
    keep(machine, "first-start-plan")
    machine.press("ret")
    machine.wait_console("All is set", 900)
    keep(machine, "first-start-end")
    machine.press("ret")
    machine.wait_off()


def test_the_front_end_comes_after_it(work: Path, power: list[Machine]) -> None:
    """The PC is set up: the start with our entry is found well, and becomes the one that is taken."""
    machine = switch_on(power, work, STICK)
    await_front_end(machine, "front-end", 600)
    machine.wait(FRONT_END)
    assert "playthrough=" in machine.run("cat /proc/cmdline")
    assert drivers(machine) == ["vfio-pci"] * 3
    assert int(machine.run("df --output=size -B1M / | tail -1")) > 5000, "it has taken the stick's room"
    machine.wait("playthrough-setup verify")
    nothing_failed(machine)
    machine.put(PROFILE, "/etc/playthrough/profiles/game.profile")
    switch_off(machine)


def bare_debian_s(work: Path) -> float:
    """From power on to the login on the serial console, on the same PC. GRUB waits for one second, our loader for two."""
    folder = work / "bare"
    folder.mkdir(exist_ok=True)
    machine = Machine(folder, medium(folder / "debian.qcow2", 8, build.ensure_image()))
    try:
        machine.wait_serial("login:", 300)
        return round(time.monotonic() - machine.began, 1)
    finally:
        machine.close()


def test_from_power_on_to_a_game(work: Path, power: list[Machine]) -> None:
    """A pad that is plugged in picks the game, whose picture is on the passed card; the power button ends it and the PC."""
    bare_s = [bare_debian_s(work)]
    machine = switch_on(power, work, STICK)
    front_s = [await_front_end(machine, "couch-1-front-end")]
    machine.wait("test -n \"$(pidof playthroughd)\"")
    print("front end:", machine.run("systemd-analyze time").splitlines()[0])
    assert "playthrough=" in machine.run("cat /proc/cmdline"), "the entry was taken again"
    machine.plug_pad()
    machine.wait("ls /dev/input/js0", 60)
    time.sleep(5)
    machine.press_pad(x=127)  # to the game beside the one that is shipped
    keep(machine, "couch-2-pad")
    machine.press_pad(buttons=1)  # A
    machine.wait("playthrough status game --json | grep -q running", 180)
    until(lambda: picture_is(machine.screen(GAME_SCREEN), START_NONCE), 180, "the game's picture on its own card")
    keep(machine, "couch-3-game", GAME_SCREEN)
    until(lambda: is_front_end(machine.screen()), 60, "the front end beside it")
    keep(machine, "couch-3-front-end")
    switch_off(machine)

    machine = switch_on(power, work, STICK)
    front_s.append(await_front_end(machine, "couch-4-front-end"))
    machine.wait(FRONT_END)
    said = machine.run("journalctl -b -1 -o cat --no-pager -u playthrough-guests.service -u playthroughd.service")
    assert "stopped" in said, said
    assert drivers(machine) == ["vfio-pci"] * 3
    nothing_failed(machine)
    switch_off(machine)

    bare_s.append(bare_debian_s(work))
    print(f"power on to front end {front_s} s; bare Debian to its login {bare_s} s; ratio {sum(front_s) / sum(bare_s):.2f}")


def test_stick_installs_itself(work: Path, power: list[Machine]) -> None:
    machine = switch_on(power, work, STICK, DISK)
    machine.wait(FRONT_END)
    machine.wait("test -e /boot/efi/loader/entries/playthrough-kept.conf")
    assert "+" not in machine.run(ENTRIES), "the start was good, so that its entry is counted no more"

    refused = machine.try_run(f"playthrough-install to {STARTED_FROM} --confirm {STARTED_FROM}")
    assert refused.returncode == 1 and "PT-DISK-01" in refused.stderr
    refused = machine.try_run(f"playthrough-install to {OTHER} --confirm {STARTED_FROM}")
    assert refused.returncode == 1 and "PT-INSTALL-02" in refused.stderr
    print(machine.run("playthrough-install list"))
    print(machine.run(f"playthrough-install to {OTHER} --confirm {OTHER}", 1200))
    uuids = partition_uuids(machine)
    assert len(uuids) == 4 == len(set(uuids.values()))
    assert "Linux Boot Manager" in machine.run("bootctl list >/dev/null; bootctl status")
    switch_off(machine)


def kernel_versions(machine: Machine) -> tuple[str, list[str]]:
    return machine.run("uname -r").strip(), sorted(machine.run(ENTRIES).split())


def test_installed_disk_starts(work: Path, power: list[Machine]) -> None:
    machine = switch_on(power, work, DISK)
    await_front_end(machine, "disk", 600)
    print("disk:", machine.run("systemd-analyze time").splitlines()[0])
    nothing_failed(machine)
    assert int(machine.run("df --output=size -B1M / | tail -1")) > 10000
    assert "playthrough=" in machine.run("cat /proc/cmdline") and drivers(machine) == ["vfio-pci"] * 3
    machine.wait("playthrough-setup verify")
    switch_off(machine)


def test_an_update_that_does_not_start(work: Path, power: list[Machine]) -> None:
    """Our entry is tried once, the stock one three times; then the last good start is there again, which nobody chose."""
    machine = switch_on(power, work, DISK)
    machine.wait(FRONT_END)
    machine.wait("playthrough-setup verify")
    version, names = kernel_versions(machine)
    own = f"~playthrough-{version}~playthrough.conf"
    assert names == [f"playthrough-{version}.conf", "playthrough-kept.conf", own]
    # As the package of a kernel does; what it brings has no system in it.
    machine.run(f"head -c 100000 /dev/urandom >/tmp/broken; kernel-install add {version} /boot/vmlinuz-{version} /tmp/broken", 600)
    assert kernel_versions(machine)[1] == [f"playthrough-{version}+3.conf", "playthrough-kept.conf", own]
    switch_off(machine)

    for n in range(4):
        machine = switch_on(power, work, DISK)
        machine.wait_off(400)  # panic=30
        assert "Kernel panic" in machine.serial(), f"start {n + 1}: {machine.serial()[-2000:]}"
    machine = switch_on(power, work, DISK)
    await_front_end(machine, "fallback", 600)
    cmdline = machine.run("cat /proc/cmdline")
    assert "playthrough-kept" in cmdline and "playthrough=" not in cmdline
    assert kernel_versions(machine)[1] == [f"playthrough-{version}+0-3.conf", "playthrough-kept.conf", own]
    nothing_failed(machine)
    # The next update mends it.
    machine.run(f"kernel-install add {version} /boot/vmlinuz-{version} /boot/initrd.img-{version}", 600)
    assert kernel_versions(machine)[1] == [f"playthrough-{version}+3.conf", "playthrough-kept.conf", own]
    switch_off(machine)


def test_reset(work: Path, power: list[Machine]) -> None:
    """Games stay, people do not, and the next start asks as the first one did."""
    machine = switch_on(power, work, DISK)
    machine.wait(FRONT_END)
    machine.run("touch /home/ann/games.qcow2")
    # In one: from then on, nobody of before comes in.
    machine.run("playthrough-install reset --confirm reset && ! grep -q ^ann: /etc/passwd && "
                "test -e /etc/playthrough/profiles/game.profile && test -e /home/ann/games.qcow2 && "
                "test $(stat -c %U:%a /home/ann) = root:700 && ! test -e /var/lib/playthrough-first-boot.done && "
                "! ls /etc/ssh/ssh_host_* /root/.ssh/*")
    switch_off(machine)

    machine = switch_on(power, work, DISK)
    machine.wait_console("Language")
    machine.run("test -e /etc/playthrough/profiles/game.profile && test -e /home/ann/games.qcow2")
    keep(machine, "reset")
