"""The front end never dies without a word, and a game does not need it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import BUILD, Couch, wait_for

MODELS = Path(__file__).parent / "models"
# QEMU without a disk, held before its first instruction: it runs, and costs nothing.
RUNS = ("[vm]\ntitle=Solitaire\n[cpu]\ncount=1\naccel=tcg\n[memory]\nsize=64M\n[boot]\nfirmware=bios\n[display]\ntype=none\n"
        "[network]\ntype=none\n")


def font_folders() -> list[str]:
    return [d for d in ("/usr/share/fonts", "/usr/local/share/fonts") if Path(d).exists()]


def hidden(couch: Couch, with_what: str) -> list[str]:
    """A command's beginning that runs it where the system's fonts are `with_what`: nothing, or rubbish."""
    fonts = couch.folder / "fonts"
    for folder, name in (("opentype/inter", "Inter-Regular.otf"), ("truetype/dejavu", "DejaVuSans.ttf")):
        (fonts / folder).mkdir(parents=True)
        if with_what == "rubbish":
            (fonts / folder / name).write_bytes(os.urandom(5000))
        if with_what == "folder":
            (fonts / folder / name).mkdir()
    mounts = " && ".join(f"mount --bind {fonts} {d}" for d in font_folders())
    return ["unshare", "--mount", "--map-root-user", "sh", "-c", f'{mounts} && exec "$@"', "sh"]


def letters(couch: Couch) -> int:
    """Pixels in the colour of text."""
    counts = {color: n for n, color in couch.picture().getcolors(1 << 20)}
    return counts.get((0xE8, 0xEA, 0xED), 0) + counts.get((0xBB, 0xC5, 0xD0), 0)


@pytest.mark.parametrize("fonts", ["nothing", "rubbish", "folder"])
def test_without_fonts_there_is_a_window(couch: Couch, fonts: str) -> None:
    couch.start("--model", str(MODELS / "home.json"), before=hidden(couch, fonts))
    couch.await_where("home", "vm/hollow-coast")
    couch.key("F10")
    couch.await_where("settings", "language")
    time.sleep(0.5)
    assert letters(couch) > 2000
    assert "no font was found" in couch.trace.read_text()


@pytest.mark.parametrize("broken", ["rubbish", "folder", "unreadable", "no-home", "home-is-a-file", "home-is-gone", "full"])
def test_a_broken_home_is_no_reason(couch: Couch, broken: str) -> None:
    config = couch.folder / "home/.config/playthrough"
    state = couch.folder / "home/.local/state/playthrough"
    if broken in ("rubbish", "folder", "unreadable"):
        config.mkdir(parents=True)
        state.mkdir(parents=True)
    for file in (config / "gui.conf", state / "played"):
        if broken == "rubbish":
            file.write_bytes(b"\xff\0text-size=\n=\n" + os.urandom(100000))
        if broken == "folder":
            file.mkdir()
        if broken == "unreadable":
            file.write_text("language=ru\n")
            file.chmod(0)
    if broken == "no-home":
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            couch.env.pop(name, None)
    if broken == "home-is-a-file":
        couch.env["HOME"] = "/dev/null"
    if broken == "home-is-gone":
        couch.env["HOME"] = str(couch.folder / "nowhere/at/all")
    if broken == "full":
        couch.env["XDG_CONFIG_HOME"] = "/dev/full"
    couch.start("--model", str(MODELS / "home.json"))
    couch.key("F10")
    couch.await_where("settings", "language")
    couch.key("Right", "Down", "Down", "Return")  # kept on the disk, or not: it goes on
    couch.await_where("settings")
    assert couch.stop() == 0


@pytest.mark.parametrize("locale", ["", "C", "xx_YY.UTF-8", "ru_RU.KOI8-R", "\xff\xfe", "a" * 4000],
                         ids=["empty", "C", "unknown", "old", "bytes", "long"])
def test_any_locale_will_do(couch: Couch, locale: str) -> None:
    for name in ("LANG", "LC_ALL", "LANGUAGE"):
        couch.env[name] = locale
    couch.start("--model", str(MODELS / "home.json"))
    couch.await_where("home", "vm/hollow-coast")
    assert couch.stop() == 0


def test_without_an_environment(couch: Couch) -> None:
    couch.env = {"DISPLAY": couch.display}
    couch.start()
    couch.await_where("away", "retry")
    assert couch.stop() == 0


def test_without_a_system_bus(couch: Couch) -> None:
    couch.start()
    couch.await_where("away", "retry")
    couch.key("Return")
    couch.await_where("away", "retry")
    assert couch.stop() == 0


def test_a_run_directory_of_somebody_else_is_told(couch: Couch) -> None:
    (couch.folder / "run/playthrough").mkdir(mode=0o777)
    (couch.folder / "run/playthrough").chmod(0o777)
    couch.start("--session")
    couch.await_where("away", "retry")
    assert couch.stop() == 0


def test_killed_while_a_game_runs(couch: Couch) -> None:
    couch.profile("solitaire", RUNS)
    couch.start("--session")
    couch.await_where("home", "vm/solitaire")
    couch.key("Return")
    couch.await_where("game")
    status = [str(BUILD / "playthrough"), "--session", "status", "solitaire", "--json"]

    def told() -> dict[str, object]:
        done = subprocess.run(status, env=couch.env, capture_output=True, text=True, timeout=30)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    wait_for(lambda: told().get("state") == "running", "the game")
    before = told()["pid"]
    try:
        assert couch.gui
        couch.gui.send_signal(signal.SIGKILL)
        couch.gui.wait()
        assert (told()["state"], told()["pid"]) == ("running", before)
        began = time.monotonic()
        couch.start("--session")
        couch.await_where("home", "vm/solitaire")
        assert time.monotonic() - began < 5  # 2 s is the aim; the machine may be busy
        couch.key("Return")  # of a running game: its page
        couch.await_where("game")
        assert told()["pid"] == before
        assert couch.stop() == 0
        assert told()["state"] == "running"
    finally:
        subprocess.run([str(BUILD / "playthrough"), "--session", "stop", "--force", "solitaire"], env=couch.env,
                       capture_output=True, timeout=60)
