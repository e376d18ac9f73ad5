"""A SPICE connection byte by byte, for what no good viewer does (spice/protocol.h)."""

from __future__ import annotations

import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

MAIN, DISPLAY, INPUTS, CURSOR = 1, 2, 3, 4
AUTH_SELECTION, AUTH_SPICE, AUTH_SASL, MINI_HEADER = 1, 2, 4, 8
MSG_MAIN_INIT, MSGC_ATTACH_CHANNELS, MSGC_AGENT_START, MSGC_AGENT_DATA = 103, 104, 106, 107
MSG_SET_ACK, MSG_PING, MSGC_ACK_SYNC, MSGC_ACK, MSGC_PONG = 3, 4, 1, 2, 3
MSGC_DISPLAY_INIT, MSG_STREAM_CREATE, MSG_DRAW_COPY = 101, 122, 304
KEY_BYTES = 162


def hello(connection: int = 0, channel: int = MAIN, caps: int = 0xF) -> bytes:
    common = AUTH_SELECTION | AUTH_SPICE | AUTH_SASL | MINI_HEADER
    mess = struct.pack("<IBBIIIII", connection, channel, 0, 1, 1, 18, common, caps)
    return b"REDQ" + struct.pack("<III", 2, 2, len(mess)) + mess


def encrypted(key: bytes, password: bytes = b"") -> bytes:
    with tempfile.NamedTemporaryFile() as file:
        file.write(key)
        file.flush()
        return subprocess.run(["openssl", "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", file.name,
                               "-pkeyopt", "rsa_padding_mode:oaep"], input=password + b"\0", check=True,
                              capture_output=True).stdout


class Link:
    """One channel, past its ticket. `where` is a local socket, or one that is connected."""

    def __init__(self, where: Path | socket.socket, connection: int = 0, channel: int = MAIN) -> None:
        if isinstance(where, socket.socket):
            self.socket = where
        else:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.connect(str(where))
        self.socket.settimeout(20)
        self.socket.sendall(hello(connection, channel))
        head = self.take(16)
        reply = self.take(struct.unpack("<4sIII", head)[3])
        assert struct.unpack_from("<I", reply)[0] == 0
        self.key = reply[4:4 + KEY_BYTES]

    def sign_in(self, password: bytes = b"") -> Link:
        self.socket.sendall(struct.pack("<I", 1) + encrypted(self.key, password))
        assert struct.unpack("<I", self.take(4))[0] == 0
        return self

    def take(self, n: int) -> bytes:
        got = b""
        while len(got) < n:
            piece = self.socket.recv(n - len(got))
            if not piece:
                raise ConnectionError("closed")
            got += piece
        return got

    def message(self) -> tuple[int, bytes]:
        kind, size = struct.unpack("<HI", self.take(6))
        return kind, self.take(size)

    def say(self, kind: int, body: bytes = b"") -> None:
        self.socket.sendall(struct.pack("<HI", kind, len(body)) + body)

    def session(self) -> int:
        """Of a main channel: the number by which the others belong to it."""
        while True:
            kind, body = self.message()
            if kind == MSG_MAIN_INIT:
                return struct.unpack_from("<I", body)[0]

    def messages(self, seconds: float) -> list[int]:
        """The kinds of all that comes meanwhile, acknowledged as the server wants it."""
        kinds: list[int] = []
        window, end = 0, time.monotonic() + seconds
        self.socket.settimeout(seconds)
        while time.monotonic() < end:
            try:
                kind, body = self.message()
            except TimeoutError:
                break
            kinds.append(kind)
            if kind == MSG_SET_ACK:
                generation, window = struct.unpack_from("<II", body)
                self.say(MSGC_ACK_SYNC, struct.pack("<I", generation))
            elif kind == MSG_PING:
                self.say(MSGC_PONG, body[:12])
            if window and len(kinds) % window == 0:
                self.say(MSGC_ACK)
        return kinds

    def ended(self) -> bool:
        """Reads what still comes, to the end."""
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            return False
        return True
