# SPDX-License-Identifier: GPL-2.0-or-later
"""A PC's files for each boot loader, and what must hold there at every instant.

LOADERS has one row a loader. To add one: a class with the members of Loader, its row, and a folder of stand-ins for the
programs that it runs. A stand-in works on the tree $TREE, changes what the real program changes in the same order,
checks its arguments, and ends with an error when $FAIL is its name.
"""

from __future__ import annotations

import re
import struct
import subprocess
from pathlib import Path

from replay import Tree

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
KERNEL = "6.1.0-18-amd64"
OLDER = "6.1.0-17-amd64"

class Broken(AssertionError):
    """Something that must never be was found."""


def put(root: Path, path: str, text: str | bytes, mode: int = 0o644) -> None:
    to = root / path.lstrip("/")
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(text if isinstance(text, bytes) else text.encode())
    to.chmod(mode)


def link(root: Path, path: str, target: str) -> None:
    to = root / path.lstrip("/")
    to.parent.mkdir(parents=True, exist_ok=True)
    to.symlink_to(target)


class Loader:
    """What the tests know of a boot loader."""

    name = ""
    fat: tuple[str, ...] = ()  # folders on a FAT file system (the ESP), where a rename is no single change
    tools = ""  # folder of the stand-ins for the loader's programs, first in PATH
    refresh_tool = ""  # one of them that apply cannot do without
    overlay = "/boot/playthrough.cpio"  # our second initramfs
    rarer = 1  # of its cuts and configurations only one in so many is tried
    # Files that apply and undo may change: all others must be as they were, at every instant.
    ours: tuple[str, ...] = (
        "/etc/playthrough",
        "/boot/playthrough.cpio",
        "/boot/.playthrough.cpio.playthrough-new",
        "/var/lib/playthrough",
    )

    def build(self, root: Path, program: Path, datadir: str, libexecdir: str) -> None:
        """Fills a folder with the files of a PC; those of every loader."""
        for kernel in (OLDER, KERNEL):
            put(root, f"/boot/vmlinuz-{kernel}", f"kernel {kernel}\n")
            put(root, f"/boot/initrd.img-{kernel}", f"initramfs {kernel}\n")
        put(root, "/etc/initramfs-tools/initramfs.conf", "MODULES=most\n")
        put(root, "/etc/modprobe.d/nvidia.conf", "options nvidia modeset=1\n")
        put(root, "/proc/self/mountinfo", "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n")
        put(root, "/sys/devices/pci0000:00/0000:00:17.0/block/sda/sda1/dev", "8:1\n")
        link(root, "/sys/dev/block/8:1", "../../devices/pci0000:00/0000:00:17.0/block/sda/sda1")
        (root / "var/lib").mkdir(parents=True)
        for template in (TOP / "host-setup/boot").iterdir():
            put(root, f"{datadir}/boot/{template.name}", template.read_bytes())
        put(root, f"{libexecdir}/playthrough-bind", b"the program, as long as a few blocks\n" * 300)

    def check(self, before: Tree, now: Tree) -> None:
        """Raises Broken where this PC would not start as it did @before."""
        raise NotImplementedError

    def default_is_ours(self, now: Tree) -> str | None:
        """The id of our entry when that is what would start by itself."""
        raise NotImplementedError


