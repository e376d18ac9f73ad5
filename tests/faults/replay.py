# SPDX-License-Identifier: GPL-2.0-or-later
"""What a disk may hold after the power went: the recorded changes, with those left out that nobody had synced.

A cut falls after any number of changes. What was made durable before it is there for certain:

- bytes, length, mode and owner of a file: by an fsync of that file, or a syncfs;
- a name (made, renamed, removed) in a folder: by an fsync of that folder, or a syncfs.

That is all POSIX promises. Journals of ext4, xfs and btrfs promise more (they keep the order of names), vfat no
more. Of everything else, each model of MODELS says what reached the disk. A rename is there or it is not; only on
FAT it is two changes: there both names may be left, or, where no file was replaced, none.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable, Iterator

MODELS = {
    "all": "everything reached the disk: what a kill leaves, or a file system that is mounted with sync",
    "data lost": "names did and bytes did not: the well-known empty file after a rename",
    "data old": "names did; bytes, lengths and modes of files are the old ones",
    "data half": "names did, and the first half of each file's bytes",
    "names lost": "bytes did; names that were made, moved or removed did not",
    "synced only": "nothing but what was synced",
    "one name lost": "everything but one of the names, each in turn: a file system that keeps no order",
    "rename torn": "everything, but of one of the renames on FAT only a half",
}

Path_ = str


@dataclass
class Node:
    """A file, folder or symbolic link."""

    kind: str  # "f", "d" or "l"
    mode: int
    uid: int
    gid: int
    data: bytes = b""  # a link's target
    names: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "Node":
        return Node(self.kind, self.mode, self.uid, self.gid, self.data, dict(self.names))


@dataclass
class Change:
    """One recorded change. @nodes: what must be synced for it to be durable (any one of them)."""

    who: str
    kind: str
    nodes: tuple[int, ...]
    args: tuple = ()
    path: Path_ = ""  # of a rename
    replaces: bool = False

    @property
    def names(self) -> bool:
        return self.kind in ("create", "mkdir", "symlink", "rename", "link", "remove")


def is_making(path: Path_) -> bool:
    """A variable on its way: efivarfs takes it by one write, which a stand-in can only do beside it."""
    return path.startswith("/sys/firmware/efi/efivars/") and path.endswith(".new")


def is_in_memory(path: Path_) -> bool:
    """Mounts, and the empty folders that they stood on: what a cut or a kill leaves of them ends with the system."""
    return path.startswith("/run/playthrough-esp")


class Tree:
    """A file system in memory."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {0: Node("d", 0o755, 0, 0)}

    def copy(self) -> "Tree":
        tree = Tree()
        tree.nodes = {key: node.copy() for key, node in self.nodes.items()}
        return tree

    def find(self, path: Path_) -> int:
        at = 0
        for name in path.split("/"):
            if name:
                at = self.nodes[at].names[name]
        return at

    def __getitem__(self, path: Path_) -> bytes:
        return self.nodes[self.find(path)].data

    def get(self, path: Path_) -> bytes | None:
        try:
            return self[path]
        except KeyError:
            return None

    def walk(self, at: int = 0, path: Path_ = "") -> Iterator[tuple[Path_, Node]]:
        for name, child in sorted(self.nodes[at].names.items()):
            yield f"{path}/{name}", self.nodes[child]
            if self.nodes[child].kind == "d":
                yield from self.walk(child, f"{path}/{name}")

    def facts(self) -> dict[Path_, tuple]:
        """All that counts of a tree, to be compared."""
        return {p: (n.kind, oct(n.mode), n.uid, n.gid, n.data) for p, n in self.walk()
                if not is_making(p) and not is_in_memory(p)}

    def digest(self) -> bytes:
        h = hashlib.sha256()
        for path, facts in self.facts().items():
            h.update(repr((path, facts)).encode())
        return h.digest()

    # --- from and to a real folder ---

    @staticmethod
    def read(folder: Path, inodes: dict[int, int] | None = None) -> "Tree":
        """@inodes gets which node an inode number is."""
        tree, inodes = Tree(), {} if inodes is None else inodes

        def node_of(path: str) -> int:
            st = os.lstat(path)
            if st.st_ino in inodes:
                return inodes[st.st_ino]
            kind = "l" if stat.S_ISLNK(st.st_mode) else "d" if stat.S_ISDIR(st.st_mode) else "f"
            data = b""
            if kind == "l":
                data = os.readlink(path).encode()
            elif kind == "f":
                data = read_bytes(path, st.st_mode)
            node = Node(kind, stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid, data)
            key = 0 if path == str(folder) else len(tree.nodes)
            tree.nodes[key] = node
            inodes[st.st_ino] = key
            if kind == "d":
                node.names = {name: node_of(f"{path}/{name}") for name in sorted(os.listdir(path))}
            return key

        node_of(str(folder))
        return tree

    def write(self, folder: Path) -> None:
        """Makes the folder hold this tree and nothing else."""
        wipe(folder)
        made: dict[int, str] = {}

        def put(at: int, path: str) -> None:
            node = self.nodes[at]
            for name, child in node.names.items():
                to, n = f"{path}/{name}", self.nodes[child]
                if child in made:
                    os.link(made[child], to, follow_symlinks=False)
                    continue
                made[child] = to
                if n.kind == "l":
                    os.symlink(n.data, to)
                elif n.kind == "d":
                    os.mkdir(to, 0o700)
                    put(child, to)
                else:
                    with open(to, "wb") as f:
                        f.write(n.data)
                if os.geteuid() == 0 and (n.uid or n.gid):
                    os.chown(to, n.uid, n.gid, follow_symlinks=False)
                if n.kind != "l":
                    os.chmod(to, n.mode)

        put(0, str(folder))


