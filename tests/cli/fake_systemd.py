#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Plays systemd on a bus: writes what each StartTransientUnit asks for into FOLDER/NAME as a unit file, starts nothing,
and says that it is done. It plays a polkit that says yes, too.

fake_systemd.py ADDRESS FOLDER
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from gi.repository import Gio, GLib

XML = """<node><interface name="org.freedesktop.systemd1.Manager">
<method name="StartTransientUnit"><arg direction="in" type="s"/><arg direction="in" type="s"/><arg direction="in" type="a(sv)"/>
<arg direction="in" type="a(sa(sv))"/><arg direction="out" type="o"/></method>
<method name="Subscribe"/>
<signal name="JobRemoved"><arg type="u"/><arg type="o"/><arg type="s"/><arg type="s"/></signal>
</interface><interface name="org.freedesktop.PolicyKit1.Authority">
<method name="CheckAuthorization"><arg direction="in" type="(sa{sv})"/><arg direction="in" type="s"/><arg direction="in" type="a{ss}"/>
<arg direction="in" type="u"/><arg direction="in" type="s"/><arg direction="out" type="(bba{ss})"/></method>
</interface></node>"""
# Those that a unit file spells otherwise; None: nothing that a unit's rights depend on.
SPELT = {"TimeoutStopUSec": None, "LogRateLimitIntervalUSec": None, "LogRateLimitBurst": None, "StandardInputFileDescriptor": None,
         "CollectMode": None, "Description": None}
# As systemd 252 reads them (bus_exec_context_set_transient_property() and its like); what is not here is a text or a yes.
TYPES = {
    "SystemCallErrorNumber": "i", "SystemCallFilter": "(bas)", "RestrictAddressFamilies": "(bas)", "RestrictNamespaces": "t",
    "CapabilityBoundingSet": "t", "AmbientCapabilities": "t", "LimitCORE": "t", "LimitMEMLOCK": "t", "MemoryMax": "t", "TasksMax": "t",
    "UMask": "u", "StateDirectoryMode": "u", "IPAddressDeny": "a(iayu)", "BindPaths": "a(ssbt)", "DeviceAllow": "a(ss)",
    "ExecStart": "a(sasb)", "AllowedCPUs": "ay", "StandardInputFileDescriptor": "h", "SystemCallArchitectures": "as",
    "StateDirectory": "as", "Wants": "as", "Before": "as", "After": "as", "SupplementaryGroups": "as", "InaccessiblePaths": "as", "TimeoutStopUSec": "t",
    "LogRateLimitIntervalUSec": "t", "LogRateLimitBurst": "u",
}
CAPABILITIES, NAMESPACES = ("CapabilityBoundingSet", "AmbientCapabilities"), "RestrictNamespaces"


def spelt(name: str, value: Any) -> list[str]:
    """The lines of one property, as org.freedesktop.systemd1(5) has it."""
    if name in SPELT:
        return []
    if name == "ExecStart":
        return [f"{name}={' '.join(arguments)}" for _, arguments, _ in value]
    if name in CAPABILITIES:
        assert value == 0, value
        return [f"{name}="]
    if name == NAMESPACES:
        kept = {0x20000: "mnt", 0x2000000: "cgroup", 0x4000000: "uts", 0x8000000: "ipc", 0x10000000: "user", 0x20000000: "pid",
                0x40000000: "net"}
        names = [word for bit, word in kept.items() if value & bit]
        return [f"{name}={' '.join(names) or 'yes'}"]
    if name in ("UMask", "StateDirectoryMode"):
        return [f"{name}={value:04o}"]
    if name == "AllowedCPUs":
        return [f"{name}=" + " ".join(str(8 * i + b) for i, byte in enumerate(value) for b in range(8) if byte >> b & 1)]
    if name == "DeviceAllow":
        return [f"{name}={path} {rights}" for path, rights in value]
    if name == "BindPaths":
        return [f"{name}={source}:{target}" for source, target, *_ in value]
    if name == "IPAddressDeny":
        return [f"{name}=any"] if any(prefix == 0 for _, _, prefix in value) else []
    if isinstance(value, tuple) and name in ("RestrictAddressFamilies", "SystemCallFilter"):
        listed, words = value
        return [f"{name}={'' if listed else '~'}{' '.join(words)}"]
    if isinstance(value, bool):
        return [f"{name}={'yes' if value else 'no'}"]
    if isinstance(value, list):
        return [f"{name}={' '.join(value)}"]
    return [f"{name}={value}"]


def wrong_type(properties: GLib.Variant) -> str:
    """What systemd would not take."""
    for i in range(properties.n_children()):
        name, value = properties.get_child_value(i).get_child_value(0).get_string(), properties.get_child_value(i).get_child_value(1)
        kind = value.get_variant().get_type_string()
        if kind != TYPES.get(name, kind if kind in "sb" else ""):
            return f"{name} of the type {kind}"
    return ""


def unit_file(properties: list[tuple[str, Any]]) -> str:
    return "[Service]\n" + "".join(f"{line}\n" for name, value in properties for line in spelt(name, value))


def main() -> None:
    address, folder = sys.argv[1], Path(sys.argv[2])
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    bus = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)

    def called(_bus: Any, _sender: str, _path: str, _interface: str, member: str, arguments: Any, call: Any) -> None:
        if member == "CheckAuthorization":
            call.return_value(GLib.Variant("((bba{ss}))", ((True, False, {}),)))
            return
        if member != "StartTransientUnit":
            call.return_value(None)
            return
        if wrong := wrong_type(arguments.get_child_value(2)):
            call.return_dbus_error("org.freedesktop.DBus.Error.InvalidArgs", f"Failed to set unit properties: {wrong}")
            return
        name, _mode, properties, _others = arguments.unpack()
        (folder / f"{name}.part").write_text(unit_file(properties))
        os.rename(folder / f"{name}.part", folder / name)
        # The launcher calls back, as the unit that it is not.
        job = "/org/freedesktop/systemd1/job/1"
        call.return_value(GLib.Variant("(o)", (job,)))
        bus.emit_signal(None, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "JobRemoved",
                        GLib.Variant("(uoss)", (1, job, name, "done")))

    manager, authority = Gio.DBusNodeInfo.new_for_xml(XML).interfaces
    bus.register_object("/org/freedesktop/systemd1", manager, called, None, None)
    bus.register_object("/org/freedesktop/PolicyKit1/Authority", authority, called, None, None)
    for name in ("org.freedesktop.PolicyKit1", "org.freedesktop.systemd1"):
        bus.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                      GLib.Variant("(su)", (name, 0)), None, Gio.DBusCallFlags.NONE, 60000, None)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
