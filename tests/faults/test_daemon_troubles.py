# SPDX-License-Identifier: GPL-2.0-or-later
"""What the daemon lives among: a QEMU that answers nonsense, late, half, or not at all; a disk that is full; a clock that jumps; a
thousand starts. After each the same must hold as in test_daemon_faults.py."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from daemon_bed import DEVICE, Bed, wait_for

START, STOP = ("start", "tiny"), ("stop", "--force", "tiny")
ATTACH, DETACH = ("usb", "attach", "tiny", DEVICE), ("usb", "detach", "tiny", DEVICE)

# What is answered on the way of each act, by the names that QMP has for it.
ANSWERS: dict[tuple[str, ...], tuple[str, ...]] = {
    START: ("QMP", "qmp_capabilities", "cont", "query-status"),
    ATTACH: ("add-fd", "device_add", "remove-fd"),
    DETACH: ("DEVICE_DELETED", "device_del"),
    STOP: ("quit",),
}
BEFORE: dict[tuple[str, ...], list[tuple[str, ...]]] = {START: [], ATTACH: [START], DETACH: [START, ATTACH], STOP: [START]}
WAYS = ("nonsense", "list", "wrong", "refuse", "flood", "pieces", "half", "close", "die", "silent")


def trouble(act: tuple[str, ...], answer: str, how: str) -> str | None:
    """Returns what did not hold."""
    bed = Bed(usb=act in (ATTACH, DETACH))
    try:
        bed.up()
        for words in BEFORE[act]:
            done = bed.run(*words)
            assert done.returncode == 0, done.stderr
        bed.order.write_text(f"{answer} {how}")
        done = bed.run(*act)
        assert done.returncode in (0, 1) and (done.returncode == 0 or done.stderr.strip()), "a refusal without words"
        if how == "pieces":
            assert done.returncode == 0, done.stderr
        # What is sent after the act's own answer may come when it has ended.
        wait_for(lambda: not bed.order.exists(), lambda: "QEMU was not asked", 10)
        bed.holds_true(exact=how != "silent" and not (answer == "DEVICE_DELETED" and how in ("wrong", "refuse")))
        bed.goes_on()
        return None
    except AssertionError as e:
        return f"{' '.join(act)}: {answer} {how}: {e}\n{bed.daemon_log()[-1500:]}"
    finally:
        bed.close()


def all_troubles(ways: tuple[str, ...], notes: list[str], stride: int) -> None:
    cases = [(act, answer, how) for act, answers in ANSWERS.items() for answer in answers for how in ways][::stride]
    with ThreadPoolExecutor(8) as pool:
        bad = [words for words in pool.map(lambda case: trouble(*case), cases) if words]
    notes.append(f"QMP: {len(cases)} bad answers; after {len(bad)} something did not hold")
    assert not bad, "\n\n".join(bad)


@pytest.mark.quick
def test_some_bad_answers(build: object, notes: list[str]) -> None:
    all_troubles(("nonsense", "pieces"), notes, 3)


@pytest.mark.matrix
def test_every_bad_answer(build: object, notes: list[str]) -> None:
    all_troubles(WAYS, notes, 1)


# --- a clock that jumps: only that of the wall does ---


@pytest.mark.matrix
def test_clock_jumps(build: object, notes: list[str]) -> None:
    years = 365 * 86400
    bed = Bed()
    try:
        bed.up()
        for jump in (20 * years, -50 * years, 3600, -3600, 0):
            bed.faults.clock = jump
            assert bed.run(*START).returncode == 0, bed.daemon_log()
            bed.faults.clock = -jump
            assert bed.run(*ATTACH).returncode == 0 and bed.held() == [DEVICE]
            assert bed.status()["state"] == "running"
            assert bed.run("status", "tiny").returncode == 0
            bed.faults.clock = 2 * jump
            assert bed.run(*STOP).returncode == 0
            bed.holds_true()
            bed.goes_on()
    finally:
        bed.close()
    notes.append("the wall's clock jumped 15 times, by up to 50 years; nothing was late for it")


# --- a thousand starts ---


@dataclass
class Figures:
    blocks: int  # allocated
    bytes: int
    kib: int  # of its own, whatever they are for
    files: int


def measure(bed: Bed) -> Figures:
    """What the daemon has when nothing is left to be done."""
    [pid] = bed.daemons()
    names = Path(f"/proc/{pid}/fd")
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    kib = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_Dirty"))
    return Figures(bed.faults.blocks, bed.faults.bytes, kib, len(list(names.iterdir())))


JOB_KEPT_SECONDS = 60  # BUS_JOB_KEEP_US: how long a job that has ended can be asked for
JOB_KIB = 2  # of one, with its timer and the holes around it


def after(n: int) -> Figures:
    """A daemon's after @n rounds, and after its jobs were forgotten. The clock goes ahead for that: nobody waits a minute."""
    bed = Bed()
    try:
        bed.up()
        for i in range(n):
            for words in (START, ATTACH, DETACH, STOP):
                done = bed.run(*words)
                assert done.returncode == 0, f"{i}: {done.stderr}"
        bed.holds_true()
        with socket.socket(socket.AF_UNIX) as client:  # else it ends, being idle
            client.connect(str(bed.socket()))
            assert bed.answers()
            bed.faults.ahead = JOB_KEPT_SECONDS + 2
            before = -1
            while before != bed.faults.blocks:  # it wakes, does what is due, and sees that whoever asked has gone
                before = bed.faults.blocks
                assert bed.answers()
                time.sleep(0.2)
            assert len(bed.daemons()) == 1 and not bed.qemus()
            return measure(bed)
    finally:
        bed.close()


