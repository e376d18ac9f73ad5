"""A real browser without a window: Chromium, told what to do over its debugging port (a WebSocket on loopback)."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any, Callable

from PIL import Image


class Socket:
    """As much of RFC 6455 as a client needs."""

    def __init__(self, stream: socket.socket, host: str, path: str, *fields: str) -> None:
        self.stream = stream
        self.rest = b""
        key = base64.b64encode(os.urandom(16)).decode()
        stream.sendall("\r\n".join([f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket",
                                    "Connection: keep-alive, Upgrade", f"Sec-WebSocket-Key: {key}",
                                    "Sec-WebSocket-Version: 13", *fields, "", ""]).encode())
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        self.head = head.decode()
        self.status = int(self.head.split()[1])

    def _more(self) -> None:
        got = self.stream.recv(1 << 16)
        if not got:
            raise ConnectionError("the WebSocket has ended")
        self.rest += got

    def _take(self, n: int) -> bytes:
        while len(self.rest) < n:
            self._more()
        taken, self.rest = self.rest[:n], self.rest[n:]
        return taken

    def send(self, content: bytes, opcode: int = 1) -> None:
        n = len(content)
        length = bytes([0x80 | n]) if n < 126 else b"\xfe" + struct.pack(">H", n) if n < 1 << 16 else \
            b"\xff" + struct.pack(">Q", n)
        mask = os.urandom(4)
        masked = bytes(b ^ mask[i & 3] for i, b in enumerate(content))
        self.stream.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def receive(self) -> bytes:
        """The next message; frames belong together until one says that it is the last."""
        whole = b""
        while True:
            head, length = self._take(2)
            if length == 126:
                length, = struct.unpack(">H", self._take(2))
            elif length == 127:
                length, = struct.unpack(">Q", self._take(8))
            content = self._take(length)
            if head & 0x0f == 8:
                raise ConnectionError("the WebSocket was closed")
            if not head & 8:
                whole += content
            if head & 0x80 and not head & 8:
                return whole


class Browser:
    def __init__(self, width: int = 1280, height: int = 800) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="browser-"))
        self.size = (width, height)
        self.log = (self.folder / "log").open("wb")
        program = shutil.which("chromium")
        assert program, "chromium is not installed"
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--ignore-certificate-errors", "--remote-debugging-port=0", f"--user-data-dir={self.folder}/profile",
             f"--window-size={width},{height}", "--lang=en", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, "HOME": str(self.folder), "LANGUAGE": "en"})
        self.id = 0
        self.said: list[str] = []
        self.socket = self._attach()
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def _attach(self) -> Socket:
        port = self.folder / "profile" / "DevToolsActivePort"
        deadline = time.monotonic() + 60
        while not (port.exists() and port.read_text().strip()):
            assert self.process.poll() is None and time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.1)
        address = f"127.0.0.1:{port.read_text().split()[0]}"
        while True:
            with urllib.request.urlopen(f"http://{address}/json/list", timeout=20) as answer:
                pages = [p for p in json.load(answer) if p["type"] == "page"]
            if pages:
                break
            time.sleep(0.1)
        path = pages[0]["webSocketDebuggerUrl"].split(address, 1)[1]
        stream = socket.create_connection(("127.0.0.1", int(address.split(":")[1])), timeout=60)
        return Socket(stream, address, path)

    def call(self, method: str, **params: Any) -> Any:
        self.id += 1
        self.socket.send(json.dumps({"id": self.id, "method": method, "params": params}).encode())
        while True:
            message = json.loads(self.socket.receive())
            if message.get("id") == self.id:
                assert "error" not in message, message
                return message["result"]
            if message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"):
                self.said.append(json.dumps(message["params"])[:600])

    def run(self, script: str) -> Any:
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)
        self.until(lambda: self.run("document.readyState === 'complete' && location.protocol") == "https:")

    def until(self, what: Callable[[], Any], seconds: float = 150) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, f"not within {seconds} s; said: {self.said[-10:]}"
            time.sleep(0.1)

    def picture(self) -> Image.Image:
        """What a person would see."""
        shot = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        return Image.open(io.BytesIO(shot)).convert("RGB")

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def key(self, code: str, key: str = "", number: int = 0, modifiers: int = 0) -> None:
        """Down and up; `number` is that of its letter, which a layout changes, while `code` is its place."""
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, code=code, key=key or code, windowsVirtualKeyCode=number,
                      modifiers=modifiers)

    def click(self, element: str) -> None:
        x, y = self.run(f"(() => {{ const b = document.getElementById('{element}').getBoundingClientRect();"
                        "return [b.x + b.width / 2, b.y + b.height / 2]; })()")
        self.click_at(x, y)

    def click_at(self, x: float, y: float) -> None:
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="none" if kind == "mouseMoved" else "left",
                      clickCount=0 if kind == "mouseMoved" else 1)

    def close(self) -> None:
        self.socket.stream.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
