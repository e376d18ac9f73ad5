#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Plays playthrough-acts.socket: listens as it says, and becomes the program with both sockets from 3 on.

acts_listener.py UNIT PROGRAM
"""

from __future__ import annotations

import os
import re
import socket
import sys
from pathlib import Path

kinds = {"ListenSequentialPacket": socket.SOCK_SEQPACKET, "ListenStream": socket.SOCK_STREAM}
sockets = []
os.umask(0o177)
for kind, path in re.findall(r"^(Listen\w+)=(.*)$", Path(sys.argv[1]).read_text(), re.M):
    sockets.append(socket.socket(socket.AF_UNIX, kinds[kind]))
    sockets[-1].bind(path)
    sockets[-1].listen(64)
high = [os.dup2(s.fileno(), 100 + i) for i, s in enumerate(sockets)]
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i)
os.closerange(3 + len(high), 256)
os.execv(sys.argv[2], [sys.argv[2]])
