"""A SPICE viewer without a window: spice-gtk's own library, driven step by step.

One Viewer is one connection. Whatever ends of it is noted, so that a test can tell a connection that went on from one
that was made anew.
"""

from __future__ import annotations

import ctypes
import sys
import time
from pathlib import Path
from typing import Any, Callable

import gi

gi.require_version("SpiceClientGLib", "2.0")
from gi.repository import GLib, GObject, SpiceClientGLib as Spice  # noqa: E402
from PIL import Image  # noqa: E402

EXTENDED = 0x100  # spice-gtk's mark of a scancode after E0


def on(thing: Any, signal: str, call: Callable[..., None]) -> None:
    """Spice's own connect() hides that of signals."""
    GObject.GObject.connect(thing, signal, call)


class Viewer:
    def __init__(self, socket: Path | None, seconds: float = 20, **properties: str) -> None:
        """At a local socket, or where the properties of a SpiceSession say; without `seconds` nothing is waited for."""
        self.context = GLib.MainContext.default()
        self.ended: list[str] = []
        self.sizes: list[tuple[int, int]] = []
        self.updates = 0
        self.address = self.stride = 0
        self.display = self.inputs = self.main = None
        self.channels: list[Any] = []
        self.own = self.got = ""
        self.offered = False  # the other side has text
        self.asked = 0        # how often it wanted ours
        self.session = Spice.Session()
        if socket:
            properties["uri"] = f"spice+unix://{socket}"
        for name, value in properties.items():
            self.session.set_property(name.replace("_", "-"), value)
        on(self.session, "channel-new", self._channel_new)
        assert Spice.Session.connect(self.session)
        if seconds:
            self.until(lambda: self.address and self.inputs, seconds)

    def _channel_new(self, _session: Any, channel: Any) -> None:
        if isinstance(channel, Spice.DisplayChannel):
            on(channel, "display-primary-create", self._created)
            on(channel, "display-primary-destroy", self._destroyed)
            on(channel, "display-invalidate", self._changed)
            self.display = channel
        elif isinstance(channel, Spice.InputsChannel):
            self.inputs = channel
        elif isinstance(channel, Spice.MainChannel):
            self.main = channel
            on(channel, "main-clipboard-selection-grab", self._grabbed)
            on(channel, "main-clipboard-selection-release", self._released)
            on(channel, "main-clipboard-selection-request", self._requested)
            on(channel, "main-clipboard-selection", self._came)
        self.channels.append(channel)
        on(channel, "channel-event", self._event)
        if not isinstance(channel, Spice.MainChannel):
            Spice.Channel.connect(channel)

    def _event(self, channel: Any, event: Any) -> None:
        if event != Spice.ChannelEvent.OPENED:
            self.ended.append(f"{type(channel).__name__}: {event.value_nick}")

    def _created(self, _channel: Any, _format: int, width: int, height: int, stride: int, _shm: int,
                 address: int) -> None:
        self.sizes.append((width, height))
        self.address, self.stride = address or 0, stride

    def _destroyed(self, _channel: Any) -> None:
        self.address = 0

    def _changed(self, *_rest: Any) -> None:
        self.updates += 1

    def wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.context.iteration(False):
                time.sleep(0.005)

    def until(self, what: Callable[[], Any], seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, f"not within {seconds} s; ended: {self.ended}, sizes: {self.sizes}"
            self.wait(0.02)

    def picture(self) -> Image.Image:
        """What a person would see now."""
        assert self.address
        width, height = self.sizes[-1]
        raw = ctypes.string_at(self.address, self.stride * height)
        return Image.frombuffer("RGB", (width, height), raw, "raw", "BGRX", self.stride, 1)

    def press(self, *codes: int) -> None:
        """Down in this order, up in the other."""
        for code in codes:
            self.inputs.key_press(code)
        for code in reversed(codes):
            self.inputs.key_release(code)
        self.wait(0.05)

    def resize(self, width: int, height: int) -> None:
        """As if its window were made so large."""
        self.main.update_display_enabled(0, True, False)
        self.main.update_display(0, 0, 0, width, height, False)
        self.main.send_monitor_config()

    def _grabbed(self, _channel: Any, _selection: int, _types: Any, _n: int) -> bool:
        self.offered = True
        return True

    def _released(self, *_rest: Any) -> None:
        self.offered = False

    def _requested(self, _channel: Any, selection: int, kind: int) -> bool:
        self.asked += 1
        self.main.clipboard_selection_notify(selection, kind, list(self.own.encode()))
        return True

    def _came(self, _channel: Any, _selection: int, _kind: int, data: int, size: int) -> None:
        self.got = ctypes.string_at(data, size).decode()

    def copies(self) -> bool:
        """Whether there is an agent that has a clipboard."""
        return bool(self.main.agent_test_capability(5))  # VD_AGENT_CAP_CLIPBOARD_BY_DEMAND

    def copy(self, text: str) -> None:
        self.own = text
        self.main.clipboard_selection_grab(0, [1])

    def paste(self) -> str:
        self.got = ""
        self.main.clipboard_selection_request(0, 1)
        self.until(lambda: self.got)
        return self.got

    def usb_channels(self) -> int:
        return sum(isinstance(channel, Spice.UsbredirChannel) for channel in self.channels)

    def plug(self, disc: Path) -> None:
        """A CD drive that spice-gtk plays, with this file in it."""
        manager = Spice.UsbDeviceManager.get(self.session)
        manager.set_property("auto-connect", True)  # its devices cannot be held from here
        assert manager.create_shared_cd_device(str(disc))

    def close(self) -> None:
        self.session.disconnect()
        self.wait(0.1)


if __name__ == "__main__":
    shown = Viewer(Path(sys.argv[1]))
    shown.until(lambda: shown.sizes[-1] == (1600, 900))
    print("1600x900", flush=True)
    shown.wait(60)
