"""Machines of other programs from the command line. What becomes of each is in tests/golden/import."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TOP, Session

CASES = TOP / "tests/golden/import"
SOURCES = sorted(p for p in CASES.iterdir() if p.suffix != ".txt")

MINE = """<domain type='qemu'>
  <name>Mine</name>
  <memory unit='MiB'>256</memory>
  <vcpu>1</vcpu>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <driver type='raw'/>
      <source file='{image}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <interface type='user'/>
    <rocket/>
  </devices>
</domain>
"""


def source(session: Session, text: str, name: str = "machine") -> Path:
    path = session.folder / name
    path.write_text(text)
    return path


def mine(session: Session) -> Path:
    image = session.folder / "disk.raw"
    image.write_bytes(b"\0" * (1 << 20))
    return source(session, MINE.format(image=image))


def test_written_told_and_started(daemon: Session) -> None:
    done = daemon.run("profile", "import", str(mine(daemon)))
    assert done.returncode == 0, done.stderr
    assert "Carried over:" in done.stdout and "Cannot be carried over:" in done.stdout
    assert "    13  <rocket>" in done.stdout
    assert "Left to Playthrough:\n  Playthrough tunes this for the PC that it runs on\n        8  <driver type='raw'>\n" in done.stdout
    assert f"mine: written into {daemon.profiles}/mine.profile" in done.stdout
    text = (daemon.profiles / "mine.profile").read_text()
    assert text.startswith("# Made from machine (libvirt).\n")
    assert daemon.run("profile", "check", "mine").returncode == 0
    assert daemon.run("start", "mine").returncode == 0
    assert daemon.run("stop", "mine", "--force").returncode == 0


def test_left_things_are_told_together(shared: Session) -> None:
    """Each line of the file is there, and no reason twice."""
    text = MINE.format(image="/srv/a.raw").replace("<rocket/>", "<controller type='usb'/>\n<controller type='sata' index='0'/>")
    done = shared.run("profile", "import", str(source(shared, text, "much.xml")), "--as", "much", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "\n        13 14  <controller>\n" in done.stderr
    assert done.stderr.count("Playthrough lays out the machine") == 1


def test_json(daemon: Session) -> None:
    answer = daemon.json("profile", "import", str(mine(daemon)), "--as", "other")
    assert answer["schema"] == 1
    assert answer["format"] == "libvirt" and answer["name"] == "other"
    assert answer["file"] == str(daemon.profiles / "other.profile")
    assert Path(answer["file"]).read_text() == answer["profile"]
    assert {"line": 4, "what": "<vcpu>1", "became": "[cpu] count=1", "why": None} in answer["carried"]
    assert [note["what"] for note in answer["lost"]] == ["<rocket>"]
    assert answer["check"]["problems"] == []


def test_a_profile_that_is_there_stays(daemon: Session) -> None:
    before = (daemon.profiles / "tiny.profile").read_text()
    for more in ([], ["--dry-run"]):
        done = daemon.run("profile", "import", str(mine(daemon)), "--as", "tiny", *more)
        assert done.returncode == 1 and "PT-PROFILE-02" in done.stderr
    assert (daemon.profiles / "tiny.profile").read_text() == before


def test_dry_run_writes_nothing(daemon: Session) -> None:
    done = daemon.run("profile", "import", str(mine(daemon)), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# Made from machine") and "Carried over:" in done.stderr
    assert not (daemon.profiles / "mine.profile").exists()
    written = daemon.profile("mine", done.stdout)
    assert daemon.run("profile", "check", str(written)).returncode == 0


def test_standard_input(shared: Session) -> None:
    done = shared.run("profile", "import", "-", "--dry-run", "--from", "qemu",
                      stdin=source(shared, "-m 1G -smp 2\n").open())
    assert done.returncode == 0, done.stderr
    assert "size=1G" in done.stdout and "# Made from stdin (qemu)." in done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.name)
def test_what_is_made_of_public_ones_is_good(shared: Session, path: Path) -> None:
    done = shared.run("profile", "import", str(path), "--dry-run", "--as", "public")
    assert done.returncode == 0, done.stderr
    written = shared.folder / "public.profile"
    written.write_text(done.stdout)
    checked = shared.run("profile", "check", str(written))
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(("text", "says", "code"), [
    ("<!DOCTYPE d [<!ENTITY a 'b'>]>\n<domain/>", ":1: a document type", "PT-IMPORT-02"),
    ("a" * 100000, ":1: the line is longer", "PT-IMPORT-02"),
    ("<domain>\n\0", ":2: a control character", "PT-IMPORT-02"),
    ("<domain>\n<name>", ":2: XML: ", "PT-IMPORT-02"),
    ("hello\n", "neither libvirt's XML", "PT-IMPORT-01"),
])
def test_hostile_files(shared: Session, text: str, says: str, code: str) -> None:
    path = source(shared, text, "bad")
    done = shared.run("profile", "import", str(path))
    assert done.returncode == 1
    assert f"{path}" in done.stderr and says in done.stderr and code in done.stderr
    assert not (shared.profiles / "bad.profile").exists()


def test_no_such_format_and_file(shared: Session) -> None:
    done = shared.run("profile", "import", str(mine(shared)), "--from", "vbox")
    assert done.returncode == 1 and "libvirt, proxmox" in done.stderr
    done = shared.run("profile", "import", "/nowhere")
    assert done.returncode == 1 and "/nowhere: No such file" in done.stderr
