"""disk qualify with the real fio on files: what is told, what is refused, and that nothing is left. No speed is judged."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Iterator

import pytest
from conftest import BUILD, LIMIT_SECONDS, Session

SIZE = 64 << 20
READS = {"random", "deep", "sequential"}


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """On a disk: /tmp may lie in memory."""
    made = Path(tempfile.mkdtemp(prefix="qualify-", dir=BUILD))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made)


@pytest.fixture(scope="module")
def file(folder: Path) -> Path:
    made = folder / "file"
    made.write_bytes(os.urandom(1 << 20) * (SIZE >> 20))
    return made


def fio_of(process: subprocess.Popen[str]) -> int | None:
    """The fio that this command line has started, once it is one."""
    for entry in Path("/proc").iterdir():
        try:
            stat = (entry / "stat").read_text() if entry.name.isdigit() else ""
        except OSError:
            continue
        if "(fio)" in stat and int(stat.rsplit(")", 1)[1].split()[1]) == process.pid:
            return int(entry.name)
    return None


def started(process: subprocess.Popen[str]) -> int:
    """Of two, the one that tests: the first only lists its engines."""
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()
        pid = fio_of(process)
        try:
            if pid and b"--name=global" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
        except OSError:
            pass
        time.sleep(0.02)
    pytest.fail("no fio was started")


def gone(pid: int) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while Path(f"/proc/{pid}").exists() and "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_file_is_read(session: Session, folder: Path, file: Path) -> None:
    before, svg = file.read_bytes(), folder / "picture.svg"
    done = session.run("disk", "qualify", str(file), "--quick", "--json", "--svg", str(svg), session=False)
    assert done.returncode in (0, 1) and not done.stderr, done.stderr
    told = json.loads(done.stdout)
    assert told["schema"] == 1 and told["size"] == SIZE and told["written"] is False
    assert told["verdict"] in ("good", "slow", "bad", "unknown")
    assert done.returncode == (0 if told["verdict"] in ("good", "slow") else 1)
    assert set(told["loads"]) == READS
    assert "small" in [finding["id"] for finding in told["findings"]]
    for load in told["loads"].values():
        times = [load["latency_ns"][of] for of in ("50", "90", "99", "99.9", "99.99", "100")]
        known = [t for t in times if t is not None]
        assert known == sorted(known) and known
    assert {part["load"] for part in told["slices"]} == READS
    assert file.read_bytes() == before
    root = ElementTree.parse(svg).getroot()
    assert root.tag.endswith("}svg") and str(file) in "".join(root.itertext())
    assert sorted(p.name for p in folder.iterdir()) == ["file", "picture.svg"]


def test_folder_is_written(session: Session, folder: Path) -> None:
    before = sorted(p.name for p in folder.iterdir())
    done = session.run("disk", "qualify", str(folder), "--write", "--quick", "--confirm", str(folder),
                       session=False)
    assert done.returncode in (0, 1) and not done.stderr, done.stderr
    assert "sequential writes" in done.stdout and "random reads" in done.stdout and "99.9 %" in done.stdout
    assert "\033" not in done.stdout
    assert sorted(p.name for p in folder.iterdir()) == before


def test_cancelled(session: Session, folder: Path, file: Path) -> None:
    svg = folder / "none.svg"
    process = session.popen("disk", "qualify", str(file), "--svg", str(svg), session=False)
    fio = started(process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 1 and "cancelled" in err and not out
    gone(fio)
    assert not [p for p in folder.iterdir() if "none" in p.name]


def test_fio_ends_with_us(session: Session, file: Path) -> None:
    process = session.popen("disk", "qualify", str(file), session=False)
    fio = started(process)
    process.kill()
    process.communicate(timeout=LIMIT_SECONDS)
    gone(fio)


def test_rights(session: Session, file: Path) -> None:
    """fio can get no rights, and of root's it has only the one to read."""
    process = session.popen("disk", "qualify", str(file), session=False)
    status = Path(f"/proc/{started(process)}/status").read_text()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=LIMIT_SECONDS)
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert lines["NoNewPrivs"] == "1"
    if os.geteuid() == 0:
        assert int(lines["CapEff"], 16) & ~(1 << 2) == 0  # CAP_DAC_READ_SEARCH
        assert "0" not in lines["Uid"].split() or int(lines["CapEff"], 16) == 0


def refused(session: Session, code: str, *args: str, **how: object) -> str:
    done = session.run("disk", "qualify", *args, session=False, **how)
    assert done.returncode == 1 and code in done.stderr, done.stderr
    assert not done.stdout
    return done.stderr


def test_refusals(session: Session, folder: Path, file: Path) -> None:
    holes = folder / "holes"
    with holes.open("wb") as out:
        out.truncate(SIZE)
    small = folder / "small"
    small.write_bytes(b"x" * 4096)
    try:
        assert "has holes" in refused(session, "PT-DISK-62", str(holes))
        assert "too small" in refused(session, "PT-DISK-62", str(small))
    finally:
        holes.unlink()
        small.unlink()
    refused(session, "PT-DISK-62", str(folder))
    refused(session, "PT-DISK-62", "/dev/null")
    refused(session, "PT-DISK-62", str(file), "--write", "--confirm", str(file))
    refused(session, "PT-DISK-02", "/dev/disk/by-id/none")
    assert "PT-DISK" not in session.run("disk", "qualify", session=False).stderr


def test_not_confirmed(session: Session, folder: Path) -> None:
    assert str(folder) in refused(session, "PT-DISK-68", str(folder), "--write")
    refused(session, "PT-DISK-68", str(folder), "--write", "--confirm", "yes")


def test_odd_fio(session: Session, folder: Path, file: Path) -> None:
    """One that talks nonsense is believed nothing."""
    odd = folder / "bin"
    odd.mkdir()
    fio = odd / "fio"
    fio.write_text("#!/bin/sh\n[ \"$1\" = --enghelp ] && echo libaio && exit\necho no answer\necho broken >&2\nexit 7\n")
    fio.chmod(0o755)
    try:
        told = refused(session, "PT-DISK-61", str(file), env={"PATH": f"{odd}:{os.environ['PATH']}"})
        assert "status 7: broken" in told
    finally:
        shutil.rmtree(odd)
