# SPDX-License-Identifier: GPL-2.0-or-later
"""playthrough-install on a PC that no image of ours runs on: it shows the disks, and writes to none."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

BUILD = Path(__file__).resolve().parents[2] / "build"


def install(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BUILD / "playthrough-install", *arguments], text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}, check=False)


def test_usage() -> None:
    for wrong in ([], ["to"], ["list", "more"], ["list", "--confirm", "x"], ["format", "sda"], ["--force", "list"]):
        done = install(*wrong)
        assert done.returncode == 2 and "playthrough-install list" in done.stderr
    assert install("--help").returncode == 0


def test_list() -> None:
    done = install("list")
    assert done.returncode == 0, done.stderr


def test_no_such_disk() -> None:
    done = install("to", "ata-None_0")
    assert done.returncode == 1 and "/dev/disk/by-id/ata-None_0 (PT-DISK-02)" in done.stderr
    assert "playthrough-install list" in done.stderr


def test_a_reset_is_confirmed() -> None:
    """Never given here: these tests may run on an image's system."""
    done = install("reset")
    assert done.returncode == 1 and "PT-INSTALL-0" in done.stderr


# --- a reset, in a root of its own with this PC's programs ---


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An image's system: root with a password, Ann with a link of the console's to her files."""
    top = tmp_path / "root"
    for folder in ("usr", "proc", "dev", "home/ann/.ssh", "var/lib/playthrough-console"):
        (top / folder).mkdir(parents=True)
    for link in ("bin", "sbin", "lib", "lib64"):
        (top / link).symlink_to(f"usr/{link}")
    write(top / "etc/fstab", "PARTUUID=11111111-2222-4333-a444-555555555555 / ext4\n"
          "PARTUUID=aaaaaaaa-bbbb-4ccc-addd-eeeeeeeeeeee /boot/efi vfat\n")
    write(top / "etc/kernel/entry-token", "playthrough\n")
    write(top / "etc/playthrough-image", "1\n")
    write(top / "etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n")
    write(top / "etc/shadow", "root:$6$was:19000::::::\nann:$6$was:19000::::::\n")
    write(top / "etc/group", "root:x:0:\nsudo:x:27:ann\nann:x:1000:\n")
    write(top / "etc/gshadow", "root:*::\nsudo:*::ann\nann:!::\n")
    write(top / "etc/login.defs", "USERGROUPS_ENAB yes\n")
    write(top / "etc/machine-id", "0123456789abcdef0123456789abcdef\n")
    write(top / "etc/ssh/ssh_host_ed25519_key", "secret")
    write(top / "etc/playthrough/profiles/games.profile", "")
    write(top / "root/.ssh/authorized_keys", "key")
    write(top / "home/ann/games.qcow2", "disk")
    write(top / "var/lib/playthrough-first-boot.done", "")
    (top / "var/lib/playthrough-console/x").symlink_to("../../../home")
    os.chown(top / "home/ann", 1000, 1000)
    shutil.copy(BUILD / "playthrough-install", top / "install")
    return top


def in_root(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    script = """set -e
        mount --rbind /usr "$1/usr"; mount --rbind /proc "$1/proc"; mount --rbind /dev "$1/dev"
        root=$1; shift
        exec chroot "$root" /usr/bin/env -i LC_ALL=C.UTF-8 PATH=/usr/bin "$@" """
    return subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", root, *command], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")
def test_reset(root: Path) -> None:
    done = in_root(root, "/install", "reset", "--confirm", "reset")
    assert done.returncode == 0, done.stderr
    assert "ann" not in (root / "etc/passwd").read_text() and "ann" not in (root / "etc/group").read_text()
    assert (root / "etc/shadow").read_text().startswith("root:*:")
    home = (root / "home/ann").stat()
    assert (home.st_uid, home.st_mode & 0o7777) == (0, 0o700) and (root / "home/ann/games.qcow2").exists()
    assert (root / "etc/machine-id").read_text() == ""
    assert (root / "etc/playthrough/profiles/games.profile").exists()
    for gone in ("etc/ssh/ssh_host_ed25519_key", "root/.ssh/authorized_keys", "var/lib/playthrough-first-boot.done"):
        assert not (root / gone).exists()
    assert not os.listdir(root / "var/lib/playthrough-console")
    assert in_root(root, "/install", "reset", "--confirm", "reset").returncode == 0, "once more"


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")
def test_a_reset_that_fails_asks_at_the_next_start(root: Path) -> None:
    (root / "etc/passwd.lock").write_text(str(os.getpid()))  # somebody changes people just now
    done = in_root(root, "/install", "reset", "--confirm", "reset")
    assert done.returncode == 1 and "userdel" in done.stderr, done.stderr
    assert not (root / "var/lib/playthrough-first-boot.done").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")
def test_an_ordinary_debian_is_not_reset(root: Path) -> None:
    (root / "etc/playthrough-image").unlink()
    done = in_root(root, "/install", "reset", "--confirm", "reset")
    assert done.returncode == 1 and "PT-INSTALL-01" in done.stderr
    assert "ann" in (root / "etc/passwd").read_text()
