# SPDX-License-Identifier: GPL-2.0-or-later
"""A PC that boots disks by UEFI, emulated. Root comes in by ssh: a file with the test's key is handed to systemd by the
firmware (systemd.exec(5), credentials), so that the image is tried byte for byte as it was made."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

from qmp import Qmp, QmpError  # noqa: E402

FIRMWARE = Path("/usr/share/OVMF")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Machine:
    """Power is on until close(). `disks` are raw files, or "file,options" of QEMU's; the first is booted."""

    def __init__(self, work: Path, disks: list[tuple[Path, str]], fresh_firmware: bool = True) -> None:
        self.work, self.port = work, free_port()
        self.key = work / "key"
        if not self.key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True)
        if fresh_firmware:
            shutil.copy(FIRMWARE / "OVMF_VARS_4M.fd", work / "vars.fd")
        (work / "qmp").unlink(missing_ok=True)
        self.process = subprocess.Popen(self._arguments(disks), stdin=subprocess.DEVNULL,
                                        stderr=(work / "qemu.log").open("w"))
        self.qmp = Qmp(work / "qmp")
        self.began = time.monotonic()

    def _arguments(self, disks: list[tuple[Path, str]]) -> list[str]:
        public = self.key.with_suffix(".pub").read_text().strip()
        files = f"d /root/.ssh 0700 root root -\nf+ /root/.ssh/authorized_keys 0600 root root - {public}\n"
        credential = base64.b64encode(files.encode()).decode()
        arguments = [
            "qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi",
            "-smp", "2", "-m", "2048", "-nodefaults", "-no-reboot", "-display", "none", "-vga", "std",
            "-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE}/OVMF_CODE_4M.fd",
            "-drive", f"if=pflash,format=raw,file={self.work}/vars.fd",
            "-qmp", f"unix:{self.work}/qmp,server=on,wait=off", "-serial", f"file:{self.work}/serial.log",
            "-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.port}-:22",
            "-device", "virtio-net-pci,netdev=net,romfile=", "-device", "qemu-xhci", "-device", "usb-kbd",
            "-smbios", f"type=11,value=io.systemd.credential.binary:tmpfiles.extra={credential}",
        ]  # fmt: skip
        for n, (disk, serial) in enumerate(disks):
            arguments += ["-drive", f"if=none,id=disk{n},format=raw,file={disk},cache=unsafe,discard=unmap",
                          "-device", f"virtio-blk-pci,drive=disk{n},serial={serial},bootindex={n}"]
        return arguments

    def run(self, command: str, timeout_s: float = 120) -> str:
        """What root's command printed; it must end well."""
        done = self.try_run(command, timeout_s)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def try_run(self, command: str, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["ssh", "-q", "-i", str(self.key), "-p", str(self.port), "-o", "StrictHostKeyChecking=no",
             "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=20", "root@127.0.0.1", command],
            text=True, errors="replace", stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False)

    def wait(self, command: str, timeout_s: float = 600) -> str:
        """Repeats a command until it ends well."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                done = self.try_run(command, 60)
                if done.returncode == 0:
                    return done.stdout
            except subprocess.TimeoutExpired:
                pass
            assert time.monotonic() < deadline and self.process.poll() is None, \
                f"{command}\n{(self.work / 'serial.log').read_text(errors='replace')[-3000:]}"
            time.sleep(2)

    def picture(self, path: Path) -> Path:
        self.qmp.command("screendump", filename=str(path), format="png")
        return path

    def press(self, *keys: str) -> None:
        """Keys by QEMU's names: "ret", "tab", "a"."""
        for key in keys:
            self.qmp.command("send-key", keys=[{"type": "qcode", "data": key}])
            time.sleep(0.3)

    def console(self) -> str:
        """The text on the first console, see vcs(4)."""
        return self.run("cat /dev/vcs1")

    def wait_console(self, text: str, timeout_s: float = 300) -> None:
        self.wait(f"grep -aqF '{text}' /dev/vcs1", timeout_s)

    def power_button(self) -> None:
        self.qmp.command("system_powerdown")

    def wait_off(self, timeout_s: float = 240) -> None:
        self.process.wait(timeout=timeout_s)

    def close(self) -> None:
        try:
            self.qmp.close()
        except (OSError, QmpError):
            pass
        self.process.kill()
        self.process.wait()
