"""Puts what `make install DESTDIR=...` made into a PC, once, for other PCs to start from."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pc import PC, Options, build

TOP = Path(__file__).resolve().parents[2]
# What a package's own scripts would do after its files are there. The boot menu is renewed, as on any PC that
# had an update since it was installed: only under its own firmware does it get the entry for the firmware setup.
AFTER_INSTALL = """
set -e
sed -i 's/^GRUB_CMDLINE_LINUX_DEFAULT=.*/GRUB_CMDLINE_LINUX_DEFAULT="{kernel_arguments}"/' /etc/default/grub
update-grub
ldconfig
systemd-sysusers
systemd-tmpfiles --create
systemctl daemon-reload
udevadm control --reload
busctl call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig
"""
# A library that tests/lab/image/packages.list lacks is told here, and not by a program that does not start in some test.
WHAT_IS_MISSING = "ldd /usr/bin/playthrough* /usr/sbin/playthrough* /usr/lib/playthrough/* 2>/dev/null | grep 'not found' | sort -u"
# What makes systemd-boot, which lies in every image, the loader that firmware starts.
USE_SYSTEMD_BOOT = """
set -e
sed -i 's/$/ {kernel_arguments}/' /etc/kernel/cmdline
sed -i '/^options/s/$/ {kernel_arguments}/' /boot/efi/loader/entries/*.conf
cp /boot/efi/EFI/systemd/systemd-bootx64.efi /boot/efi/EFI/BOOT/BOOTX64.EFI
"""
KEPT_IMAGES = 4


def install(pc: PC, stage: Path, kernel_arguments: str = "", timeout_s: float = 180) -> None:
    """Copies the tree `stage` over the root of a running PC, by a USB stick that holds a tar of it.

    Its owner has chosen `kernel_arguments` for it, before us.
    """
    archive = pc.work / "stage.tar"
    command = ["tar", "--owner=0", "--group=0", "--numeric-owner", "-C", str(stage), "-cf", str(archive), "."]
    subprocess.run(command, check=True, timeout=60)
    pc.plug_usb("stage", content=archive)
    stick = "/dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_LABSTAGE-0:0"
    pc.wait_for(f"test -b {stick}", timeout_s=30)
    # Debian's /lib and /bin are links, and the folders above our files keep their owner and mode
    unpack = f"set -e; tar --keep-directory-symlink --no-overwrite-dir -C / -xf {stick}"
    pc.check(unpack + AFTER_INSTALL.format(kernel_arguments=kernel_arguments), timeout_s)
    missing = pc.run(WHAT_IS_MISSING).out
    assert not missing, missing
    pc.unplug_usb("stage")


def installed_image(stage: Path, kernel_arguments: str = "", loader: str = "grub") -> Path:
    """A disk of Debian with `stage` installed; made once for each content of `stage`, and kept."""
    base = build.ensure_image()
    image = base.parent / f"installed-{_checksum(base.name + kernel_arguments + loader, stage)}.qcow2"
    with open(base.parent / "installed.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not image.exists():
            _make(stage, image, kernel_arguments, loader)
        os.utime(image)
        _forget_old(base.parent)
    return image


def image_of_now() -> Path:
    """A disk with what `make install` installs at this moment."""
    with tempfile.TemporaryDirectory(prefix="playthrough-stage-") as stage:
        command = ["make", "--no-print-directory", "-C", str(TOP), "install", f"DESTDIR={stage}"]
        subprocess.run(command, check=True, stdout=sys.stderr, timeout=900)
        return installed_image(Path(stage))


def _make(stage: Path, image: Path, kernel_arguments: str, loader: str) -> None:
    with PC(Options(devices=())) as pc, tempfile.TemporaryDirectory(dir=image.parent) as name:
        with pc.step("start, to install our programs"):
            pc.start()
        with pc.step("install"):
            install(pc, stage, kernel_arguments)
            if loader == "systemd-boot":
                pc.check(USE_SYSTEMD_BOOT.format(kernel_arguments=kernel_arguments))
        with pc.step("power off"):
            pc.power_off()
        whole = Path(name) / image.name
        pc.save_image(whole)
        whole.rename(image)


def _checksum(base: str, stage: Path) -> str:
    digest = hashlib.sha256(base.encode())
    for path in sorted(stage.rglob("*")):
        digest.update(f"{path.relative_to(stage)}\0{path.lstat().st_mode:o}\0".encode())
        if path.is_symlink():
            digest.update(os.readlink(path).encode())
        elif path.is_file():
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _forget_old(folder: Path) -> None:
    images = sorted(folder.glob("installed-*.qcow2"), key=lambda path: path.stat().st_mtime)
    for image in images[:-KEPT_IMAGES]:
        image.unlink()
