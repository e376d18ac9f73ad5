# SPDX-License-Identifier: GPL-2.0-or-later
"""Which starts of an image count as good, what is kept of them, and what an update does to their entries: the scripts,
run in a root of their own, which has this PC's programs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
PACKAGING = TOP / "appliance" / "packaging"
KERNEL = "6.1.0-1-amd64"
ENTRIES = "boot/efi/loader/entries"
KEPT = f"{ENTRIES}/playthrough-kept.conf"
APT = "etc/apt/apt.conf.d/02playthrough-kept"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mounts need root")


def write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    top = tmp_path / "root"
    for folder in ("usr", "proc", "dev", "tmp", "fake", "etc/apt/apt.conf.d", ENTRIES):
        (top / folder).mkdir(parents=True)
    for link in ("bin", "sbin", "lib", "lib64"):
        (top / link).symlink_to(f"usr/{link}")
    write(top / "etc/kernel/entry-token", "playthrough\n")
    write(top / "etc/kernel/tries", "3\n")
    write(top / "etc/kernel/install.conf", "layout=bls\n")
    write(top / "etc/kernel/cmdline", "root=PARTUUID=1 ro quiet\n")
    write(top / "etc/machine-id", "0123456789abcdef0123456789abcdef\n")
    write(top / "etc/playthrough-image", "1\n")
    write(top / "cmdline", "root=PARTUUID=1 ro quiet\n")
    write(top / "fake/uname", f"#!/bin/sh\necho {KERNEL}\n", 0o755)
    for plugin in ("50-depmod.install", "85-initrd.install"):
        write(top / "etc/kernel/install.d" / plugin, "#!/bin/sh\n", 0o755)
    (top / "boot/efi/playthrough").mkdir()
    return top


def run(root: Path, *command: str, mount: str = "") -> subprocess.CompletedProcess[str]:
    """`mount`: one more command before, with the root as $1."""
    script = f"""set -e
        mount --rbind /usr "$1/usr"; mount --rbind /proc "$1/proc"; mount --rbind /dev "$1/dev"
        mount --bind "$1/cmdline" "$1/proc/cmdline"
        {mount}
        root=$1; shift
        exec chroot "$root" /usr/bin/env -i LC_ALL=C.UTF-8 PATH=/fake:/usr/sbin:/usr/bin "$@" """
    return subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", root, *command], text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)


def script(root: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    write(root / name, (PACKAGING / name).read_text(), 0o755)
    return run(root, f"/{name}", *arguments)


def entries(root: Path) -> list[str]:
    return sorted(path.name for path in (root / ENTRIES).iterdir())


# --- an update of a kernel that is there ---


def kernel_install(root: Path, kernel: str, initrd: str) -> None:
    hook = "20-playthrough-counted.install"
    write(root / "etc/kernel/install.d" / hook, (PACKAGING / hook).read_text(), 0o755)
    write(root / "boot/vmlinuz", kernel)
    write(root / "boot/initrd.img", initrd)
    done = run(root, "kernel-install", "add", KERNEL, "/boot/vmlinuz", "/boot/initrd.img")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("blessed", [["", ""], ["", "+3"], ["+2-1", ""], ["+0-3", "+1-2"]])
def test_an_update_is_counted(root: Path, blessed: list[str]) -> None:
    """What systemd-bless-boot(8) or systemd-boot(7) left of the entry's name is gone before files are renewed."""
    kernel_install(root, "old", "old")
    text = (root / ENTRIES / f"playthrough-{KERNEL}+3.conf").read_text()
    (root / ENTRIES / f"playthrough-{KERNEL}+3.conf").unlink()
    for suffix in blessed:
        write(root / ENTRIES / f"playthrough-{KERNEL}{suffix}.conf", text)
    write(root / ENTRIES / "playthrough-6.1.0-10-amd64.conf", "another")
    write(root / KEPT, "kept")
    kernel_install(root, "new", "new")
    assert entries(root) == [f"playthrough-{KERNEL}+3.conf", "playthrough-6.1.0-10-amd64.conf", "playthrough-kept.conf"]
    assert (root / f"boot/efi/playthrough/{KERNEL}/linux").read_text() == "new"


