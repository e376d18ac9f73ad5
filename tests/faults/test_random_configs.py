# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever was there before us: apply then undo gives it back, byte by byte, modes, owners and links too.

Where apply refuses or fails it says so with a code, and has changed nothing.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from configs import Config
from faults import Bench, difference
from loaders import LOADERS


def try_configs(loader: str, build: Path, notes: list[str], seeds: range) -> None:
    faults, refused = [], {}
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
            if wrong:
                faults.append(f"seed {seed}: apply ended with {done.returncode}: {done.stderr.strip()}\n{wrong}\nof: "
                              + "; ".join(config.said))
    notes.append(f"{loader}: {len(seeds)} configurations, {len(faults)} faults; apply refused: "
                 + (", ".join(f"{code} {len(seeds)}" for code, seeds in sorted(refused.items(), key=str)) or "none"))
    assert not faults, f"{len(faults)} faults\n" + "\n\n".join(faults[:5])
    assert sum(map(len, refused.values())) < len(seeds) / 2


@pytest.mark.quick
@pytest.mark.parametrize("loader", LOADERS)
def test_fifty_configurations(loader: str, build: Path, notes: list[str]) -> None:
    try_configs(loader, build, notes, range(50))


@pytest.mark.parametrize("loader", LOADERS)
def test_five_hundred_configurations(loader: str, build: Path, notes: list[str]) -> None:
    try_configs(loader, build, notes, range(500))
