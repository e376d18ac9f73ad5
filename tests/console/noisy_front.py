#!/usr/bin/python3
"""Plays playthrough-gui --offscreen with pictures that nothing can compress (appliance/bus/screen_wire.h).

NOISE=tile: only one tile of them changes, as often as the reader allows.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import socket
import struct
import sys
from array import array

BUFFER, FRAME, RESIZE, DONE = 1, 2, 16, 17
WIDTH, HEIGHT = 1600, 900
SEALS = 0x0002 | 0x0004  # F_SEAL_SHRINK, F_SEAL_GROW


def main() -> None:
    peer = socket.socket(fileno=int(sys.argv[sys.argv.index("--offscreen") + 1]))
    size = WIDTH * HEIGHT * 4
    fd = os.memfd_create("noise", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, 1033, SEALS)
    pixels = mmap.mmap(fd, size)
    serial = 0
    peer.setblocking(True)
    while packet := peer.recv(4096):
        _version, kind = struct.unpack_from("=HH", packet)
        if kind == RESIZE:
            peer.sendmsg([struct.pack("=HHII", 1, BUFFER, WIDTH, HEIGHT)],
                         [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [fd]))])
        elif kind != DONE:
            continue
        serial += 1
        small = kind == DONE and os.environ.get("NOISE") == "tile"
        width, height = (32, 32) if small else (WIDTH, HEIGHT)
        for row in range(height):
            pixels[row * WIDTH * 4:(row * WIDTH + width) * 4] = os.urandom(width * 4)
        peer.send(struct.pack("=HHII4I", 1, FRAME, serial, 1, 0, 0, width, height))


main()
