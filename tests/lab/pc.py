"""The emulated PC: power, screens, keys, USB plugs and commands inside, from Python.

    with PC(Options(iommu="intel")) as pc:
        pc.start()
        print(pc.check("lspci -nn"))
        pc.screen("hostgpu").save("screen.png")

A PC is thrown away when it is closed: it writes to an overlay of the image it was made from.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Iterator

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent / "image"))

import build  # noqa: E402
import hardware  # noqa: E402
from agent import Agent, CommandTimeout, Frozen, Result  # noqa: E402
import usb_devices  # noqa: E402
from hardware import GAME_SCREEN, HOST_SCREEN, HOST_USB, Device, Options  # noqa: E402
from qmp import Qmp, QmpError  # noqa: E402
from usbredir import Peer  # noqa: E402

__all__ = ["PC", "Options", "Device", "Result", "Frozen", "CommandTimeout", "CommandFailed"]
__all__ += ["QmpError", "HOST_SCREEN", "GAME_SCREEN"]

BOOT_S = 240
SHUTDOWN_S = 150
# No emulator runs longer than this, whatever hangs in it or in the test.
POWERED_S = 2400
GAME_DISK_MIB = 256
KEYS = {" ": "spc", "\n": "ret", "-": "minus", ".": "dot", "/": "slash", "=": "equal", ",": "comma"}
SHIFTED_KEYS = {"_": "minus", ":": "semicolon", "|": "backslash", ">": "dot", "*": "8"}


class CommandFailed(Exception):
    """A command that had to work inside the PC did not."""


class PC:
    def __init__(self, options: Options = Options(), image: Path | None = None) -> None:
        """`image` is what the system disk starts from; without it Debian as it was installed."""
        self.options = options
        self.devices: list[Device] = hardware.devices(options)
        self.log: list[str] = []
        self.started_at = time.monotonic()
        self.work = Path(tempfile.mkdtemp(prefix="playthrough-lab-", dir="/var/tmp"))
        self.game_nonce = secrets.token_hex(16)
        self._qemu: subprocess.Popen[bytes] | None = None
        self._qmp: Qmp | None = None
        self._agent: Agent | None = None
        self._limit: threading.Timer | None = None
        self._plugged: dict[str, dict[str, Any]] = {}
        self._peers: dict[str, Peer] = {}
        try:
            self._make_disks(image or build.ensure_image())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> PC:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Power

    def start(self, timeout_s: float = BOOT_S) -> float:
        """Switches on and waits until commands can run. Returns the seconds that took."""
        began = time.monotonic()
        self.power_on()
        self.wait_booted(timeout_s)
        took_s = time.monotonic() - began
        self._note(f"{self.options}: power-on to agent {took_s:.1f} s")
        return took_s

    def power_on(self) -> None:
        """Switches on and does not wait."""
        if self._qemu is not None:
            raise RuntimeError("the PC is on already")
        command = [build.QEMU, *hardware.arguments(self.options, self.work)]
        # dies with the process that started it, whatever ends that
        guard = ["setpriv", "--pdeathsig", "KILL", "--"]
        with open(self.work / "qemu.log", "ab") as log:
            self._qemu = subprocess.Popen(guard + command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._limit = threading.Timer(POWERED_S, self._qemu.kill)
        self._limit.daemon = True
        self._limit.start()
        try:
            self._qmp = Qmp(self.work / "qmp")
            self._agent = Agent(self.work / "agent")
            for device in self._plugged.values():
                self._plug(device)
        except (OSError, QmpError) as error:
            self.power_cut()
            raise RuntimeError(f"QEMU did not start: {error}\n{self.qemu_log()}") from error

    def wait_booted(self, timeout_s: float = BOOT_S) -> None:
        try:
            self._live_agent().wait(timeout_s)
        except Frozen as frozen:
            last_lines = "\n".join(self.serial_log().splitlines()[-5:])
            raise Frozen(f"{frozen}\nThe console ends with:\n{last_lines}") from frozen

    def reboot(self, timeout_s: float = BOOT_S) -> float:
        """Restarts by way of the running system, through firmware and GRUB again."""
        began = time.monotonic()
        self._shut_down("reboot")
        self.start(timeout_s)
        took_s = time.monotonic() - began
        self._note(f"{self.options}: reboot {took_s:.1f} s")
        return took_s

    def power_off(self) -> None:
        self._shut_down("poweroff")

    def shut_down(self, verb: str) -> None:
        """Has the system inside power off or reboot, and leaves the PC off."""
        self._shut_down(verb)

    def wait_off(self, timeout_s: float) -> None:
        """Waits until the PC, left to itself, resets or switches itself off; it is off then."""
        if self._qemu is None:
            raise RuntimeError("the PC is off")
        try:
            self._qemu.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise Frozen(f"it did not reset within {timeout_s} s") from error
        self._forget_process()

    def refit(self, options: Options) -> None:
        """Puts other cards into a PC that is off; disks and firmware variables stay."""
        if self.is_on():
            raise RuntimeError("switch the PC off first")
        self.options = options
        self.devices = hardware.devices(options)

    def power_cut(self) -> None:
        """Takes the power away at this moment; what was not flushed to the disks is lost."""
        if self._qemu is not None:
            self._qemu.kill()
        self._forget_process()

    def close(self) -> None:
        """Switches off hard and removes everything the PC had written."""
        self.power_cut()
        for peer in self._peers.values():
            peer.close()
        self._peers.clear()
        shutil.rmtree(self.work, ignore_errors=True)

    def is_on(self) -> bool:
        return self._qemu is not None and self._qemu.poll() is None

    # Inside

    def run(self, command: str, timeout_s: float = 60, stdin: bytes = b"") -> Result:
        """Runs a shell command as root, and returns its exit code, output and error output."""
        return self._live_agent().run(command, timeout_s, stdin)

    def check(self, command: str, timeout_s: float = 60) -> str:
        """Runs a command that has to work, and returns its output."""
        result = self.run(command, timeout_s)
        if result.rc:
            raise CommandFailed(f"exit code {result.rc} of: {command}\n{result.out}{result.err}")
        return result.out

    def run_on(self, command: str) -> None:
        """Starts a command as root and does not wait for it."""
        self._live_agent().start(command)

    def wait_for(self, command: str, timeout_s: float, pause_s: float = 0.5) -> str:
        """Repeats a command until it works, and returns its output."""
        deadline = time.monotonic() + timeout_s
        while True:
            result = self.run(command, timeout_s)
            if result.rc == 0:
                return result.out
            if time.monotonic() > deadline:
                raise CommandTimeout(f"not true within {timeout_s} s: {command}\n{result.out}{result.err}")
            time.sleep(pause_s)

    def put(self, source: Path | bytes, path: str) -> None:
        """Copies a file or bytes into the PC."""
        self._live_agent().put(source if isinstance(source, bytes) else source.read_bytes(), path)

    def get(self, path: str) -> bytes:
        return self._live_agent().get(path)

    # Outside

    def screen(self, device: str = HOST_SCREEN) -> Image.Image:
        """A picture of what a display device shows now."""
        path = self.work / "screen.png"
        self.qmp.command("screendump", filename=str(path), device=device, head=0, format="png")
        with Image.open(path) as picture:
            return picture.convert("RGB")

    def press(self, *keys: str, screen: str = HOST_SCREEN, hold_s: float = 0.05) -> None:
        """Presses keys (QEMU's key names) together on the keyboard before a screen, and holds them."""
        for down in (True, False):
            events = [
                {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": key}}}
                for key in (keys if down else reversed(keys))
            ]
            self.qmp.command("input-send-event", device=screen, events=events)
            time.sleep(hold_s if down else 0.05)

    def type(self, text: str, screen: str = HOST_SCREEN) -> None:
        for character in text:
            if character in SHIFTED_KEYS:
                self.press("shift", SHIFTED_KEYS[character], screen=screen)
            elif character.isupper():
                self.press("shift", character.lower(), screen=screen)
            else:
                self.press(KEYS.get(character, character), screen=screen)

    def plug_usb(
        self,
        name: str,
        driver: str = "usb-storage",
        content: Path | None = None,
        port: str | None = None,
        screen: str | None = None,
    ) -> None:
        """Plugs a device (usb-storage, usb-kbd, usb-tablet, usb-audio, usb-hub, ...) into the host's USB controller.

        Its serial number is LAB and the name in capitals. A stick holds a copy of the file
        `content`, or 16 MiB that begin with a line with its name. It stays plugged in over reboots.
        `port` is a socket of the controller, "2", or of a hub in one, "2.3"; else QEMU chooses.
        A keyboard is pressed by way of the `screen` that it is named to stand before.
        """
        device = self._usb_device(name, driver, port)
        device["serial"] = f"LAB{name.upper()}"
        if driver == "usb-storage":
            self._make_stick(name, content)
            device["drive"] = f"stick-{name}"
        if driver == "usb-audio":
            device["audiodev"] = "silence"
        if screen:
            device["display"] = screen
        self._plug(device)
        self._plugged[name] = device

    def plug_hub(self, name: str, port: str, behind: dict[str, str]) -> None:
        """A hub in a socket, with devices (driver by name) in its sockets from 1 up."""
        self.plug_usb(name, "usb-hub", port=port)
        for number, (device, driver) in enumerate(behind.items(), start=1):
            self.plug_usb(device, driver, port=f"{port}.{number}")

    def plug_redir(self, name: str, device: usb_devices.Device | None, port: str | None = None) -> Peer:
        """Plugs in a device that is played (usb_devices.py), or has a socket ready for one.

        The peer presses its buttons, has it switch its mode, takes it out.
        """
        peer = Peer(self.work / f"redir-{name}", device)
        self._peers[name] = peer
        socket = self._usb_device(name, "usb-redir", port) | {"chardev": f"redir-{name}"}
        self._plug(socket)
        self._plugged[name] = socket
        return peer

    def peer(self, name: str) -> Peer:
        return self._peers[name]

    def unplug_usb(self, name: str, timeout_s: float = 20) -> None:
        """Takes it out, and with a hub what is behind it."""
        port = self._plugged.get(name, {}).get("port")
        behind = [n for n, d in self._plugged.items() if port and str(d.get("port")).startswith(f"{port}.")]
        self.qmp.command("device_del", id=name)
        self.qmp.wait_event("DEVICE_DELETED", timeout_s, device=name)
        for gone in (name, *behind):
            device = self._plugged.pop(gone, {})
            if "drive" in device:
                self.qmp.command("blockdev-del", node_name=device["drive"])
            if peer := self._peers.pop(gone, None):  # QEMU ends its chardev by itself
                peer.close()

    @property
    def qmp(self) -> Qmp:
        if self._qmp is None:
            raise RuntimeError("the PC is off")
        return self._qmp

    # Evidence

    def serial_log(self) -> str:
        """All that came over the serial console since the PC was built."""
        return _text(self.work / "serial.log")

    def qemu_log(self) -> str:
        return _text(self.work / "qemu.log")

    def save_evidence(self, folder: Path) -> None:
        """Keeps what helps to understand a failure: console, emulator's messages, both screens, the journal if it can be had."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("serial.log", "qemu.log"):
            if (self.work / name).exists():
                shutil.copy(self.work / name, folder / name)
        for screen in (HOST_SCREEN, GAME_SCREEN):
            with contextlib.suppress(Exception):
                self.screen(screen).save(folder / f"{screen}.png")
        with contextlib.suppress(Exception):
            (folder / "journal.log").write_text(self.run("journalctl -b -o short-monotonic --no-pager", 30).out)

    def save_image(self, path: Path) -> None:
        """Keeps the system disk of a PC that is off, for others to start from."""
        if self.is_on():
            raise RuntimeError("a disk in use cannot be kept: switch the PC off first")
        shutil.move(self.work / "system.qcow2", path)

    @contextlib.contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Tells (on stderr, and in `log`) what is being done and how long it took."""
        began = time.monotonic()
        outcome = "FAILED after"
        try:
            yield
            outcome = "ok"
        finally:
            self._note(f"{self.options}: {what}: {outcome} {time.monotonic() - began:.1f} s")

    # Inner parts

    def _make_disks(self, image: Path) -> None:
        overlay = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", str(image)]
        subprocess.run([*overlay, str(self.work / "system.qcow2")], check=True, timeout=60)
        shutil.copy("/usr/share/OVMF/OVMF_VARS_4M.fd", self.work / "vars.fd")
        with open(self.work / "game.raw", "wb") as disk:
            disk.write(hardware.GAME_DISK_MARKER + self.game_nonce.encode() + b"\n")
            disk.truncate(GAME_DISK_MIB << 20)

    def _make_stick(self, name: str, content: Path | None) -> None:
        stick = self.work / f"usb-{name}.raw"
        if content is not None:
            shutil.copy(content, stick)
            return
        with open(stick, "wb") as file:
            file.write(f"PLAYTHROUGH LAB USB STICK {name}\n".encode())
            file.truncate(16 << 20)

    @staticmethod
    def _usb_device(name: str, driver: str, port: str | None) -> dict[str, Any]:
        device = {"driver": driver, "id": name, "bus": f"{HOST_USB}.0"}
        return device | ({"port": port} if port else {})

    def _plug(self, device: dict[str, Any]) -> None:
        if device["driver"] == "usb-redir":
            path = {"type": "unix", "data": {"path": str(self.work / f"redir-{device['id']}")}}
            backend = {"type": "socket", "data": {"addr": path, "server": False}}
            self.qmp.command("chardev-add", id=device["chardev"], backend=backend)
        if "drive" in device:
            stick = self.work / f"usb-{device['id']}.raw"
            file = {"driver": "file", "filename": str(stick)}
            self.qmp.command("blockdev-add", driver="raw", node_name=device["drive"], file=file)
        self.qmp.command("device_add", **device)

    def _shut_down(self, verb: str) -> None:
        qemu = self._qemu
        if qemu is None:
            raise RuntimeError("the PC is off")
        self._live_agent().start(f"systemctl {verb}")
        try:
            qemu.wait(SHUTDOWN_S)
        except subprocess.TimeoutExpired as error:
            raise Frozen(f"{verb} did not end within {SHUTDOWN_S} s") from error
        if qemu.returncode:
            raise Frozen(f"QEMU ended with {qemu.returncode}: {self.qemu_log()}")
        self._forget_process()

    def _forget_process(self) -> None:
        for connection in (self._qmp, self._agent):
            if connection is not None:
                connection.close()
        if self._limit is not None:
            self._limit.cancel()
        if self._qemu is not None:
            self._qemu.wait(30)
        self._limit = self._qemu = self._qmp = self._agent = None

    def _live_agent(self) -> Agent:
        if self._agent is None:
            raise RuntimeError("the PC is off")
        return self._agent

    def _note(self, text: str) -> None:
        self.log.append(text)
        print(f"lab [{time.monotonic() - self.started_at:4.0f} s] {text}", file=sys.stderr, flush=True)


def _text(path: Path) -> str:
    if not path.exists():
        return ""
    # colours and cursor movements of firmware and boot loader only hide the words
    return re.sub(r"\x1b\[[0-9;=?]*[A-Za-z]", "", path.read_text(errors="replace"))
