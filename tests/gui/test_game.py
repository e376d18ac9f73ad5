"""The page of one game, with a real QEMU behind it: pause, what it uses, its other screen, its cover."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any, Iterator

import pytest
from conftest import BUILD, Couch, wait_for
from PIL import Image

MODELS = Path(__file__).parent / "models"
TINY = "[vm]\nguest=linux\n[cpu]\naccel=tcg\nmodel=max\ncount=1\n[memory]\nsize=256M\n[boot]\nfirmware=bios\n"


def command(couch: Couch, *args: str) -> str:
    done = subprocess.run([str(BUILD / "playthrough"), "--session", *args], env=couch.env, capture_output=True, text=True,
                          timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def status(couch: Couch) -> dict[str, Any]:
    return json.loads(command(couch, "status", "tiny", "--json"))


@pytest.fixture
def playing(couch: Couch) -> Iterator[Couch]:
    """The page of a game that runs, with the focus on its first button."""
    couch.profile("tiny", TINY)
    couch.start("--session")
    couch.await_where("home", "vm/tiny")
    try:
        couch.key("Return")
        couch.await_where("game", "usb")
        yield couch
    finally:
        subprocess.run([str(BUILD / "playthrough"), "--session", "stop", "tiny", "--force"], env=couch.env, timeout=60,
                       capture_output=True)


def test_pause_and_resume(playing: Couch) -> None:
    playing.key("Right", "Right")
    playing.await_where("game", "pause")
    playing.key("Return")
    wait_for(lambda: status(playing)["paused"], "a pause")
    command(playing, "resume", "tiny")  # somebody else does
    wait_for(lambda: not status(playing)["paused"], "the end of it")
    command(playing, "pause", "tiny")
    time.sleep(0.5)
    playing.key("Return")
    wait_for(lambda: not status(playing)["paused"], "the end of it by a press")
    playing.await_where("game", "pause")
    assert playing.stop() == 0


def test_what_it_uses_is_looked_at_only_there(playing: Couch) -> None:
    assert playing.gui
    file = Path(f"/proc/{playing.gui.pid}/status")
    time.sleep(4)
    frames, before = playing.frames(), file.read_text()
    time.sleep(8)
    wakes = [int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", t, re.M)[1]) for t in (before, file.read_text())]
    assert wakes[1] - wakes[0] <= 16
    assert playing.frames() - frames <= 4  # a number that changed
    command(playing, "pause", "tiny")
    time.sleep(1)
    frames = playing.frames()
    time.sleep(4)
    assert playing.frames() == frames
    assert playing.stop() == 0


def test_a_test_drive_and_its_end(couch: Couch) -> None:
    couch.profile("tiny", TINY)
    couch.start("--session")
    couch.await_where("home", "vm/tiny")
    couch.key("Down", "Return")
    couch.await_where("game", "play")
    couch.key("Right", "Right", "Return")
    couch.await_where("drive", "begin")
    try:
        couch.key("Return")
        wait_for(lambda: status(couch)["state"] != "stopped", "its start")
        couch.await_where("drive", "leave")
        couch.key("Left")
        couch.await_where("drive", "cancel")
        couch.key("Return")
        wait_for(lambda: status(couch)["state"] == "stopped", "its end")
        couch.await_where("drive", "begin")
        assert couch.stop() == 0
    finally:
        subprocess.run([str(BUILD / "playthrough"), "--session", "stop", "tiny", "--force"], env=couch.env, timeout=60,
                       capture_output=True)


def test_the_other_screen(playing: Couch) -> None:
    playing.key("Right", "Right", "Right")
    playing.await_where("game", "picture")
    playing.key("Return")
    playing.await_where("picture", "again")
    time.sleep(1)
    frames = playing.frames()
    playing.key("Return")
    wait_for(lambda: playing.frames() > frames, "a new one")
    playing.key("Escape")
    playing.await_where("game", "picture")
    picture = playing.folder / "live.png"
    subprocess.run([str(BUILD / "playthrough-gui"), "--session", "--offscreen", "1280x720", "--screen", "picture", "--vm", "tiny",
                    "--picture", str(picture)], env=playing.env, check=True, timeout=60)
    middle = Image.open(picture).convert("RGB").crop((300, 200, 980, 520))
    assert middle.getpixel((600, 300)) == (0, 0, 0)  # the screen of a BIOS
    assert max(c for c in middle.convert("L").getdata()) > 150  # and its words
    assert playing.stop() == 0


def covers(couch: Couch) -> Path:
    art = couch.folder / "home/.local/share/playthrough/art"
    art.mkdir(parents=True)
    return art


def draw(couch: Couch) -> tuple[float, Image.Image]:
    picture = couch.folder / "home.png"
    begin = time.monotonic()
    subprocess.run([str(BUILD / "playthrough-gui"), "--offscreen", "1280x720", "--model", str(MODELS / "home.json"),
                    "--picture", str(picture)], env=couch.env, check=True, timeout=60)
    return time.monotonic() - begin, Image.open(picture).convert("RGB")


def test_covers(couch: Couch) -> None:
    """A good one is shown; a huge file, a huge picture and garbage leave what would be there without them."""
    _, plain = draw(couch)
    art = covers(couch)
    Image.new("RGB", (600, 900), (18, 171, 52)).save(art / "hollow-coast.png")
    _, shown = draw(couch)
    assert sum(n for n, c in shown.getcolors(1 << 20) if c == (18, 171, 52)) > 10000
    (art / "hollow-coast.png").unlink()

    Image.new("1", (20000, 20000)).save(art / "hollow-coast.png")
    Image.new("RGB", (600, 900), (1, 2, 3)).save(art / "night-train.png")
    with (art / "night-train.png").open("r+b") as file:
        file.truncate(50 << 20)
    (art / "orbit.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1000))
    (art / "vesna.png").symlink_to("/dev/zero")
    took, same = draw(couch)
    assert same.tobytes() == plain.tobytes()
    assert took < 10
