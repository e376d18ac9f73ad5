"""A name that is typed: on a real keyboard letters are letters, and no longer buttons, for as long as it takes."""

from __future__ import annotations

import os
import subprocess

from conftest import Couch, wait_for


def letters(couch: Couch, text: str) -> None:
    subprocess.run(["xdotool", "type", "--delay", "30", text], env=os.environ | {"DISPLAY": couch.display}, check=True)


def test_a_name_is_typed_with_a_real_keyboard(couch: Couch) -> None:
    couch.profile("demo", "[vm]\ntitle=Demo\n")
    couch.start("--session")
    couch.await_where("home", "vm/demo")
    # X is the button that makes a new game, until a name is typed.
    couch.key("x")
    couch.await_where("new", "next")
    couch.key("Up", "Return")
    couch.await_where("type", "k/1/4")
    letters(couch, "xy yx")
    couch.await_where("type", "done")
    before = couch.frames()
    couch.key("BackSpace")
    wait_for(lambda: couch.frames() > before, "the letter goes")
    assert couch.where() == ("type", "done")
    couch.key("Return")
    couch.await_where("new", "title")
    # And buttons again: nothing was written on the way.
    couch.key("Escape")
    couch.await_where("home")
    couch.key("y")
    couch.await_where("game")
    assert sorted(p.name for p in (couch.folder / "profiles").iterdir()) == ["demo.profile"]
    assert couch.stop() == 0


def test_escape_is_no(couch: Couch) -> None:
    couch.profile("demo", "[vm]\ntitle=Demo\n")
    couch.start("--session")
    couch.await_where("home", "vm/demo")
    couch.key("x")
    couch.await_where("new", "next")
    couch.key("Up", "Return")
    couch.await_where("type")
    letters(couch, "q")
    couch.key("Escape")
    couch.await_where("new", "title")
    assert couch.stop() == 0