class Grub(Loader):
    name = "grub"
    tools = "grub"
    refresh_tool = "grub-mkconfig"
    ours = Loader.ours + (
        "/etc/grub.d/42_playthrough",
        "/etc/grub.d/.42_playthrough.playthrough-new",
        "/boot/grub",
    )

    LINUX = """#!/bin/sh
for image in $(printf '%s\\n' "$TREE"/boot/vmlinuz-* | sort -rV); do
	version=${image##*/vmlinuz-}
	echo "menuentry '$GRUB_DISTRIBUTOR, Linux $version' --class os \\$menuentry_id_option 'linux-$version' {"
	echo "	insmod ext2"
	echo "	linux	/boot/vmlinuz-$version root=/dev/sda1 ro $GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT"
	echo "	initrd	/boot/initrd.img-$version"
	echo "}"
done
"""
    HEADER = """#!/bin/sh
echo 'if [ -s $prefix/grubenv ]; then'
echo '  load_env'
echo 'fi'
echo "set default=\\"${GRUB_DEFAULT:-0}\\""
echo "set timeout=${GRUB_TIMEOUT:-5}"
"""

    def build(self, root: Path, program: Path, datadir: str, libexecdir: str) -> None:
        super().build(root, program, datadir, libexecdir)
        put(root, "/usr/sbin/grub-mkconfig", "", 0o755)
        put(root, "/etc/default/grub", 'GRUB_DEFAULT=saved\nGRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR="Debian"\n'
            'GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"\nGRUB_CMDLINE_LINUX=""\n')
        put(root, "/etc/grub.d/00_header", self.HEADER, 0o755)
        put(root, "/etc/grub.d/10_linux", self.LINUX, 0o755)
        put(root, "/etc/grub.d/40_custom", "#!/bin/sh\nexec tail -n +3 \"$0\"\nmenuentry 'Windows' {\n\tchainloader +1\n}\n", 0o755)
        put(root, "/boot/grub/grubenv", b"# GRUB Environment Block\nsaved_entry=Debian\n".ljust(1024, b"#"))
        put(root, "/boot/grub/grub.cfg", "", 0o644)
        self.make_menu(root)
        (root / "boot/grub/grub.cfg").chmod(0o444)

    def make_menu(self, root: Path) -> None:
        """update-grub, as the person's system has run it before."""
        env = {"TREE": str(root), "PATH": f"{HERE}/standins/grub:/usr/bin:/bin"}
        menu = root / "boot/grub/grub.cfg"
        mode = menu.stat().st_mode
        menu.chmod(0o644)  # for a run of the tests without root
        subprocess.run(["grub-mkconfig", "-o", str(menu)], env=env, check=True, capture_output=True)
        menu.chmod(mode)

    def with_files(self, root: Path) -> None:
        """A person's own files where ours go."""
        put(root, "/etc/grub.d/42_playthrough", "#!/bin/sh\n# somebody's own\n", 0o750)
        put(root, "/etc/playthrough/bind.conf", "old\n", 0o600)
        put(root, "/etc/playthrough/profiles/games.profile", "[game]\n")
        self.make_menu(root)

    def without_memory(self, root: Path) -> None:
        (root / "boot/grub/grubenv").unlink()

    @staticmethod
    def sections(menu: str) -> dict[str, str]:
        """What each script added to the menu."""
        parts = re.findall(r"^### BEGIN (\S+) ###$(.*?)^### END \1 ###$", menu, re.M | re.S)
        return dict(parts)

    def check(self, before: Tree, now: Tree) -> None:
        raw = now.get("/boot/grub/grub.cfg")
        if raw is None:
            raise Broken("grub.cfg is gone")
        menu = raw.decode(errors="replace")
        was, parts = self.sections(before["/boot/grub/grub.cfg"].decode()), self.sections(menu)
        if menu.count("{") != menu.count("}") or menu.count("### BEGIN") != len(parts):
            raise Broken("grub.cfg is not whole")
        mine = parts.pop("/etc/grub.d/42_playthrough", None)
        was.pop("/etc/grub.d/42_playthrough", None)
        if was != parts:
            raise Broken("grub.cfg: the entries that were there have changed")
        if mine and "playthrough.cpio" in mine and now.get("/boot/playthrough.cpio") is None:
            raise Broken("grub.cfg names an archive that is not there")
        self.check_block(before, now)

    def check_block(self, before: Tree, now: Tree) -> None:
        """The block is whole, and remembers what it remembered."""
        old, block = before.get("/boot/grub/grubenv"), now.get("/boot/grub/grubenv")
        if block is None and old is None:
            return
        if block is None or len(block) != (len(old) if old else 1024) or not block.startswith(b"# GRUB Environment Block\n"):
            raise Broken(f"grubenv is no block: {block and block[:40]!r}")
        for line in (old or b"").splitlines():
            if not line.startswith(b"#") and not line.startswith(b"playthrough_") and line not in block.splitlines():
                raise Broken(f"grubenv has lost {line!r}")

    def default_is_ours(self, now: Tree) -> str | None:
        block = now.get("/boot/grub/grubenv") or b""
        mine = self.sections((now.get("/boot/grub/grub.cfg") or b"").decode(errors="replace")).get("/etc/grub.d/42_playthrough", "")
        for name in ("next", "good"):
            found = re.search(rb"^playthrough_%s=(\w+)$" % name.encode(), block, re.M)
            if found and f'"${{playthrough_{name}}}" = "{found[1].decode()}"' in mine:
                return found[1].decode()
        return None