def read_bytes(path: str, mode: int) -> bytes:
    """A file's bytes, also of one whose own mode forbids it to us."""
    try:
        return Path(path).read_bytes()
    except PermissionError:
        os.chmod(path, 0o600)
        data = Path(path).read_bytes()
        os.chmod(path, stat.S_IMODE(mode))
        return data


def wipe(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for item in folder.iterdir():
        if item.is_dir() and not item.is_symlink():
            for path, folders, _ in os.walk(item):
                os.chmod(path, 0o700)
            shutil.rmtree(item)
        else:
            item.unlink()


class Recording:
    """The log of tests/faults/trace, understood."""

    def __init__(self, start: Tree, inodes: dict[int, int], log: str, fat: tuple[str, ...] = ()) -> None:
        self.start = start
        self.fat = fat
        self.inodes = dict(inodes)
        self.live = start.copy()
        self.next = max(start.nodes) + 1
        self.fresh: dict[int, Node] = {}  # nodes that were made while recording
        self.changes = [self._change(line.split("\t")) for line in log.splitlines()]

    def _new(self, kind: str, path: Path_, inode: str, mode: int, uid: int, gid: int, data: bytes = b"") -> tuple:
        key, self.next = self.next, self.next + 1
        self.inodes[int(inode)] = key
        self.fresh[key] = Node(kind, mode, uid, gid, data)
        self.live.nodes[key] = self.fresh[key].copy()
        folder, name = path.rsplit("/", 1)
        return self.live.find(folder), name, key

    def _change(self, columns: list[str]) -> Change:
        who, kind, *rest = columns
        change = self._parse(who, kind, rest)
        perform(self.live, change)
        return change

    def _parse(self, who: str, kind: str, rest: list[str]) -> Change:
        if kind in ("create", "mkdir"):
            path, inode, mode, uid, gid = rest
            folder, name, key = self._new("f" if kind == "create" else "d", path, inode, int(mode, 8), int(uid), int(gid))
            return Change(who, kind, (folder,), (folder, name, key))
        if kind == "symlink":
            folder, name, key = self._new("l", rest[0], rest[1], 0o777, os.geteuid(), os.getegid(), rest[2].encode())
            return Change(who, kind, (folder,), (folder, name, key))
        if kind in ("rename", "link"):
            (a, x), (b, y) = (path.rsplit("/", 1) for path in rest)
            old, new = self.live.find(a), self.live.find(b)
            key = self.live.nodes[old].names[x]
            if kind == "link":
                return Change(who, kind, (new,), (new, y, key))
            replaces = y in self.live.nodes[new].names
            return Change(who, kind, (old, new), (old, x, new, y, key), rest[1], replaces)
        if kind in ("unlink", "rmdir"):
            folder, name = rest[0].rsplit("/", 1)
            return Change(who, "remove", (self.live.find(folder),), (self.live.find(folder), name))
        if kind == "syncfs":
            return Change(who, kind, ())
        if kind == "unknown":
            raise ValueError(f"{who} made a change that cannot be replayed: {rest}")
        key = self.inodes[int(rest[0])]
        if kind == "fsync":
            return Change(who, kind, (), (key,))
        if kind == "write":
            return Change(who, kind, (key,), (key, int(rest[1]), bytes.fromhex(rest[2])))
        if kind == "chmod":
            return Change(who, kind, (key,), (key, int(rest[1], 8)))
        return Change(who, kind, (key,), (key, *map(int, rest[1:])))

    # --- cuts ---

    def durable(self, cut: int) -> set[int]:
        """Which of the first @cut changes are on the disk for certain."""
        sure: set[int] = set()
        for i, change in enumerate(self.changes[:cut]):
            if change.kind == "syncfs":
                sure.update(range(i))
            elif change.kind == "fsync":
                sure.update(j for j in range(i) if change.args[0] in self.changes[j].nodes)
        return sure

    def states(self, cut: int, models: Iterable[str] = MODELS) -> Iterator[tuple[str, Tree]]:
        """The trees that a cut of power after @cut changes may leave."""
        sure = self.durable(cut)
        pending = [i for i in range(cut) if i not in sure]
        for model in models:
            if model == "one name lost":
                for lost in pending:
                    if self.changes[lost].names:
                        yield f"{model}: {lost}", self._replay(cut, {lost: None})
            elif model == "rename torn":
                for torn in pending:
                    for half in self._halves(self.changes[torn]):
                        yield f"{model}: {torn}", self._replay(cut, {torn: half})
            elif model == "all" or pending:
                yield model, self._replay(cut, {i: self._left(i, model) for i in pending})

    def _left(self, i: int, model: str) -> Change | None:
        """What a model leaves of a change that was not synced."""
        change = self.changes[i]
        if change.kind in ("fsync", "syncfs") or model == "all":
            return change
        if change.names:
            return None if model in ("names lost", "synced only") else change
        if model in ("data old", "synced only"):
            return None
        if model == "data lost" and change.kind == "write":
            return None
        if model == "data half" and change.kind == "write":
            key, offset, data = change.args
            return Change(change.who, "write", (key,), (key, offset, data[: len(data) // 2]))
        return change

    def _halves(self, change: Change) -> list[Change]:
        if change.kind != "rename" or not change.path.startswith(self.fat or ("\0",)):
            return []
        old, x, new, y, key = change.args
        both = Change(change.who, "link", (new,), (new, y, key))
        none = Change(change.who, "remove", (old,), (old, x))
        return [both] if change.replaces else [both, none]

    def _replay(self, cut: int, instead: dict[int, Change | None]) -> Tree:
        tree = self.start.copy()
        tree.nodes.update({key: node.copy() for key, node in self.fresh.items()})
        for i, change in enumerate(self.changes[:cut]):
            left = instead.get(i, change)
            if left is not None:
                perform(tree, left)
        return tree


def perform(tree: Tree, change: Change) -> None:
    nodes, args = tree.nodes, change.args
    if change.kind in ("create", "mkdir", "symlink", "link"):
        folder, name, key = args
        nodes[folder].names[name] = key
    elif change.kind == "rename":
        old, x, new, y, key = args
        if nodes[old].names.get(x) == key:
            del nodes[old].names[x]
        nodes[new].names[y] = key
    elif change.kind == "remove":
        nodes[args[0]].names.pop(args[1], None)
    elif change.kind == "write":
        key, offset, data = args
        old = nodes[key].data
        nodes[key].data = old[:offset].ljust(offset, b"\0") + data + old[offset + len(data):]
    elif change.kind == "truncate":
        nodes[args[0]].data = nodes[args[0]].data[: args[1]].ljust(args[1], b"\0")
    elif change.kind == "chmod":
        nodes[args[0]].mode = args[1]
    elif change.kind == "chown":
        nodes[args[0]].uid, nodes[args[0]].gid = args[1:]
