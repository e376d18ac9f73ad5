"""What storage_guest.c does, for those who start it: in a session (test_storage.py) and on an emulated PC (lab/test_storage.py)."""

from __future__ import annotations

import binascii
import struct
from pathlib import Path

import small_guest
from session import TOP

MIB = 1 << 20
SEED = 4711
PROFILE = """[vm]
guest = {guest}
[cpu]
accel = tcg
model = max
count = 1
[memory]
size = 256M
[boot]
firmware = bios
kernel = {kernel}
initrd = {initrd}
cmdline = console=ttyS0 quiet {asked}
[network]
type = none
{disks}
"""
DRIVERS = ("virtio_pci", "virtio_blk", "virtio_scsi", "ahci", "nvme", "sd_mod", "sr_mod")


def first_root(folder: Path) -> Path:
    return small_guest.first_root(folder, TOP / "tests/guest/storage_guest.c", DRIVERS)


def pattern() -> bytes:
    """What storage_guest.c writes for SEED."""
    words, x = [], SEED
    for _ in range(MIB // 4):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        words.append(x)
    return struct.pack(f"<{len(words)}I", *words)


def sum_of(data: bytes) -> str:
    """As it says it of a disk's first MiB."""
    return f"{binascii.crc32(data):08x}"


def written(path: Path, at: int = 0) -> bytes:
    """Where it writes, on a disk that begins AT in the file."""
    with path.open("rb") as file:
        file.seek(at + 4 * MIB)
        return file.read(MIB)
