"""ROM files: what they hold is told, a header is taken away, nothing is overwritten. No daemon is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Session

BLOCK = 512
HEADER = b"NVGI" + bytes(BLOCK - 4)


def image(kind: int, last: bool, device: int = 0x1B81) -> bytes:
    """One block of 10de:1b81: 0 is x86, 3 UEFI for x86-64."""
    text = bytearray(BLOCK)
    text[0:3] = b"\x55\xaa\x01"
    if kind == 3:
        text[4:6] = b"\xf1\x0e"
        text[0xA:0xC] = b"\x64\x86"
    text[0x18] = 0x1C
    text[0x1C:0x20] = b"PCIR"
    text[0x20:0x24] = b"\xde\x10" + device.to_bytes(2, "little")
    text[0x2C] = 1
    text[0x30] = kind
    text[0x31] = 0x80 if last else 0
    text[-1] = -sum(text) % 256
    return bytes(text)


ROM = image(0, False) + image(3, True)


def write(session: Session, name: str, text: bytes) -> Path:
    path = session.home / name
    path.write_bytes(text)
    return path


def test_a_good_one(session: Session) -> None:
    write(session, "good.rom", ROM)
    done = session.run("rom", "check", "good.rom", session=False)
    assert done.returncode == 0, done.stderr
    assert "at byte 0: x86 image of 10de:1b81, 512 bytes, checksum right" in done.stdout
    assert "at byte 512: UEFI image for x86-64 of 10de:1b81, 512 bytes, the last one" in done.stdout
    assert "(GOP)" in done.stdout
    said = session.json("rom", "check", "good.rom")
    assert said["schema"] == 1 and said["good"] and said["uefi"] and len(said["images"]) == 2


def test_a_header_is_taken_away(session: Session) -> None:
    path = write(session, "maker.rom", HEADER + ROM)
    done = session.run("rom", "check", "maker.rom", "--json", session=False)
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert said["code"] == "PT-GPU-15" and not said["good"] and said["header_bytes"] == BLOCK
    assert "playthrough rom trim maker.rom" in said["hint"]
    done = session.run("rom", "trim", "maker.rom", "new.rom", session=False)
    assert done.returncode == 0, done.stderr
    new = session.home / "new.rom"
    assert new.read_bytes() == ROM and new.stat().st_mode & 0o444 == 0o444
    assert path.read_bytes() == HEADER + ROM
    assert session.run("rom", "check", "new.rom", session=False).returncode == 0
    # Once more: there is nothing to take away, and nothing is written.
    done = session.run("rom", "trim", "new.rom", "newer.rom", session=False)
    assert done.returncode == 0 and not (session.home / "newer.rom").exists()


def test_nothing_is_overwritten(session: Session) -> None:
    write(session, "maker.rom", HEADER + ROM)
    mine = write(session, "mine", b"mine")
    done = session.run("rom", "trim", "maker.rom", "mine", session=False)
    assert done.returncode == 1 and "not there yet" in done.stderr
    assert mine.read_bytes() == b"mine"
    assert session.run("rom", "dump", "0000:00:00.0", "mine", session=False).returncode == 1
    assert mine.read_bytes() == b"mine"
    assert sorted(p.name for p in session.home.iterdir()) == ["maker.rom", "mine"]


@pytest.mark.parametrize("text,says", [
    (b"", "is no ROM: 0 bytes"),
    (b"\xff" * 4096, "is no ROM: 4096 bytes"),
    (ROM[:700], "is cut off: its image at byte 512"),
])
def test_what_is_none(session: Session, text: bytes, says: str) -> None:
    write(session, "bad.rom", text)
    done = session.run("rom", "check", "bad.rom", session=False)
    assert done.returncode == 1 and says in done.stderr and "PT-GPU-13" in done.stderr


@pytest.mark.parametrize("args,says", [
    (["rom", "check", "absent.rom"], "absent.rom"),
    (["rom", "check", "/dev/zero"], "is no file of at most 16 MiB"),
    (["rom", "check", "absent.rom", "monitor"], "is not the address of a PCI device"),
    (["rom", "check", "absent.rom", "ffff:ff:1f.7"], "there is no PCI device ffff:ff:1f.7"),
    (["rom", "dump", "ffff:ff:1f.7", "new.rom"], "PT-PCI-01"),
    (["rom", "trim", "/dev/null", "new.rom"], "is no file"),
])
def test_refusals(session: Session, args: list[str], says: str) -> None:
    done = session.run(*args, session=False)
    assert done.returncode == 1 and says in done.stderr, done.stderr
    assert list(session.home.iterdir()) == []
