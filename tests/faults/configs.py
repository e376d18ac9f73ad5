# SPDX-License-Identifier: GPL-2.0-or-later
"""PCs as people leave them: a seeded generator of what may be there before our first apply."""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

from loaders import KERNEL, OLDER, Loader, link, put

DEFAULT_GRUB = [
    "GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT='quiet splash'\n",
    "GRUB_DEFAULT=saved\nGRUB_SAVEDEFAULT=true\nGRUB_CMDLINE_LINUX=quiet\n",
    "# GRUB_CMDLINE_LINUX=\"commented\"\nGRUB_TIMEOUT=0",
    'GRUB_CMDLINE_LINUX="a"\nGRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX intel_iommu=on"\n',
    'GRUB_CMDLINE_LINUX_DEFAULT="vfio-pci.ids=10de:1e84 dyndbg=\\"file x.c +p\\""\n',
    "export GRUB_DISTRIBUTOR=`echo Debian`\nGRUB_CMDLINE_LINUX=\"root=/dev/sda1\"   # mine\n",
    "GRUB_DISTRIBUTOR=\"It's mine\"\nGRUB_DEFAULT=\"Windows\"\n",
    "GRUB_CMDLINE_LINUX_DEFAULT=\"\"\r\nGRUB_TIMEOUT=5\n",
    "",
    "\n\n   \n",
    "GRUB_DISTRIBUTOR='Ubuntu'\nGRUB_CMDLINE_LINUX='crashkernel=512M-:192M $vt_handoff'\n",
    'GRUB_CMDLINE_LINUX="quiet \\\n splash"\nGRUB_TIMEOUT_STYLE=hidden\n',
    "if [ -x /bin/true ]; then GRUB_TIMEOUT=1; fi\n",
]
# With these grub-mkconfig itself ends with an error: it is a script for /bin/sh with set -e.
BAD_DEFAULT_GRUB = ['GRUB_CMDLINE_LINUX+=" iommu=pt"\n', 'GRUB_CMDLINE_LINUX="never closed\n', "false\n"]
OTHERS = [
    "/etc/modprobe.d/vfio.conf",
    "/etc/modprobe.d/blacklist-nouveau.conf",
    "/etc/modprobe.d/playthrough-vfio.conf",
    "/etc/modules-load.d/vfio.conf",
    "/etc/initramfs-tools/modules",
    "/etc/initramfs-tools/conf.d/resume",
    "/etc/initramfs-tools/scripts/init-top/vfio",
    "/etc/initramfs-tools/hooks/playthrough",
    "/etc/kernel/cmdline",
    "/etc/kernel/install.conf",
    "/etc/kernel/postinst.d/zz-mine",
    "/etc/playthrough/profiles/games.profile",
    "/etc/playthrough/playthrough.conf",
    "/etc/driverctl.d/0000:01:00.0",
    "/etc/grub.d/41_custom",
    "/etc/grub.d/README",
    "/etc/grub.d/06_theme",
    "/etc/default/grub.d/50-mine.cfg",
    "/boot/grub/custom.cfg",
    "/boot/playthrough.cpio.bak",
    "/var/lib/playthrough/daemon/state",
]
TEXTS = ["", "mine\n", "# a comment without an end", "options vfio-pci ids=10de:1e84,10de:10f8\n", "\0\1\2\xff\n" * 30, "x" * 9000]
MODES = [0o644, 0o600, 0o640, 0o664, 0o400, 0o444, 0o755, 0o700, 0o750, 0o2755, 0o4755]
BIND = [
    "old\n",
    "",
    "device path=0000:00:01.0/00.0 id=10de:1e84 subsystem=0000:0000 class=030000\n",
    "# mine\n" * 500,
]


