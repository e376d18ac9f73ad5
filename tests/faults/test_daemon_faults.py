# SPDX-License-Identifier: GPL-2.0-or-later
"""Every allocation and every system call of the daemon fails once: while it begins, takes a VM over, starts, plugs, unplugs, stops.

One is told from another by the stack it was made on; each fails in a run of its own. Out of memory aborts, by design; whatever it
was, afterwards (with the next daemon, where this one has ended) what is told of the VM and its devices is what runs, the VM ends,
leaves nothing behind, and starts and ends anew. A refusal has words.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Callable

import pytest
from daemon_bed import ALLOCATIONS, BUILD, CALLS, DEVICE, LIMIT_SECONDS, Bed

START, STOP = ("start", "tiny"), ("stop", "--force", "tiny")
ATTACH, DETACH = ("usb", "attach", "tiny", DEVICE), ("usb", "detach", "tiny", DEVICE)

# What comes before, and what it happens in; no words: the daemon's own beginning.
PATHS: dict[str, tuple[list[tuple[str, ...]], tuple[str, ...]]] = {
    "begin": ([], ()),
    "take over": ([START, ATTACH], ()),
    "start": ([], START),
    "plug": ([START], ATTACH),
    "unplug": ([START, ATTACH], DETACH),
    "pause": ([START], ("pause", "tiny")),
    "stop": ([START, ATTACH], STOP),
}
SLOW_SECONDS = 15
SAMPLE = 197  # for make check one in so many fails, others each time
WORKERS = os.cpu_count() or 1


def ok(bed: Bed, *words: str) -> None:
    done = bed.run(*words)
    assert done.returncode == 0, done.stderr


def prepare(bed: Bed, path: str) -> None:
    before, act = PATHS[path]
    bed.end_daemon()  # what it asks once, it asks anew
    bed.up()
    for words in before:
        ok(bed, *words)
    if not act:
        bed.end_daemon()


def do(bed: Bed, path: str) -> None:
    act = PATHS[path][1]
    if act:
        done = bed.run(*act)
        assert done.returncode in (0, 1) and (done.returncode == 0 or done.stderr.strip()), "a refusal without words"
        return
    begun = bed.begin_daemon()
    deadline = time.monotonic() + LIMIT_SECONDS
    while begun.poll() is None and time.monotonic() < deadline:
        if bed.socket().exists() and bed.answers():
            return
        time.sleep(0.01)
    assert begun.poll() is not None, "a daemon that neither answers nor ends"


def symbols(log: str) -> str:
    """The daemon's places by name."""
    places = re.findall(r"playthroughd\(\+(0x[0-9a-f]+)\)", log)
    done = subprocess.run(["addr2line", "-s", "-f", "-e", str(BUILD / "playthroughd"), *places], stdout=subprocess.PIPE, text=True)
    lines = done.stdout.splitlines()
    return "\n".join([*(f"  {a} {b}" for a, b in zip(lines[::2], lines[1::2])),
                      *(line for line in log.splitlines() if "(+0x" not in line)])


def cleanly(bed: Bed) -> None:
    bed.faults.kind = bed.faults.wants = bed.faults.fired = 0
    bed.holds_true()
    bed.goes_on()


def note(bed: Bed, kind: int, path: str) -> list[tuple[int, int]]:
    """All stacks of a run in which nothing fails."""
    prepare(bed, path)
    bed.faults.n, bed.faults.wants = 0, 0
    bed.faults.kind = kind
    do(bed, path)
    found = [(bed.faults.noted[i].stack, bed.faults.noted[i].what) for i in range(bed.faults.n)]
    cleanly(bed)
    return found


def let_fail(bed: Bed, kind: int, path: str, stack: int) -> bool:
    """Returns whether it did: some are made in some runs only."""
    prepare(bed, path)
    bed.faults.fired, bed.faults.wants = 0, stack
    bed.faults.kind = kind
    do(bed, path)
    fired = bool(bed.faults.fired)
    cleanly(bed)
    return fired


@dataclass
class Result:
    fired: int = 0
    slow: int = 0
    bad: list[str] = field(default_factory=list)


def one_after_another(kind: int, path: str, stacks: list[tuple[int, int]]) -> Result:
    bed, result = Bed(has_usb(path)), Result()
    try:
        for stack, what in stacks:
            begin = time.monotonic()
            log = bed.folder / "daemon.log"
            log.write_bytes(b"")
            try:
                result.fired += let_fail(bed, kind, path, stack)
            except AssertionError as e:
                result.bad.append(f"{path}, {f'call {what}' if kind == CALLS else 'an allocation'}: {e}\n"
                                  f"{symbols(log.read_text(errors='replace'))[-3000:]}")
                print(result.bad[-1], flush=True)
                bed.close()
                bed = Bed(has_usb(path))
            result.slow += time.monotonic() - begin > SLOW_SECONDS
    finally:
        bed.close()
    return result


def has_usb(path: str) -> bool:
    before, act = PATHS[path]
    return ATTACH in (*before, act)


def campaign(kind: int, path: str, choose: Callable[[int], bool], least: float, notes: list[str]) -> None:
    """@least: the share of them that must have come about again."""
    bed = Bed(has_usb(path))
    try:
        stacks = [s for i, s in enumerate(note(bed, kind, path)) if choose(i)]
    finally:
        bed.close()
    with ThreadPoolExecutor(WORKERS) as pool:
        results = list(pool.map(lambda n: one_after_another(kind, path, stacks[n::WORKERS]), range(WORKERS)))
    fired, slow = sum(r.fired for r in results), sum(r.slow for r in results)
    bad = [words for r in results for words in r.bad]
    words = {ALLOCATIONS: "allocations", CALLS: "system calls"}[kind]
    notes.append(f"{path}: {fired} of {len(stacks)} {words} failed once; after {len(bad)} something did not hold"
                 f"{f'; {slow} took over {SLOW_SECONDS} s' if slow else ''}")
    assert not bad, "\n\n".join(bad)
    assert fired >= len(stacks) * least - 2  # of few, most may be made in some runs only


BOTH = pytest.mark.parametrize("kind", [ALLOCATIONS, CALLS], ids=["allocations", "calls"])


@pytest.mark.quick
@BOTH
@pytest.mark.parametrize("path", ["start", "plug", "stop"])
def test_some(build: object, kind: int, path: str, notes: list[str]) -> None:
    campaign(kind, path, lambda i: i % SAMPLE == os.getpid() % SAMPLE, 0.2, notes)


@pytest.mark.matrix
@BOTH
@pytest.mark.parametrize("path", PATHS)
def test_every(build: object, kind: int, path: str, notes: list[str]) -> None:
    campaign(kind, path, lambda _: True, 0.8, notes)
