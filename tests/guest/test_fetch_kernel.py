# SPDX-License-Identifier: GPL-2.0-or-later
"""fetch-kernel where nothing is to be had, and with a kernel that is named; it downloads nothing here."""

import os
import subprocess

from guest_pc import ROOT

SCRIPT = ROOT / "appliance" / "packaging" / "fetch-kernel"
NEEDED = "virtio_pci virtio_console qemu_fw_cfg bochs xhci-pci snd-hda-intel nvme".split()


def fetch(folder, *arguments, **environment):
    return subprocess.run(
        [SCRIPT, *arguments], capture_output=True, text=True, timeout=60,
        env={**os.environ, "XDG_CACHE_HOME": str(folder), **environment},
    )  # fmt: skip


def make_kernel(root, version, modules):
    folder = root / "lib" / "modules" / version
    folder.mkdir(parents=True)
    (root / "boot").mkdir(exist_ok=True)
    (root / "boot" / f"vmlinuz-{version}").write_bytes(b"")
    (folder / "modules.dep").write_text("".join(f"kernel/x/{name}.ko:\n" for name in modules))
    (folder / "modules.builtin").write_text("")


def test_named_kernel_is_taken(tmp_path):
    make_kernel(tmp_path, "6.1.0-1-amd64", NEEDED)
    told = fetch(tmp_path, GUEST_KERNEL=f"{tmp_path} 6.1.0-1-amd64")
    assert (told.returncode, told.stdout) == (0, f"{tmp_path} 6.1.0-1-amd64\n")


def test_named_kernel_that_is_not_there_is_told(tmp_path):
    told = fetch(tmp_path, GUEST_KERNEL=f"{tmp_path} 6.1.0-1-amd64")
    assert told.returncode == 1
    assert "names no readable kernel" in told.stderr and "write it as" in told.stderr


def test_kernel_without_the_drivers_is_not_taken(tmp_path):
    make_kernel(tmp_path, "6.1.0-1-cloud-amd64", ["virtio_pci"])
    told = fetch(tmp_path, GUEST_KERNEL=f"{tmp_path} 6.1.0-1-cloud-amd64")
    assert told.returncode == 1


def test_newest_of_the_cache_is_taken(tmp_path):
    cache = tmp_path / "playthrough" / "kernel"
    cache.mkdir(parents=True)
    make_kernel(cache, "6.1.0-9-amd64", NEEDED)
    make_kernel(cache, "6.1.0-10-amd64", NEEDED)
    make_kernel(cache, "6.1.0-11-cloud-amd64", [])
    told = fetch(tmp_path, "--cached")
    assert told.returncode == 0
    # An installed kernel goes before the cache, on machines that have one.
    assert told.stdout.startswith("/ ") or told.stdout == f"{cache} 6.1.0-10-amd64\n"
