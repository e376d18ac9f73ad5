"""A game's drive for CDs, with a real QEMU behind it: what is in it is shown and changed by keys and by a mouse."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Iterator

import pytest
from conftest import BUILD, Couch, wait_for
from PIL import Image
from test_game import TINY, command


def inside(couch: Couch) -> str | None:
    file = json.loads(command(couch, "cd", "list", "tiny", "--json"))["drives"][0]["file"]
    return file and Path(file).name


@pytest.fixture
def drive(couch: Couch) -> Iterator[Couch]:
    """The page of the only drive of a game that runs, opened by keys."""
    isos = couch.folder / "isos"
    isos.mkdir()
    for name in ("one.iso", "two.ISO", "no-image.txt", ".hidden.iso"):
        (isos / name).write_bytes(name.encode().ljust(1 << 20, b"\0"))
    couch.profile("tiny", TINY + f"[cdrom installer]\nfile={isos}/one.iso\n")
    couch.start("--session")
    couch.await_where("home", "vm/tiny")
    try:
        couch.key("Return")
        couch.await_where("game", "usb")
        wait_for(lambda: inside(couch) == "one.iso", "the drive")
        couch.key("Right", "Right", "Right", "Right")
        couch.await_where("game", "discs")
        couch.key("Return")
        couch.await_where("disc", "image/0")
        yield couch
    finally:
        subprocess.run([str(BUILD / "playthrough"), "--session", "stop", "tiny", "--force"], env=couch.env, timeout=60,
                       capture_output=True)


def test_a_disc_is_changed_by_keys(drive: Couch) -> None:
    drive.key("Down")
    drive.await_where("disc", "image/1")
    drive.key("Return")
    wait_for(lambda: inside(drive) == "two.ISO", "the other one")
    drive.key("Down")
    drive.await_where("disc", "out")
    drive.key("Return")
    wait_for(lambda: inside(drive) is None, "nothing in it")
    drive.key("Up", "Up")
    drive.await_where("disc", "image/0")
    drive.key("Return")
    wait_for(lambda: inside(drive) == "one.iso", "the first one")
    drive.key("Escape")
    drive.await_where("game", "discs")
    assert drive.stop() == 0


def test_a_mouse_does_it_too(drive: Couch) -> None:
    env = os.environ | {"DISPLAY": drive.display}
    subprocess.run(["xdotool", "mousemove", "300", "190"], env=env, check=True)
    drive.await_where("disc", "image/1")
    subprocess.run(["xdotool", "click", "1"], env=env, check=True)
    wait_for(lambda: inside(drive) == "two.ISO", "the other one")
    subprocess.run(["xdotool", "click", "3"], env=env, check=True)
    drive.await_where("game", "discs")
    assert drive.stop() == 0


def test_an_image_that_went_is_told(drive: Couch) -> None:
    (drive.folder / "isos/two.ISO").unlink()
    drive.key("Down", "Return")
    drive.await_where("disc", "no")
    assert inside(drive) == "one.iso"
    drive.key("Return")
    drive.await_where("disc", "image/1")
    assert drive.stop() == 0


def test_the_page_as_a_picture(couch: Couch) -> None:
    models = Path(__file__).parent / "models"
    picture = couch.folder / "disc.png"
    subprocess.run([str(BUILD / "playthrough-gui"), "--offscreen", "1280x720", "--model", str(models / "discs.json"),
                    "--screen", "disc", "--vm", "hollow-coast", "--device", "installer", "--picture", str(picture)],
                   env=couch.env, check=True, timeout=60)
    assert len(Image.open(picture).convert("RGB").getcolors(1 << 20)) > 50
