#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures us beside what others use, in one run on one machine, and writes build/bench.json.

Timings on a shared machine are noisy: what counts is the ratio of medians of runs that alternate, and
nothing here fails a test. Usage: bench.py BUILD
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

RUNS = 15
QEMU = shutil.which("qemu-system-x86_64") or ""
PROFILE = """[vm]
title = Bench
[cpu]
count = 1
accel = tcg
[memory]
size = 64M
[boot]
firmware = bios
[display]
type = none
[network]
type = none
"""
DOMAIN = f"""<domain type='qemu'><name>bench</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os>
<devices><emulator>{QEMU}</emulator><memballoon model='none'/></devices></domain>"""


def run(command: list[str], env: dict[str, str], check: bool = True) -> str:
    return subprocess.run(command, env=env, check=check, timeout=60, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def bare_qemu(folder: Path) -> None:
    """The least anybody can do: QEMU alone, until its QMP socket greets."""
    path = folder / "bare.qmp"
    qemu = subprocess.Popen([QEMU, "-machine", "q35,accel=tcg", "-m", "64", "-nodefaults", "-display", "none", "-S",
                             "-qmp", f"unix:{path},server=on,wait=off"], stdin=subprocess.DEVNULL)
    try:
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as qmp:
                    qmp.connect(str(path))
                    qmp.recv(4096)
                    return
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.001)
    finally:
        qemu.kill()
        qemu.wait()
        path.unlink(missing_ok=True)


def pss_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("Pss:")))


def pid_of(name: str, run_dir: str) -> int:
    """The process of that name whose environment has our run directory: started by this bench, nobody else's."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            comm = (entry / "comm").read_text().strip()
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if comm == name[:15] and f"XDG_RUNTIME_DIR={run_dir}".encode() in environment.split(b"\0"):
            return int(entry.name)
    raise RuntimeError(f"{name} does not run")


def row(what: str, ours: list[float], peers: dict[str, list[float]], unit: str) -> dict:
    def figures(values: list[float]) -> dict:
        return {"min": round(min(values), 1), "median": round(statistics.median(values), 1), "max": round(max(values), 1)}

    result = {"what": what, "unit": unit, "playthrough": figures(ours)}
    for name, values in peers.items():
        result[name] = figures(values) | {"ratio": round(statistics.median(values) / statistics.median(ours), 2)}
    told = ", ".join(f"{k} {v['median']} {unit}" for k, v in result.items() if isinstance(v, dict))
    print(f"{what}: {told}")
    return result


def measure(build: Path, folder: Path) -> list[dict]:
    run_dir = str(folder)
    profiles = folder / "profiles"
    profiles.mkdir()
    (profiles / "bench.profile").write_text(PROFILE)
    (folder / "bench.xml").write_text(DOMAIN)
    env = dict(os.environ, XDG_RUNTIME_DIR=run_dir, XDG_CONFIG_HOME=run_dir, XDG_CACHE_HOME=run_dir, PLAYTHROUGH_PROFILE_PATH=str(profiles),
               PLAYTHROUGH_LIBEXEC_DIR=str(build), PLAYTHROUGH_DATA_DIR=str(build))
    ours = [str(build / "playthrough"), "--session"]
    virsh = ["virsh", "-q", "-c", "qemu:///session"]
    run(virsh + ["define", str(folder / "bench.xml")], env)
    run(ours + ["list"], env)
    check, validate, start, bare, virsh_start = [], [], [], [], []
    for _ in range(RUNS):
        check.append(timed(lambda: run([str(build / "playthrough-setup"), "check", "--json"], env, check=False)))
        validate.append(timed(lambda: run(["virt-host-validate", "qemu"], env, check=False)))
        start.append(timed(lambda: run(ours + ["start", "bench"], env)))
        run(ours + ["stop", "--force", "bench"], env)
        bare.append(timed(lambda: bare_qemu(folder)))
        virsh_start.append(timed(lambda: run(virsh + ["start", "bench"], env)))
        run(virsh + ["destroy", "bench"], env)
    pss = [float(pss_kib(pid_of("playthroughd", run_dir)))]
    peer_pss = [float(pss_kib(pid_of("libvirtd", run_dir)))]
    return [
        row("check of this PC", check, {"virt-host-validate qemu": validate}, "ms"),
        row("start of a 64 MiB VM until QMP answers", start, {"bare QEMU": bare, "virsh start": virsh_start}, "ms"),
        row("daemon's memory when idle (PSS)", pss, {"libvirtd": peer_pss}, "KiB"),
    ]


def main() -> int:
    build = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="playthrough-bench-") as folder:
        try:
            rows = measure(build, Path(folder))
        finally:
            for name in ("playthroughd", "libvirtd"):
                try:
                    os.kill(pid_of(name, folder), 15)
                except (RuntimeError, ProcessLookupError):
                    pass
    (build / "bench.json").write_text(json.dumps({"schema": 1, "runs": RUNS, "rows": rows}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