class SystemdBoot(Loader):
    """Entries in files on the EFI system partition. This start took our entry, so that verify can keep it."""

    name = "systemd-boot"
    tools = "systemd-boot"
    refresh_tool = "bootctl"
    overlay = "/boot/efi/playthrough.cpio"
    fat = ("/boot/efi",)
    MACHINE = "0123456789abcdef0123456789abcdef"
    ENTRIES = "/boot/efi/loader/entries"
    VARIABLE = "/sys/firmware/efi/efivars/Loader%s-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
    ours = Loader.ours + (
        "/boot/efi/playthrough.cpio",
        "/boot/efi/.playthrough.cpio.playthrough-new",
        "/etc/kernel/install.d",
        "/sys/firmware/efi/efivars/LoaderEntryOneShot",
        "/sys/firmware/efi/efivars/LoaderEntryDefault",
        f"{ENTRIES}/~",
        f"{ENTRIES}/.~",
    )

    def build(self, root: Path, program: Path, datadir: str, libexecdir: str) -> None:
        super().build(root, program, datadir, libexecdir)
        put(root, "/etc/machine-id", self.MACHINE + "\n")
        put(root, "/etc/kernel/cmdline", "root=/dev/sda1 ro quiet\n")
        put(root, "/boot/efi/loader/loader.conf", "timeout 3\n")
        for kernel in (OLDER, KERNEL):
            put(root, f"{self.ENTRIES}/{self.MACHINE}-{kernel}.conf",
                f"title Debian\nversion {kernel}\nmachine-id {self.MACHINE}\nsort-key debian\n"
                f"options root=/dev/sda1 ro quiet\nlinux /{self.MACHINE}/{kernel}/linux\n"
                f"initrd /{self.MACHINE}/{kernel}/initrd.img\n")
        put(root, f"{self.ENTRIES}/windows.conf", "title Windows\nefi /EFI/Microsoft/Boot/bootmgfw.efi\n")
        self.variable(root, "Info", "systemd-boot 252.38")
        self.variable(root, "EntrySelected", f"~{self.MACHINE}-{KERNEL}~playthrough.conf")
        self.variable(root, "EntryDefault", f"{self.MACHINE}-*")

    def variable(self, root: Path, name: str, value: str) -> None:
        put(root, self.VARIABLE % name, b"\x07\0\0\0" + value.encode("utf-16-le") + b"\0\0")

    def with_files(self, root: Path) -> None:
        """A person's own files where ours go."""
        put(root, "/etc/kernel/install.d/95-playthrough.install", "#!/bin/sh\n# somebody's own\n", 0o750)
        put(root, "/etc/playthrough/bind.conf", "old\n", 0o600)

    def without_memory(self, root: Path) -> None:
        (root / (self.VARIABLE % "EntryDefault").lstrip("/")).unlink()

    def read_variable(self, tree: Tree, name: str) -> str:
        raw = tree.get(self.VARIABLE % name)
        return raw[4:].decode("utf-16-le").rstrip("\0") if raw else ""

    def check(self, before: Tree, now: Tree) -> None:
        """The stock entries are compared as everybody else's files are; an entry of ours is whole, or no entry."""
        for kernel in (OLDER, KERNEL):
            mine = now.get(f"{self.ENTRIES}/~{self.MACHINE}-{kernel}~playthrough.conf")
            if mine and (b"\noptions playthrough=" not in mine or not mine.endswith(b"\n")):
                raise Broken(f"our entry of {kernel} is not whole: {mine!r}")
        was, chosen = self.read_variable(before, "EntryDefault"), self.read_variable(now, "EntryDefault")
        if chosen != was and "~playthrough" not in chosen:
            raise Broken(f"the default was {was!r} and is {chosen!r}")

    def default_is_ours(self, now: Tree) -> str | None:
        for name in ("EntryOneShot", "EntryDefault"):
            if "~playthrough" not in self.read_variable(now, name):
                continue
            mine = now.get(f"{self.ENTRIES}/~{self.MACHINE}-{KERNEL}~playthrough.conf")
            found = re.search(rb"playthrough=(\w+)", mine) if mine else None
            return found[1].decode() if found else None
        return None


