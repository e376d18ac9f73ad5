# SPDX-License-Identifier: GPL-2.0-or-later
"""USB devices as data: what each says of itself, honest or not. usbredir.py plays them to an emulated PC.

Layouts are those of the USB 2.0 specification (chapter 9), HID 1.11, and Audio 1.0.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

LOW, FULL, HIGH = 0, 1, 2
CONTROL, ISO, BULK, INTERRUPT = 0, 1, 2, 3
DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT, HID, REPORT = 1, 2, 3, 4, 5, 0x21, 0x22
ENGLISH = 0x0409
# Ids that pid.codes keeps for tests: no driver knows them, all goes by class.
VENDOR = 0x1209
GAMEPAD, HEADSET, WHEEL, WHEEL_SWITCHED, LIAR = 1, 2, 3, 4, 5


@dataclass(frozen=True)
class Endpoint:
    address: int
    kind: int
    max_packet: int
    interval: int = 1
    extra: bytes = b""  # what the class puts behind it

    def descriptor(self) -> bytes:
        # Audio 1.0 has endpoints of nine bytes; the two more are zero in all of ours.
        body = struct.pack("<BBHB", self.address, self.kind, self.max_packet, self.interval)
        return _framed(ENDPOINT, body + (b"\0\0" if self.kind == ISO else b"")) + self.extra


@dataclass(frozen=True)
class Interface:
    number: int
    usb_class: tuple[int, int, int]  # class, subclass, protocol
    endpoints: tuple[Endpoint, ...] = ()
    alternate: int = 0
    extra: bytes = b""  # what the class puts between interface and endpoints

    def descriptor(self) -> bytes:
        body = struct.pack("<BBB3BB", self.number, self.alternate, len(self.endpoints), *self.usb_class, 0)
        return _framed(INTERFACE, body) + self.extra + b"".join(e.descriptor() for e in self.endpoints)


@dataclass(frozen=True)
class Device:
    """One device. What `said` and `strings` hold is sent as it is, whatever it is."""

    vendor: int
    product: int
    interfaces: tuple[Interface, ...]
    strings: tuple[bytes | str, ...]  # maker, name, serial number: text, or the descriptor's own bytes
    speed: int = FULL
    reports: Mapping[int, bytes] = field(default_factory=dict)  # HID report descriptors by interface
    idle: Mapping[int, bytes] = field(default_factory=dict)  # what an interrupt endpoint says first
    # How it lies: bytes in place of a descriptor by its type, no answer at all, gone after so many requests,
    # and so many times a second.
    said: Mapping[int, bytes] = field(default_factory=dict)
    stalls: bool = False
    vanishes_after: int | None = None
    reconnects_hz: float = 0

    def endpoints(self, alternates: Mapping[int, int]) -> list[tuple[Interface, Endpoint]]:
        """Those that are there while the interfaces stand at these alternate settings (0 where none is named)."""
        active = [i for i in self.interfaces if i.alternate == alternates.get(i.number, 0)]
        return [(interface, endpoint) for interface in active for endpoint in interface.endpoints]

    def descriptor(self, kind: int, index: int) -> bytes | None:
        """What it answers when asked for a descriptor; None: it stalls."""
        if kind in self.said:
            return self.said[kind]
        if kind == DEVICE:
            body = struct.pack("<H4BHHH4B", 0x0200, 0, 0, 0, 64, self.vendor, self.product, 0x0100, 1, 2, 3, 1)
            return _framed(DEVICE, body)
        if kind == CONFIGURATION and index == 0:
            return self._configuration()
        if kind == STRING:
            return self._string(index)
        if kind == REPORT:
            return self.reports.get(index)
        return None

    def _configuration(self) -> bytes:
        body = b"".join(interface.descriptor() for interface in self.interfaces)
        number = len({interface.number for interface in self.interfaces})
        return struct.pack("<BBHBBBBB", 9, CONFIGURATION, 9 + len(body), number, 1, 0, 0x80, 50) + body

    def _string(self, index: int) -> bytes | None:
        if index == 0:
            return _framed(STRING, struct.pack("<H", ENGLISH))
        if index > len(self.strings):
            return None
        text = self.strings[index - 1]
        return text if isinstance(text, bytes) else _framed(STRING, text.encode("utf-16-le", "surrogatepass"))


def _framed(kind: int, body: bytes) -> bytes:
    return bytes((len(body) + 2, kind)) + body


# Devices that tell the truth

_BUTTONS_AND_STICK = bytes.fromhex(
    "05010905a101"  # generic desktop, gamepad
    "05091901290815002501950875018102"  # eight buttons of one bit
    "05010930093115 81257f750895028102"  # x and y of eight bits
    "c0"
)


def _hid(report: bytes, number: int = 0) -> Interface:
    about = _framed(HID, struct.pack("<HBBBH", 0x0111, 0, 1, REPORT, len(report)))
    return Interface(number, (3, 0, 0), (Endpoint(0x81, INTERRUPT, 8, 10),), extra=about)


def gamepad(serial: str = "LABGAMEPAD", product: int = GAMEPAD, name: str = "Lab gamepad") -> Device:
    """A HID pad with eight buttons and a stick: `peer.report(0x81, pad_report(buttons))`."""
    report = _BUTTONS_AND_STICK
    return Device(VENDOR, product, (_hid(report),), ("Lab", name, serial), reports={0: report}, idle={0x81: bytes(3)})


def pad_report(buttons: int = 0, x: int = 0, y: int = 0) -> bytes:
    return struct.pack("<Bbb", buttons, x, y)


def xinput_pad(serial: str = "LABXPAD") -> Device:
    """A pad of the kind that Windows games expect; the class tells, not the maker."""
    about = bytes.fromhex("1121000101258114000000001301080000")
    endpoints = (Endpoint(0x81, INTERRUPT, 32, 4), Endpoint(0x02, INTERRUPT, 32, 8))
    interface = Interface(0, (0xFF, 0x5D, 0x01), endpoints, extra=about)
    return Device(0x045E, 0x028E, (interface,), ("Lab", "Lab XInput pad", serial), idle={0x81: xinput_report()})


def xinput_report(buttons: int = 0) -> bytes:
    return struct.pack("<BBH", 0, 20, buttons).ljust(20, b"\0")


def wheel(serial: str = "LABWHEEL") -> tuple[Device, Device]:
    """A wheel as it is plugged in, and as what it comes back when it has switched its mode."""
    return (
        gamepad(serial, WHEEL, "Lab wheel in compatibility mode"),
        gamepad(serial, WHEEL_SWITCHED, "Lab wheel"),
    )


def headset(serial: str = "LABHEADSET") -> Device:
    """Audio 1.0: stereo out and mono in, 48 kHz of 16 bits, one isochronous packet a millisecond."""
    terminals = bytes.fromhex(
        "0c240201010100020300 0000"  # 1: from the host, stereo
        "09240302020300 0100"  # 2: headphones, of 1
        "0c240203010200010000 0000"  # 3: microphone, mono
        "09240304010100 0300"  # 4: to the host, of 3
    )
    header = struct.pack("<BBBHHBBB", 10, 0x24, 1, 0x0100, 10 + len(terminals), 2, 1, 2)
    control = Interface(0, (1, 1, 0), extra=header + terminals)
    streams = (
        _audio_stream(1, terminal=1, channels=2, endpoint=0x01),
        _audio_stream(2, terminal=4, channels=1, endpoint=0x82),
    )
    interfaces = (control, *streams[0], *streams[1])
    return Device(VENDOR, HEADSET, interfaces, ("Lab", "Lab headset", serial))


def _audio_stream(number: int, terminal: int, channels: int, endpoint: int) -> tuple[Interface, Interface]:
    general = bytes((7, 0x24, 1, terminal, 1, 1, 0))
    rate = (48000).to_bytes(3, "little")
    pcm = bytes((11, 0x24, 2, 1, channels, 2, 16, 1)) + rate
    about = bytes((7, 0x25, 1, 0, 0, 0, 0))
    stream = Endpoint(endpoint, ISO, 48 * 2 * channels, 1, extra=about)
    silent = Interface(number, (1, 2, 0))
    return silent, replace(silent, alternate=1, endpoints=(stream,), extra=general + pcm)


# Liars. Each is a gamepad but for the one lie.


def _liar(name: str, **lies: object) -> Device:
    return replace(gamepad(f"LABLIAR{name.upper()}", LIAR, f"Lab liar: {name}"), **lies)


def _configuration_of(device: Device) -> bytearray:
    whole = device.descriptor(CONFIGURATION, 0)
    assert whole is not None
    return bytearray(whole)


def cut_short() -> Device:
    """Its configuration ends in the middle of an endpoint."""
    honest = _liar("short")
    return replace(honest, said={CONFIGURATION: bytes(_configuration_of(honest)[:-4])})


def wrong_length(length: int = 0) -> Device:
    """Its interface says a bLength that cannot be; 0 makes a naive reader go round for ever."""
    honest = _liar(f"length{length}")
    said = _configuration_of(honest)
    said[9] = length
    return replace(honest, said={CONFIGURATION: bytes(said)})


def total_too_big() -> Device:
    """wTotalLength is 65535, and what follows is what it always was."""
    honest = _liar("total")
    said = _configuration_of(honest)
    said[2:4] = b"\xff\xff"
    return replace(honest, said={CONFIGURATION: bytes(said)})


def many_interfaces() -> Device:
    """bNumInterfaces is 255, and as many follow as there is room for."""
    interface = _liar("many").interfaces[0].descriptor()
    body = b"".join(interface[:2] + bytes((number,)) + interface[3:] for number in range(255))
    head = struct.pack("<BBHBBBBB", 9, CONFIGURATION, 9 + len(body), 255, 1, 0, 0x80, 50)
    # 4 KiB are the most that the emulator carries in one control transfer.
    return _liar("many", said={CONFIGURATION: (head + body)[:4096]})


def _named(serial: str, name: bytes | str) -> Device:
    return replace(gamepad(serial, LIAR), strings=("Lab", name, serial))


def control_characters() -> Device:
    """A name that clears the screen, sets the terminal's title, forges a line of a log and turns text around."""
    return _named("LABLIARESCAPES", "pad\x1b[2J\x1b]0;mine\x07\r\nplayt\u202ehrough: all is well\t\x7f\x9b31m")


