"""Ports of this PC that lead to a guest: a real daemon, a real QEMU, and a guest that is played to QEMU's network."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Iterator

import pytest

from conftest import TINY, Session

HERE = "127.0.0.1"
GUEST, GATEWAY = b"\x0a\x00\x02\x0f", b"\x0a\x00\x02\x02"  # of QEMU's user network
MAC = b"\x52\x54\x00\x12\x34\x56"


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind((HERE, 0))
        port: int = s.getsockname()[1]
        return port


def netdev_of(pid: int) -> str:
    args = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    return args[args.index("-netdev") + 1]


def test_a_port_leads_to_the_guest(daemon: Session) -> None:
    port = free_port()
    daemon.profile("near", TINY + f"[network]\nforward=tcp:{HERE}:{port}:22\n")
    daemon.profile("same", TINY + f"[network]\nforward=tcp:{port}\n")
    started = daemon.run("start", "near")
    assert started.returncode == 0, started.stderr

    status = daemon.json("status", "near")
    assert status["forwards"] == [{"service": None, "protocol": "tcp", "address": HERE, "port": port,
                                   "guest_port": 22, "count": 1}]
    assert status["reached_by"] == [{"name": "SSH", "at": [f"{HERE}:{port} (this PC only)"]}]
    assert f"  SSH: {HERE}:{port} (this PC only)\n" in daemon.run("status", "near").stdout
    with socket.create_connection((HERE, port), timeout=20):
        pass  # QEMU took it

    second = daemon.run("start", "same")
    assert second.returncode == 1
    assert f"port {port} of this PC leads to VM near already" in second.stderr
    assert "playthrough stop near" in second.stderr and "PT-VM-31" in second.stderr

    assert daemon.run("stop", "near", "--force").returncode == 0
    assert daemon.json("status", "near")["forwards"] == []
    assert daemon.run("start", "same").returncode == 0
    assert daemon.run("stop", "same", "--force").returncode == 0


def test_a_taken_port_is_refused_before_the_start(daemon: Session) -> None:
    with socket.socket() as other:
        other.bind((HERE, 0))
        other.listen()
        port = other.getsockname()[1]
        daemon.profile("taken", TINY + f"[network]\nforward=tcp:{port}\n")
        refused = daemon.run("start", "taken")
        assert refused.returncode == 1
        assert f"(process {os.getpid()}) has port {port} already (/proc/net/tcp: {HERE}:{port})" in refused.stderr
        assert "PT-VM-31" in refused.stderr
        assert daemon.json("status", "taken")["state"] == "stopped"
    assert daemon.run("start", "taken").returncode == 0
    assert daemon.run("stop", "taken", "--force").returncode == 0


def test_no_network_has_no_ports(shared: Session) -> None:
    path = shared.profile("nothing", TINY + "[network]\ntype=none\nforward=rdp\n")
    line = path.read_text().splitlines().index("forward=rdp") + 1
    done = shared.run("profile", "check", "nothing")
    assert done.returncode == 1
    assert f"{path}:{line}: [network]: forward= is there with type=none" in done.stderr + done.stdout


class Guest:
    """The guest's end of QEMU's user network, by hand: frames of Ethernet in datagrams."""

    def __init__(self, netdev: str) -> None:
        self.wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.wire.bind((HERE, 0))
        self.wire.settimeout(0.2)
        mine = self.wire.getsockname()[1]
        theirs = free_port(socket.SOCK_DGRAM)
        self.peer = (HERE, theirs)
        self.qemu = subprocess.Popen(
            ["qemu-system-x86_64", "-machine", "none", "-nodefaults", "-display", "none", "-netdev", netdev,
             "-netdev", f"socket,id=wire,udp={HERE}:{mine},localaddr={HERE}:{theirs}",
             "-netdev", "hubport,id=a,hubid=0,netdev=network", "-netdev", "hubport,id=b,hubid=0,netdev=wire"],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def frames(self, seconds: float = 60) -> Iterator[bytes]:
        """What comes for the guest; questions for its hardware address are answered."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                frame = self.wire.recv(65536)
            except TimeoutError:
                continue
            if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\x01" and frame[38:42] == GUEST:
                asker, address = frame[22:28], frame[28:32]
                self.wire.sendto(asker + MAC + frame[12:20] + b"\0\x02" + MAC + GUEST + asker + address, self.peer)
            elif frame[12:14] == b"\x08\x00":
                yield frame[14:]

    def ports_of(self, protocol: int) -> tuple[int, bytes]:
        """Destination port and what follows the ports, of the next packet of that protocol to the guest."""
        for packet in self.frames():
            head = (packet[0] & 15) * 4
            if packet[9] == protocol and packet[16:20] == GUEST:
                assert packet[12:16] == GATEWAY
                return struct.unpack(">H", packet[head + 2:head + 4])[0], packet[head + 4:]
        pytest.fail("nothing came for the guest")

    def end(self) -> None:
        self.qemu.kill()
        self.qemu.communicate()
        self.wire.close()


def wait_until_it_listens(port: int) -> socket.socket:
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection((HERE, port), timeout=5)
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_what_comes_in_arrives_at_the_guest(daemon: Session) -> None:
    """With the very -netdev of a VM: a connection and a datagram reach the guest's own ports."""
    tcp, udp = free_port(), free_port(socket.SOCK_DGRAM)
    daemon.profile("far", TINY + f"[network]\nbackend=slirp\nforward=tcp:{tcp}:3389\nforward=udp:{udp}:47998\n")
    assert daemon.run("start", "far").returncode == 0
    netdev = netdev_of(daemon.json("status", "far")["pid"])
    assert daemon.run("stop", "far", "--force").returncode == 0
    assert netdev == f"user,id=network,hostfwd=tcp::{tcp}-:3389,hostfwd=udp::{udp}-:47998"

    guest = Guest(netdev)
    try:
        with wait_until_it_listens(tcp):
            port, rest = guest.ports_of(6)
            assert port == 3389 and rest[9] & 0x12 == 0x02  # SYN, no ACK
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(b"hello", (HERE, udp))
            port, rest = guest.ports_of(17)
            assert port == 47998 and rest[4:9] == b"hello"  # small frames are filled up
    finally:
        guest.end()