class Config:
    """One such PC. @said: what was done to it, for a failed test's report."""

    def __init__(self, root: Path, loader: Loader, seed: int) -> None:
        self.root, self.loader = root, loader
        self.random = random.Random(f"{loader.name} {seed}")
        self.said: list[str] = []

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def say(self, *words: object) -> None:
        self.said.append(" ".join(map(str, words)))

    def put(self, path: str, text: str, mode: int | None = None) -> None:
        mode = self.random.choice(MODES) if mode is None else mode
        to = self.root / path.lstrip("/")
        if to.is_symlink() or to.exists():
            to.unlink()
        put(self.root, path, text.encode("latin-1"), mode)
        self.say("file", path, oct(mode), repr(text[:40]))

    def remove(self, path: str) -> None:
        to = self.root / path.lstrip("/")
        if to.is_dir() and not to.is_symlink():
            shutil.rmtree(to)
        elif to.exists():
            to.unlink()
        self.say("no", path)

    def behind_link(self, path: str) -> None:
        """The file (or folder) is elsewhere, and a symbolic link leads there."""
        at = self.root / path.lstrip("/")
        if not at.exists() or at.is_symlink():
            return
        away = at.with_name(f"{at.name}.real")
        at.rename(away)
        at.symlink_to(away.name)
        self.say("link", path)

    def own(self, path: str) -> None:
        """Another mode, and another owner where we may."""
        at = self.root / path.lstrip("/")
        if not at.is_file() or at.is_symlink():
            return
        if os.geteuid() == 0 and self.maybe(0.5):
            os.chown(at, self.random.choice([0, 1000, 65534]), self.random.choice([0, 4, 1000]))
        at.chmod(self.random.choice(MODES) & ~0o111 | at.stat().st_mode & 0o111)
        self.say("own", path, oct(at.stat().st_mode), at.stat().st_uid, at.stat().st_gid)

    def make(self) -> None:
        for path in OTHERS:
            if self.maybe(0.25):
                text = self.random.choice(TEXTS) if "grub" not in path else "#!/bin/sh\necho '# mine'\n"
                self.put(path, text)
        for kernel in (OLDER, KERNEL):
            if self.maybe(0.1):
                self.remove(f"/boot/initrd.img-{kernel}")
        if self.maybe(0.2):
            self.put("/etc/playthrough/bind.conf", self.random.choice(BIND))
        if self.maybe(0.1):
            self.put("/boot/playthrough.cpio", self.random.choice(TEXTS))
        if self.maybe(0.1):
            (self.root / "etc/playthrough").mkdir(exist_ok=True)
        if self.loader.name == "grub":
            self.make_grub()
        for path in ("/etc/playthrough/bind.conf", "/boot/playthrough.cpio", "/boot/playthrough.cpio.bak"):
            if self.maybe(0.3):
                self.own(path)
        for path in ("/etc/playthrough", "/etc/playthrough/bind.conf", "/boot/playthrough.cpio", "/etc/initramfs-tools"):
            if self.maybe(0.04):
                self.behind_link(path)
        if self.maybe(0.03):
            odd = self.random.choice(["/etc/playthrough/bind.conf", "/boot/playthrough.cpio"])
            self.remove(odd)
            (self.root / odd.lstrip("/")).mkdir(parents=True)
            self.say("folder", odd)

    def make_grub(self) -> None:
        if self.maybe(0.7):
            shapes = BAD_DEFAULT_GRUB if self.maybe(0.05) else DEFAULT_GRUB
            self.put("/etc/default/grub", self.random.choice(shapes), 0o644)
        elif self.maybe(0.2):
            self.remove("/etc/default/grub")
        if self.maybe(0.15):
            self.put("/etc/grub.d/42_playthrough", "#!/bin/sh\necho '# my own 42'\n")
        if self.maybe(0.1):
            self.put("/etc/grub.d/43_broken", "#!/bin/sh\nexit 3\n", self.random.choice([0o644, 0o755]))
        for path in ("/etc/default/grub", "/etc/grub.d/40_custom", "/etc/grub.d/42_playthrough"):
            if self.maybe(0.15):
                self.own(path)
            if self.maybe(0.06):
                self.behind_link(path)
        self.memory()
        try:
            self.loader.make_menu(self.root)
        except Exception:  # the person's menu is of an earlier day, then
            self.say("grub-mkconfig cannot run")
            for left in (self.root / "boot/grub").glob("*.new"):
                left.unlink()
        for path in ("/boot/grub/grub.cfg", "/boot/grub/grubenv", "/boot/grub", "/etc/grub.d"):
            if self.maybe(0.2):
                self.own(path)
            if self.maybe(0.05):
                self.behind_link(path)
        if self.maybe(0.03):
            self.remove(self.random.choice(["/etc/grub.d", "/boot/grub/grub.cfg", "/usr/sbin/grub-mkconfig"]))
        if self.maybe(0.05) and (self.root / "boot/grub/grub.cfg").exists():
            os.link(self.root / "boot/grub/grub.cfg", self.root / "boot/grub/grub.cfg.bak")
            self.say("hard link grub.cfg.bak")

    def memory(self) -> None:
        """grubenv in its shapes."""
        lines = self.random.choice(["", "saved_entry=Windows\n", "saved_entry=0\nrecordfail=1\n", "kernelopts=a b=c \\\n"])
        block = f"# GRUB Environment Block\n{lines}"
        shape = self.random.random()
        if shape < 0.1:
            self.remove("/boot/grub/grubenv")
        elif shape < 0.15:
            self.put("/boot/grub/grubenv", self.random.choice(["", "no block at all\n"]), 0o644)
        elif shape < 0.6:
            if self.maybe(0.3):
                block = block.replace("Block\n", "Block\n# WARNING: Do not edit this file by tools other than grub-editenv!!!\n")
            self.put("/boot/grub/grubenv", block.ljust(self.random.choice([1024, 1024, 2048]), "#"), 0o644)