def cycles(few: int, many: int, notes: list[str]) -> None:
    with ThreadPoolExecutor(2) as pool:
        a, b = pool.map(after, (few, many))
    notes.append(f"starts, plugs, unplugs and stops: after {few} {a}, after {many} {b}")
    assert b.files == a.files
    # What is left by each round is at least a block; a table that has grown is one block still.
    assert b.blocks - a.blocks < (many - few) / 2
    # Pages: holes, and room for the jobs of the last minute, which were more.
    assert b.kib <= a.kib + 1024 + 4 * JOB_KIB * (many - few)


@pytest.mark.quick
def test_twenty_starts(build: object, notes: list[str]) -> None:
    cycles(3, 20, notes)


@pytest.mark.matrix
def test_a_thousand_starts(build: object, notes: list[str]) -> None:
    cycles(200, 1000, notes)


# --- a disk that is full: a tmpfs of this test's own, in a namespace of its own ---

MOUNTED = """
set -e
mount -t tmpfs -o size=4M,mode=0755 none "$1"
exec env TMPDIR="$1" "$2" "$3" "$1"
"""


def fill(folder: Path) -> None:
    """To the last byte."""
    with (folder / "ballast").open("ab", buffering=0) as f:
        for size in (65536, 4096, 1):
            try:
                while True:
                    f.write(bytes(size))
            except OSError:
                pass


def on_full_disk(folder: Path) -> list[str]:
    """Runs inside. Each act on a disk that is full, then on one that has room again."""
    told = []
    bed = Bed(folder=folder)
    try:
        bed.up()
        for act in (START, ATTACH, DETACH, STOP):
            for words in BEFORE[act]:
                assert bed.run(*words).returncode == 0
            fill(folder)
            done = bed.run(*act)
            assert done.returncode in (0, 1) and (done.returncode == 0 or done.stderr.strip()), "a refusal without words"
            told.append(f"{' '.join(act)}: {done.returncode} {done.stderr.strip()}")
            (folder / "ballast").unlink()
            bed.holds_true()
            bed.goes_on()
        fill(folder)
        for pid in bed.daemons():
            os.kill(pid, 9)
        bed.end_daemon()
        (folder / "ballast").unlink()
        bed.holds_true()
    finally:
        bed.close()
    return told


@pytest.mark.matrix
def test_full_disk(build: object, tmp_path: Path, notes: list[str]) -> None:
    done = subprocess.run(["unshare", "--map-root-user", "--mount", "sh", "-c", MOUNTED, "sh", str(tmp_path), sys.executable, __file__],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert any(": 1 " in line and "No space left" in line for line in told), told
    notes.append(f"full disk: {len(told)} acts, {sum(': 1 ' in line for line in told)} refused with the reason")


if __name__ == "__main__":
    print(json.dumps(on_full_disk(Path(sys.argv[1]))))
