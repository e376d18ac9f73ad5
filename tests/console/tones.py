"""A guest that plays, and what samples sound like."""

from __future__ import annotations

import math
import statistics
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RATE = 48000


def build_player(folder: Path) -> Path:
    """The guest that plays (player.c), as a Multiboot kernel."""
    kernel = folder / "player"
    subprocess.run(["gcc", "-m32", "-march=i686", "-mno-sse", "-O1", "-Wall", "-Wextra", "-Werror", "-ffreestanding",
                    "-fno-stack-protector", "-fno-pic", "-fno-pie", "-nostdlib", "-static", "-no-pie",
                    "-Wl,-Ttext-segment=0x200000,-z,noseparate-code,--build-id=none,-e,_start",
                    "-o", kernel, HERE / "player.c"], check=True)
    return kernel


def _strength(samples: Any, frequency: float) -> float:
    """How large a sine of that frequency is in it (Goertzel)."""
    turn = 2 * math.cos(2 * math.pi * frequency / RATE)
    one = two = 0.0
    for sample in samples:
        one, two = sample + turn * one - two, one
    power = one * one + two * two - turn * one * two
    return 2 * math.sqrt(max(power, 0)) / len(samples)


def _windows(samples: Any) -> list[Any]:
    """Of 50 ms. QEMU drops a piece of what its card plays where it does not get to run for as long as that, on a PC
    that has too much to do; what is asked is what the whole pieces of it sound like."""
    size = RATE // 20
    return [samples[at:at + size] for at in range(0, len(samples) - size + 1, size)]


def strength(samples: Any, frequency: float) -> float:
    return statistics.quantiles((_strength(window, frequency) for window in _windows(samples)), n=4)[2]


def strongest(samples: Any, frequency: float) -> float:
    return max((_strength(window, frequency) for window in _windows(samples)), default=0)


def leak(samples: Any, frequency: float) -> float:
    """The same of what should not be in it."""
    return statistics.quantiles((_strength(window, frequency) for window in _windows(samples)), n=4)[0]


def loudness(samples: Any) -> float:
    """The amplitude of a sine that is as strong as all of it."""
    return statistics.median(math.sqrt(2 * sum(s * s for s in window) / len(window)) for window in _windows(samples))


def whole(left: Any, right: Any) -> bool:
    """Whether a piece of it is what the player plays, and nothing else. Any piece will do: on a PC that has too much to
    do there are holes in it."""
    size = RATE // 20
    for at in range(0, len(left) - size + 1, size // 5):
        l, r = left[at:at + size], right[at:at + size]
        if 14000 < _strength(l, 440) < 17000:
            return 7000 < _strength(r, 660) < 8500 and _strength(l, 660) < 1000 and _strength(r, 440) < 1000
    return False


def waves(samples: Any) -> float:
    """Whole waves a second."""
    return 20 * statistics.mean(sum(a < 0 <= b for a, b in zip(window, window[1:])) for window in _windows(samples))
