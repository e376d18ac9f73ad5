"""Commands and files in the emulated PC, through qemu-guest-agent on a virtio-serial port."""

from __future__ import annotations

import base64
import itertools
import json
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# How long a living PC may take for one answer of its agent. Two cores without KVM, shared with
# other work, were seen to take several seconds.
ANSWER_S = 60
CHUNK = 256 * 1024
DELIMITER = b"\xff"


class AgentError(Exception):
    """The agent answered with an error."""


class Frozen(Exception):
    """The PC answers no more: its agent has been silent for longer than it may be."""


class CommandTimeout(Exception):
    """A command took longer than its limit, in a PC that is alive."""


@dataclass(frozen=True)
class Result:
    rc: int
    out: str
    err: str

    def __iter__(self):
        return iter((self.rc, self.out, self.err))


class Agent:
    def __init__(self, path: Path) -> None:
        self._buffer = b""
        self._numbers = itertools.count(int(time.time()))
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(path))

    def wait(self, timeout_s: float) -> None:
        """Waits until the agent runs. The request is kept for it by QEMU until it does."""
        number = next(self._numbers)
        deadline = time.monotonic() + timeout_s
        self._send("guest-sync-delimited", {"id": number}, prefix=DELIMITER)
        while self._receive(deadline, "its start").get("return") != number:
            pass

    def call(self, name: str, **arguments: Any) -> Any:
        arguments = {key.replace("_", "-"): value for key, value in arguments.items()}
        self._send(name, arguments)
        reply = self._receive(time.monotonic() + ANSWER_S, name)
        if "error" in reply:
            raise AgentError(f"{name}: {reply['error']['desc']}")
        return reply["return"]

    def run(self, command: str, timeout_s: float, stdin: bytes = b"") -> Result:
        """Runs a shell command and returns its exit code (128 + n for signal n) and output."""
        request: dict[str, Any] = {
            "path": "/bin/sh",
            "arg": ["-c", command],
            "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"],
            "capture_output": True,
        }
        if stdin:
            request["input_data"] = base64.b64encode(stdin).decode()
        pid = self.call("guest-exec", **request)["pid"]
        deadline = time.monotonic() + timeout_s
        pause_s = 0.02
        while not (status := self.call("guest-exec-status", pid=pid))["exited"]:
            if time.monotonic() > deadline:
                self.call("guest-exec", path="/bin/kill", arg=["-KILL", str(pid)])
                raise CommandTimeout(f"still running after {timeout_s} s, killed: {command}")
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.5, 0.4)
        rc = status["exitcode"] if "exitcode" in status else 128 + status.get("signal", 0)
        return Result(rc, _text(status.get("out-data")), _text(status.get("err-data")))

    def start(self, command: str) -> None:
        """Starts a shell command and does not wait for it."""
        self.call("guest-exec", path="/bin/sh", arg=["-c", command])

    def put(self, data: bytes, path: str) -> None:
        handle = self.call("guest-file-open", path=path, mode="w")
        for start in range(0, len(data), CHUNK):
            chunk = base64.b64encode(data[start : start + CHUNK]).decode()
            self.call("guest-file-write", handle=handle, buf_b64=chunk)
        self.call("guest-file-close", handle=handle)

    def get(self, path: str) -> bytes:
        handle = self.call("guest-file-open", path=path, mode="r")
        data = b""
        while True:
            part = self.call("guest-file-read", handle=handle, count=CHUNK)
            data += base64.b64decode(part["buf-b64"])
            if part["eof"]:
                break
        self.call("guest-file-close", handle=handle)
        return data

    def close(self) -> None:
        self._socket.close()

    def _send(self, name: str, arguments: dict[str, Any], prefix: bytes = b"") -> None:
        request = {"execute": name, "arguments": arguments}
        try:
            self._socket.settimeout(ANSWER_S)
            self._socket.sendall(prefix + json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise Frozen(f"the PC does not take {name}: {error}") from error

    def _receive(self, deadline: float, what: str) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            try:
                self._socket.settimeout(max(deadline - time.monotonic(), 0.01))
                data = self._socket.recv(1 << 20)
            except OSError as error:
                raise Frozen(f"no answer from the PC's agent ({what}): {error}") from error
            if not data:
                raise Frozen(f"the PC is off; its agent did not answer ({what})")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return json.loads(line.lstrip(DELIMITER))


def _text(data: str | None) -> str:
    return base64.b64decode(data).decode(errors="replace") if data else ""
