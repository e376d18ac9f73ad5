"""The games' sound at the seat: SDL's speakers and microphone are files here (its disk driver); all else is real."""

from __future__ import annotations

import importlib.util
import math
import os
import signal
import subprocess
import sys
import time
from array import array
from pathlib import Path
from typing import Any

import pytest
from conftest import BUILD, TOP, Couch, wait_for
from test_game import TINY, command


def _load(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


tones = _load("tones", TOP / "tests/console/tones.py")


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tones.build_player(tmp_path_factory.mktemp("player"))


def play(couch: Couch, player: Path, word: str, more: str = "") -> None:
    couch.profile("tiny", TINY + f"kernel={player}\ncmdline={word}\n[sound]\ntype=hda\n{more}")
    couch.env |= {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(couch.folder / "speakers"),
                  "SDL_DISKAUDIOFILEIN": str(couch.folder / "microphone")}


def heard(couch: Couch) -> int:
    """Bytes that went to the speakers."""
    try:
        return (couch.folder / "speakers").stat().st_size
    except FileNotFoundError:
        return 0


def sounds(couch: Couch, since: int = 0) -> tuple[Any, Any]:
    """What went there last, of at most two seconds: left, right."""
    raw = (couch.folder / "speakers").read_bytes()
    return split(raw[max(since, len(raw) - 2 * tones.RATE * 4) & ~3:])


def split(raw: bytes) -> tuple[Any, Any]:
    both = array("h", raw[:len(raw) & ~3])
    return both[0::2], both[1::2]


def console_of(couch: Couch) -> int:
    return couch.process("playthrough-console")


def test_a_game_is_heard_at_the_seat(couch: Couch, player: Path) -> None:
    play(couch, player, "sine")
    couch.start("--session")
    couch.await_where("home", "vm/tiny")
    assert not console_of(couch)
    command(couch, "start", "tiny")
    wait_for(lambda: heard(couch) and tones.whole(*sounds(couch)), "what is played")
    # The console is killed: another one comes, and it goes on.
    first = console_of(couch)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: console_of(couch) not in (0, first), "another console")
    before = heard(couch)
    wait_for(lambda: heard(couch) > before and tones.whole(*sounds(couch, before)), "sound again")
    command(couch, "stop", "tiny", "--force")
    time.sleep(2)
    before, wakes = heard(couch), couch.wakes()
    time.sleep(2)
    assert heard(couch) == before and couch.wakes() - wakes < 8
    assert couch.stop() == 0


def test_two_front_ends_do_not_fight(couch: Couch, player: Path) -> None:
    """The one that came last has the sound, until the other's window gets the focus."""
    play(couch, player, "sine")
    couch.start("--session")
    couch.await_where("home", "vm/tiny")
    command(couch, "start", "tiny")
    wait_for(lambda: heard(couch), "what is played")
    theirs = couch.folder / "others"
    other = subprocess.Popen([str(BUILD / "playthrough-gui"), "--session"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env=couch.env | {"SDL_DISKAUDIOFILE": str(theirs)})
    try:
        wait_for(lambda: theirs.exists() and theirs.stat().st_size > 0, "the other one's sound")
        time.sleep(1)
        ours, before = heard(couch), theirs.stat().st_size
        time.sleep(5)
        assert heard(couch) == ours and theirs.stat().st_size - before > 3 * 4 * tones.RATE
        assert couch.gui
        screen = os.environ | {"DISPLAY": couch.display}
        window = subprocess.check_output(["xdotool", "search", "--pid", str(couch.gui.pid)], env=screen).split()[-1]
        subprocess.run(["xdotool", "windowfocus", window], env=screen, check=True)
        wait_for(lambda: heard(couch) > ours, "it comes back")
        time.sleep(1)
        before = theirs.stat().st_size
        time.sleep(3)
        assert theirs.stat().st_size == before
    finally:
        other.kill()
        other.wait()
        command(couch, "stop", "tiny", "--force")


def test_off_by_the_settings(couch: Couch, player: Path) -> None:
    play(couch, player, "sine")
    config = couch.folder / "home/.config/playthrough"
    config.mkdir(parents=True)
    (config / "gui.conf").write_text("sound=no\n")
    couch.start("--session")
    couch.await_where("home", "vm/tiny")
    command(couch, "start", "tiny")
    time.sleep(3)
    assert not heard(couch) and not console_of(couch)
    command(couch, "stop", "tiny", "--force")


def test_no_sound_device(couch: Couch, player: Path) -> None:
    """Said once; everything else goes on, and nothing is tried without end."""
    play(couch, player, "beeps")
    couch.env["SDL_AUDIODRIVER"] = "nosuch"
    couch.start("--session")
    couch.await_where("home", "vm/tiny")
    command(couch, "start", "tiny")
    wait_for(lambda: "no sound at this PC" in couch.trace.read_text(), "a word about it")
    time.sleep(5)
    assert couch.trace.read_text().count("no sound at this PC") == 1
    couch.key("Down")
    command(couch, "stop", "tiny", "--force")
    assert couch.stop() == 0


@pytest.mark.parametrize("allowed", [True, False])
def test_microphone(couch: Couch, player: Path, allowed: bool) -> None:
    play(couch, player, "echo", "microphone=yes\n" if allowed else "")
    sine = array("h")
    for i in range(20 * tones.RATE):
        sine.extend([int(10000 * math.sin(2 * math.pi * 520 * i / tones.RATE))] * 2)
    (couch.folder / "microphone").write_bytes(sine.tobytes())
    couch.start("--session")
    couch.await_where("home", "vm/tiny")
    command(couch, "start", "tiny")
    if allowed:
        wait_for(lambda: heard(couch) and 7000 < tones.strongest(sounds(couch)[0], 520) < 11000, "an echo")
    else:
        wait_for(lambda: heard(couch) > 5 * 4 * tones.RATE, "five seconds of sound")
        assert not any(split((couch.folder / "speakers").read_bytes())[0])
    command(couch, "stop", "tiny", "--force")
