"""A small guest of the tests: one static program as /init, and the modules it needs, for the kernel of the test guest."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Iterable

from session import BUILD, TOP


def kernel() -> Path:
    return BUILD / "guest/vmlinuz"


def modules(names: Iterable[str]) -> list[Path]:
    """Their files in the order they are loaded, with what each stands on."""
    tree, version = (BUILD / "guest/kernel").read_text().split()
    found: list[Path] = []
    for name in names:
        told = subprocess.run(["modprobe", "-d", tree, "-S", version, "--show-depends", name], check=True,
                              capture_output=True, text=True).stdout
        for line in told.splitlines():
            verb, path = line.split(maxsplit=1)  # "builtin NAME" needs no loading
            if verb == "insmod" and Path(path.strip()) not in found:
                found.append(Path(path.strip()))
    return found


def first_root(folder: Path, source: Path, names: Iterable[str]) -> Path:
    """Builds SOURCE, packs it with the modules, and returns the initrd, which lies in FOLDER."""
    root = folder / "root"
    for name in ("modules", "proc", "sys", "dev"):
        (root / name).mkdir(parents=True)
    subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-static", "-Os",
                    f"-I{TOP / 'tests'}", "-o", root / "init", source], check=True)
    for number, path in enumerate(modules(names)):
        shutil.copy(path, root / "modules" / f"{number:02}-{path.name}")
    inside = "\n".join(str(path.relative_to(root)) for path in sorted(root.rglob("*")))
    made = subprocess.run(["cpio", "-o", "-H", "newc", "-R", "0:0"], cwd=root, input=inside.encode(),
                          capture_output=True, check=True)
    (folder / "initrd").write_bytes(made.stdout)
    return folder / "initrd"
