"""The other end of `playthrough-gui --offscreen`, in Python: appliance/bus/screen_wire.h in other words."""

from __future__ import annotations

import mmap
import os
import socket
import struct
import time
from pathlib import Path

from PIL import Image

VERSION = 1
BUFFER, FRAME = 1, 2
RESIZE, DONE, KEY, POINTER, BUTTON, WHEEL, TEXT, LEFT = range(16, 24)
KEYS = {"Escape": 1, "Return": 28, "Up": 103, "Left": 105, "Right": 106, "Down": 108, "F10": 68, "x": 45, "y": 21}
LIMIT_SECONDS = 30


class Gone(Exception):
    """The front end has closed the connection."""


class Reader:
    """Takes pictures and gives them back at once, unless it is told to keep them."""

    def __init__(self, where: Path | socket.socket) -> None:
        if isinstance(where, socket.socket):
            self.socket = where
        else:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            self.socket.connect(str(where))
        self.socket.settimeout(LIMIT_SECONDS)
        self.size = (0, 0)
        self.pixels: mmap.mmap | None = None
        self.memory = -1
        self.frames = 0
        self.serial = 0
        self.rects: list[tuple[int, int, int, int]] = []

    def send(self, kind: int, form: str = "", *values: int | bytes, version: int = VERSION) -> None:
        try:
            self.socket.send(struct.pack("=HH" + form, version, kind, *values))
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Gone from error

    def resize(self, width: int, height: int) -> None:
        self.send(RESIZE, "II", width, height)

    def done(self) -> None:
        self.send(DONE, "I", self.serial)

    def key(self, *names: str) -> None:
        for name in names:
            self.send(KEY, "HH", KEYS[name], 1)
            self.send(KEY, "HH", KEYS[name], 0)

    def receive(self, give_back: bool = True) -> int:
        """One message; its kind."""
        try:
            data, fds, flags, _ = socket.recv_fds(self.socket, 4096, 4)
        except ConnectionResetError as error:
            raise Gone from error
        if not data:
            raise Gone
        assert not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC)
        version, kind = struct.unpack_from("=HH", data)
        assert version == VERSION
        if kind == BUFFER:
            [memory] = fds
            self.take_buffer(data, memory)
        else:
            assert kind == FRAME and not fds
            self.take_frame(data)
            if give_back:
                self.done()
        return kind

    def take_buffer(self, data: bytes, memory: int) -> None:
        self.close_memory()
        self.size = struct.unpack("=II", data[4:])
        self.memory = memory
        assert os.fstat(memory).st_size == self.size[0] * self.size[1] * 4
        self.pixels = mmap.mmap(memory, 0, prot=mmap.PROT_READ)

    def take_frame(self, data: bytes) -> None:
        self.serial, n = struct.unpack_from("=II", data, 4)
        assert n >= 1 and len(data) == 12 + 16 * n
        self.rects = [struct.unpack_from("=IIII", data, 12 + 16 * i) for i in range(n)]
        for x, y, w, h in self.rects:
            assert w and h and x + w <= self.size[0] and y + h <= self.size[1]
        self.frames += 1

    def frame(self, give_back: bool = True) -> None:
        while self.receive(give_back) != FRAME:
            pass

    def quiet(self, seconds: float) -> int:
        """Takes what comes within a time; how many pictures that were."""
        before, end = self.frames, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                self.receive()
            except (TimeoutError, BlockingIOError):
                break
        self.socket.settimeout(LIMIT_SECONDS)
        return self.frames - before

    def picture(self) -> Image.Image:
        assert self.pixels
        return Image.frombuffer("RGB", self.size, self.pixels[:], "raw", "BGRX", 0, 1)

    def close_memory(self) -> None:
        if self.pixels:
            self.pixels.close()
            os.close(self.memory)
        self.pixels = None

    def close(self) -> None:
        self.close_memory()
        self.socket.close()
