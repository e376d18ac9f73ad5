# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages: clean for lintian, whole where nothing but Debian is, and gone without a trace.

A small Debian of its own is made for it (mmdebstrap); nothing is installed on this machine.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
DEBS = TOP / "build" / "deb"
NAMES = ("playthrough", "playthrough-gui", "playthrough-console")
# What other packages' own tools write whenever anything is installed.
OTHERS = re.compile(
    r"^(proc|sys|dev|run|tmp|root|debs)(/|$)|^var/(cache|log|lib/(dpkg|apt|systemd))(/|$)"
    r"|^usr/share/(man/.*/?cat|mime/|info/dir)|^etc/ld\.so\.cache$")
# sysusers.d(5) makes users and never removes one: what they own stays theirs.
USERS = ("etc/passwd", "etc/passwd-", "etc/group", "etc/group-", "etc/shadow", "etc/shadow-", "etc/gshadow", "etc/gshadow-")


def run(*command: str | Path) -> str:
    done = subprocess.run([str(c) for c in command], cwd=TOP, text=True, errors="replace", stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout[-4000:]}"
    return done.stdout


def deb(name: str) -> Path:
    return next(DEBS.glob(f"{name}_*.deb"))


def depends(name: str) -> list[str]:
    """Other people's packages among its dependencies; the first where there is a choice."""
    text = run("dpkg-deb", "-f", deb(name), "Depends")
    names = [re.split(r"[ :|(]", d.strip(), maxsplit=1)[0] for d in text.split(",")]
    return [n for n in names if n not in NAMES]


@pytest.fixture(scope="module")
def packages() -> None:
    run("make", "deb")


@pytest.fixture(scope="module")
def debian(packages: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Debian with what the packages need and without them."""
    folder = tmp_path_factory.mktemp("debian") / "root"
    needed = sorted({n for name in NAMES for n in depends(name)})
    run("mmdebstrap", "--quiet", "--variant=apt", f"--include={','.join(needed)}", "bookworm", folder)
    (folder / "debs").mkdir()
    for name in NAMES:
        (folder / "debs" / deb(name).name).write_bytes(deb(name).read_bytes())
    return folder


def inside(root: Path, script: str) -> str:
    return run("chroot", root, "sh", "-ec", script)


def files(root: Path) -> dict[str, bytes]:
    """Every file by its name, with what is in it."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if OTHERS.match(name) or name in USERS:
            continue
        if path.is_symlink():
            found[name] = str(path.readlink()).encode()
        else:
            found[name] = path.read_bytes() if path.is_file() else b""
    return found


INSTALL = "DEBIAN_FRONTEND=noninteractive dpkg -i /debs/*.deb"


def test_install_and_purge(debian: Path) -> None:
    before = files(debian)
    inside(debian, INSTALL)
    assert "Usage" in inside(debian, "playthrough --help")
    assert "playthrough-setup COMMAND" in inside(debian, "playthrough-setup --help")
    assert "playthrough-console:" in inside(debian, "grep ^playthrough- /etc/passwd")
    installed = files(debian)
    assert [n for n in installed if n.startswith("boot/")] == [n for n in before if n.startswith("boot/")]
    inside(debian, "dpkg --purge " + " ".join(reversed(NAMES)))
    after = files(debian)
    assert sorted(set(after) - set(before)) == []
    assert sorted(n for n in before if after.get(n) != before[n]) == []


def test_purge_takes_state_but_no_disk(debian: Path) -> None:
    inside(debian, INSTALL)
    inside(debian, "mkdir -p /var/lib/playthrough/vms/windows /etc/playthrough/profiles; cd /var/lib/playthrough;"
           "echo variables >vms/windows/vars.fd; echo disk >vms/windows/games.qcow2; echo x >/etc/playthrough/profiles/a.profile")
    said = inside(debian, "dpkg --purge " + " ".join(reversed(NAMES)))
    assert "Disk images are left in /var/lib/playthrough" in said
    left = inside(debian, "find /var/lib/playthrough ! -type d; ls /etc")
    assert "games.qcow2" in left and "vars.fd" not in left and "playthrough\n" not in left
    inside(debian, "rm -r /var/lib/playthrough")


def test_a_pc_that_is_set_up_is_not_left_alone(debian: Path) -> None:
    inside(debian, INSTALL)
    inside(debian, "mkdir -p /var/lib/playthrough/setup; echo '{}' >/var/lib/playthrough/setup/journal.json")
    said = inside(debian, "! dpkg --remove playthrough-console playthrough-gui playthrough")
    assert "playthrough-setup undo" in said
    assert "playthrough-setup" in inside(debian, "playthrough-setup --help")
    inside(debian, "rm -r /var/lib/playthrough/setup; dpkg --purge playthrough-console playthrough-gui playthrough")


def test_installed_again(debian: Path) -> None:
    """As an upgrade does: the scripts of the old and of the new package run."""
    inside(debian, INSTALL)
    inside(debian, "mkdir -p /var/lib/playthrough/vms; echo x >/var/lib/playthrough/vms/kept")
    inside(debian, INSTALL)
    assert "kept" in inside(debian, "ls /var/lib/playthrough/vms")
    inside(debian, "dpkg --purge " + " ".join(reversed(NAMES)))
