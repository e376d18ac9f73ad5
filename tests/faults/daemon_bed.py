# SPDX-License-Identifier: GPL-2.0-or-later
"""A session whose daemon has the shim (shim.h), a QEMU without a guest (stub_qemu.c) and a USB device made of files."""

from __future__ import annotations

import ctypes
import mmap
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable

sys.path.append(str(Path(__file__).resolve().parents[1]))
from session import BUILD, TINY, Session  # noqa: E402

ALLOCATIONS, CALLS = 1, 2
NOTED_MOST = 16384
LIMIT_SECONDS = 100
DEVICE = "1-1"

# A /sys and a /dev with that device and little else, for the daemon alone; the shim says of its node that it is one.
INSIDE = """
for n in null zero random urandom; do : >"$2/$n" && mount --bind "/dev/$n" "$2/$n"; done
mount --bind "$2" /dev && mount --bind "$1" /sys && exec "$3" --session
"""
HUB = {"busnum": "1", "devnum": "1", "idVendor": "1d6b", "idProduct": "0002", "speed": "480", "bDeviceClass": "09"}
WHEEL = {"busnum": "1", "devnum": "2", "idVendor": "046d", "idProduct": "c24f", "speed": "12", "bDeviceClass": "00",
         "bConfigurationValue": "1", "product": "Wheel"}


def plug(sys: Path, path: str, attributes: dict[str, str]) -> None:
    folder = sys / "devices" / "pci0000:00" / "0000:00:14.0" / path
    folder.mkdir(parents=True)
    for name, value in attributes.items():
        (folder / name).write_text(value + "\n")
    listed = sys / "bus" / "usb" / "devices"
    listed.mkdir(parents=True, exist_ok=True)
    (listed / folder.name).symlink_to("/sys" / folder.relative_to(sys))


class Noted(ctypes.Structure):
    _fields_ = [("stack", ctypes.c_uint64), ("what", ctypes.c_uint64)]


class Faults(ctypes.Structure):
    """struct faults of shim.h."""

    _fields_ = [("kind", ctypes.c_uint64), ("wants", ctypes.c_uint64), ("fired", ctypes.c_uint64), ("clock", ctypes.c_int64),
                ("ahead", ctypes.c_int64), ("blocks", ctypes.c_int64), ("bytes", ctypes.c_int64), ("n", ctypes.c_uint64), ("noted", Noted * NOTED_MOST)]