def unified_image(sections: dict[str, bytes]) -> bytes:
    """An EFI program for x86-64 with these sections, as ukify lays one out, without a stub."""
    table, content, at = b"", b"", 4096
    for name, data in sections.items():
        padded = data + b"\0" * (-len(data) % 512)
        table += struct.pack("<8sIIIIIIHHI", name.encode(), len(data), 0x10000 + at, len(padded), at, 0, 0, 0, 0, 0)
        content += padded
        at += len(padded)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, 0xF0, 0) + bytes(0xF0)
    head = b"MZ" + bytes(0x3A) + struct.pack("<I", 0x80)
    return (head.ljust(0x80, b"\0") + coff + table).ljust(4096, b"\0") + content


class Unified(SystemdBoot):
    """systemd-boot with one unified image, which mkinitcpio makes anew. This start took our entry."""

    name = "unified"
    IMAGE = "/boot/efi/EFI/Linux/arch-linux.efi"
    OWN = f"{SystemdBoot.ENTRIES}/~arch-linux.efi-%s~playthrough.conf"
    STALE = "6.1.0-16-amd64"
    ours = SystemdBoot.ours + ("/boot/efi/playthrough-", "/boot/efi/.playthrough-", "/etc/initcpio", "/etc/pacman.d/hooks")

    def build(self, root: Path, program: Path, datadir: str, libexecdir: str) -> None:
        super().build(root, program, datadir, libexecdir)
        for kernel in (OLDER, KERNEL):
            (root / f"{self.ENTRIES}/{self.MACHINE}-{kernel}.conf".lstrip("/")).unlink()
        put(root, "/proc/cmdline", "root=/dev/sda1 ro quiet\n")
        put(root, f"/usr/lib/modules/{KERNEL}/modules.dep", "kernel/drivers/vfio/pci/vfio-pci.ko:\n")
        put(root, "/etc/pacman.conf", "[options]\n")
        put(root, "/etc/pacman.d/mirrorlist", "# somebody's own\n")
        put(root, "/etc/mkinitcpio.d/linux.preset", 'default_uki="/efi/EFI/Linux/arch-linux.efi"\n')
        put(root, self.IMAGE, unified_image(self.sections()))
        self.variable(root, "EntrySelected", Path(self.OWN % KERNEL).name)
        self.variable(root, "EntryDefault", "arch-*")

    @staticmethod
    def sections() -> dict[str, bytes]:
        kernel = bytearray(b"MZ".ljust(3000, b"k"))
        kernel[0x202:0x206] = b"HdrS"
        kernel[0x20E:0x210] = struct.pack("<H", 0x300)
        text = f"{KERNEL} (builder@host) #1 SMP\0".encode()
        kernel[0x500 : 0x500 + len(text)] = text
        return {
            ".osrel": b'PRETTY_NAME="Arch Linux"\n',
            ".cmdline": b"root=/dev/sda1 ro quiet\n",
            ".uname": KERNEL.encode(),
            ".linux": bytes(kernel),
            ".ucode": b"microcode",
            ".initrd": b"the stock initramfs " * 40,
        }

    def with_files(self, root: Path) -> None:
        super().with_files(root)
        put(root, "/etc/initcpio/post/playthrough", "#!/bin/sh\n# somebody's own\n", 0o750)

    def make_stale(self, root: Path) -> None:
        """As if ours had been made when the image held an older kernel."""
        efi = root / "boot/efi"
        for path in efi.glob("playthrough-*"):
            path.rename(efi / path.name.replace(KERNEL, self.STALE))
        entry = root / (self.OWN % KERNEL).lstrip("/")
        put(root, self.OWN % self.STALE, entry.read_text().replace(KERNEL, self.STALE))
        entry.unlink()
        kept = root / (self.VARIABLE % "EntryDefault").lstrip("/")
        if "~playthrough" in kept.read_bytes()[4:].decode("utf-16-le"):
            self.variable(root, "EntryDefault", Path(self.OWN % self.STALE).name)

    def check(self, before: Tree, now: Tree) -> None:
        """The image is compared as everybody else's files are; an entry of ours starts whole copies, or it is none."""
        super().check(before, now)
        parts = self.sections()
        for kernel in (KERNEL, self.STALE):
            mine = now.get(self.OWN % kernel)
            if mine is None:
                continue
            if b"\noptions playthrough=" not in mine or not mine.endswith(b"\n"):
                raise Broken(f"our entry of {kernel} is not whole: {mine!r}")
            for line in mine.decode().splitlines():
                key, _, value = line.partition(" ")
                wanted = parts.get("." + value.rpartition(".")[2])
                if key in ("linux", "initrd") and (now.get(f"/boot/efi{value}") or b"") != (wanted or now[self.overlay]):
                    raise Broken(f"our entry of {kernel}: {value} is not whole")

    def default_is_ours(self, now: Tree) -> str | None:
        for name in ("EntryOneShot", "EntryDefault"):
            mine = now.get(f"{self.ENTRIES}/{self.read_variable(now, name)}")
            found = re.search(rb"playthrough=(\w+)", mine) if mine else None
            if found:
                return found[1].decode()
        return None


