# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages on a whole PC, emulated: installed, set up, upgraded while a game runs, set back and purged. The game
goes on, no file is left, and what decides how the PC boots is the same to the byte."""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path

import pytest
from test_deb import DEBS, run

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

from conftest import Lab  # noqa: E402
from hardware import GAME_SCREEN, Options  # noqa: E402
from nonce import picture_is  # noqa: E402
from pc import PC  # noqa: E402
from scenario import GAME, START_NONCE, USB, configuration, use_profile  # noqa: E402

# What the lab's PC has the dependencies of.
NAMES = ("playthrough", "playthrough-gui", "playthrough-console")
NEWER = "99.0"
STICK = "/dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_LABDEBS-0:0"
# What runs, what is written by others at any start or installation, and the users of sysusers.d(5), who are never removed.
OTHERS = re.compile(
    r"^(etc/(passwd|group|shadow|gshadow)-?|etc/ld\.so\.cache|boot/efi/loader/random-seed|boot/grub/grubenv"
    r"|var/(log|cache|tmp)(/.*)?|var/lib/(dpkg|apt|systemd|initramfs-tools|private)(/.*)?|root/\.[^/]*"
    r"|usr/share/(man/.*/?cat|mime/|info/dir|applications/mimeinfo).*|etc/playthrough(/.*)?) ")


def newer(deb: Path, folder: Path) -> Path:
    """The same package, as a later version of it."""
    tree = folder / "tree"
    run("dpkg-deb", "-R", deb, tree)
    control = tree / "DEBIAN" / "control"
    own = r"\1(= " + NEWER + ")"
    text = re.sub(r"(?m)^Version: .*", f"Version: {NEWER}", control.read_text())
    control.write_text(re.sub(r"(playthrough(?:-gui)? )\(= [^)]*\)", own, text))
    made = folder / f"{deb.name.split('_')[0]}_{NEWER}_amd64.deb"
    run("dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, made)
    run("rm", "-rf", tree)
    return made


@pytest.fixture(scope="module")
def debs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with the packages in old/, and in new/ a later version of them."""
    folder = tmp_path_factory.mktemp("debs")
    if not list(DEBS.glob("playthrough_*.deb")):
        run("make", "deb")
    for name in ("old", "new"):
        (folder / name).mkdir()
    for name in NAMES:
        deb = next(DEBS.glob(f"{name}_*.deb"))
        (folder / "old" / deb.name).write_bytes(deb.read_bytes())
        newer(deb, folder / "new")
    archive = folder / "debs.tar"
    run("tar", "-C", folder, "-cf", archive, "old", "new")
    return archive


def files(pc: PC) -> dict[str, str]:
    """What is on the disk: each name with its kind, mode, owner, size and where it leads to."""
    text = pc.check("cd / && find etc boot boot/efi usr var root home opt srv -xdev -printf '%p %y %m %u:%g %l %s\\n'"
                    " | awk '$2 == \"d\" { $NF = \"\" } { print }'", 120)  # fmt: skip
    return {line.split(" ", 1)[0]: line for line in text.splitlines() if not OTHERS.match(line)}


def install(pc: PC, folder: str) -> None:
    pc.check(f"DEBIAN_FRONTEND=noninteractive dpkg -i /run/debs/{folder}/*.deb", 300)


def bring(pc: PC, archive: Path) -> None:
    pc.plug_usb("debs", content=archive)
    pc.wait_for(f"test -b {STICK}", 30)
    pc.check(f"mkdir -p /run/debs && tar -C /run/debs -xf {STICK}", 120)
    pc.unplug_usb("debs")


def game(pc: PC) -> tuple[str, int]:
    status = json.loads(pc.check("playthrough status game --json"))
    return status["state"], status["pid"]


def until_game_is_seen(pc: PC) -> None:
    deadline = time.monotonic() + 120
    while not picture_is(pc.screen(GAME_SCREEN), START_NONCE):
        assert time.monotonic() < deadline, "the game's picture on the passed card"
        time.sleep(0.5)


def an_upgrade_while_a_game_runs(pc: PC) -> None:
    pc.check("playthrough start game", 180)
    until_game_is_seen(pc)
    state, daemon = game(pc), pc.check("pidof -s playthroughd")
    guest = pc.check("playthrough log game | grep -c . || true")
    install(pc, "new")
    assert NEWER in pc.check("dpkg-query -W -f '${Version}' playthrough")
    assert game(pc) == state and state[0] == "running"
    assert pc.check("pidof -s playthroughd") != daemon, "the daemon is the new one"
    assert picture_is(pc.screen(GAME_SCREEN), START_NONCE)
    print("lines of the guest before and after:", guest.strip(), pc.check("playthrough log game | grep -c . || true").strip())
    refused = pc.run("dpkg --remove playthrough-console playthrough-gui playthrough")
    assert refused.rc and "playthrough-setup undo" in refused.out + refused.err
    pc.check("playthrough stop game", 120)


def a_life(pc: PC, archive: Path) -> None:
    before, boot = files(pc), configuration(pc)
    bring(pc, archive)
    with pc.step("install"):
        install(pc, "old")
    assert configuration(pc).splitlines() != [] and boot_part(configuration(pc)) == boot_part(boot)
    with pc.step("set up"):
        pc.check(f"playthrough-setup apply --gpu {GAME} --usb {USB} --yes", 300)
        pc.reboot()
        pc.check("playthrough-setup verify", 60)
        use_profile(pc)
        bring(pc, archive)
    with pc.step("an upgrade while a game runs"):
        an_upgrade_while_a_game_runs(pc)
    with pc.step("undo and purge"):
        pc.check("playthrough-setup undo --yes", 300)
        pc.reboot()
        pc.check("dpkg --purge " + " ".join(reversed(NAMES)), 120)
    after = files(pc)
    assert sorted(set(after) - set(before)) == []
    assert sorted(set(before) - set(after)) == []
    assert [after[name] for name in before if after[name] != before[name]] == []
    assert boot_part(configuration(pc)) == boot_part(boot)


def boot_part(text: str) -> list[str]:
    """Of scenario.configuration(): the boot menu and what is in it, and what it is made from."""
    return [line for line in text.splitlines() if re.search(r" (boot/|etc/(default|grub\.d|kernel|initramfs-tools|modprobe\.d))", line)]


def test_upgraded_while_a_game_runs_and_purged(debs: Path) -> None:
    notes: list[str] = []
    Lab("upgraded-and-purged", notes).drive(Options(iommu="intel"), lambda pc: a_life(pc, debs))
    print("\n".join(notes))