def invalid_utf16() -> Device:
    """Half a surrogate pair, and half a character at the end."""
    return _named("LABLIARUTF16", _framed(STRING, b"p\0a\0d\0" + b"\x00\xd8" + b"x\0" + b"y"))


def long_string() -> Device:
    """More characters than a descriptor holds: 125 follow, and bLength says 255, an odd one."""
    return _named("LABLIARLONG", bytes((255, STRING)) + ("W" * 250).encode("utf-16-le"))


def long_serial() -> Device:
    """As many characters in its serial number as there can be, all of which need escaping in JSON and in paths."""
    return _named('"/../\\' * 21, "Lab liar: serial")


def mute() -> Device:
    """Stalls every control transfer."""
    return _liar("mute", stalls=True)


def vanishing(after: int = 3) -> Device:
    """Gone after so many requests of the system that is getting to know it."""
    return _liar("vanishing", vanishes_after=after)


def restless(hz: float = 2) -> Device:
    """Goes and comes so many times a second. QEMU keeps it away 200 ms each time, so that five is never there."""
    return _liar("restless", reconnects_hz=hz)


LIARS = {
    "cut short": cut_short, "no length": wrong_length, "length of 255": lambda: wrong_length(255),
    "total too big": total_too_big, "255 interfaces": many_interfaces, "control characters": control_characters,
    "invalid UTF-16": invalid_utf16, "250 characters": long_string, "long serial number": long_serial,
    "stalls all": mute, "vanishes": vanishing,
}  # fmt: skip
