# SPDX-License-Identifier: GPL-2.0-or-later
"""Plays USB devices (usb_devices.py) to a QEMU that has a `usb-redir` for each: the side that has the device.

The protocol is usbredir 0.7, described with usbredirparser of the SPICE project (usbredirproto.h, and
docs/usb-redirection-protocol.md there). QEMU connects by a Unix socket. Both sides say hello; then the peer tells
of the device, and QEMU sends what its guest asks of it. QEMU sets the address itself.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from usb_devices import CONTROL, INTERRUPT, ISO, REPORT, Device, Endpoint, Interface

(
    HELLO, DEVICE_CONNECT, DEVICE_DISCONNECT, RESET, INTERFACE_INFO, EP_INFO, SET_CONFIGURATION, GET_CONFIGURATION,
    CONFIGURATION_STATUS, SET_ALT_SETTING, GET_ALT_SETTING, ALT_SETTING_STATUS, START_ISO_STREAM, STOP_ISO_STREAM,
    ISO_STREAM_STATUS, START_INTERRUPT_RECEIVING, STOP_INTERRUPT_RECEIVING, INTERRUPT_RECEIVING_STATUS,
) = range(18)  # fmt: skip
CANCEL_DATA_PACKET, FILTER_REJECT, FILTER_FILTER, DEVICE_DISCONNECT_ACK = 21, 22, 23, 24
CONTROL_PACKET, BULK_PACKET, ISO_PACKET, INTERRUPT_PACKET = 100, 101, 102, 103
SUCCESS, STALLED = 0, 4

CAP_CONNECT_VERSION, CAP_MAX_PACKET, CAP_64BIT_IDS, CAP_LONG_BULK = 1, 4, 5, 6
# QEMU wants the last three for a socket of an xHCI.
OUR_CAPS = 1 << CAP_CONNECT_VERSION | 1 << CAP_MAX_PACKET | 1 << CAP_64BIT_IDS | 1 << CAP_LONG_BULK
NO_ENDPOINT = 255
INTERFACES_TOLD = 32  # room in the protocol

# What follows the header, without data. Hello is not here: what it holds is told by its length.
BODIES = {
    DEVICE_CONNECT: struct.Struct("<BBBBHHH"), DEVICE_DISCONNECT: struct.Struct(""), RESET: struct.Struct(""),
    INTERFACE_INFO: struct.Struct("<I32s32s32s32s"), EP_INFO: struct.Struct("<32s32s32s64s"),
    SET_CONFIGURATION: struct.Struct("<B"), GET_CONFIGURATION: struct.Struct(""),
    CONFIGURATION_STATUS: struct.Struct("<BB"), SET_ALT_SETTING: struct.Struct("<BB"),
    GET_ALT_SETTING: struct.Struct("<B"), ALT_SETTING_STATUS: struct.Struct("<BBB"),
    START_ISO_STREAM: struct.Struct("<BBB"), STOP_ISO_STREAM: struct.Struct("<B"),
    ISO_STREAM_STATUS: struct.Struct("<BB"), START_INTERRUPT_RECEIVING: struct.Struct("<B"),
    STOP_INTERRUPT_RECEIVING: struct.Struct("<B"), INTERRUPT_RECEIVING_STATUS: struct.Struct("<BB"),
    CANCEL_DATA_PACKET: struct.Struct(""), FILTER_REJECT: struct.Struct(""), FILTER_FILTER: struct.Struct(""),
    DEVICE_DISCONNECT_ACK: struct.Struct(""),
    CONTROL_PACKET: struct.Struct("<BBBBHHH"), BULK_PACKET: struct.Struct("<BBHIH"),
    ISO_PACKET: struct.Struct("<BBH"), INTERRUPT_PACKET: struct.Struct("<BBH"),
}  # fmt: skip
WITH_DATA = (FILTER_FILTER, CONTROL_PACKET, BULK_PACKET, ISO_PACKET, INTERRUPT_PACKET)
# Ids are 32 bits wide until both sides have said that they know wider ones.
_NARROW, _WIDE = struct.Struct("<III"), struct.Struct("<IIQ")
_LONGEST = 1 << 20


class ProtocolError(Exception):
    """The other side sent what the protocol does not allow."""


@dataclass(frozen=True)
class Packet:
    type: int
    id: int = 0
    fields: tuple[Any, ...] = ()
    data: bytes = b""

    def encode(self, wide: bool) -> bytes:
        body = BODIES[self.type].pack(*self.fields) if self.type in BODIES else b""
        return (_WIDE if wide else _NARROW).pack(self.type, len(body) + len(self.data), self.id) + body + self.data


def hello(caps: int = OUR_CAPS) -> Packet:
    return Packet(HELLO, data=b"playthrough lab".ljust(64, b"\0") + struct.pack("<I", caps))


class Decoder:
    """Makes packets of what comes over the socket, in whatever pieces."""

    def __init__(self) -> None:
        self.wide = False
        self._buffer = b""

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def next(self) -> Packet | None:
        header = _WIDE if self.wide else _NARROW
        if len(self._buffer) < header.size:
            return None
        kind, length, number = header.unpack_from(self._buffer)
        if length > _LONGEST:
            raise ProtocolError(f"packet of type {kind} with {length} bytes")
        whole = header.size + length
        if len(self._buffer) < whole:
            return None
        body, self._buffer = self._buffer[header.size : whole], self._buffer[whole:]
        return _packet(kind, number, body)


def _packet(kind: int, number: int, body: bytes) -> Packet:
    layout = BODIES.get(kind, struct.Struct(""))
    if kind != HELLO and kind not in BODIES:
        raise ProtocolError(f"packet of unknown type {kind}")
    if len(body) < layout.size or (len(body) > layout.size and kind not in (HELLO, *WITH_DATA)):
        raise ProtocolError(f"packet of type {kind} with {len(body)} bytes, not {layout.size}")
    return Packet(kind, number, layout.unpack_from(body), body[layout.size :])


def caps_of(packet: Packet) -> int:
    """What the other side says in its hello that it knows."""
    if len(packet.data) < 64:
        raise ProtocolError(f"hello of {len(packet.data)} bytes")
    return struct.unpack_from("<I", packet.data, 64)[0] if len(packet.data) >= 68 else 0


def interface_info(device: Device) -> Packet:
    first = {interface.number: interface for interface in reversed(device.interfaces)}
    told = list(first.values())[::-1][:INTERFACES_TOLD]
    columns = zip(*((i.number, *i.usb_class) for i in told))
    return Packet(INTERFACE_INFO, fields=(len(told), *(bytes(column).ljust(32, b"\0") for column in columns)))


def _slot(address: int) -> int:
    return (address & 0x0F) | (address & 0x80) >> 3


def ep_info(present: list[tuple[Interface, Endpoint]]) -> Packet:
    kinds, intervals, numbers = bytearray([NO_ENDPOINT] * 32), bytearray(32), bytearray(32)
    sizes = [0] * 32
    kinds[_slot(0x00)] = kinds[_slot(0x80)] = CONTROL
    for interface, endpoint in present:
        at = _slot(endpoint.address)
        kinds[at], intervals[at], numbers[at] = endpoint.kind, endpoint.interval, interface.number
        sizes[at] = endpoint.max_packet
    return Packet(EP_INFO, fields=(bytes(kinds), bytes(intervals), bytes(numbers), struct.pack("<32H", *sizes)))


class Peer:
    """Has one socket of a PC, and the device that is plugged into it.

    It runs by itself in a thread. QEMU may go and come back: whoever connects next finds the device plugged in.
    """

    def __init__(self, path: Path, device: Device | None = None) -> None:
        self.device = device
        self.asked: deque[tuple[int, int, int, int]] = deque(maxlen=1000)  # requesttype, request, value, index
        self.sent: deque[tuple[int, bytes]] = deque(maxlen=1000)  # to its endpoints
        self.times_connected = 0
        self.error: Exception | None = None
        self._changed = threading.Condition(threading.RLock())
        self._socket: socket.socket | None = None
        self._decoder = Decoder()
        # hello was said to us; the device was told of
        self._greeted = self._told = self._closing = False
        self._connected_at = 0.0
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._path = path
        self._woken, self._wake = os.pipe()
        self._forget_state()
        self._thread = threading.Thread(target=self._run, name=f"usb-redir {path.name}", daemon=True)
        self._thread.start()

    # What a test does with its hands

    def plug(self, device: Device) -> None:
        """Plugs it in, in place of what is there: so a device that comes back as another switches its mode."""
        with self._changed:
            self._disconnect()
            self.device = device
            self._connect()
        os.write(self._wake, b"\0")

    def unplug(self) -> None:
        with self._changed:
            self._disconnect()
            self.device = None

    def report(self, endpoint: int, data: bytes) -> None:
        """What an interrupt endpoint says now, and from now on to whoever begins to listen."""
        with self._changed:
            self._reports[endpoint] = data
            if endpoint in self._listening:
                self._say(endpoint)

    def wait(self, condition: Callable[[Peer], bool], timeout_s: float) -> bool:
        """Whether the condition became true in time; it is looked at after each packet."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), timeout_s)

    @property
    def configuration(self) -> int:
        return self._configuration

    @property
    def streaming(self) -> frozenset[int]:
        return frozenset(self._streams)

    @property
    def listening(self) -> frozenset[int]:
        return frozenset(self._listening)

    def close(self) -> None:
        self._closing = True
        os.write(self._wake, b"\0")
        self._thread.join(20)
        for end in (self._woken, self._wake):
            os.close(end)
        self._listener.close()
        with contextlib.suppress(OSError):
            self._path.unlink()

    # The thread

    def _run(self) -> None:
        while not self._closing:
            with self._changed:
                connection = self._socket
                pause_s = self._act_by_the_clock()
            readable, _, _ = select.select([connection or self._listener, self._woken], [], [], pause_s)
            if self._woken in readable:
                os.read(self._woken, 64)
            if self._listener in readable:
                self._accept()
            elif connection in readable:
                self._read(connection)
        if self._socket:
            self._socket.close()

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.settimeout(10)
        with self._changed:
            self._socket, self._decoder = connection, Decoder()
            self._greeted = self._told = False
            self._send(hello())

    def _read(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(65536)
        except OSError:
            data = b""
        with self._changed:
            try:
                self._decoder.feed(data)
                while packet := self._decoder.next():
                    self._handle(packet)
            except ProtocolError as error:
                self.error, data = error, b""
            if not data:
                self._hang_up()
            self._changed.notify_all()

    def _hang_up(self) -> None:
        if self._socket:
            self._socket.close()
        self._socket = None
        self._greeted = self._told = False
        self._forget_state()

    def _act_by_the_clock(self) -> float | None:
        """Sends what is due, and says in how many seconds the next is."""
        now = time.monotonic()
        due: list[float] = []
        if self.device and self.device.reconnects_hz and self._greeted:
            period_s = 1 / self.device.reconnects_hz
            if now >= self._connected_at + period_s:
                self._disconnect()
                self._connect()
            due.append(self._connected_at + period_s - now)
        if any(address & 0x80 for address in self._streams):
            self._send_silence(now)
            due.append(0.01)
        return max(min(due), 0.001) if due else None

    def _send_silence(self, now: float) -> None:
        """A packet a millisecond to whoever listens; what the emulator has no time for is left out."""
        for address, (since, done) in self._streams.items():
            if not address & 0x80:
                continue
            wanted = min(int((now - since) * 1000) - done, 50)
            for number in range(done, done + max(wanted, 0)):
                data = bytes(self._max_packet(address))
                self._send(Packet(ISO_PACKET, number, (address, SUCCESS, len(data)), data))
            self._streams[address] = (since, int((now - since) * 1000))

    # What QEMU says. All of it under the lock.

    def _handle(self, packet: Packet) -> None:
        if packet.type == HELLO:
            self._decoder.wide = bool(caps_of(packet) >> CAP_64BIT_IDS & 1)
            self._greeted = True
            self._connect()
            return
        if not self._told or not self.device:
            return  # was on its way when the device went
        handlers: dict[int, Callable[[Packet], None]] = {
            CONTROL_PACKET: self._on_control, BULK_PACKET: self._on_bulk, INTERRUPT_PACKET: self._on_interrupt,
            SET_CONFIGURATION: self._on_set_configuration, GET_CONFIGURATION: self._on_get_configuration,
            SET_ALT_SETTING: self._on_set_alternate, GET_ALT_SETTING: self._on_get_alternate,
            START_INTERRUPT_RECEIVING: self._on_start_interrupt, STOP_INTERRUPT_RECEIVING: self._on_stop_interrupt,
            START_ISO_STREAM: self._on_start_stream, STOP_ISO_STREAM: self._on_stop_stream,
            ISO_PACKET: self._on_iso, RESET: self._on_reset,
        }  # fmt: skip
        if packet.type in handlers:  # the rest needs no answer
            handlers[packet.type](packet)

    def _on_control(self, packet: Packet) -> None:
        endpoint, request, kind, _, value, index, length = packet.fields
        assert self.device
        self.asked.append((kind, request, value, index))
        self._requests += 1
        if self.device.vanishes_after is not None and self._requests > self.device.vanishes_after:
            self._disconnect()
            return
        answer = None if self.device.stalls else self._answer(kind, request, value, index, packet.data)
        status = STALLED if answer is None else SUCCESS
        data = (answer or b"")[:length] if kind & 0x80 else b""
        told = len(data) if kind & 0x80 else len(packet.data)
        self._send(Packet(CONTROL_PACKET, packet.id, (endpoint, request, kind, status, value, index, told), data))

    def _answer(self, kind: int, request: int, value: int, index: int, data: bytes) -> bytes | None:
        """What the device says to a control request; None: it does not know it."""
        assert self.device
        if (kind & 0x7F, request) == (0, 6) or (kind, request) == (0x81, 6):  # GET_DESCRIPTOR
            descriptor = value >> 8
            return self.device.descriptor(descriptor, index if descriptor == REPORT else value & 0xFF)
        if kind & 0x80 and request == 0:  # GET_STATUS, powered by the bus and sound
            return b"\0\0"
        if (kind, request) == (0xA1, 1):  # HID GET_REPORT
            return self._reports.get(0x81)
        if not kind & 0x80 and kind & 0x60 != 0x40:  # features, SET_IDLE, SET_REPORT: well received
            self.sent.append((0, data))
            return b""
        return None

    def _on_set_configuration(self, packet: Packet) -> None:
        self._configuration, self._alternates = packet.fields[0], {}
        self._stop_all()
        self._send_endpoints()
        self._send(Packet(CONFIGURATION_STATUS, packet.id, (SUCCESS, self._configuration)))

    def _on_get_configuration(self, packet: Packet) -> None:
        self._send(Packet(CONFIGURATION_STATUS, packet.id, (SUCCESS, self._configuration)))

    def _on_set_alternate(self, packet: Packet) -> None:
        number, alternate = packet.fields
        assert self.device
        known = any((i.number, i.alternate) == (number, alternate) for i in self.device.interfaces)
        if known:
            self._alternates[number] = alternate
        self._send_endpoints()
        status = SUCCESS if known else STALLED
        self._send(Packet(ALT_SETTING_STATUS, packet.id, (status, number, self._alternates.get(number, 0))))

    def _on_get_alternate(self, packet: Packet) -> None:
        [number] = packet.fields
        self._send(Packet(ALT_SETTING_STATUS, packet.id, (SUCCESS, number, self._alternates.get(number, 0))))

    def _on_start_interrupt(self, packet: Packet) -> None:
        [endpoint] = packet.fields
        status = SUCCESS if self._kind(endpoint) == INTERRUPT else STALLED
        self._send(Packet(INTERRUPT_RECEIVING_STATUS, packet.id, (status, endpoint)))
        if status == SUCCESS:
            self._listening.add(endpoint)
            if endpoint in self._reports:
                self._say(endpoint)

    def _on_stop_interrupt(self, packet: Packet) -> None:
        self._listening.discard(packet.fields[0])
        self._send(Packet(INTERRUPT_RECEIVING_STATUS, packet.id, (SUCCESS, packet.fields[0])))

    def _on_interrupt(self, packet: Packet) -> None:
        endpoint, _, length = packet.fields
        self.sent.append((endpoint, packet.data))
        self._send(Packet(INTERRUPT_PACKET, packet.id, (endpoint, SUCCESS, length)))

    def _on_bulk(self, packet: Packet) -> None:
        """No device here has bulk endpoints."""
        endpoint, _, _, stream, _ = packet.fields
        self._send(Packet(BULK_PACKET, packet.id, (endpoint, STALLED, 0, stream, 0)))

    def _on_start_stream(self, packet: Packet) -> None:
        endpoint = packet.fields[0]
        status = SUCCESS if self._kind(endpoint) == ISO else STALLED
        if status == SUCCESS:
            self._streams[endpoint] = (time.monotonic(), 0)
        self._send(Packet(ISO_STREAM_STATUS, packet.id, (status, endpoint)))

    def _on_stop_stream(self, packet: Packet) -> None:
        self._streams.pop(packet.fields[0], None)
        self._send(Packet(ISO_STREAM_STATUS, packet.id, (SUCCESS, packet.fields[0])))

    def _on_iso(self, packet: Packet) -> None:
        self.sent.append((packet.fields[0], packet.data))

    def _on_reset(self, packet: Packet) -> None:
        self._configuration, self._alternates = 0, {}
        self._stop_all()

    # Inner parts, under the lock as well

    def _forget_state(self) -> None:
        self._configuration = self._requests = 0
        self._alternates: dict[int, int] = {}
        self._listening: set[int] = set()
        self._streams: dict[int, tuple[float, int]] = {}  # since when, and how many packets were sent
        self._reports: dict[int, bytes] = dict(self.device.idle) if self.device else {}
        self._said = 0

    def _stop_all(self) -> None:
        self._listening.clear()
        self._streams.clear()

    def _connect(self) -> None:
        """Tells of the device, where somebody listens to whom nothing was told yet."""
        self._connected_at = time.monotonic()
        self._forget_state()
        if not self._socket or not self.device or not self._greeted or self._told:
            return
        self._send(interface_info(self.device))
        self._send_endpoints()
        d = self.device
        self._send(Packet(DEVICE_CONNECT, fields=(d.speed, 0, 0, 0, d.vendor, d.product, 0x0100)))
        self._told = True
        self.times_connected += 1
        self._changed.notify_all()

    def _disconnect(self) -> None:
        if self._told:
            self._send(Packet(DEVICE_DISCONNECT))
        self._told = False
        self._stop_all()

    def _present(self) -> list[tuple[Interface, Endpoint]]:
        return self.device.endpoints(self._alternates) if self.device else []

    def _kind(self, address: int) -> int:
        return next((e.kind for _, e in self._present() if e.address == address), NO_ENDPOINT)

    def _max_packet(self, address: int) -> int:
        return next((e.max_packet for _, e in self._present() if e.address == address), 0)

    def _send_endpoints(self) -> None:
        self._send(ep_info(self._present()))

    def _say(self, endpoint: int) -> None:
        data = self._reports[endpoint]
        self._send(Packet(INTERRUPT_PACKET, self._said, (endpoint, SUCCESS, len(data)), data))
        self._said += 1

    def _send(self, packet: Packet) -> None:
        if self._socket:
            with contextlib.suppress(OSError):  # its end is read, and handled there
                self._socket.sendall(packet.encode(self._decoder.wide and packet.type != HELLO))
