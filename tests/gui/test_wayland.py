"""On Wayland without X11: under sway, which draws into memory and has no devices but what wtype types."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import BUILD, Couch, wait_for

MODELS = Path(__file__).parent / "models"
CONFIG = """output HEADLESS-1 resolution 1280x720
xwayland disable
default_border none
exec sh -c 'exec {0}/playthrough-gui --trace --model {0}/home.json >{0}/trace 2>&1'
"""


class Sway:
    """A compositor with the front end in it. It refuses to be root's, so there all of it is nobody's."""

    def __init__(self, couch: Couch) -> None:
        self.folder = couch.folder
        for file in (BUILD / "playthrough-gui", MODELS / "home.json"):
            shutil.copy(file, self.folder)
        (self.folder / "sway.conf").write_text(CONFIG.format(self.folder))
        self.env = {k: v for k, v in couch.env.items() if k not in ("DISPLAY", "SDL_VIDEODRIVER")}
        self.env |= {"WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1"}
        self.whose: list[str] = []
        if os.geteuid() == 0:
            self.whose = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, "nobody", "nogroup")
        self.process = subprocess.Popen([*self.whose, "sway", "-c", str(self.folder / "sway.conf")], env=self.env,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: any(self.sockets()), "the compositor")

    def sockets(self) -> list[Path]:
        return list((self.folder / "run").glob("sway-ipc.*"))

    def say(self, *words: str) -> str:
        return subprocess.run([*self.whose, "swaymsg", "-s", str(self.sockets()[0]), *words], env=self.env,
                              capture_output=True, text=True, check=True, timeout=30).stdout

    def windows(self) -> list[dict]:
        found, todo = [], [json.loads(self.say("-r", "-t", "get_tree"))]
        while todo:
            node = todo.pop()
            todo += node["nodes"] + node["floating_nodes"]
            found += [node] if node.get("app_id") else []
        return found

    def key(self, name: str) -> None:
        display = next(p.name for p in (self.folder / "run").glob("wayland-*") if p.suffix != ".lock")
        # The keyboard is there only as long as this runs: a client needs a moment to hear of it.
        subprocess.run([*self.whose, "wtype", "-s", "500", "-k", name, "-s", "200"], env=self.env | {"WAYLAND_DISPLAY": display}, check=True, timeout=30)

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture
def sway(couch: Couch) -> Iterator[Sway]:
    it = Sway(couch)
    yield it
    it.close()


def test_it_draws_and_idles_on_wayland(couch: Couch, sway: Sway) -> None:
    wait_for(lambda: couch.trace.exists() and couch.frames() > 0, "the first frame")
    couch.await_where("home", "vm/hollow-coast")
    wait_for(lambda: bool(sway.windows()), "its window")
    [window] = sway.windows()
    assert window["app_id"] == "playthrough-gui" and window["rect"]["width"] == 1280
    sway.key("Right")
    couch.await_where("home", "vm/night-train")
    time.sleep(2)
    frames, wakes = couch.frames(), couch.wakes()
    time.sleep(5)
    assert couch.frames() == frames
    assert couch.wakes() - wakes <= 10
    sway.say("output HEADLESS-1 resolution 1920x1080")
    wait_for(lambda: couch.frames() > frames, "a frame of the new size")
    sway.key("F10")
    couch.await_where("settings", "language")
    sway.say('[app_id="playthrough-gui"] kill')
    wait_for(lambda: not sway.windows(), "its end")
