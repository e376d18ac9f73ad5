"""A game is made, and its profile edited, with a few keys and the real daemon of one's own session."""

from __future__ import annotations

from pathlib import Path

from conftest import Couch, wait_for

DEMO = "# mine\n[vm]\ntitle=Demo\nguest=linux\n"


def profile(couch: Couch, name: str) -> Path:
    return couch.folder / "profiles" / f"{name}.profile"


def open_count(couch: Couch) -> None:
    """The number of processors, from the page of the game."""
    couch.await_where("edit", "section/vm")
    couch.key("Down", "Return")
    couch.await_where("keys", "key/count")


def test_a_game_is_made(couch: Couch) -> None:
    profile(couch, "demo").write_text(DEMO)
    couch.start("--session")
    couch.await_where("home", "vm/demo")
    couch.key("x")
    couch.await_where("new", "next")
    couch.key("Return")
    couch.await_where("new", "1/0")
    couch.key("Return")
    couch.await_where("new", "next")
    # No card, no disk, memory, processors, no controller: a session gives no devices away.
    couch.key("Return", "Return", "Return", "Return", "Return")
    couch.await_where("new", "make")
    assert not profile(couch, "game").exists()
    couch.key("Return")
    couch.await_where("home", "vm/game")
    assert profile(couch, "game").read_text().startswith("[vm]\ntitle=Game\nguest=windows-11\n")
    assert couch.stop() == 0


def test_what_a_drop_in_says_is_not_overruled_in_silence(couch: Couch) -> None:
    profile(couch, "demo").write_text(DEMO)
    (couch.folder / "profiles/demo.profile.d").mkdir()
    (couch.folder / "profiles/demo.profile.d/cores.conf").write_text("[cpu]\ncount=1\n[usb pad]\nid=054c:0ce6\n")
    couch.start("--session")
    couch.await_where("home", "vm/demo")
    couch.key("Down")  # the arrows and two buttons are enough
    couch.await_where("home", "details")
    couch.key("Return")
    couch.await_where("game", "play")
    couch.key("Right", "Return")
    open_count(couch)
    couch.key("Right", "Right", "Escape")
    couch.await_where("edit", "section/cpu")
    couch.key("F10")
    couch.await_where("save", "save")
    couch.key("Up")  # the change, and what a drop-in makes of it, are two cards, below what the check has
    wait_for(lambda: couch.where()[1].startswith("block/"), "the last card")
    assert int(couch.where()[1].removeprefix("block/")) >= 1
    couch.key("Escape")
    couch.await_where("edit", "section/cpu")
    # What only the drop-in has is there to be seen.
    for _ in range(12):
        couch.key("Down")
    assert any("focus other/usb pad," in line for line in couch.lines())
    assert couch.stop() == 0


def test_a_profile_is_edited_and_nobody_is_written_over(couch: Couch) -> None:
    profile(couch, "demo").write_text(DEMO)
    couch.start("--session")
    couch.await_where("home", "vm/demo")
    couch.key("y")
    couch.await_where("game", "play")
    couch.key("Right", "Return")
    open_count(couch)
    couch.key("Right", "Right", "Escape")
    couch.await_where("edit", "section/cpu")
    couch.key("F10")
    couch.await_where("save", "save")
    assert profile(couch, "demo").read_text() == DEMO
    couch.key("Return")
    couch.await_where("game", "edit")
    assert profile(couch, "demo").read_text() == DEMO + "\n[cpu]\ncount=4\n"
    couch.key("Return")
    open_count(couch)
    profile(couch, "demo").write_text("[vm]\ntitle=Theirs\n")
    couch.key("Right", "Escape", "F10")
    couch.await_where("save", "save")
    couch.key("Return")
    wait_for(lambda: couch.where()[1] == "no", "the question")
    couch.key("Escape")
    assert profile(couch, "demo").read_text() == "[vm]\ntitle=Theirs\n"
    assert couch.stop() == 0
