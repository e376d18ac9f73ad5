# SPDX-License-Identifier: GPL-2.0-or-later
"""The USB devices that the lab plays, and the protocol they are played by: by themselves, and to a real QEMU.

No system runs in that QEMU; its firmware asks a keyboard all that there is to ask. In `make check`.
"""

from __future__ import annotations

import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import usb_devices as usb
import usbredir
from qmp import Qmp
from usbredir import Decoder, Packet, Peer, ProtocolError

HONEST = {
    "gamepad": usb.gamepad(), "XInput pad": usb.xinput_pad(), "headset": usb.headset(),
    "wheel": usb.wheel()[0], "wheel switched": usb.wheel()[1],
}  # fmt: skip
GET_DESCRIPTOR = (0x80, 6)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short one: a socket's path has room for 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="pt-redir-", dir="/tmp") as name:
        yield Path(name)


# Packets


@pytest.mark.parametrize("wide", [False, True])
def test_packets_survive_any_cut(wide: bool) -> None:
    sent = [
        usbredir.hello(),
        Packet(usbredir.RESET, 1),
        Packet(usbredir.CONTROL_PACKET, 7, (0x80, 6, 0x80, 0, 0x0100, 0, 18), bytes(18)),
        Packet(usbredir.INTERRUPT_PACKET, 8, (0x81, 0, 3), b"abc"),
        usbredir.interface_info(usb.headset()),
        usbredir.ep_info(usb.headset().endpoints({1: 1})),
    ]
    decoder = Decoder()
    decoder.wide = wide
    received = []
    for byte in b"".join(packet.encode(wide) for packet in sent):
        decoder.feed(bytes((byte,)))
        while packet := decoder.next():
            received.append(packet)
    assert received == sent


def test_sizes_are_those_of_the_protocol() -> None:
    """By usbredirproto.h, with the capabilities that we say we have."""
    sizes = {kind: layout.size for kind, layout in usbredir.BODIES.items()}
    assert sizes[usbredir.DEVICE_CONNECT] == 10
    assert sizes[usbredir.INTERFACE_INFO] == 4 + 4 * 32
    assert sizes[usbredir.EP_INFO] == 3 * 32 + 2 * 32
    assert sizes[usbredir.CONTROL_PACKET] == 10 and sizes[usbredir.BULK_PACKET] == 10
    assert sizes[usbredir.ISO_PACKET] == sizes[usbredir.INTERRUPT_PACKET] == 4
    assert len(usbredir.hello().encode(False)) == 12 + 64 + 4


@pytest.mark.parametrize(
    "raw",
    [
        struct.pack("<III", usbredir.CONTROL_PACKET, 1 << 24, 0),
        struct.pack("<III", 77, 0, 0),
        struct.pack("<III", usbredir.CONTROL_PACKET, 4, 0) + bytes(4),
        struct.pack("<III", usbredir.SET_CONFIGURATION, 2, 0) + bytes(2),
    ],
    ids=["too long", "unknown", "too short", "more than its fields"],
)
def test_rubbish_is_an_error(raw: bytes) -> None:
    decoder = Decoder()
    decoder.feed(raw)
    with pytest.raises(ProtocolError):
        decoder.next()


# Devices


def walk(configuration: bytes) -> list[tuple[int, int]]:
    """(type, length) of all descriptors, read as a careful host does."""
    found = []
    at = 0
    while at < len(configuration):
        length = configuration[at]
        assert 2 <= length <= len(configuration) - at, f"bLength {length} at {at}"
        found.append((configuration[at + 1], length))
        at += length
    return found


def is_sound(device: usb.Device) -> bool:
    said = device.descriptor(usb.CONFIGURATION, 0)
    if not said or device.stalls:
        return False
    try:
        parts = walk(said)
    except AssertionError:
        return False
    interfaces = {i.number for i in device.interfaces}
    return struct.unpack_from("<H", said, 2)[0] == len(said) and said[4] == len(interfaces) and (
        sum(kind == usb.INTERFACE for kind, _ in parts) == len(device.interfaces))  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_honest_devices_are_sound(name: str) -> None:
    device = HONEST[name]
    assert is_sound(device)
    whole = device.descriptor(usb.DEVICE, 0)
    assert whole and len(whole) == whole[0] == 18
    for index, text in enumerate(device.strings, start=1):
        said = device.descriptor(usb.STRING, index)
        assert said and said[2:].decode("utf-16-le") == text and said[0] == len(said)
    assert device.descriptor(usb.STRING, len(device.strings) + 1) is None


def test_the_headset_streams_only_when_it_is_asked_to() -> None:
    device = usb.headset()
    assert device.endpoints({}) == []
    assert [e.address for _, e in device.endpoints({1: 1, 2: 1})] == [0x01, 0x82]


