# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that counts, and writes each number to the next sector of its disk, round and round (disk_guest.s)."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

SECTORS = 4096  # that it writes to, from 64 on


def boot_sector(folder: Path) -> bytes:
    source, made, out = Path(__file__).with_name("disk_guest.s"), folder / "guest.o", folder / "guest.bin"
    subprocess.run(["as", "--32", "-o", str(made), str(source)], check=True)
    subprocess.run(["ld", "-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary", "-o", str(out), str(made)],
                   check=True, capture_output=True)
    data = out.read_bytes()
    made.unlink()
    out.unlink()
    assert len(data) == 512
    return data


def counters(data: bytes) -> list[int]:
    return [struct.unpack("<I", data[512 * (64 + i):512 * (64 + i) + 4])[0] for i in range(SECTORS)]


def expect_one_moment(data: bytes) -> int:
    """The counters have no gap: it is the disk as it was at one moment. Returns the last of them."""
    seen = [c for c in counters(data) if c]
    last = max(seen)
    assert sorted(seen) == list(range(max(1, last - SECTORS + 1), last + 1))
    return last
