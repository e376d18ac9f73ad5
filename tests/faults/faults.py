# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs apply and undo on trees of files, records what they change, and cuts them off anywhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from loaders import HERE, TOP, Broken, Loader
from replay import MODELS, Recording, Tree, wipe

CUT = 75  # trace's exit status after a kill


class Bench:
    """A folder in memory where one PC at a time is laid out and worked on."""

    def __init__(self, loader: Loader, build: Path) -> None:
        self.loader = loader
        self.build = build
        memory = Path("/dev/shm")
        self.folder = Path(tempfile.mkdtemp(prefix="faults-", dir=memory if os.access(memory, os.W_OK) else None))
        self.root = self.folder / "pc"
        self.log = self.folder / "log"
        folders = subprocess.run([build / "faults/drive", "/", "folders"], check=True, capture_output=True, text=True)
        self.datadir, self.libexecdir = folders.stdout.split()

    def close(self) -> None:
        wipe(self.root)
        shutil.rmtree(self.folder)

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pc(self) -> Tree:
        """The PC before us."""
        wipe(self.root)
        self.loader.build(self.root, self.build / "playthrough-bind", self.datadir, self.libexecdir)
        return self.read()

    def read(self) -> Tree:
        return Tree.read(self.root)

    def _run(self, command: list[str], fail: str) -> subprocess.CompletedProcess[str]:
        env = {
            "TREE": str(self.root),
            "FAIL": fail,
            "PATH": f"{HERE}/standins/{self.loader.tools}:/usr/bin:/bin",
            "LC_ALL": "C",
        }
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)

    def act(self, words: str, fail: str = "") -> subprocess.CompletedProcess[str]:
        """One of drive's acts on the tree as it lies there."""
        return self._run([str(self.build / "faults/drive"), str(self.root), *words.split()], fail)

    def trace(self, words: str, fail: str = "", cut: int = 0) -> subprocess.CompletedProcess[str]:
        """The same, recorded; killed after @cut changes."""
        tracer = [str(self.build / "faults/trace"), str(self.root), str(self.log), str(cut)]
        return self._run([*tracer, str(self.build / "faults/drive"), str(self.root), *words.split()], fail)

    def record(self, start: Tree, words: str, fail: str = "") -> Recording:
        start.write(self.root)
        inodes: dict[int, int] = {}
        start = Tree.read(self.root, inodes)
        done = self.trace(words, fail)
        if (done.returncode != 0) != bool(fail):
            raise Broken(f"{words}: {done.stderr}")
        recording = Recording(start, inodes, self.log.read_text(errors="replace"), self.loader.fat)
        expect_same(self.read(), recording.live, f"{words}: what was recorded against what was done")
        return recording


def difference(a: Tree, b: Tree) -> str:
    """Where two trees differ, for people; "" when they do not."""
    x, y = a.facts(), b.facts()
    lines = []
    for path in sorted(x.keys() | y.keys()):
        if x.get(path) != y.get(path):
            lines.append(f"{path}: {x.get(path)!s:.300} -> {y.get(path)!s:.300}")
    return "\n".join(lines)


def without_history(tree: Tree) -> dict[str, object]:
    """
    The journal knows all that we ever wrote to a file since it was begun, for the day when a person has edited it: more
    where an apply came over another one, less where an undo between them had got as far as to end the journal.
    """
    facts: dict[str, object] = dict(tree.facts())
    folder = "/var/lib/playthrough/setup"
    for path in [path for path in facts if re.fullmatch(folder + "/saved/[0-9a-f]{16}", path)]:
        del facts[path]
    journal = tree.get(folder + "/journal.json")
    if journal:
        document = json.loads(journal)
        for file in document["files"]:
            file.pop("written", None)
        facts[folder + "/journal.json"] = document
    return facts


def expect_same(now: Tree, wanted: Tree, what: str) -> None:
    if wanted.facts() != now.facts():
        raise Broken(f"{what}:\n{difference(wanted, now)}")


@dataclass
class Scenario:
    """
    An act that is cut off: what was done before it, the act, and what the next apply asks for. "apply @60" before it
    was itself cut off, after 60 percent of its changes. "stale" before it: what the system's update left behind.
    """

    name: str
    before: list[str]
    act: str
    fails: bool = False  # the loader's tool does, as FAIL=TOOL makes its stand-in do
    again: str = "apply"
    change: str = ""  # a method of the loader's class that changes the PC first; without it there is no such case
    needs: str = ""  # another one that it must have


