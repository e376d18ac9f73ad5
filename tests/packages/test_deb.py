# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages: clean for lintian, whole where nothing but Debian is, and gone without a trace.

A small Debian of its own is made for it (mmdebstrap); nothing is installed on this machine.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
# PLAYTHROUGH_DEBS=FOLDER takes those that are there.
DEBS = Path(os.environ.get("PLAYTHROUGH_DEBS") or TOP / "build" / "deb")
NAMES = ("playthrough", "playthrough-gui", "playthrough-console", "playthrough-appliance")
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
    if "PLAYTHROUGH_DEBS" not in os.environ:
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


def test_a_removal_ends_what_an_upgrade_leaves_alone() -> None:
    """debhelper has no word for it, so that the packages' own scripts stop each of these units."""
    packaging = TOP / "appliance" / "packaging" / "debian"
    rules = (packaging / "rules").read_text().replace("\\\n", " ")
    lines = re.findall(r"dh_installsystemd -p(\S+) .*--no-start(.*)", rules)
    left = {(name, unit) for name, rest in lines for unit in re.findall(r"\S+\.(?:socket|service)", rest)}
    left -= {("playthrough-gui", "playthrough-gui-failed.service")}  # writes a page, and has ended
    assert len(left) >= 10
    for name, unit in sorted(left):
        assert unit in (packaging / f"{name}.prerm").read_text().split(), (name, unit)


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
    inside(debian, "mkdir -p /var/lib/playthrough/windows/saved /var/lib/playthrough/linux /var/lib/playthrough/setup/saved"
           " /etc/playthrough/profiles; cd /var/lib/playthrough; echo x >/etc/playthrough/profiles/a.profile;"
           "for f in windows/OVMF_VARS.fd windows/OVMF_VARS.secure.fd windows/backups.json windows/games.qcow2 windows/notes.txt"
           " windows/saved/OVMF_VARS.fd linux/OVMF_VARS.fd setup/saved/grub.cfg games.vhdx; do echo x >$f; done")
    said = inside(debian, "dpkg --purge " + " ".join(reversed(NAMES)))
    assert "Files that Playthrough did not make are left in /var/lib/playthrough" in said
    left = inside(debian, "cd /var/lib/playthrough; find . | sort; ls /etc")
    assert left.startswith(".\n./games.vhdx\n./windows\n./windows/games.qcow2\n./windows/notes.txt\n"
                           "./windows/saved\n./windows/saved/OVMF_VARS.fd\n"), left
    assert "playthrough\n" not in left.split("OVMF_VARS.fd\n", 1)[1]
    inside(debian, "rm -r /var/lib/playthrough")


def test_purge_takes_the_kept_start(debian: Path) -> None:
    """Its entry, its kernel and what keeps its modules; what others have on that partition stays."""
    inside(debian, INSTALL)
    inside(debian, "cd /boot/efi 2>/dev/null || mkdir -p /boot/efi && cd /boot/efi; mkdir -p loader/entries playthrough-kept-1 playthrough/6.1.0;"
           "echo x >loader/entries/playthrough-kept.conf; echo x >loader/entries/playthrough-6.1.0.conf; echo x >playthrough-kept-1/linux;"
           "echo x >/etc/apt/apt.conf.d/02playthrough-kept; echo >/var/lib/playthrough-first-boot.done")
    inside(debian, "dpkg --purge " + " ".join(reversed(NAMES)))
    left = inside(debian, "cd /boot/efi; find . -type f -o -name 'playthrough*' | sort; ls /etc/apt/apt.conf.d /var/lib")
    assert left.startswith("./loader/entries/playthrough-6.1.0.conf\n./playthrough\n"), left
    assert "playthrough" not in left.split("./playthrough\n", 1)[1], left
    inside(debian, "rm -r /boot/efi/loader /boot/efi/playthrough")


def test_a_pc_that_is_set_up_is_not_left_alone(debian: Path) -> None:
    inside(debian, INSTALL)
    inside(debian, "mkdir -p /var/lib/playthrough/setup; echo '{}' >/var/lib/playthrough/setup/journal.json")
    said = inside(debian, "! dpkg --remove " + " ".join(reversed(NAMES)))
    assert "playthrough-setup undo" in said
    assert "playthrough-setup" in inside(debian, "playthrough-setup --help")
    inside(debian, "rm -r /var/lib/playthrough/setup; dpkg --purge " + " ".join(reversed(NAMES)))


def test_installed_again(debian: Path) -> None:
    """As an upgrade does: the scripts of the old and of the new package run."""
    inside(debian, INSTALL)
    inside(debian, "mkdir -p /var/lib/playthrough/windows; echo x >/var/lib/playthrough/windows/OVMF_VARS.fd")
    inside(debian, INSTALL)
    assert "OVMF_VARS.fd" in inside(debian, "ls /var/lib/playthrough/windows")
    inside(debian, "dpkg --purge " + " ".join(reversed(NAMES)))


# Writes down what it is told, and says that all runs.
SYSTEMCTL = """#!/bin/sh
echo "$*" >>/root/systemctl.log
"""


def test_an_upgrade_leaves_games_alone(debian: Path) -> None:
    """What the scripts would have systemd do, where it runs: it restarts the daemon, and front end and console where they run;
    it stops nothing."""
    inside(debian, INSTALL)
    systemctl = debian / "usr" / "bin" / "systemctl"
    inside(debian, "mkdir -p /run/systemd/system; cp -a /usr/bin/systemctl /root/systemctl.kept 2>/dev/null || true")
    systemctl.unlink(missing_ok=True)
    systemctl.write_text(SYSTEMCTL)
    systemctl.chmod(0o755)
    try:
        inside(debian, INSTALL)
        told = (debian / "root" / "systemctl.log").read_text().splitlines()
    finally:
        systemctl.unlink()
        inside(debian, "rm -rf /run/systemd/system /root/systemctl.log; if [ -e /root/systemctl.kept ];"
               " then mv /root/systemctl.kept /usr/bin/systemctl; fi")
    print(told)
    acts = [line for line in told if re.search(r"(?<![-\w])(stop|kill|restart|try-restart|start|isolate)\b", line)]
    assert any(re.search(r"\brestart\b.*\bplaythroughd\.service", line) for line in acts), told
    for unit in ("playthrough-gui.service", "playthrough-console.service"):
        assert any("try-restart" in line and unit in line for line in acts), told
    assert not [line for line in acts if "slice" in line or "playthrough-vm" in line or
                re.search(r"(?<![-\w])(stop|kill|isolate)\b", line)]
    inside(debian, "dpkg --purge " + " ".join(reversed(NAMES)))
