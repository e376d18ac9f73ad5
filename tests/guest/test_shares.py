# SPDX-License-Identifier: GPL-2.0-or-later
"""Virtual functions as a real kernel makes them, of QEMU's NVMe controller in an emulated PC with an IOMMU."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = TOP / os.environ.get("BUILD", "build")
WANTED = ("crct10dif_generic", "crc64_rocksoft_generic", "nvme", "vfio_iommu_type1", "vfio-pci")
LIMIT_S = 600


def modules() -> list[Path]:
    """What is wanted, each after what it needs."""
    kernel, version = (BUILD / "guest/kernel").read_text().split()
    folder = Path(kernel) / "lib/modules" / version
    needs = dict(line.split(":") for line in (folder / "modules.dep").read_text().splitlines())
    found: dict[str, None] = {}
    for name in WANTED:
        path = next(p for p in needs if Path(p).name == f"{name}.ko")
        found.update(dict.fromkeys([*reversed(needs[path].split()), path]))
    return [folder / path for path in found]


def first_root(folder: Path) -> Path:
    program = BUILD / "share-pc"
    subprocess.run(["make", "-s", f"BUILD={os.environ.get('BUILD', 'build')}", program.relative_to(TOP)], cwd=TOP, check=True)
    root = folder / "root"
    for name in ("modules", "proc", "sys", "dev"):
        (root / name).mkdir(parents=True)
    shutil.copy(program, root / "init")
    for number, path in enumerate(modules()):
        shutil.copy(path, root / "modules" / f"{number:02}-{path.name}")
    libraries = subprocess.run(["ldd", program], capture_output=True, check=True, text=True).stdout
    for library in re.findall(r"(/\S+) \(0x", libraries):
        copy = root / library.lstrip("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, copy)
    names = "\n".join(str(p.relative_to(root)) for p in sorted(root.rglob("*")))
    made = subprocess.run(["cpio", "-o", "-H", "newc", "-R", "0:0"], cwd=root, input=names.encode(), capture_output=True, check=True)
    (folder / "initrd").write_bytes(made.stdout)
    return folder / "initrd"


def test_virtual_functions(tmp_path: Path) -> None:
    with (tmp_path / "disk").open("wb") as disk:
        disk.truncate(16 << 20)
    said = subprocess.run([
        "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio",
        "-machine", "q35,accel=tcg,kernel-irqchip=off", "-cpu", "max", "-m", "512", "-device", "intel-iommu,intremap=on",
        "-kernel", BUILD / "guest/vmlinuz", "-initrd", first_root(tmp_path),
        "-append", "console=ttyS0 quiet intel_iommu=on panic=-1",
        "-device", "pcie-root-port,id=rp1,chassis=1", "-device", "nvme-subsys,id=subsystem",
        "-drive", f"if=none,id=disk,file={tmp_path / 'disk'},format=raw",
        "-device", "nvme,serial=x,subsys=subsystem,bus=rp1,sriov_max_vfs=2,sriov_vq_flexible=4,sriov_vi_flexible=2,"
                   "max_ioqpairs=6,msix_qsize=5",
        "-device", "nvme-ns,drive=disk,nsid=1,shared=on",
    ], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT_S).stdout  # fmt: skip
    lines = [line.strip() for line in said.splitlines()]
    assert "done" in lines, said
    for line in (
        "before: 0000:01:00.0 nvme 0/2", "make 0", "make-again 0",
        "made: 0000:01:00.0 nvme 2/2", "made: 0000:01:00.1 - 0/0 virtual", "made: 0000:01:00.2 - 0/0 virtual",
        "bind 0", "viable 0", "bound: 0000:01:00.2 vfio-pci 0/0 virtual", "restore 0", "remove 0",
        "removed: 0000:01:00.0 nvme 0/2",
    ):  # fmt: skip
        assert line in lines, f"{line}\n{said}"
    assert not [line for line in lines if line.startswith("removed:") and "virtual" in line]
    assert "vfio-pci has 0000:01:00.2" in next(line for line in lines if line.startswith("remove-used -16"))
    assert any(line.startswith("too-many -34") for line in lines), said
