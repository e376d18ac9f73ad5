# SPDX-License-Identifier: GPL-2.0-or-later
"""playthrough-install on a PC that no image of ours runs on: it shows the disks, and writes to none."""

from __future__ import annotations

import subprocess
from pathlib import Path

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