VARIABLE = "sys/firmware/efi/efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"


@pytest.mark.parametrize("default, told", [
    (f"~playthrough-{KERNEL}~playthrough.conf", [f"set-oneshot ~playthrough-{KERNEL}~playthrough.conf", "set-default "]),
    ("~playthrough-6.1.0-2-amd64~playthrough.conf", []),
    (f"playthrough-{KERNEL}.conf", []),
])
def test_an_update_of_what_is_set_up_is_tried_once(root: Path, default: str, told: list[str]) -> None:
    """Our own entry starts the files that are renewed: it is not the default until a start with them was good."""
    write(root / VARIABLE, "")
    (root / VARIABLE).write_bytes(b"\7\0\0\0" + (default + "\0").encode("utf-16-le"))
    write(root / "fake/bootctl", "#!/bin/sh\necho \"$@\" >>/told\n", 0o755)
    write(root / "told", "")
    kernel_install(root, "new", "new")
    assert (root / "told").read_text().splitlines() == told


def test_an_update_of_another_system(root: Path) -> None:
    """The hook comes with the package; a PC that no image was written to has its own ways."""
    (root / "etc/playthrough-image").unlink()
    write(root / ENTRIES / f"playthrough-{KERNEL}.conf", "blessed")
    kernel_install(root, "new", "new")
    assert entries(root) == [f"playthrough-{KERNEL}+3.conf", f"playthrough-{KERNEL}.conf"]


# --- what is kept ---


def start(root: Path, kernel: str, initrd: str) -> None:
    source = f"boot/efi/playthrough/{KERNEL}"
    write(root / source / "linux", kernel)
    write(root / source / "initrd.img", initrd)
    write(root / ENTRIES / f"playthrough-{KERNEL}.conf",
          f"title Debian\nversion {KERNEL}\nsort-key debian\noptions ro\n"
          f"linux /playthrough/{KERNEL}/linux\ninitrd /playthrough/{KERNEL}/initrd.img\n")


def kept(root: Path) -> tuple[str, str]:
    """What the kept entry starts."""
    lines = dict(line.split(maxsplit=1) for line in (root / KEPT).read_text().splitlines())
    assert lines["sort-key"] == "zz-playthrough-kept" and lines["options"] == "ro playthrough-kept"
    esp = root / "boot/efi"
    return (esp / lines["linux"].lstrip("/")).read_text(), (esp / lines["initrd"].lstrip("/")).read_text()


def folders(root: Path) -> int:
    return len(list((root / "boot/efi").glob("playthrough-kept*")))


def test_a_good_start_is_kept(root: Path) -> None:
    for turn in ("1", "2", "2", "3"):
        start(root, f"kernel {turn}", f"initrd {turn}")
        done = script(root, "keep-start")
        assert done.returncode == 0, done.stderr
        assert kept(root) == (f"kernel {turn}", f"initrd {turn}") and folders(root) == 1
        assert (root / APT).read_text() == f'APT::NeverAutoRemove:: "^linux-image-{KERNEL}$";\n'
        assert os.listdir(root / "etc/apt/apt.conf.d") == [Path(APT).name]
    (root / APT).unlink()  # a power cut before it was there
    assert script(root, "keep-start").returncode == 0 and (root / APT).exists()


def test_the_one_of_an_older_version_is_replaced(root: Path) -> None:
    start(root, "new", "new")
    write(root / "boot/efi/playthrough-kept/linux", "old")
    write(root / "boot/efi/playthrough-kept/initrd", "old")
    write(root / KEPT, "title x\nsort-key zz-playthrough-kept\noptions ro playthrough-kept\n"
          "linux /playthrough-kept/linux\ninitrd /playthrough-kept/initrd\n")
    assert script(root, "keep-start").returncode == 0
    assert kept(root) == ("new", "new") and folders(root) == 1


