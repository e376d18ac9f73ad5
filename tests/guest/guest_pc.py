# SPDX-License-Identifier: GPL-2.0-or-later
"""A small emulated PC that boots the test guest: no KVM, no disk image, no root rights."""

import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path

PORT = "org.playthrough.report"
ROOT = Path(__file__).resolve().parents[2]


def images():
    """The folder with vmlinuz and initrd.img: of the build, or an installed one."""
    return Path(os.environ.get("GUEST_IMAGES", ROOT / os.environ.get("BUILD", "build") / "guest"))


class Report:
    """A reader of the report: keeps each line once, by its number."""

    def __init__(self, path, limit):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.limit = limit
        self.buffer = b""
        self.lines = {}

    def read_until(self, wanted, limit=None):
        """Reads until wanted(line) is true for a new line, and returns that line."""
        end = time.monotonic() + (limit or self.limit)
        while True:
            for line in self._take_lines():
                if wanted(line):
                    return line
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            try:
                data = self.socket.recv(65536)
            except TimeoutError:
                raise AssertionError(f"not said within the time; said: {self.all()}") from None
            if not data:
                raise AssertionError(f"the guest ended early; said: {self.all()}")
            self.buffer += data

    def _take_lines(self):
        *whole, self.buffer = self.buffer.split(b"\n")
        for text in whole:
            try:
                line = json.loads(text)
            except ValueError:  # the tail of a line that an earlier reader began
                continue
            if line["seq"] not in self.lines:
                self.lines[line["seq"]] = line
                yield line

    def all(self):
        return [self.lines[seq] for seq in sorted(self.lines)]

    def results(self):
        return {
            (line["device"], line["capability"]): line
            for line in self.all()
            if line["event"] == "result"
        }

    def send(self, text):
        self.socket.sendall(text.encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class GuestPC:
    """Runs QEMU with the test guest; use it in a with statement."""

    def __init__(self, folder, plan=None, devices=(), machine="q35", append="", initrd=None):
        self.folder = Path(folder)
        self.arguments = [
            "qemu-system-x86_64", "-machine", machine, "-accel", "tcg", "-m", "512", "-nodefaults",
            "-display", "none", "-no-reboot", *devices,
            "-kernel", str(images() / "vmlinuz"), "-initrd", str(initrd or images() / "initrd.img"),
            "-append", f"console=ttyS0 quiet {append}",
            "-serial", f"file:{self.folder / 'serial.log'}",
            "-qmp", f"unix:{self.folder / 'qmp'},server=on,wait=off",
            "-device", "virtio-serial",
            "-chardev", f"socket,id=report,path={self.folder / 'report'},server=on,wait=off",
            "-device", f"virtserialport,chardev=report,name={PORT}",
        ]  # fmt: skip
        if plan is not None:
            (self.folder / "plan").write_text(plan)
            self.arguments += [
                "-fw_cfg", f"name=opt/org.playthrough/testplan,file={self.folder / 'plan'}"
            ]  # fmt: skip

    def __enter__(self):
        self.output = open(self.folder / "qemu.log", "wb")
        self.process = subprocess.Popen(self.arguments, stdout=self.output, stderr=self.output)
        end = time.monotonic() + 20
        while not (self.folder / "report").exists() or not (self.folder / "qmp").exists():
            assert self.process.poll() is None, (self.folder / "qemu.log").read_text()
            assert time.monotonic() < end, "QEMU did not make its sockets within 20 s"
            time.sleep(0.05)
        qmp = socket.socket(socket.AF_UNIX)
        qmp.settimeout(30)
        qmp.connect(str(self.folder / "qmp"))
        self.qmp = qmp.makefile("rw")
        self.qmp.readline()
        self.command("qmp_capabilities")
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.qmp.close()
        self.output.close()

    def command(self, name, **arguments):
        self.qmp.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.qmp.flush()
        while True:
            answer = json.loads(self.qmp.readline())
            assert "error" not in answer, answer
            if "return" in answer:
                return answer["return"]

    def report(self, limit=90):
        return Report(self.folder / "report", limit)

    def picture(self, device):
        from PIL import Image

        path = self.folder / f"{device}.png"
        self.command("screendump", filename=str(path), device=device, format="png")
        return Image.open(path)

    def wait_for_end(self, limit=30):
        return self.process.wait(limit)

    def serial(self):
        return (self.folder / "serial.log").read_text(errors="replace")

    def serial_report(self):
        return [json.loads(text) for text in re.findall(r"^report: (\{.*\})\r?$", self.serial(), re.M)]
