"""A pad on the couch: it costs nothing while nobody touches it. SDL by itself would look a thousand times a second."""

from __future__ import annotations

import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import Couch, wait_for

HERE = Path(__file__).parent


@pytest.fixture
def padded(couch: Couch) -> Couch:
    """A couch whose front end has a pad plugged in."""
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "sdl2"], capture_output=True, text=True, check=True).stdout
    library = couch.folder / "pad.so"
    subprocess.run(["gcc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", str(library), str(HERE / "virtual_pad.c"), *flags.split()],
                   check=True)
    couch.env["LD_PRELOAD"] = str(library)
    return couch


def hears(pid: int, number: int) -> bool:
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return bool(caught and int(caught[1], 16) >> (number - 1) & 1)


def press(couch: Couch, number: int) -> None:
    """Something happens to the pad, and the front end looks. Pads come after the first frame: they are waited for."""
    assert couch.gui
    pid = couch.gui.pid
    wait_for(lambda: hears(pid, number), "the pad")
    couch.gui.send_signal(number)
    time.sleep(0.2)
    couch.key("F1")


def test_an_idle_pad_wakes_nobody(padded: Couch) -> None:
    padded.start("--model", str(HERE / "models/home.json"))
    padded.await_where("home", "vm/hollow-coast")
    padded.key("Up")
    before = padded.where()[1]
    assert before != "vm/hollow-coast"
    press(padded, signal.SIGRTMIN)  # it is there: A opens what has the focus
    wait_for(lambda: padded.where()[0] != "home", "the screen behind " + before)
    time.sleep(2)
    frames, wakes = padded.frames(), padded.wakes()
    time.sleep(10)
    assert padded.frames() == frames
    assert padded.wakes() - wakes <= 20
    assert padded.stop() == 0


def test_a_pad_that_goes_leaves_the_keyboard(padded: Couch) -> None:
    padded.start("--model", str(HERE / "models/home.json"))
    padded.await_where("home", "vm/hollow-coast")
    press(padded, signal.SIGRTMIN + 1)
    padded.key("Right")
    padded.await_where("home", "vm/night-train")
    wait_for(lambda: padded.gui is not None and padded.gui.poll() is None, "it lives")
    assert padded.stop() == 0
