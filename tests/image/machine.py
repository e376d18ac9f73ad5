# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's PC (lab/hardware.py: VT-d, a game's card, a USB controller, an NVMe disk) that boots the image by UEFI. Root comes
in by ssh: a file with the test's key is handed to systemd by the firmware (systemd.exec(5), credentials), so that the
image is tried byte for byte as it was made."""

from __future__ import annotations

import base64
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

import hardware  # noqa: E402
import usb_devices  # noqa: E402
from hardware import GAME_SCREEN, HOST_SCREEN, HOST_USB, Options  # noqa: E402
from qmp import Qmp, QmpError  # noqa: E402
from usbredir import Peer  # noqa: E402

__all__ = ["GAME_SCREEN", "HOST_SCREEN", "Machine", "medium"]

VARIABLES = Path("/usr/share/OVMF/OVMF_VARS_4M.fd")
OPTIONS = Options(iommu="intel")
# Without AVX: what Mesa's software OpenGL compiles for it crashes on the emulator's (QEMU 7.2).
PROCESSOR = "EPYC,+svm,+npt,-avx,-avx2,-f16c,-fma"
NETWORK_SLOT = "03"
PAD_PORT = "9"
# No emulator runs longer than this, whatever hangs in it or in the test.
POWERED_S = 2400


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def medium(path: Path, size_gib: int, content: Path | None = None) -> Path:
    """A stick or disk of that size that holds the bytes of `content`, which is raw or *.qcow2 and is never written."""
    backing: list[str] = []
    if content:
        backing = ["-F", "qcow2" if content.suffix == ".qcow2" else "raw", "-b", str(content.resolve())]
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", *backing, str(path), f"{size_gib}G"], check=True)
    return path


class Machine:
    """Power is on until close(), or until the PC resets or switches itself off: wait_off().

    The first of `disks` is booted; the others have their files' names as serial numbers. The firmware remembers what the last
    Machine with this `work` had it remember.
    """

    def __init__(self, work: Path, *disks: Path) -> None:
        self.work, self.port = work, free_port()
        self.pad: Peer | None = None
        self.key = work / "key"
        if not self.key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True)
        if not (work / "vars.fd").exists():
            shutil.copy(VARIABLES, work / "vars.fd")
        with (work / "game.raw").open("wb") as game:
            game.truncate(256 << 20)
        for name in ("qmp", "system.qcow2", "serial.log"):
            (work / name).unlink(missing_ok=True)
        (work / "system.qcow2").symlink_to(disks[0])
        guard = ["setpriv", "--pdeathsig", "KILL", "--"]  # it dies with the process that started it
        self.began = time.monotonic()
        self.process = subprocess.Popen([*guard, *self._arguments(disks[1:])], stdin=subprocess.DEVNULL,
                                        stderr=(work / "qemu.log").open("w"))
        self.limit = threading.Timer(POWERED_S, self.process.kill)
        self.limit.daemon = True
        self.limit.start()
        self.qmp = Qmp(work / "qmp")

    def _arguments(self, more: tuple[Path, ...]) -> list[str]:
        public = self.key.with_suffix(".pub").read_text().strip()
        files = f"d /root/.ssh 0700 root root -\nf+ /root/.ssh/authorized_keys 0600 root root - {public}\n"
        credential = base64.b64encode(files.encode()).decode()
        arguments = [
            "qemu-system-x86_64", *hardware.arguments(OPTIONS, self.work), "-cpu", PROCESSOR,
            "-netdev", f"user,id=lan,restrict=on,hostfwd=tcp:127.0.0.1:{self.port}-:22",
            "-device", f"virtio-net-pci,netdev=lan,romfile=,addr={NETWORK_SLOT}.0",
            "-smbios", f"type=11,value=io.systemd.credential.binary:tmpfiles.extra={credential}",
        ]  # fmt: skip
        for disk in more:
            arguments += ["-drive", f"if=none,id={disk.stem},format=qcow2,file={disk},discard=unmap",
                          "-device", f"virtio-blk-pci,drive={disk.stem},serial={disk.stem}"]
        return arguments

    # Inside

    def run(self, command: str, timeout_s: float = 120) -> str:
        """What root's command printed; it must end well."""
        done = self.try_run(command, timeout_s)
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def try_run(self, command: str, timeout_s: float = 120, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["ssh", "-q", "-i", str(self.key), "-p", str(self.port), "-o", "StrictHostKeyChecking=no",
             "-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=20", "root@127.0.0.1", command],
            text=True, errors="replace", input=stdin, capture_output=True, timeout=timeout_s, check=False)

    def put(self, text: str, path: str) -> None:
        done = self.try_run(f"mkdir -p $(dirname {path}); cat >{path}", stdin=text)
        assert done.returncode == 0, done.stderr

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
            assert time.monotonic() < deadline and self.process.poll() is None, f"{command}\n{self.serial()[-3000:]}"
            time.sleep(2)

    def console(self) -> str:
        """The text on the first console, see vcs(4)."""
        return self.run("cat /dev/vcs1")

    def wait_console(self, text: str, timeout_s: float = 300) -> None:
        self.wait(f"grep -aqF '{text}' /dev/vcs1", timeout_s)

    # Outside

    def serial(self) -> str:
        """What came over the serial console, without colours and movements."""
        text = (self.work / "serial.log").read_text(errors="replace")
        return re.sub(r"\x1b\[[0-9;=?]*[A-Za-z]", "", text)

    def wait_serial(self, text: str, timeout_s: float = 300) -> None:
        deadline = time.monotonic() + timeout_s
        while text not in self.serial():
            assert time.monotonic() < deadline and self.process.poll() is None, self.serial()[-3000:]
            time.sleep(0.2)

    def screen(self, device: str = HOST_SCREEN) -> Image.Image:
        path = self.work / "screen.png"
        self.qmp.command("screendump", filename=str(path), device=device, head=0, format="png")
        with Image.open(path) as picture:
            return picture.convert("RGB")

    def press(self, *keys: str) -> None:
        """Keys by QEMU's names, one after the other, on the keyboards before the PC's own screen: "ret", "tab", "a"."""
        for key in keys:
            for down in (True, False):
                event = {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": key}}}
                self.qmp.command("input-send-event", device=HOST_SCREEN, events=[event])
                time.sleep(0.1)
            time.sleep(0.2)

    def unplug(self, name: str) -> None:
        self.qmp.command("device_del", id=name)
        self.qmp.wait_event("DEVICE_DELETED", 20, device=name)

    def plug(self, driver: str, name: str, **more: Any) -> None:
        self.qmp.command("device_add", driver=driver, id=name, bus=f"{HOST_USB}.0", **more)

    def plug_pad(self) -> None:
        self.pad = Peer(self.work / "pad", usb_devices.gamepad())
        path = {"type": "unix", "data": {"path": str(self.work / "pad")}}
        self.qmp.command("chardev-add", id="pad", backend={"type": "socket", "data": {"addr": path, "server": False}})
        self.plug("usb-redir", "couchpad", chardev="pad", port=PAD_PORT)

    def press_pad(self, **what: int) -> None:
        """What usb_devices.pad_report() says, and let go."""
        assert self.pad
        for report, seconds in ((usb_devices.pad_report(**what), 0.3), (usb_devices.pad_report(), 2)):
            self.pad.report(0x81, report)
            time.sleep(seconds)

    def power_button(self) -> None:
        self.qmp.command("system_powerdown")

    def wait_off(self, timeout_s: float = 240) -> None:
        """Until the PC resets or is off. -no-reboot: each start is a Machine."""
        self.process.wait(timeout=timeout_s)

    def close(self) -> None:
        try:
            self.qmp.close()
        except (OSError, QmpError):
            pass
        self.limit.cancel()
        self.process.kill()
        self.process.wait()
        if self.pad:
            self.pad.close()
