"""The front end as a person meets it: a window, keys, the daemon behind it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

from conftest import BUILD, Couch, wait_for

MODELS = Path(__file__).parent / "models"
# Its disk is not there: a start fails, and nothing heavy runs.
GAME = "[cpu]\naccel=tcg\nmodel=max\n[boot]\nfirmware=bios\n[disk c]\nimage=/nonexistent/c.qcow2\nformat=qcow2\n"


def test_a_start_that_fails_is_told_on_the_same_screen(couch: Couch) -> None:
    couch.profile("solitaire", "[vm]\ntitle=Solitaire\n" + GAME)
    couch.start("--session")
    couch.await_where("home", "vm/solitaire")
    couch.key("Return")
    couch.await_where("game", "no")  # the refusal, to be read
    couch.key("Right", "Return")  # and to be kept
    wait_for(lambda: bool(list((couch.folder / "home").glob("playthrough-report-solitaire-*.txt"))), "a report")
    couch.await_where("game", "no")
    report = next((couch.folder / "home").glob("playthrough-report-*.txt")).read_text()
    assert "== What was refused ==" in report and "/nonexistent/c.qcow2" in report
    couch.key("Return")
    couch.await_where("game", "play")
    couch.key("Escape")
    couch.await_where("home", "vm/solitaire")
    assert couch.stop() == 0


def test_a_killed_daemon_is_mended_by_itself(couch: Couch) -> None:
    couch.profile("solitaire", GAME)
    couch.start("--session")
    couch.await_where("home", "vm/solitaire")
    before = couch.daemon()
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: couch.daemon() not in (0, before), "another daemon")
    wait_for(lambda: "daemon there" in couch.lines()[-1], "its answer")
    couch.await_where("home", "vm/solitaire")
    couch.key("Return")
    couch.await_where("game", "no")
    assert couch.stop() == 0


def test_no_daemon_is_a_page(couch: Couch) -> None:
    couch.env["PLAYTHROUGH_LIBEXEC_DIR"] = str(couch.folder)
    couch.start("--session")
    couch.await_where("away", "retry")
    couch.key("Right")
    couch.await_where("away", "report")
    couch.key("Return")
    couch.await_where("away", "no")  # where it is, to be read
    reports = list((couch.folder / "home").glob("playthrough-report-pc-*.txt"))
    assert len(reports) == 1 and "PT-" in reports[0].read_text()
    couch.key("Return", "Right")
    couch.await_where("away", "settings")
    couch.key("Return")
    couch.await_where("settings", "language")
    assert couch.stop() == 0


def test_idle_draws_nothing_and_hardly_wakes(couch: Couch) -> None:
    couch.profile("solitaire", GAME)
    couch.start("--session")
    couch.await_where("home", "vm/solitaire")
    time.sleep(2)
    assert couch.gui
    status = Path(f"/proc/{couch.gui.pid}/status")
    frames, text = couch.frames(), status.read_text()
    time.sleep(5)
    wakes = [int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", t, re.M)[1]) for t in (text, status.read_text())]
    assert couch.frames() == frames
    assert wakes[1] - wakes[0] <= 10
    assert couch.stop() == 0


def test_settings_are_kept(couch: Couch) -> None:
    couch.start("--model", str(MODELS / "home.json"))
    couch.key("F10")
    couch.await_where("settings", "language")
    couch.key("Right", "Right", "Down", "Right")
    couch.await_where("settings", "scale")
    kept = couch.folder / "home/.config/playthrough/gui.conf"
    wait_for(lambda: kept.exists() and "text-size=125" in kept.read_text(), "settings on the disk")
    assert "language=ru" in kept.read_text()
    couch.key(*["Down"] * 9, "Return")
    assert couch.gui and couch.gui.wait(timeout=20) == 0
    couch.gui = None


def test_a_mouse_does_it_too(couch: Couch) -> None:
    couch.start("--model", str(MODELS / "usb.json"))
    couch.await_where("home")
    env = os.environ | {"DISPLAY": couch.display}
    subprocess.run(["xdotool", "mousemove", "980", "60"], env=env, check=True)
    couch.await_where("home", "usb")
    subprocess.run(["xdotool", "click", "1"], env=env, check=True)
    couch.await_where("usb", "usb/1-1")
    subprocess.run(["xdotool", "click", "3"], env=env, check=True)
    couch.await_where("home", "usb")


def test_another_size_is_drawn_anew(couch: Couch) -> None:
    couch.start("--model", str(MODELS / "home.json"))
    env = os.environ | {"DISPLAY": couch.display}
    window = subprocess.run(["xdotool", "search", "--sync", "--class", "playthrough-gui"], env=env, capture_output=True, text=True,
                            check=True).stdout.split()[0]
    frames = couch.frames()
    subprocess.run(["xdotool", "windowsize", window, "900", "700"], env=env, check=True)
    wait_for(lambda: couch.frames() > frames, "a frame of the new size")
    couch.key("Right")
    couch.await_where("home", "vm/night-train")


def test_without_a_display_it_says_so(couch: Couch) -> None:
    env = couch.env | {"DISPLAY": ":9999", "SDL_VIDEODRIVER": "x11"}
    done = subprocess.run([str(BUILD / "playthrough-gui"), "--session"], env=env, capture_output=True, text=True,
                          timeout=30)
    assert done.returncode == 1
    assert "there is no screen" in done.stderr and "playthrough help" in done.stderr


def test_without_a_desktop_and_a_card_it_says_so(couch: Couch) -> None:
    env = {k: v for k, v in couch.env.items() if k not in ("DISPLAY", "SDL_VIDEODRIVER")}
    env["SDL_KMSDRM_DEVICE_INDEX"] = "99"  # never the screen of whoever runs this
    done = subprocess.run([str(BUILD / "playthrough-gui"), "--session"], env=env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "there is no screen" in done.stderr and "playthrough help" in done.stderr


def test_wrong_usage(couch: Couch) -> None:
    for args in (["--offscreen", "10x10", "--picture", "x.png"], ["--screen", "attic"], ["--picture", "x.png"], ["x"]):
        done = subprocess.run([str(BUILD / "playthrough-gui"), *args], env=couch.env, capture_output=True, text=True,
                              timeout=30)
        assert done.returncode == 2, (args, done.stderr)


def test_a_picture_of_the_live_daemon(couch: Couch) -> None:
    couch.profile("solitaire", GAME)
    picture = couch.folder / "live.png"
    subprocess.run([str(BUILD / "playthrough-gui"), "--session", "--offscreen", "1280x720", "--picture", str(picture)],
                   env=couch.env, check=True, timeout=30)
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.stat().st_size > 5000
