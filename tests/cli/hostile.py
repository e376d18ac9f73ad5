#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that means harm: calls each method that an object tells it has, with arguments nobody expects.

hostile.py ADDRESS NAME PATH INTERFACE TIMES SEED; NAME "" is a peer, not a bus. Prints JSON: per method, how many
calls were answered, and how many refused. A call without an answer ends it with 1.
"""

from __future__ import annotations

import json
import os
import random
import socket
import sys
from typing import Any

from gi.repository import Gio, GLib

STRINGS = [
    "", ".", "..", "/", "-", "--help", "-x", "*", "%s%n%p%99999d", "a" * 255, "a" * 256, "A" * 200_000, "\n", "\r\x1b[2J\x07", " ",
    "../../etc/passwd", "../../../../../../etc/playthrough/x", "/dev/mem", "/proc/self/mem", "/proc/1/root/etc/shadow", "x/../x",
    "tiny/../tiny", "tiny.profile", "tiny\n[vm]", "$(reboot)", "; reboot", "`reboot`", "|reboot", "\\\\host\\x", "C:\\x",
    "\u202etxt.exe", "\U0001f4a3" * 1000, "\ufeff", "\u0301" * 500, "0", "-1", "99999999999999999999999999", "0x7fffffff",
    "1-1", "1-1.1.1.1.1.1.1.1", "ffff:ff:1f.7", "0000:00:00.0", "ffff:ffff", "046d:c52b", "[" * 5000, '{"a":' * 5000,
    "127.0.0.1:0", "256.256.256.256:5930", "[::1", ":::::", ":65536", ":-1", "localhost:5930",
    "[vm]\n" * 2000, "[vm]\ntitle=" + "x" * 100_000, "[cpu]\ncount=99999999999\n", "[disk a]\nimage=/dev/zero\n", "=\n=\n", "[\n",
    "org.playthrough.start", "ru", "../ru", "C" * 5000,
]
NUMBERS = [0, 1, 2, 5, 100, 65535, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
KEYS = ["", "keep", "picture", "root", "gpu", "usb", "disk", "profile", "by", "as", "file", "vm", "size", "target", "passphrase",
        "format", "tag", "repair", "shrink", "encrypt", "x" * 3000, "%n"]


class Caller:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.fds = [os.open("/dev/null", os.O_RDWR), os.open("/", os.O_RDONLY), os.open("/dev/zero", os.O_RDONLY),
                    os.open("/proc/self/environ", os.O_RDONLY), os.open("/", os.O_PATH), *os.pipe(),
                    socket.socketpair()[0].detach(), os.memfd_create("x")]

    def variant(self, depth: int = 0) -> GLib.Variant:
        kinds = ["s", "b", "u", "t", "x", "d", "as", "ay", "o"] + (["v", "a{sv}"] if depth < 5 else [])
        return self.make(self.random.choice(kinds), [], depth + 1)

    def make(self, kind: str, fds: list[int], depth: int = 0) -> GLib.Variant:
        pick = self.random.choice
        if kind == "s":
            return GLib.Variant("s", pick(STRINGS))
        if kind == "b":
            return GLib.Variant("b", pick([True, False]))
        if kind in ("y", "n", "q", "i", "u", "x", "t"):
            low, high = {"y": (0, 255), "n": (-2**15, 2**15 - 1), "q": (0, 2**16 - 1), "i": (-2**31, 2**31 - 1),
                         "u": (0, 2**32 - 1), "x": (-2**63, 2**63 - 1), "t": (0, 2**64 - 1)}[kind]
            return GLib.Variant(kind, max(low, min(high, pick(NUMBERS + [low, high]))))
        if kind == "d":
            return GLib.Variant("d", pick([0.0, -1e308, float("nan"), float("inf")]))
        if kind == "o":
            return GLib.Variant("o", pick(["/", "/org/playthrough/Appliance1", "/" + "a" * 3000]))
        if kind == "h":
            fds.append(pick(self.fds))
            return GLib.Variant("h", len(fds) - 1)
        if kind == "v":
            return GLib.Variant("v", self.variant(depth))
        if kind == "ay":
            return GLib.Variant("ay", self.random.randbytes(pick([0, 1, 50_000])))
        if kind == "as":
            return GLib.Variant("as", [pick(STRINGS) for _ in range(pick([0, 1, 3, 100]))])
        if kind == "a{sv}":
            some = {pick(KEYS): self.variant(depth) for _ in range(pick([0, 1, 2, 6]))}
            return GLib.Variant("a{sv}", some)
        raise SystemExit(f"arguments of the type {kind} are not made up here yet")


def methods_of(call: Any, path: str, interface: str) -> dict[str, list[str]]:
    text = call("org.freedesktop.DBus.Introspectable", path, "Introspect").unpack()[0]
    node = Gio.DBusNodeInfo.new_for_xml(text)
    return {m.name: [a.signature for a in m.in_args] for m in node.lookup_interface(interface).methods}


def main() -> int:
    address, name, path, interface, times, seed = sys.argv[1:]
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
    if name:
        flags |= Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    bus = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
    # Where the other end goes away, this program is not to end as if all were well.
    bus.set_exit_on_close(False)
    caller, loop, counts = Caller(int(seed)), GLib.MainLoop(), {}

    def call(of: str, at: str, member: str) -> GLib.Variant:
        return bus.call_sync(name or None, at, of, member, None, None, Gio.DBusCallFlags.NONE, 60_000, None)

    def calls() -> Any:
        methods = methods_of(call, path, interface)
        for member, kinds in methods.items():
            counts[member] = {"answered": 0, "refused": 0, "unanswered": 0}
            for _ in range(int(times)):
                yield path, interface, member, kinds
        # Jobs that nobody has, and members that no one has.
        for _ in range(int(times)):
            at = caller.random.choice([f"{path}/job/{n}" for n in (0, 1, 4294967295)] + [f"{path}/job/x", "/", path])
            yield at, caller.random.choice(["org.playthrough.Job1", interface]), "Cancel", []

    def send() -> None:
        at, of, member, kinds = next(todo, (None,) * 4)
        if at is None:
            busy.pop()
            if not busy:
                loop.quit()
            return
        fds: list[int] = []
        made = [caller.make(kind, fds) for kind in kinds]
        body = GLib.Variant.new_tuple(*made)
        handles = Gio.UnixFDList.new()
        for fd in fds:
            handles.append(fd)
        bus.call_with_unix_fd_list(name or None, at, of, member, body, None, Gio.DBusCallFlags.NONE, 120_000,
                                   handles, None, answered, member)

    def answered(_bus: Any, result: Any, member: str) -> None:
        count = counts.setdefault(member, {"answered": 0, "refused": 0, "unanswered": 0})
        try:
            bus.call_with_unix_fd_list_finish(result)
            count["answered"] += 1
        except GLib.Error as error:
            remote = Gio.DBusError.get_remote_error(error) or ""
            gone = not remote or remote.endswith((".NoReply", ".Disconnected", ".ServiceUnknown", ".NameHasNoOwner"))
            count["unanswered" if gone else "refused"] += 1
        send()

    todo, busy = calls(), [None] * 8
    for _ in range(len(busy)):
        send()
    loop.run()
    print(json.dumps(counts))
    return 1 if any(c["unanswered"] for c in counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
