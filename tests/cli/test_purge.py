# SPDX-License-Identifier: GPL-2.0-or-later
"""What a purge of the appliance's package leaves of the boot entry that it has kept, and a removal of our sockets."""

import subprocess

import pytest

from conftest import TOP
from test_hostile import FENCED

POSTRM = TOP / "appliance/packaging/debian/playthrough-appliance.postrm"
ENTRY, FOLDER = "/boot/efi/loader/entries/playthrough-kept.conf", "/boot/efi/playthrough-kept"
APT = "/etc/apt/apt.conf.d/02playthrough-kept"
SCENE = f"""
mount -t tmpfs none /boot; mount -t tmpfs none /etc/apt; mount -t tmpfs none /var/lib
mkdir -p /boot/efi/loader/entries {FOLDER} /etc/apt/apt.conf.d
touch {ENTRY} {FOLDER}/linux {APT} /boot/cmdline /boot/efi/loader/entries/other.conf
echo "root=/dev/vda1 rw$1" >/boot/cmdline
mount --bind /boot/cmdline /proc/cmdline
sh {POSTRM} "$2"
find /boot/efi /etc/apt -type f | sort
"""


@pytest.mark.parametrize(("options", "action", "stay"), [
    ("", "purge", False),
    (" playthrough-kept", "purge", True),  # what runs now needs it
    ("", "remove", True),
])
def test_kept_entry(options: str, action: str, stay: bool) -> None:
    done = subprocess.run([*FENCED[:4], SCENE, "sh", options, action], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    kept = [ENTRY, f"{FOLDER}/linux", APT] if stay else []
    assert sorted(done.stdout.split()) == sorted([*kept, "/boot/efi/loader/entries/other.conf"])


def test_a_removal_takes_the_sockets_along() -> None:
    """An upgrade leaves them alone, so that nothing stops them by itself; what they listened at is in /run until the next boot."""
    packaging = TOP / "appliance/packaging"
    for unit in packaging.glob("*.socket"):
        lists = [path for path in (packaging / "debian").glob("*.install") if f"/{unit.name}" in path.read_text()]
        assert len(lists) == 1, unit.name
        assert unit.name in lists[0].with_suffix(".prerm").read_text()
        assert "RemoveOnStop=yes" in unit.read_text()


def test_acts_ends_after_the_daemon() -> None:
    """The daemon's stop, which debhelper writes, still needs it."""
    prerm = (TOP / "appliance/packaging/debian/playthrough.prerm").read_text()
    assert prerm.index("#DEBHELPER#") < prerm.index("playthrough-acts.socket")
