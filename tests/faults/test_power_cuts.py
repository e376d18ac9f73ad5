# SPDX-License-Identifier: GPL-2.0-or-later
"""The power goes, or somebody kills everything, after any change that apply or undo makes to the disk.

What is then on the disk is asked of the recorded changes (replay.py). Of each such state: the boot menu that was there
is there, whole; whatever starts by itself is whole; nobody else's file was touched; and undo, or the next apply, ends
as if nothing had happened.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from faults import CUT, SCENARIOS, Bench, Broken, Explorer, Scenario, expect_same
from loaders import LOADERS
from replay import Recording, Tree


def cases(scenarios: list[Scenario]) -> pytest.MarkDecorator:
    """Each scenario with each loader that has it."""
    pairs = [(name, s) for name, loader in LOADERS.items() for s in scenarios
             if all(hasattr(loader, method) for method in (s.change, s.needs) if method)]
    return pytest.mark.parametrize("loader, scenario", pairs, ids=[f"{name}-{s.name.replace(' ', '-')}" for name, s in pairs])


def explore(loader: str, scenario: Scenario, build: Path, notes: list[str], stride: int) -> None:
    """Every @stride-th cut of the power; another one of them in each scenario."""
    with Bench(LOADERS[loader](), build) as bench:
        explorer = Explorer(bench, scenario)
        last = len(explorer.recording.changes)
        stride *= bench.loader.rarer
        first = SCENARIOS.index(scenario) % stride
        report = explorer.run(sorted({*range(first, last + 1, stride), last}))
    inside = ", ".join(f"{n} in {who}" for who, n in sorted(report.inside.items()) if who != "(done)")
    notes.append(f"{loader}: {scenario.name}: {report.cuts} cuts of {last + 1} ({inside}), "
                 f"{report.states} different disks, {len(report.faults)} faults")
    assert not report.faults, "\n".join(report.faults[:5])


def kill(loader: str, scenario: Scenario, build: Path, notes: list[str], stride: int) -> None:
    """Every @stride-th kill: the tree is what the same number of recorded changes makes, and undo clears up."""
    with Bench(LOADERS[loader](), build) as bench:
        explorer = Explorer(bench, scenario)
        changes = len(explorer.recording.changes)
        stride *= bench.loader.rarer
        cuts = range(1 + SCENARIOS.index(scenario) % stride, changes, stride)
        for cut in cuts:
            explorer.start.write(bench.root)
            assert bench.trace(scenario.act, explorer.fail, cut).returncode == CUT
            [(_, state)] = explorer.recording.states(cut, ["all"])
            expect_same(bench.read(), state, f"killed after change {cut}")
            done = bench.act("undo")
            assert done.returncode == 0, done.stderr
            expect_same(bench.read(), explorer.pristine, f"undo after a kill after change {cut}")
    notes.append(f"{loader}: {scenario.name}: {len(cuts)} kills of {changes}")


@pytest.mark.quick
@cases(SCENARIOS[:2])
def test_a_few_power_cuts(loader: str, scenario: Scenario, build: Path, notes: list[str]) -> None:
    explore(loader, scenario, build, notes, 59)


@cases(SCENARIOS)
def test_power_cuts(loader: str, scenario: Scenario, build: Path, notes: list[str]) -> None:
    explore(loader, scenario, build, notes, 7)


@pytest.mark.matrix
@cases(SCENARIOS)
def test_every_power_cut(loader: str, scenario: Scenario, build: Path, notes: list[str]) -> None:
    explore(loader, scenario, build, notes, 1)


@cases(SCENARIOS[:2])
def test_kills(loader: str, scenario: Scenario, build: Path, notes: list[str]) -> None:
    kill(loader, scenario, build, notes, 5)


@pytest.mark.matrix
@cases(SCENARIOS)
def test_every_kill(loader: str, scenario: Scenario, build: Path, notes: list[str]) -> None:
    kill(loader, scenario, build, notes, 1)


# --- the recorder and the models themselves ---


def record(bench: Bench, script: str) -> Recording:
    """What a shell script does to a PC's tree, recorded."""
    bench.pc()
    inodes: dict[int, int] = {}
    start = Tree.read(bench.root, inodes)
    tracer = [str(bench.build / "faults/trace"), str(bench.root), str(bench.log), "0"]
    done = bench._run([*tracer, "sh", "-ec", f'cd "$TREE/boot"; {script}'], "")
    assert done.returncode == 0, done.stderr
    recording = Recording(start, inodes, bench.log.read_text())
    expect_same(bench.read(), recording.live, script)
    return recording


