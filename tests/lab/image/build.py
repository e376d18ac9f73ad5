#!/usr/bin/python3
"""Builds the disk of the emulated PC, Debian 12 that boots by UEFI and GRUB, once for each recipe.

The finished image is ~/.cache/playthrough/lab/<checksum of the recipe>.qcow2. It is made under
another name and renamed, so that an image that is there is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RECIPE = Path(__file__).resolve().parent
sys.path.insert(0, str(RECIPE.parent))

from agent import Agent, Frozen  # noqa: E402

MIB = 1 << 20
DISK_MIB = 8192
ESP_MIB = 128
ROOT_MIB = DISK_MIB - ESP_MIB - 2
QEMU = "qemu-system-x86_64"
STARTS = 3
TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "sfdisk": "fdisk",
    "mformat": "mtools",
    "qemu-img": "qemu-utils",
    QEMU: "qemu-system-x86",
}
DPKG_OPTIONS = [
    "force-unsafe-io",
    "force-confold",
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
]


def cache_dir() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "playthrough" / "lab"


def recipe_checksum() -> str:
    """Of everything that decides what is in the image: names, modes and bytes of the recipe."""
    digest = hashlib.sha256()
    for path in sorted(RECIPE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(RECIPE)
            mode = path.stat().st_mode & 0o111
            digest.update(f"{name}\0{bool(mode)}\0{path.stat().st_size}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def image_path() -> Path:
    return cache_dir() / f"{recipe_checksum()}.qcow2"


def ensure_image() -> Path:
    """Returns the image's path, and builds it first where it is not there yet."""
    image = image_path()
    if image.exists():
        return image
    _check_tools()
    image.parent.mkdir(parents=True, exist_ok=True)
    with open(image.parent / "build.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not image.exists():
            _build(image)
    return image


def _check_tools() -> None:
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    os.environ["PATH"] = path
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
    if missing:
        sys.exit(f"lab image: needs programs that are not installed: apt-get install {' '.join(missing)}")


def _build(image: Path) -> None:
    started = time.monotonic()

    def say(text: str) -> None:
        print(f"lab image [{time.monotonic() - started:4.0f} s] {text}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="building-", dir=image.parent) as name:
        work = Path(name)
        say("installing Debian's packages into a tree (3 minutes or so)")
        _make_tree(work)
        say("writing the disk: GPT, EFI system partition, ext4")
        _make_disk(work)
        say("starting it once, so that GRUB is installed by its own tools")
        for start in range(1, STARTS + 1):
            try:
                _install_boot_loader(work)
                break
            except Frozen as frozen:
                # The emulator's doing: seen once in a dozen starts, with no answer to a read of the disk
                say(f"the emulated PC froze, start {start} of {STARTS}: {frozen}")
                if start == STARTS:
                    raise
        say("packing it as qcow2")
        packed = work / "disk.qcow2"
        _run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(work / "disk.raw"), str(packed))
        packed.rename(image)
    say(f"done: {image} ({image.stat().st_blocks * 512 // MIB} MiB)")


def _make_tree(work: Path) -> None:
    debs = cache_dir() / "debs"
    debs.mkdir(exist_ok=True)
    lines = (RECIPE / "packages.list").read_text().splitlines()
    packages = [line for line in lines if line and not line.startswith("#")]
    _run(
        "mmdebstrap",
        "--variant=minbase",
        "--format=tar",
        "--quiet",
        "--include=" + ",".join(packages),
        *(f"--dpkgopt={option}" for option in DPKG_OPTIONS),
        # keep what was downloaded for the next build
        "--skip=download/empty,essential/unlink,cleanup/apt/cache",
        "--setup-hook=mkdir -p \"$1/var/cache/apt/archives\"",
        f"--setup-hook=sync-in {debs} /var/cache/apt/archives",
        f"--essential-hook=sync-in {RECIPE}/files /",
        f"--customize-hook=sync-out /var/cache/apt/archives {debs}",
        f"--customize-hook={RECIPE}/customize.sh",
        "bookworm",
        str(work / "root.tar"),
        limit_s=1200,
    )


def _make_disk(work: Path) -> None:
    disk = work / "disk.raw"
    with open(disk, "wb") as file:
        file.truncate(DISK_MIB * MIB)
    table = f"label: gpt\nstart=1MiB, size={ESP_MIB}MiB, type=uefi\nsize={ROOT_MIB}MiB, type=linux\n"
    _run("sfdisk", "--quiet", str(disk), stdin=table)
    _run("mformat", "-i", f"{disk}@@1M", "-F", "-v", "LABESP", "-T", str(ESP_MIB * 2048), "::")
    offset = (1 + ESP_MIB) * MIB
    script = (
        'set -e; cd "$1"; mkdir tree; tar -C tree --xattrs --numeric-owner -xf root.tar; rm root.tar;'
        # A machine with a name of its own, or its first boot would count as one.
        'echo "$2" >tree/etc/machine-id;'
        "cp -L tree/vmlinuz vmlinuz; cp -L tree/initrd.img initrd.img;"
        f'mke2fs -q -t ext4 -L labroot -d tree -E offset={offset} disk.raw {ROOT_MIB}M; rm -rf tree'
    )
    _run(*_as_root(), "sh", "-c", script, "sh", str(work), recipe_checksum() * 2, limit_s=300)


def _as_root() -> list[str]:
    """What lets files be owned by root: being root, or a user namespace."""
    return [] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--map-auto", "--"]


def _install_boot_loader(work: Path) -> None:
    agent_socket = work / "agent"
    arguments = [
        QEMU, "-machine", "q35", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "2048",
        "-nodefaults", "-no-reboot", "-display", "none",
        "-kernel", str(work / "vmlinuz"), "-initrd", str(work / "initrd.img"),
        "-append", "root=LABEL=labroot console=ttyS0,115200 no_timer_check",
        "-drive", f"file={work}/disk.raw,format=raw,if=virtio,cache=unsafe",
        "-serial", f"file:{work}/serial.log", "-device", "virtio-serial-pci",
        "-chardev", f"socket,id=agent,path={agent_socket},server=on,wait=off",
        "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
    ]  # fmt: skip
    emulator = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)
    try:
        agent = _connect_agent(agent_socket)
        agent.wait(timeout_s=120)
        result = agent.run((RECIPE / "boot_setup.sh").read_text(), timeout_s=300)
        if result.rc:
            sys.exit(f"lab image: boot_setup.sh failed inside the PC:\n{result.out}{result.err}")
        agent.start("systemctl poweroff")
        emulator.wait(timeout=120)
    except subprocess.TimeoutExpired as error:
        raise Frozen("it did not power off") from error
    except Frozen:
        print((work / "serial.log").read_text(errors="replace")[-2000:], file=sys.stderr)
        raise
    finally:
        emulator.kill()
        emulator.wait()


def _connect_agent(path: Path) -> Agent:
    deadline = time.monotonic() + 20
    while True:
        try:
            return Agent(path)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _run(*command: str, stdin: str = "", limit_s: float = 120) -> None:
    subprocess.run(command, check=True, input=stdin, text=True, timeout=limit_s)


if __name__ == "__main__":
    print(ensure_image())