def wait_for(what: Callable[[], object], why: Callable[[], str], seconds: float = LIMIT_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, why()
        time.sleep(0.01)


def name_of(pid: int) -> str:
    """"" of one that is dead: its sockets may live a moment longer."""
    try:
        if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX":
            return ""
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode().rsplit("/", 1)[-1]
    except (OSError, IndexError):
        return ""


class Bed(Session):
    def __init__(self, usb: bool = True, folder: Path = Path("/tmp")) -> None:
        super().__init__(folder)
        self.usb = usb
        file = self.folder / "faults"
        file.write_bytes(bytes(ctypes.sizeof(Faults)))
        with file.open("r+b") as f:
            self.map = mmap.mmap(f.fileno(), 0)
        self.faults = Faults.from_buffer(self.map)
        self.order = self.folder / "order"
        self.state = self.folder / "devices"
        self.help = BUILD / "faults" / "help"
        plug(self.folder / "sys", "usb1", HUB)
        plug(self.folder / "sys", f"usb1/{DEVICE}", WHEEL)
        nodes = self.folder / "dev" / "bus" / "usb" / "001"
        nodes.mkdir(parents=True)
        (nodes / "002").touch()
        (self.folder / "dev" / "input").mkdir()
        (self.home / "games.raw").write_bytes(bytes(1 << 20))
        self.profile("tiny", TINY + f"[disk games]\nimage={self.home}/games.raw\nwritable=yes\n")
        self.env |= {"PATH": f"{BUILD}/faults/bin:{self.env['PATH']}", "STUB_HELP": str(self.help),
                     "STUB_ORDER": str(self.order), "STUB_STATE": str(self.state)}
        self.daemon_env = {"FAULTS_CONTROL": str(file), "LD_PRELOAD": str(BUILD / "faults" / "shim.so")}
        self.keep_help()

    def keep_help(self) -> None:
        """What the real QEMU says: once for all tests."""
        if self.help.exists():
            return
        made = Path(f"{self.help}.{os.getpid()}")
        made.mkdir(parents=True)
        for what in ("-device", "-cpu", "-display", "-audiodev"):
            done = subprocess.run(["/usr/bin/qemu-system-x86_64", what, "help"], stdout=subprocess.PIPE, check=True)
            (made / what).write_bytes(done.stdout)
        try:
            made.rename(self.help)
        except OSError:  # another was faster
            shutil.rmtree(made)

    # --- what runs ---

    def pids(self, name: str) -> list[int]:
        return [pid for pid in self.processes() if name_of(pid) == name]

    def daemons(self) -> list[int]:
        return self.pids("playthroughd")

    def qemus(self) -> list[int]:
        return self.pids("qemu-system-x86_64")

    def answers(self) -> bool:
        return self.run("list").returncode == 0

    def begin_daemon(self) -> subprocess.Popen[bytes]:
        """Not waited for."""
        self.socket().unlink(missing_ok=True)
        command = [str(BUILD / "playthroughd"), "--session"]
        if self.usb:
            command = ["unshare", "--map-root-user", "--mount", "sh", "-c", INSIDE, "sh", str(self.folder / "sys"),
                       str(self.folder / "dev"), command[0]]
        with (self.folder / "daemon.log").open("ab") as log:
            self.daemon = subprocess.Popen(command, env=self.env | self.daemon_env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self.daemon

    def up(self) -> None:
        """There is a daemon, and it answers."""
        if self.daemon and self.daemon.poll() is None and self.socket().exists():
            if self.answers():
                return
            # One that is just about to end of what has failed.
            wait_for(lambda: self.daemon and self.daemon.poll() is not None, lambda: "a daemon that neither answers nor ends", 20)
        for _ in range(5):
            self.end_daemon()
            begun = self.begin_daemon()
            wait_for(lambda: self.socket().exists() or begun.poll() is not None, self.daemon_log, 20)
            if begun.poll() != 0:
                break
            # The command line was just starting one, which has the lock, and had no name yet by which it could be ended.
        assert begun.poll() is None, f"exit {begun.returncode}: {self.daemon_log()[-2000:]}"

    def end_daemon(self) -> None:
        for pid in self.daemons():
            os.kill(pid, signal.SIGKILL)
        if self.daemon:
            self.daemon.wait(20)
        self.daemon = None

    # --- what must hold ---

    def status(self) -> dict:
        return self.json("status", "tiny")

    def is_settled(self) -> bool:
        status = self.status()
        if status["state"] == "running":
            return self.qemus() == [status["pid"]]
        return status["state"] == "stopped" and not self.qemus()

    def held(self) -> list[str]:
        """The USB devices that the daemon says are the VM's."""
        return [d["sysname"] for d in self.json("usb", "list")["devices"] if d.get("vm") == "tiny"]

    def has(self) -> list[str]:
        """Those that QEMU has."""
        return self.state.read_text().split() if self.qemus() else []

    def holds_true(self, exact: bool = True) -> str:
        """What is said of the VM is what runs, and what it has been given is known. Returns its state.

        Not @exact: QEMU has not told all that it did. A device that it may have is the VM's until its end.
        """
        self.up()
        wait_for(self.is_settled, lambda: f"{self.status()['state']}, and QEMU is {self.qemus()}", 45)
        state = self.status()["state"]
        if self.usb:
            wait_for(lambda: len(self.held()) == len(self.has()) or (not exact and len(self.held()) > len(self.has())), lambda: f"QEMU has {self.has()}, told is {self.held()}", 40)
        return state

    def goes_on(self) -> None:
        """It ends, leaves nothing, and starts and ends anew."""
        for _ in range(2):
            if self.status()["state"] == "stopped":
                done = self.run("start", "tiny")
                assert done.returncode == 0, f"does not start again: {done.stderr}"
            done = self.run("stop", "--force", "tiny")
            assert done.returncode == 0, f"does not stop again: {done.stderr}"
            assert self.status()["state"] == "stopped" and not self.qemus()
            left = self.runtime / "playthrough" / "vm" / "tiny" / "state.json"
            assert not left.exists(), f"{left} is left"

    def close(self) -> None:
        del self.faults
        super().close()
        if self.daemon:
            self.daemon.wait(20)