@pytest.mark.parametrize("name", usb.LIARS)
def test_liars_lie(name: str) -> None:
    device = usb.LIARS[name]()
    text = [device.descriptor(usb.STRING, index) or b"" for index in (2, 3)]
    lies_in_text = any(bad(one) for one in text for bad in (bad_utf16, has_controls, is_long))
    assert not is_sound(device) or lies_in_text or device.vanishes_after is not None


def bad_utf16(said: bytes) -> bool:
    try:
        said[2:].decode("utf-16-le")
    except UnicodeDecodeError:
        return True
    return False


def has_controls(said: bytes) -> bool:
    return not said[2:].decode("utf-16-le", "replace").isprintable()


def is_long(said: bytes) -> bool:
    return len(said) > 250


# The peer, and a QEMU that the test plays


class FakeQemu:
    """What QEMU is to the peer, one packet at a time."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        self._socket.connect(str(path))
        self._decoder = Decoder()
        self.send(usbredir.hello())
        assert self.receive().type == usbredir.HELLO
        self._decoder.wide = True

    def send(self, packet: Packet) -> None:
        self._socket.sendall(packet.encode(self._decoder.wide))

    def receive(self, kind: int | None = None) -> Packet:
        """The next packet, or the next one of a type."""
        while True:
            while packet := self._decoder.next():
                if kind in (None, packet.type):
                    return packet
            data = self._socket.recv(65536)
            assert data, "the peer hung up"
            self._decoder.feed(data)

    def control(self, kind: int, request: int, value: int, index: int = 0, length: int = 255) -> tuple[int, bytes]:
        """Status and data of a control request."""
        self.send(Packet(usbredir.CONTROL_PACKET, 5, (kind & 0x80, request, kind, 0, value, index, length)))
        answer = self.receive(usbredir.CONTROL_PACKET)
        assert answer.id == 5 and answer.fields[6] == len(answer.data)
        return int(answer.fields[3]), answer.data

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def plugged(folder: Path) -> Iterator[tuple[Peer, FakeQemu]]:
    peer = Peer(folder / "redir")
    qemu = FakeQemu(folder / "redir")
    yield peer, qemu
    qemu.close()
    peer.close()


def test_a_device_is_told_of_before_it_is_there(plugged: tuple[Peer, FakeQemu]) -> None:
    peer, qemu = plugged
    peer.plug(usb.xinput_pad())
    interfaces, endpoints, connect = (qemu.receive() for _ in range(3))
    assert interfaces.type == usbredir.INTERFACE_INFO and interfaces.fields[0] == 1
    assert endpoints.type == usbredir.EP_INFO and endpoints.fields[0][0x11] == usb.INTERRUPT
    assert connect.type == usbredir.DEVICE_CONNECT and connect.fields[4:6] == (0x045E, 0x028E)


def test_it_answers_what_it_knows_and_stalls_the_rest(plugged: tuple[Peer, FakeQemu]) -> None:
    peer, qemu = plugged
    pad = usb.gamepad()
    peer.plug(pad)
    assert qemu.control(*GET_DESCRIPTOR, 0x0100, length=8) == (0, (pad.descriptor(usb.DEVICE, 0) or b"")[:8])
    assert qemu.control(*GET_DESCRIPTOR, 0x0300 | 3) == (0, pad.descriptor(usb.STRING, 3))
    assert qemu.control(0x81, 6, 0x2200) == (0, pad.reports[0])
    assert qemu.control(*GET_DESCRIPTOR, 0x0700) == (usbredir.STALLED, b"")
    assert peer.asked[-1] == (0x80, 6, 0x0700, 0)


def test_buttons(plugged: tuple[Peer, FakeQemu]) -> None:
    peer, qemu = plugged
    peer.plug(usb.gamepad())
    qemu.send(Packet(usbredir.SET_CONFIGURATION, 1, (1,)))
    assert qemu.receive(usbredir.CONFIGURATION_STATUS).fields == (0, 1)
    qemu.send(Packet(usbredir.START_INTERRUPT_RECEIVING, 2, (0x81,)))
    assert qemu.receive(usbredir.INTERRUPT_RECEIVING_STATUS).fields == (0, 0x81)
    assert qemu.receive(usbredir.INTERRUPT_PACKET).data == bytes(3)
    peer.report(0x81, usb.pad_report(buttons=0x05))
    assert qemu.receive(usbredir.INTERRUPT_PACKET).data == b"\x05\0\0"


def test_a_wheel_switches_its_mode(plugged: tuple[Peer, FakeQemu]) -> None:
    peer, qemu = plugged
    before, after = usb.wheel()
    peer.plug(before)
    assert qemu.receive(usbredir.DEVICE_CONNECT).fields[5] == usb.WHEEL
    peer.plug(after)
    qemu.receive(usbredir.DEVICE_DISCONNECT)
    assert qemu.receive(usbredir.DEVICE_CONNECT).fields[5] == usb.WHEEL_SWITCHED


def test_silence(plugged: tuple[Peer, FakeQemu]) -> None:
    peer, qemu = plugged
    peer.plug(usb.headset())
    qemu.send(Packet(usbredir.SET_ALT_SETTING, 1, (2, 1)))
    assert qemu.receive(usbredir.ALT_SETTING_STATUS).fields == (0, 2, 1)
    qemu.send(Packet(usbredir.START_ISO_STREAM, 2, (0x82, 8, 4)))
    assert qemu.receive(usbredir.ISO_STREAM_STATUS).fields == (0, 0x82)
    assert [qemu.receive(usbredir.ISO_PACKET).data for _ in range(20)] == [bytes(96)] * 20
    qemu.send(Packet(usbredir.ISO_PACKET, 3, (0x01, 0, 4), b"loud"))
    assert peer.wait(lambda p: (0x01, b"loud") in p.sent, 10)


def test_stalling_vanishing_and_restless_devices(plugged: tuple[Peer, FakeQemu]) -> None:
    peer, qemu = plugged
    peer.plug(usb.mute())
    assert qemu.control(*GET_DESCRIPTOR, 0x0100) == (usbredir.STALLED, b"")
    peer.plug(usb.vanishing(after=1))
    qemu.receive(usbredir.DEVICE_CONNECT)
    assert qemu.control(*GET_DESCRIPTOR, 0x0100)[0] == 0
    qemu.send(Packet(usbredir.CONTROL_PACKET, 6, (0x80, 6, 0x80, 0, 0x0100, 0, 18)))
    assert qemu.receive().type == usbredir.DEVICE_DISCONNECT
    began = time.monotonic()
    peer.plug(usb.restless(hz=50))
    for _ in range(10):
        qemu.receive(usbredir.DEVICE_CONNECT)
        qemu.receive(usbredir.DEVICE_DISCONNECT)
    assert 0.15 < time.monotonic() - began < 5


def test_rubbish_ends_the_connection_and_the_next_one_works(plugged: tuple[Peer, FakeQemu], folder: Path) -> None:
    peer, qemu = plugged
    qemu.send(Packet(66))
    with pytest.raises((AssertionError, OSError)):
        qemu.receive(usbredir.DEVICE_CONNECT)
    assert isinstance(peer.error, ProtocolError)
    peer.plug(usb.gamepad())
    again = FakeQemu(folder / "redir")
    assert again.receive(usbredir.DEVICE_CONNECT).fields[5] == usb.GAMEPAD
    again.close()


# The peer, and QEMU itself


def boot_keyboard() -> usb.Device:
    """A keyboard that a firmware understands."""
    pad = usb.gamepad()
    [interface] = pad.interfaces
    return replace(pad, interfaces=(replace(interface, usb_class=(3, 1, 1)),), idle={0x81: bytes(8)})


def test_qemu_and_its_firmware_take_it(folder: Path) -> None:
    peer = Peer(folder / "redir", boot_keyboard())
    with open(folder / "log", "w") as log:
        qemu = subprocess.Popen([
            "qemu-system-x86_64", "-machine", "q35", "-accel", "tcg", "-m", "32", "-nodefaults", "-display", "none",
            "-device", "qemu-xhci,id=xhci", "-qmp", f"unix:{folder}/qmp,server=on,wait=off",
            "-chardev", f"socket,id=redir,path={folder}/redir",
            "-device", "usb-redir,chardev=redir,id=pad,bus=xhci.0,debug=2",
        ], stdin=subprocess.DEVNULL, stderr=log)  # fmt: skip
    try:
        qmp = Qmp(folder / "qmp")
        assert peer.wait(lambda p: 0x81 in p.listening, 30), (list(peer.asked), (folder / "log").read_text())
        assert peer.configuration == 1
        assert [request for _, request, _, _ in peer.asked][:3] == [6, 6, 6]
        peer.plug(usb.headset())
        assert peer.wait(lambda p: p.times_connected == 2, 10)
        qmp.command("device_del", id="pad")
        qmp.wait_event("DEVICE_DELETED", 10, device="pad")
        assert "redir" not in {chardev["label"] for chardev in qmp.command("query-chardev")}
        assert "error" not in (folder / "log").read_text()
        assert peer.error is None
    finally:
        qemu.kill()
        qemu.wait()
        peer.close()
