"""A viewer that also listens and speaks: samples as a SPICE client gets them, and what they sound like."""

from __future__ import annotations

import ctypes
import math
import sys
from array import array
from pathlib import Path
from typing import Any

from tones import RATE
from viewer import Spice, Viewer, on


class Listener(Viewer):
    def __init__(self, *args: Any, **how: Any) -> None:
        self.samples = array("h")
        self.starts: list[tuple[int, int]] = []
        self.stops = 0
        self.playback = self.record = None
        self.recording = False
        super().__init__(*args, **how)

    def _channel_new(self, session: Any, channel: Any) -> None:
        if isinstance(channel, Spice.PlaybackChannel):
            self.playback = channel
            on(channel, "playback-start", lambda _c, _format, channels, rate: self.starts.append((channels, rate)))
            on(channel, "playback-data", self._data)
            on(channel, "playback-stop", self._stopped)
        elif isinstance(channel, Spice.RecordChannel):
            self.record = channel
            on(channel, "record-start", lambda *_rest: setattr(self, "recording", True))
            on(channel, "record-stop", lambda *_rest: setattr(self, "recording", False))
        super()._channel_new(session, channel)

    def _data(self, _channel: Any, address: int, size: int) -> None:
        self.samples.frombytes(ctypes.string_at(address, size))

    def _stopped(self, _channel: Any) -> None:
        self.stops += 1

    def volume(self) -> list[int]:
        """Of each side, to 65535."""
        address = self.playback and self.playback.get_property("volume")
        if not address:
            return []
        return list((ctypes.c_uint16 * self.playback.get_property("nchannels")).from_address(int(address)))

    def muted(self) -> bool:
        return bool(self.playback and self.playback.get_property("mute"))

    def listen(self, seconds: float, patience: float = 20) -> tuple[array[int], array[int]]:
        """The next samples, left and right."""
        wanted = int(seconds * RATE) * 2
        del self.samples[:]
        self.until(lambda: len(self.samples) >= wanted, patience)
        return self.samples[0:wanted:2], self.samples[1:wanted:2]

    def speak(self, frequency: float, seconds: float) -> None:
        """Into the microphone, at its pace."""
        done, step = 0, RATE // 50
        for _ in range(int(seconds * 50)):
            block = array("h")
            for i in range(done, done + step):
                block.extend([int(10000 * math.sin(2 * math.pi * frequency * i / RATE))] * 2)
            raw = block.tobytes()
            keep = ctypes.create_string_buffer(raw, len(raw))
            self.record.send_data(ctypes.addressof(keep), len(raw), 0)
            done += step
            self.wait(0.02)


if __name__ == "__main__":
    listener = Listener(Path(sys.argv[1]))
    listener.listen(0.2)
    print("listening", flush=True)
    listener.wait(60)
