#!/usr/bin/python3
"""The emulated PC for a person: `make lab`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

import hardware
from install import image_of_now
from pc import GAME_SCREEN, HOST_SCREEN, PC, Options

FIRST_VNC_PORT = 5900
WELCOME = """
{screens}
This terminal becomes the PC's serial console, where root is logged in after half a minute.
Log in on the host's screen as root or player; the password is "lab". What to type:
{programs}
The game's card is 0000:01:00.0 with its audio function 0000:01:00.1, the USB controller to pass
0000:02:00.0, the game's disk /dev/disk/by-id/nvme-QEMU_NVMe_Ctrl_{disk}.
Nothing here is simulated by our programs, and nothing you do is kept. All of it is slow.

Ctrl-A X      pulls the power plug
Ctrl-A C      QEMU's monitor, and back; there you plug in and out:
              device_add usb-tablet,id=pad,bus=xhcihost.0
              device_del pad
"""
PROGRAMS = """
    playthrough-setup check         what this PC can do, and what is missing
    playthrough-setup plan          what would be changed; apply changes it, undo takes it back
    reboot                          and then: playthrough-setup verify
    playthrough list                the games there are; start, stop, usb
"""
BARE = """
    lspci -nnk                      Debian alone is on this PC, as it was installed
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iommu", choices=("intel", "amd", "none"), default="intel")
    parser.add_argument("--no-intremap", action="store_true", help="without interrupt remapping")
    parser.add_argument("--no-acs", action="store_true", help="root ports that do not isolate")
    parser.add_argument("--bare", action="store_true", help="Debian alone, without our programs")
    parser.add_argument("--vnc", action="store_true", help="VNC also where there is a desktop")
    parser.add_argument("--port", type=int, default=5901, help="first of two VNC ports (default: 5901)")
    wish = parser.parse_args()

    options = Options(iommu=wish.iommu, intremap=not wish.no_intremap, acs=not wish.no_acs)
    with PC(options, None if wish.bare else image_of_now()) as pc:
        windows = bool(os.environ.get("DISPLAY")) and not wish.vnc and _has_gtk()
        display, screens = _windows() if windows else _vnc(wish.port)
        programs = BARE if wish.bare else PROGRAMS
        serial = hardware.GAME_DISK_SERIAL
        print(WELCOME.format(screens=screens, programs=programs, disk=serial), flush=True)
        return subprocess.run(
            ["qemu-system-x86_64", *hardware.arguments(options, pc.work, interactive=True), *display],
            check=False,
        ).returncode


def _has_gtk() -> bool:
    command = ["qemu-system-x86_64", "-display", "help"]
    return "gtk" in subprocess.run(command, capture_output=True, text=True, timeout=20).stdout.split()


def _windows() -> tuple[list[str], str]:
    return ["-display", "gtk,show-tabs=on"], "The window has a tab for the host's screen and one for the game's.\n"


def _vnc(port: int) -> tuple[list[str], str]:
    arguments: list[str] = ["-display", "none"]
    told = ""
    for number, (screen, name) in enumerate(((HOST_SCREEN, "host's"), (GAME_SCREEN, "game's"))):
        display = port - FIRST_VNC_PORT + number
        arguments += ["-vnc", f"127.0.0.1:{display},display={screen}"]
        told += f"The {name} screen: VNC at 127.0.0.1:{port + number}\n"
    return arguments, told


if __name__ == "__main__":
    sys.exit(main())