@pytest.mark.parametrize("step", ["mkdir", "cp", "sed", "sync", "mv"])
def test_cut_off(root: Path, step: str) -> None:
    """Whatever fails or is cut off, the old one is there as a whole; the next good start comes to its end."""
    start(root, "old", "old")
    assert script(root, "keep-start").returncode == 0
    start(root, "new", "new")
    write(root / f"fake/{step}", "#!/bin/sh\nexit 1\n", 0o755)
    assert script(root, "keep-start").returncode != 0
    assert kept(root) == ("old", "old")
    (root / f"fake/{step}").unlink()
    assert script(root, "keep-start").returncode == 0
    assert kept(root) == ("new", "new") and folders(root) == 1


def test_no_room(root: Path) -> None:
    start(root, "old", "old")
    assert script(root, "keep-start").returncode == 0
    start(root, "new", "new" + "x" * (2 << 20))
    out = root / "out"
    out.mkdir()
    small = ('cp -a "$1/boot/efi" "$1/seed"; mount -t tmpfs -o size=4m none "$1/boot/efi"; '
             'cp -a "$1/seed/." "$1/boot/efi/"')
    write(root / "fake/try", "#!/bin/sh\n/keep-start; r=$?; cp -a /boot/efi/. /out/; exit $r\n", 0o755)
    write(root / "keep-start", (PACKAGING / "keep-start").read_text(), 0o755)
    done = run(root, "/fake/try", mount=small)
    assert done.returncode == 1 and "has room for" in done.stderr, done.stderr
    (root / "boot/efi").rename(root / "boot/before")
    out.rename(root / "boot/efi")
    assert kept(root) == ("old", "old")


@pytest.mark.parametrize("word", ["playthrough-kept", "playthrough=1"])
def test_other_starts_keep_nothing(root: Path, word: str) -> None:
    start(root, "new", "new")
    write(root / "cmdline", f"ro {word}\n")
    assert script(root, "keep-start").returncode == 0 and not (root / KEPT).exists()


# --- which start is good ---

SYSTEMCTL = """#!/bin/sh
# Units are files: ActiveState, InvocationID, and whether it is switched on.
case $1 in
--quiet) grep -q enabled "/units/$3" ;;
show)
	shift
	what=$1
	for unit; do
		case $unit in
		--value) value=1 ;;
		--*) ;;
		*)
			read -r state id _ <"/units/$unit"
			[ "$id" != changes ] || { id=$(cat /turn); echo "$id." >/turn; }
			if [ "${value:-}" ]; then echo "$state"; else echo "Id=$unit"; echo "InvocationID=$id"
				case $what in *ActiveState*) echo "ActiveState=$state" ;; esac; fi ;;
		esac
	done ;;
esac
"""
GOOD = {"playthroughd": "active 1 enabled", "NetworkManager": "active 2 enabled", "playthrough-gui": "active 3 enabled",
        "playthrough-first-boot": "inactive - enabled"}  # fmt: skip


@pytest.mark.parametrize(("others", "good"), [
    ({}, True),
    ({"playthroughd": "inactive - masked"}, False),
    ({"NetworkManager": "failed 2 enabled"}, False),
    ({"playthrough-gui": "activating 3 enabled"}, False),
    ({"playthrough-gui": "active changes enabled"}, False),
    ({"playthrough-gui": "inactive - disabled"}, True),
    ({"playthrough-gui": "inactive - enabled", "playthrough-first-boot": "activating 4 enabled"}, True),
])  # fmt: skip
def test_good_start(root: Path, others: dict[str, str], good: bool) -> None:
    for unit, line in (GOOD | others).items():
        write(root / f"units/{unit}.service", line + "\n")
    write(root / "turn", "x\n")
    write(root / "fake/systemctl", SYSTEMCTL, 0o755)
    write(root / "fake/sleep", "#!/bin/sh\n", 0o755)
    done = script(root, "start-good", "20")
    assert done.returncode == (0 if good else 1), done.stderr
    assert good or "does not count as good" in done.stderr
