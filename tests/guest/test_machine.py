# SPDX-License-Identifier: GPL-2.0-or-later
"""What the test guest says of the machine itself: what is there and wanted passes, all else fails with what was found."""

import random
import struct
import zlib

import pytest

from guest_pc import GuestPC

BLOCKS = 8


def card_rom():
    """An x86 image that returns at once. PCI Firmware Specification 3.0, 5.1."""
    rom = bytearray(random.Random("rom").randbytes(BLOCKS * 512))
    rom[:0x1A] = struct.pack("<HBB20xH", 0xAA55, BLOCKS, 0xCB, 0x1C)
    rom[0x1C:0x34] = struct.pack("<4sHHHHB3sHHBBH", b"PCIR", 0x1234, 0x1111, 0, 24, 0, b"\0\x80\3", BLOCKS, 0, 0, 0x80, 0)
    rom[-1] = -sum(rom[:-1]) & 0xFF
    return bytes(rom)


PLAN = f"""processors processors 4 1 1 2 2
processors other-processors 4 1 1 4 1
hypervisor hypervisor kvm=no vendor=TCGTCGTCGTCG
hypervisor other-hypervisor kvm=yes vendor=playthrough hv-time=3a:222 hv-spinlocks=4b:1fff
memory memory 512 0-1:256 2-3:256
memory one-node 512
memory more-memory 1024 0-3:1024
rom card 00:04.0/00.0 {BLOCKS * 512} {zlib.crc32(card_rom()):08x}
rom other-rom 00:04.0/00.0 {BLOCKS * 512} 00000001
rom longer-rom 00:04.0/00.0 {BLOCKS * 1024} 00000001
rom no-rom 00:03.0 512 00000001
rom no-card 00:1e.0 512 00000001
rom nonsense 00:04.0/00.0 0 0
processors nonsense many
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("machine")
    (folder / "card.rom").write_bytes(card_rom())
    arguments = [
        "-cpu", "max,vendor=GenuineIntel", "-smp", "4,sockets=1,dies=1,cores=2,threads=2",
        "-object", "memory-backend-ram,id=m0,size=256M", "-object", "memory-backend-ram,id=m1,size=256M",
        "-numa", "node,nodeid=0,cpus=0-1,memdev=m0", "-numa", "node,nodeid=1,cpus=2-3,memdev=m1",
        "-device", "pcie-root-port,id=rp1,chassis=1,slot=1,addr=4.0",
        "-device", f"secondary-vga,bus=rp1,romfile={folder / 'card.rom'}",
        "-device", "qemu-xhci,addr=3.0",
    ]  # fmt: skip
    with GuestPC(folder, PLAN, arguments) as machine, machine.report() as report:
        report.read_until(lambda line: line["event"] == "done")
        yield report.results()


def test_what_is_wanted_is_there(results):
    for key in (("processors", "topology"), ("hypervisor", "signature"), ("memory", "size"), ("memory", "nodes"),
                ("one-node", "size"), ("card", "rom")):  # fmt: skip
        assert results[key]["status"] == "pass", results[key]
    assert results["processors", "topology"]["detail"] == "4 (1 socket, 1 die each, 2 cores each, 2 threads each)"
    assert "node 1: processors 2-3" in results["memory", "nodes"]["detail"]
    assert f"crc32={zlib.crc32(card_rom()):08X} of {BLOCKS * 512} bytes" in results["card", "rom"]["detail"]
    assert ("hypervisor", "enlightenments") not in results


def test_what_is_not_as_wanted_is_told(results):
    said = {
        ("other-processors", "topology"): "and the plan is 4 (1 socket, 1 die each, 4 cores each, 1 thread each)",
        ("other-hypervisor", "signature"): "KVM is not seen, and the plan is that it is: the vendor is not playthrough",
        ("other-hypervisor", "enlightenments"): "leaf 40000001 is not Hv#1",
        ("one-node", "nodes"): "and the plan is 1",
        ("more-memory", "size"): "and the plan is 1024 MiB",
        ("more-memory", "nodes"): "and the plan is 1: 1024 0-3:1024",
        ("other-rom", "rom"): "and in the file it is another",
        ("longer-rom", "rom"): f"of its ROM {BLOCKS * 512} bytes can be read",
        ("no-rom", "rom"): "it has none",
        ("no-card", "rom"): "no device at 00:1e.0 in the guest",
    }
    for key, words in said.items():
        assert results[key]["status"] == "fail" and words in results[key]["detail"], results[key]


def test_nonsense_is_no_verdict(results):
    for key in (("nonsense", "rom"), ("nonsense", "topology")):
        assert results[key]["status"] == "not-testable"
