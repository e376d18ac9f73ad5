#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How an image is read and written by a running QEMU: what vm/plan/plan_attach.c chooses beside 11 other ways.

QEMU has the image as a VM of ours has it and serves it on a Unix socket (NBD; not in an I/O thread, where 7.2 falls over its
own assertion when the client goes); qemu-img bench reads and writes it there: 4 KiB all over it at depth 1 and 32, and 1 MiB in a row. The image is not in this PC's
cache when a load begins. Rounds go through all ways one after the other, what counts is the median of each, and no figure fails
anything. Usage: disk_bench.py BUILD
"""

from __future__ import annotations

import json
import math
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report

QEMU = shutil.which("qemu-system-x86_64") or "/usr/bin/qemu-system-x86_64"
MIB = 1 << 20
SIZE_MIB = int(os.environ.get("DISK_BENCH_MIB", "1024"))
ROUNDS = int(os.environ.get("DISK_BENCH_ROUNDS", "9"))
LIMIT_S = 60

CHOSEN = ("native", "none", "unmap")
WAYS = [(aio, cache, "unmap") for cache in ("none", "directsync") for aio in ("native", "io_uring", "threads")] + \
    [(aio, cache, "unmap") for cache in ("writeback", "writethrough") for aio in ("io_uring", "threads")] + \
    [("native", "none", "ignore"), ("threads", "writeback", "ignore")]
# Name, arguments of qemu-img bench; a stride that is no power of two comes by everywhere.
LOADS = [
    ("read 4k, depth 1", ["-c", "2000", "-d", "1", "-s", "4096", "-S", str(1237 * 4096)]),
    ("read 4k, depth 32", ["-c", "8000", "-d", "32", "-s", "4096", "-S", str(1237 * 4096)]),
    ("read 1M, depth 4", ["-c", "256", "-d", "4", "-s", str(MIB)]),
    ("write 4k, depth 32", ["-w", "-c", "4000", "-d", "32", "-s", "4096", "-S", str(1237 * 4096)]),
]


class Qemu:
    def __init__(self, folder: Path, image: Path, way: tuple[str, str, str]) -> None:
        aio, cache, discard = way
        direct = "on" if cache in ("none", "directsync") else "off"
        self.control, self.export = folder / "qmp", folder / "nbd"
        for path in (self.control, self.export):
            path.unlink(missing_ok=True)
        node = f"driver=file,node-name=disk,filename={image},cache.direct={direct},aio={aio},discard={discard}"
        synced = cache in ("directsync", "writethrough")
        self.process = subprocess.Popen(
            [QEMU, "-machine", "none", "-nodefaults", "-display", "none", "-blockdev", node, "-qmp", f"unix:{self.control},server=on,wait=off"],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.talk({"type": "nbd", "id": "export", "node-name": "disk", "name": "disk", "writable": True,
                   "writethrough": synced})

    def talk(self, export: dict[str, object]) -> None:
        deadline = time.monotonic() + LIMIT_S
        with socket.socket(socket.AF_UNIX) as s:
            while s.connect_ex(str(self.control)):
                assert time.monotonic() < deadline and self.process.poll() is None
                time.sleep(0.02)
            stream = s.makefile("rw")
            for name, arguments in (
                    ("qmp_capabilities", {}),
                    ("nbd-server-start", {"addr": {"type": "unix", "data": {"path": str(self.export)}}}),
                    ("block-export-add", export)):
                stream.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
                stream.flush()
                answer: dict[str, object] = {}
                while not answer.keys() & {"return", "error"}:  # there are greetings and events between
                    answer = json.loads(stream.readline())
                assert "return" in answer, answer

    def load_ms(self, args: list[str]) -> float:
        done = subprocess.run(["qemu-img", "bench", "-f", "raw", *args, f"nbd+unix:///disk?socket={self.export}"],
                              check=True, capture_output=True, text=True, timeout=LIMIT_S * 5)
        return float(done.stdout.split("Run completed in ")[1].split()[0]) * 1000

    def close(self) -> None:
        self.process.terminate()
        self.process.wait()


def forget(image: Path) -> None:
    fd = os.open(image, os.O_RDONLY)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def name_of(way: tuple[str, str, str]) -> str:
    return f"aio={way[0]} cache={way[1]} discard={way[2]}"


def main() -> int:
    build = Path(sys.argv[1]).resolve()
    taken: dict[str, dict[str, list[float]]] = {name_of(w): {load: [] for load, _ in LOADS} for w in WAYS}
    with tempfile.TemporaryDirectory(prefix="pt-", dir="/var/tmp") as folder_name:
        folder = Path(folder_name)
        image = folder / "disk.raw"
        with image.open("wb") as file:
            for _ in range(SIZE_MIB):
                file.write(os.urandom(MIB))
        for turn in range(ROUNDS):
            for i in range(len(WAYS)):
                way = WAYS[(i + turn) % len(WAYS)]
                qemu = Qemu(folder, image, way)
                try:
                    for load, args in LOADS:
                        forget(image)
                        taken[name_of(way)][load].append(qemu.load_ms(args))
                finally:
                    qemu.close()
    sides = {name: report.Side(name, [math.exp(statistics.mean(math.log(times[turn]) for times in loads.values()))
                                      for turn in range(ROUNDS)]) for name, loads in taken.items()}
    chosen = sides.pop(name_of(CHOSEN))
    means = f"geometric mean of {', '.join(load for load, _ in LOADS)}: what Playthrough chooses, beside each other way"
    report.keep(build, "Disk images", [report.row("reading and writing an image through QEMU", "ms", means, chosen, peer)
                                       for peer in sorted(sides.values(), key=report.Side.median)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
