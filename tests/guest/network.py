"""What net_guest.c does, for those who start it: in a session (cli/test_network.py) and on an emulated PC (lab/test_network.py)."""

from __future__ import annotations

from pathlib import Path

import small_guest
from session import TOP

PORT = 4567
DRIVERS = ("virtio_pci", "virtio_net", "e1000e")


def first_root(folder: Path) -> Path:
    return small_guest.first_root(folder, TOP / "tests/guest/net_guest.c", DRIVERS)


def asked(address: str, peer: str) -> str:
    """For the kernel's command line; of each card one, with commas between."""
    return f"net.address={address} net.peer={peer} net.port={PORT}"