class Proxmox(SystemdBoot):
    """Two partitions of proxmox-boot-tool's, mounted for an act. This start took our entry."""

    name = "proxmox"
    tools = "proxmox"
    rarer = 4  # each act mounts and unmounts several times
    overlay = "/boot/playthrough.cpio"
    fat = ("/esp",)
    ESPS = ("ABCD-0001", "ABCD-0002")
    PARTITION = "00112233-4455-6677-8899-aabbccddeeff"
    STALE = "6.1.0-16-amd64"
    ours = Loader.ours + (
        "/run/playthrough-esp",
        "/sys/firmware/efi/efivars/LoaderEntryOneShot",
        "/sys/firmware/efi/efivars/LoaderEntryDefault",
        *(f"{hook}/{dot}zzz-playthrough" for hook in ("/etc/kernel/postinst.d", "/etc/kernel/postrm.d") for dot in ("", ".")),
        "/etc/kernel/postrm.d",
        *(f"/esp/{uuid}/{name}" for uuid in ESPS for name in (
            "playthrough.cpio", ".playthrough.cpio.playthrough-new", "loader/entries/~", "loader/entries/.~")),
    )

    def build(self, root: Path, program: Path, datadir: str, libexecdir: str) -> None:
        Loader.build(self, root, program, datadir, libexecdir)
        options = "root=ZFS=rpool/ROOT/pve-1 boot=zfs"
        put(root, "/proc/cmdline", f"initrd=\\EFI\\proxmox\\{KERNEL}\\initrd.img-{KERNEL} {options}\n")
        put(root, "/run/utmp", "")
        put(root, "/etc/kernel/proxmox-boot-uuids", "\n".join(self.ESPS) + "\n")
        put(root, "/etc/kernel/postinst.d/zz-proxmox-boot", "#!/bin/sh\n", 0o755)
        for i, uuid in enumerate(self.ESPS):
            put(root, f"/dev/sd{'ab'[i]}2", "")
            link(root, f"/dev/disk/by-uuid/{uuid}", f"../../sd{'ab'[i]}2")
            put(root, f"/esp/{uuid}/loader/loader.conf", "timeout 3\ndefault proxmox-*\n")
            for kernel in (OLDER, KERNEL):
                put(root, f"/esp/{uuid}/EFI/proxmox/{kernel}/vmlinuz-{kernel}", f"kernel {kernel}\n")
                put(root, f"/esp/{uuid}/loader/entries/proxmox-{kernel}.conf",
                    f"title    Proxmox Virtual Environment\nversion  {kernel}\noptions  {options}\n"
                    f"linux    /EFI/proxmox/{kernel}/vmlinuz-{kernel}\n"
                    f"initrd   /EFI/proxmox/{kernel}/initrd.img-{kernel}\n")
        link(root, f"/dev/disk/by-partuuid/{self.PARTITION}", "../../sda2")
        self.variable(root, "Info", "systemd-boot 252.38")
        self.variable(root, "DevicePartUUID", self.PARTITION)
        self.variable(root, "EntrySelected", f"~proxmox-{KERNEL}~playthrough.conf")
        self.variable(root, "EntryDefault", "somebodys-own.conf")

    def with_files(self, root: Path) -> None:
        """A person's own files where ours go."""
        put(root, "/etc/kernel/postinst.d/zzz-playthrough", "#!/bin/sh\n# somebody's own\n", 0o750)
        put(root, "/etc/playthrough/bind.conf", "old\n", 0o600)

    def make_stale(self, root: Path) -> None:
        """As if ours had been made before the tool's last hook: of a kernel that is gone, and none of the newest."""
        for uuid in self.ESPS:
            entries = root / f"esp/{uuid}/loader/entries"
            (entries / f"~proxmox-{KERNEL}~playthrough.conf").rename(entries / f"~proxmox-{self.STALE}~playthrough.conf")
        (root / f"esp/{self.ESPS[1]}/playthrough.cpio").write_bytes(b"torn")

    def check(self, before: Tree, now: Tree) -> None:
        """The tool's entries are compared as everybody else's files are; an entry of ours is whole, or no entry."""
        for uuid in self.ESPS:
            for kernel in (OLDER, KERNEL):
                mine = now.get(f"/esp/{uuid}/loader/entries/~proxmox-{kernel}~playthrough.conf")
                if mine is None:
                    continue
                if b"\noptions playthrough=" not in mine or not mine.endswith(b"\n"):
                    raise Broken(f"our entry of {kernel} on {uuid} is not whole: {mine!r}")
                if not now.get(f"/esp/{uuid}/playthrough.cpio"):
                    raise Broken(f"our entry of {kernel} on {uuid} names an archive that is not there")
        was, chosen = self.read_variable(before, "EntryDefault"), self.read_variable(now, "EntryDefault")
        if chosen != was and "~playthrough" not in chosen:
            raise Broken(f"the default was {was!r} and is {chosen!r}")

    def default_is_ours(self, now: Tree) -> str | None:
        for name in ("EntryOneShot", "EntryDefault"):
            for uuid in self.ESPS:
                mine = now.get(f"/esp/{uuid}/loader/entries/{self.read_variable(now, name)}")
                found = re.search(rb"playthrough=(\w+)", mine) if mine else None
                if not found:
                    continue
                if now.get(f"/esp/{uuid}/playthrough.cpio") != now.get(self.overlay):
                    raise Broken(f"our entry starts by itself, and the archive on {uuid} is another one than in /boot")
                return found[1].decode()
        return None


LOADERS: dict[str, type[Loader]] = {
    "grub": Grub, "systemd-boot": SystemdBoot, "unified": Unified, "proxmox": Proxmox,
}

