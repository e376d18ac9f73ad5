#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Import of a 1 GiB VMDK beside plain `qemu-img convert`.

Half of the image is data, half holes. Ours waits until the new file is on the disk, so the peer is measured twice: as it is, and
with a sync of its file. Runs alternate, what counts is the ratio of the medians, and no figure fails anything.
Usage: image_bench.py BUILD
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

import report

MIB = 1 << 20
SIZE_MIB = 1024
RUNS = int(os.environ.get("IMAGE_BENCH_RUNS", "5"))


def make_source(folder: Path) -> Path:
    plain, source = folder / "plain.raw", folder / "source.vmdk"
    with plain.open("wb") as file:
        file.truncate(SIZE_MIB * MIB)
        for at in range(0, SIZE_MIB, 2):
            file.seek(at * MIB)
            file.write(os.urandom(MIB))
    subprocess.run(["qemu-img", "convert", "-O", "vmdk", str(plain), str(source)], check=True)
    plain.unlink()
    return source


def sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)


def timed_ms(act: Callable[[], object], new: Path) -> float:
    os.sync()
    began = time.perf_counter()
    act()
    took = (time.perf_counter() - began) * 1000
    new.unlink()
    return took


def main() -> int:
    build = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="pt-", dir="/var/tmp") as name:
        folder = Path(name)
        source, new = make_source(folder), folder / "new.qcow2"
        env = os.environ | {"XDG_RUNTIME_DIR": name, "HOME": name, "PLAYTHROUGH_DATA_DIR": str(build),
                            "PLAYTHROUGH_LIBEXEC_DIR": str(build), "PLAYTHROUGH_PROFILE_PATH": name}
        daemon = subprocess.Popen([str(build / "playthroughd"), "--session"], env=env, stdin=subprocess.DEVNULL)

        def ours() -> None:
            subprocess.run([str(build / "playthrough"), "--session", "disk", "import", str(source), str(new)], env=env,
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def plain() -> None:
            subprocess.run(["qemu-img", "convert", "-O", "qcow2", str(source), str(new)], check=True)

        def synced() -> None:
            plain()
            sync(new)

        sides = {"playthrough disk import": ours, "qemu-img convert": plain, "qemu-img convert, then fsync": synced}
        times: dict[str, list[float]] = {side: [] for side in sides}
        try:
            while not (folder / "playthrough" / "bus").exists():
                time.sleep(0.05)
            for act in sides.values():  # what is read is in memory from here on
                act()
                new.unlink()
            for _ in range(RUNS):
                for side, act in sides.items():
                    times[side].append(timed_ms(act, new))
        finally:
            daemon.terminate()
            daemon.wait()
    ours, *peers = (report.Side(side, series) for side, series in times.items())
    means = "ours judges the image and syncs the new file before it has its name; the work in between is qemu-img's own"
    report.keep(build, "Images", [report.row(f"import of a {SIZE_MIB} MiB VMDK, half of it data", "ms", means, ours, peer) for peer in peers])
    return 0


if __name__ == "__main__":
    sys.exit(main())
