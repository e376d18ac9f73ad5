# SPDX-License-Identifier: GPL-2.0-or-later
"""Secure Boot and a TPM as a profile has them: what Microsoft's and Debian's keys have signed boots, anything else does not."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, Iterator

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1]))
from session import BUILD, Session  # noqa: E402

TOP = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "playthrough" / "secure-boot"
PACKAGES = ("shim-signed", "grub-efi-amd64-signed", "systemd-boot-efi")
LIMIT_SECONDS = 240
PROFILE = """[vm]
guest=linux
[cpu]
count=1
accel=tcg
model=max
[memory]
size=512M
[boot]
secure-boot=yes
tpm=yes
[network]
type=none
[disk boot]
image={image}
"""
GRUB = """serial --unit=0 --speed=115200
terminal_output serial
linux /vmlinuz console=ttyS0
initrd /initrd.img
boot
"""


@pytest.fixture(scope="module")
def signed() -> Path:
    """Debian's signed boot loaders, unpacked; nothing is installed."""
    if not (CACHE / "usr").exists():
        work = CACHE.with_suffix(f".{os.getpid()}")
        work.mkdir(parents=True)
        subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", *PACKAGES], cwd=work, check=True)
        for package in work.glob("*.deb"):
            subprocess.run(["dpkg", "-x", package, work / "root"], check=True)
        shutil.rmtree(CACHE, ignore_errors=True)
        (work / "root").rename(CACHE)
        shutil.rmtree(work)
    return CACHE


@pytest.fixture
def session() -> Iterator[Session]:
    made = Session()
    try:
        yield made
    finally:
        made.close()


def disk(path: Path, files: dict[str, Path]) -> Path:
    """A disk with an EFI system partition that holds these files."""
    with path.open("wb") as image:
        image.truncate(96 << 20)
    subprocess.run(["/usr/sbin/sfdisk", "-q", path], input="label: gpt\nstart=2048, type=uefi\n", text=True, check=True)
    partition = f"{path}@@1M"
    subprocess.run(["mformat", "-i", partition, "-F", "-v", "ESP", "::"], check=True)
    subprocess.run(["mmd", "-i", partition, "::/EFI", "::/EFI/BOOT", "::/EFI/debian"], check=True)
    for name, source in files.items():
        subprocess.run(["mcopy", "-i", partition, source, f"::/{name}"], check=True)
    return path


def console_of(session: Session, name: str, words: tuple[str, ...]) -> str:
    """The guest's console, once it has said one of these words."""
    session.profile(name, PROFILE.format(image=session.folder / f"{name}.img"))
    started = session.run("start", name)
    assert started.returncode == 0, started.stderr
    deadline = time.monotonic() + LIMIT_SECONDS
    while time.monotonic() < deadline:
        text = session.run("log", name).stdout
        if any(word in text for word in words):
            session.run("stop", name, "--force")
            return text
        time.sleep(1)
    pytest.fail(f"none of {words} within {LIMIT_SECONDS} s:\n{text}")


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def test_what_is_signed_boots(session: Session, signed: Path) -> None:
    kernel = subprocess.run([TOP / "appliance/packaging/fetch-kernel", "--cached"], stdout=subprocess.PIPE, text=True,
                            check=True).stdout.split()
    grub = session.folder / "grub.cfg"
    grub.write_text(GRUB)
    disk(session.folder / "signed.img", {
        "EFI/BOOT/BOOTX64.EFI": signed / "usr/lib/shim/shimx64.efi.signed",
        "EFI/BOOT/grubx64.efi": signed / "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed",
        "EFI/debian/grub.cfg": grub,
        "vmlinuz": Path(kernel[0]) / "boot" / f"vmlinuz-{kernel[1]}",
        "initrd.img": BUILD / "guest" / "initrd.img",
    })
    text = console_of(session, "signed", ('"event":"hello"', "Access Denied"))
    assert '"event":"hello"' in text
    assert "Lockdown" in text  # the kernel itself says that Secure Boot is on
    # The firmware has measured what it started, and the kernel has found the TPM.
    assert "TPMEventLog" in text and "No TPM chip found" not in text
    kept = session.home / ".local/state/playthrough/signed/tpm"
    assert (kept / "tpm2-00.permall").stat().st_size > 1000
    until(lambda: not [p for p in session.processes() if "swtpm" in name_of(p)], "the TPM ends with its VM")


def test_what_is_not_signed_does_not(session: Session, signed: Path) -> None:
    disk(session.folder / "unsigned.img",
         {"EFI/BOOT/BOOTX64.EFI": signed / "usr/lib/systemd/boot/efi/systemd-bootx64.efi"})
    text = console_of(session, "unsigned", ("Access Denied", "Boot in"))
    assert "Access Denied" in text
    assert (session.home / ".local/state/playthrough/unsigned/OVMF_VARS.secure.fd").exists()