def left(recording: Recording, path: str) -> dict[str, bytes | None]:
    """What each model leaves of a file after the last change."""
    return {model: tree.get(path) for model, tree in recording.states(len(recording.changes))}


@pytest.fixture
def bench(build: Path):
    with Bench(LOADERS["grub"](), build) as bench:
        yield bench


@pytest.mark.quick
def test_model_of_a_rename_without_fsync(bench: Bench) -> None:
    states = left(record(bench, "echo old > a; sync; echo new > a.new; mv a.new a"), "/boot/a")
    assert states["all"] == b"new\n"
    assert states["data lost"] == states["data old"] == b""
    assert states["data half"] == b"ne"
    assert states["names lost"] == states["synced only"] == b"old\n"


@pytest.mark.quick
def test_model_of_a_rename_with_fsync(bench: Bench) -> None:
    script = "echo old > a; sync; echo new > a.new; sync a.new; mv a.new a"
    states = left(record(bench, script), "/boot/a")
    assert states["all"] == states["data lost"] == states["data old"] == b"new\n"
    assert states["names lost"] == b"old\n"
    assert set(left(record(bench, f"{script}; sync ."), "/boot/a").values()) == {b"new\n"}


@pytest.mark.quick
def test_model_of_a_file_written_in_place(bench: Bench) -> None:
    states = left(record(bench, "echo old > a; sync; echo new > a; chmod 600 a"), "/boot/a")
    assert states["data lost"] == b""
    assert states["data old"] == states["synced only"] == b"old\n"


@pytest.mark.quick
def test_model_of_a_rename_on_fat(bench: Bench) -> None:
    recording = record(bench, "echo new > a.new; sync a.new; mv a.new a")
    recording.fat = ("/boot",)
    torn = [(tree.get("/boot/a"), tree.get("/boot/a.new"))
            for _, tree in recording.states(len(recording.changes), ["rename torn"])]
    assert torn == [(b"new\n", b"new\n"), (None, None)]


@pytest.mark.quick
def test_recorder_sees_every_kind_of_change(bench: Bench) -> None:
    recording = record(bench, "mkdir d; echo 1 > d/a; ln d/a b; ln -s b c; echo 2 >> d/a; cp vmlinuz-* d; dd if=b of=d/a "
                       "bs=1 count=1 seek=9 conv=notrunc status=none; mv d e; chmod 700 e; rm b; truncate -s 2 e/a; : > e/a; "
                       "rm -r e; sync .")
    kinds = {change.kind for change in recording.changes}
    assert kinds >= {"mkdir", "create", "write", "link", "symlink", "rename", "chmod", "remove", "truncate", "fsync"}


@pytest.mark.quick
def test_the_harness_finds_a_menu_written_in_place(bench: Bench) -> None:
    """update-grub as it is: `cat new > grub.cfg`. Cut off there, the menu is not whole, and check() must say so."""
    recording = record(bench, 'chmod 644 grub/grub.cfg; grub-mkconfig -o "$TREE/boot/grub/grub.cfg"')
    before, broken = recording.start, 0
    for cut in range(len(recording.changes)):
        for _, state in recording.states(cut):
            try:
                bench.loader.check(before, state)
            except Broken:
                broken += 1
    assert broken > 0
