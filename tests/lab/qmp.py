"""A client of QEMU's machine protocol, which is JSON lines over a Unix socket."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any


class QmpError(Exception):
    """QEMU refused a command, or is gone."""


class Qmp:
    """One connection; events that arrive while a command waits are kept in `events`."""

    def __init__(self, path: Path, timeout_s: float = 20) -> None:
        self.events: list[dict[str, Any]] = []
        self._buffer = b""
        self._socket = _connect(path, timeout_s)
        self._socket.settimeout(timeout_s)
        self._read_line()
        self.command("qmp_capabilities")

    def command(self, name: str, **arguments: Any) -> Any:
        """Runs a command and returns its result. QMP names have dashes where Python has underscores."""
        arguments = {key.replace("_", "-"): value for key, value in arguments.items()}
        request = {"execute": name, "arguments": arguments}
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
            while True:
                reply = self._read_line()
                if "event" in reply:
                    self.events.append(reply)
                elif "error" in reply:
                    raise QmpError(f"{name}: {reply['error']['desc']}")
                else:
                    return reply["return"]
        except OSError as error:
            raise QmpError(f"{name}: no answer from QEMU: {error}") from error

    def wait_event(self, name: str, timeout_s: float, **data: Any) -> dict[str, Any]:
        """Returns (and forgets) the first event of this name whose data holds all of `data`."""
        deadline = time.monotonic() + timeout_s
        while True:
            for event in self.events:
                found = event.get("data", {})
                if event["event"] == name and data.items() <= found.items():
                    self.events.remove(event)
                    return event
            if time.monotonic() > deadline:
                raise QmpError(f"event {name} did not come within {timeout_s} s")
            time.sleep(0.05)
            self.command("query-status")

    def close(self) -> None:
        self._socket.close()

    def _read_line(self) -> dict[str, Any]:
        while b"\n" not in self._buffer:
            data = self._socket.recv(65536)
            if not data:
                raise QmpError("QEMU closed its QMP socket")
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return json.loads(line)


def _connect(path: Path, timeout_s: float) -> socket.socket:
    deadline = time.monotonic() + timeout_s
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
            return connection
        except OSError as error:
            connection.close()
            if time.monotonic() > deadline:
                raise QmpError(f"{path}: {error}") from error
            time.sleep(0.02)