SCENARIOS = [
    Scenario("apply", [], "apply"),
    Scenario("undo", ["apply"], "undo"),
    Scenario("apply another plan", ["apply"], "apply usb", again="apply usb"),
    Scenario("apply another plan over one that is the default", ["apply", "keep"], "apply usb", again="apply usb"),
    Scenario("verify keeps the entry", ["apply"], "keep", again="keep"),
    Scenario("undo of the default", ["apply", "keep"], "undo"),
    Scenario("undo of two plans", ["apply", "apply usb"], "undo", again="apply usb"),
    Scenario("apply that fails and is taken back", [], "apply", fails=True),
    Scenario("apply with files of the person's own", [], "apply", change="with_files"),
    Scenario("undo with files of the person's own", ["apply"], "undo", change="with_files"),
    Scenario("undo of an apply that was cut off", ["apply @85"], "undo"),
    Scenario("apply after an apply that was cut off", ["apply @60"], "apply"),
    Scenario("apply after an undo that was cut off", ["apply", "undo @50"], "apply usb", again="apply usb"),
    Scenario("apply without a loader's memory", [], "apply", change="without_memory"),
    Scenario("undo without a loader's memory", ["apply"], "undo", change="without_memory"),
    Scenario("renew", ["apply", "stale"], "renew", again="renew", needs="make_stale"),
    Scenario("renew of the default", ["apply", "keep", "stale"], "renew", again="renew", needs="make_stale"),
]


@dataclass
class Report:
    cuts: int = 0
    states: int = 0
    inside: dict[str, int] = field(default_factory=dict)  # cuts by the program that was at work
    faults: list[str] = field(default_factory=list)


class Explorer:
    """All that one scenario can leave behind, each tried once."""

    def __init__(self, bench: Bench, scenario: Scenario) -> None:
        self.bench, self.scenario = bench, scenario
        self.report = Report()
        self.seen: set[bytes] = set()
        self.pristine = bench.pc()
        if scenario.change:
            getattr(bench.loader, scenario.change)(bench.root)
            self.pristine = bench.read()
        self.archives: dict[str, bytes | None] = {}
        self.applied = [self._reach(acts) for acts in self._ends()]
        self.start = self._reach(scenario.before)
        self.fail = bench.loader.refresh_tool if scenario.fails else ""
        self.recording = bench.record(self.start, scenario.act, self.fail)

    def _ends(self) -> list[list[str]]:
        """What the next apply (or verify) may end in."""
        again, before = self.scenario.again, self.scenario.before
        if again in ("keep", "renew"):
            return [[*before, again]]
        return [[*before, again], [again], [again, "keep"]]

    def _reach(self, acts: list[str]) -> Tree:
        self.pristine.write(self.bench.root)
        for words in acts:
            words, _, percent = words.partition(" @")
            if percent:
                self._cut_off(words, int(percent))
                continue
            if words == "stale":
                self.bench.loader.make_stale(self.bench.root)
                continue
            done = self.bench.act(words)
            if done.returncode:
                raise Broken(f"{self.scenario.name}: {words}: {done.stderr}")
            if words.startswith("apply"):
                self.archives[done.stdout.strip()] = self.bench.read().get(self.bench.loader.overlay)
        return self.bench.read()

    def _cut_off(self, words: str, percent: int) -> None:
        start = self.bench.read()
        changes = len(self.bench.record(start, words).changes)
        start.write(self.bench.root)
        self.bench.trace(words, cut=changes * percent // 100)

    def try_cut(self, cut: int, models: list[str]) -> None:
        self.report.cuts += 1
        changes = self.recording.changes
        who = changes[cut].who if cut < len(changes) else "(done)"
        self.report.inside[who] = self.report.inside.get(who, 0) + 1
        for model, state in self.recording.states(cut, models):
            digest = state.digest()
            if digest in self.seen:
                continue
            self.seen.add(digest)
            self.report.states += 1
            try:
                self.try_state(state)
            except Broken as broken:
                last = changes[cut - 1] if cut else None
                where = f"after change {cut} of {len(changes)} ({last and (last.who, last.kind, str(last.args)[:80])})"
                self.report.faults.append(f"{self.scenario.name}: {where}, {model}: {broken}")

    def try_state(self, state: Tree) -> None:
        self.check_boot(state)
        self.recover(state, "undo", [self.pristine])
        self.recover(state, self.scenario.again, self.applied)

    def check_boot(self, state: Tree) -> None:
        """This PC starts as before us, whatever else there is; or our entry, whole, once it was asked for."""
        loader = self.bench.loader
        loader.check(self.pristine, state)
        was, now = self.pristine.facts(), state.facts()
        for path in was.keys() | now.keys():
            if not path.startswith(loader.ours) and was.get(path) != now.get(path):
                raise Broken(f"{path} is none of ours: {was.get(path)} -> {now.get(path)}")
        chosen = loader.default_is_ours(state)
        if chosen and state.get(self.bench.loader.overlay) != self.archives.get(chosen):
            raise Broken(f"our entry {chosen} starts by itself, and its archive is another one")

    def recover(self, state: Tree, words: str, wanted: list[Tree]) -> None:
        state.write(self.bench.root)
        done = self.bench.act(words)
        if done.returncode:
            raise Broken(f"{words} afterwards: {done.stderr}")
        now = self.bench.read()
        if not any(without_history(now) == without_history(tree) for tree in wanted):
            raise Broken(f"{words} afterwards leaves:\n{difference(wanted[0], now)}")

    def run(self, cuts: list[int] | None = None, models: list[str] | None = None) -> Report:
        for cut in range(len(self.recording.changes) + 1) if cuts is None else cuts:
            self.try_cut(cut, models or list(MODELS))
        return self.report
