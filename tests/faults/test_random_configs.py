# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever was there before us: apply then undo gives it back, byte by byte, modes, owners and links too.

Where apply refuses or fails it says so with a code, and has changed nothing. Where it was killed somewhere on the way,
undo gives back the same.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from configs import Config
from faults import Bench, difference
from loaders import LOADERS
from replay import Tree


def kill_and_undo(bench: Bench, before: Tree, seed: int) -> str:
    """What is wrong after apply was killed after some change; "" for nothing."""
    before.write(bench.root)
    cut = random.Random(seed).randrange(1, 200)
    bench.trace("apply", cut=cut)
    undone = bench.act("undo")
    wrong = undone.stderr or difference(before, bench.read())
    return wrong and f"killed after {cut} changes, then undo: {wrong}"


def try_configs(loader: str, build: Path, notes: list[str], seeds: range, kill_each: int) -> None:
    faults, refused, kills = [], {}, 0
    with Bench(LOADERS[loader](), build) as bench:
        for seed in seeds:
            bench.pc()
            config = Config(bench.root, bench.loader, seed)
            config.make()
            before = bench.read()
            done = bench.act("apply")
            if done.returncode == 0:
                undone = bench.act("undo")
                wrong = undone.stderr
            else:
                code = re.match(r"PT-[A-Z]+(-\d\d)?(?=: )", done.stderr)
                wrong = "" if code else f"apply: no code: {done.stderr}"
                refused.setdefault(code and code[0], []).append(seed)
            wrong = wrong or difference(before, bench.read())
            if not wrong and done.returncode == 0 and kill_each and seed % kill_each == 0:
                wrong = kill_and_undo(bench, before, seed)
                kills += 1
            if wrong:
                faults.append(f"seed {seed}: apply ended with {done.returncode}: {done.stderr.strip()}\n{wrong}\nof: "
                              + "; ".join(config.said))
    notes.append(f"{loader}: {len(seeds)} configurations, {kills} kills, {len(faults)} faults; apply refused: "
                 + (", ".join(f"{code} {len(seeds)}" for code, seeds in sorted(refused.items(), key=str)) or "none"))
    assert not faults, f"{len(faults)} faults\n" + "\n\n".join(faults[:5])
    assert sum(map(len, refused.values())) < len(seeds) / 2


@pytest.mark.quick
@pytest.mark.parametrize("loader", LOADERS)
def test_twenty_configurations(loader: str, build: Path, notes: list[str]) -> None:
    try_configs(loader, build, notes, range(20 // LOADERS[loader].rarer), 0)


@pytest.mark.parametrize("loader", LOADERS)
def test_five_hundred_configurations(loader: str, build: Path, notes: list[str]) -> None:
    try_configs(loader, build, notes, range(500 // LOADERS[loader].rarer), 3)
