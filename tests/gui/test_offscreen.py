"""The front end without a screen: its picture in shared memory, what a person does over a socket."""

from __future__ import annotations

import mmap
import os
import random
import re
import socket
import struct
import subprocess
from pathlib import Path

import pytest
import reader
from conftest import BUILD, Couch, wait_for
from PIL import ImageChops
from reader import Gone, Reader

MODELS = Path(__file__).parent / "models"


@pytest.fixture
def place(couch: Couch) -> Path:
    """A front end that waits for a reader at this path."""
    path = couch.folder / "viewer"
    del couch.env["DISPLAY"], couch.env["SDL_VIDEODRIVER"]
    couch.launch("--model", str(MODELS / "usb.json"), "--offscreen", str(path))
    wait_for(path.exists, "the socket")
    return path


def connect(place: Path, width: int = 1280, height: int = 720) -> Reader:
    it = Reader(place)
    it.resize(width, height)
    it.frame()
    return it


def test_keys_move_the_focus_and_pictures_come(couch: Couch, place: Path) -> None:
    assert place.stat().st_mode & 0o777 == 0o600
    it = connect(place)
    assert it.size == (1280, 720) and it.rects == [(0, 0, 1280, 720)]
    couch.await_where("home")
    it.quiet(1)
    first = it.picture()
    assert len(first.getcolors(1 << 20)) > 50
    it.key("F10")
    couch.await_where("settings", "language")
    it.quiet(1)
    assert ImageChops.difference(first, it.picture()).getbbox()
    it.key("Escape")
    couch.await_where("home")
    it.quiet(1)
    # What was told as changed was all that changed.
    assert not ImageChops.difference(first, it.picture()).getbbox()
    assert couch.stop() == 0


def test_only_what_changed_is_told(place: Path) -> None:
    it = connect(place)
    it.quiet(1)
    before = it.picture()
    it.key("F10", "Escape")
    it.quiet(1)
    it.key("Right")
    it.frame(give_back=False)
    box = ImageChops.difference(before, it.picture()).getbbox()
    assert box
    left, top = min(r[0] for r in it.rects), min(r[1] for r in it.rects)
    right, bottom = max(r[0] + r[2] for r in it.rects), max(r[1] + r[3] for r in it.rects)
    assert left <= box[0] and top <= box[1] and right >= box[2] and bottom >= box[3]
    assert sum(w * h for _, _, w, h in it.rects) < 1280 * 720


def test_a_mouse_works_there(couch: Couch, place: Path) -> None:
    it = connect(place)
    couch.await_where("home")
    it.send(reader.POINTER, "ii", 980, 60)
    it.quiet(0.5)
    couch.await_where("home", "usb")
    it.send(reader.BUTTON, "HH", 1, 1)
    it.send(reader.BUTTON, "HH", 1, 0)
    it.quiet(0.5)
    couch.await_where("usb")
    it.send(reader.WHEEL, "i", -1)
    it.send(reader.POINTER, "ii", -5, 1 << 30)
    it.send(reader.BUTTON, "HH", 2, 1)
    it.send(reader.BUTTON, "HH", 2, 0)
    it.quiet(0.5)
    couch.await_where("home")


def test_another_size_is_another_buffer(couch: Couch, place: Path) -> None:
    it = connect(place)
    for size in ((1920, 1080), (320, 320), (2560, 1080)):
        it.resize(*size)
        it.frame()
        while it.size != size:
            it.frame()
        assert it.rects == [(0, 0, *size)]
    # While a picture is held, the size stays.
    it.quiet(0.5)
    it.key("F10")
    it.frame(give_back=False)
    it.resize(800, 600)
    assert it.quiet(0.5) == 0 and it.size == (2560, 1080)
    it.done()
    it.frame()
    assert it.size == (800, 600)


def test_nothing_is_drawn_while_the_reader_looks(couch: Couch, place: Path) -> None:
    it = connect(place)
    it.quiet(1)
    it.key("F10")
    it.frame(give_back=False)
    seen = it.picture()
    it.key("Down", "Down")
    assert it.quiet(0.5) == 0
    assert not ImageChops.difference(seen, it.picture()).getbbox()
    it.done()
    it.frame()
    it.quiet(0.5)
    assert ImageChops.difference(seen, it.picture()).getbbox()


def test_the_reader_cannot_touch_the_memory(place: Path) -> None:
    it = connect(place)
    for size in (0, 1 << 24):
        with pytest.raises(OSError):
            os.ftruncate(it.memory, size)
    with pytest.raises((OSError, ValueError)):
        mmap.mmap(it.memory, 0, prot=mmap.PROT_READ | mmap.PROT_WRITE)


def test_idle_is_idle(couch: Couch, place: Path) -> None:
    it = connect(place)
    it.quiet(2)
    before = couch.wakes()
    assert it.quiet(5) == 0
    assert couch.wakes() - before == 0
    it.close()
    wait_for(lambda: couch.wakes() > before, "the reader gone")


def rubbish(seed: int) -> bytes:
    some = random.Random(seed)
    kinds = [
        lambda: some.randbytes(some.randrange(1, 200)),
        lambda: struct.pack("=HH", 1, some.randrange(0, 30)) + some.randbytes(some.randrange(0, 60)),
        lambda: struct.pack("=HHII", 1, reader.RESIZE, some.getrandbits(32), some.getrandbits(32)),
        lambda: struct.pack("=HHII", 7, reader.RESIZE, 1280, 720),
        lambda: struct.pack("=HHI", 1, reader.DONE, some.getrandbits(32)),
        lambda: struct.pack("=HHHH", 1, reader.KEY, some.getrandbits(16), 2),
        lambda: struct.pack("=HH", 1, reader.TEXT) + b"\xff\xfe",
        lambda: struct.pack("=HH", 1, reader.TEXT) + b"a" * 32,
        lambda: b"\0" * 60000,
    ]
    return kinds[seed % len(kinds)]()


def test_rubbish_ends_the_connection_and_nothing_else(couch: Couch, place: Path) -> None:
    for seed in range(90):
        it = connect(place) if seed % 3 else Reader(place)
        try:
            for n in range(40):  # now and then the bytes mean something
                it.socket.send(rubbish(seed + 9 * n))
        except OSError:
            pass
        with pytest.raises(Gone):
            while True:
                it.receive()
        it.close()
    it = connect(place)
    it.key("F10")
    couch.await_where("settings")
    it.quiet(0.5)
    assert couch.stop() == 0


def test_descriptors_that_are_sent_are_not_kept(couch: Couch, place: Path) -> None:
    it = connect(place)
    assert couch.gui
    kept = Path(f"/proc/{couch.gui.pid}/fd")
    it.quiet(0.5)
    before = len(list(kept.iterdir()))
    with open("/dev/null") as null:
        for _ in range(50):
            socket.send_fds(it.socket, [struct.pack("=HHHH", 1, reader.KEY, 300, 0)], [null.fileno()])
    it.quiet(0.5)
    assert len(list(kept.iterdir())) == before


def test_one_reader_after_the_other(couch: Couch, place: Path) -> None:
    one = connect(place)
    two = Reader(place)
    two.resize(640, 480)
    two.socket.settimeout(0.5)
    with pytest.raises((TimeoutError, BlockingIOError)):
        two.receive()
    one.send(reader.KEY, "HH", reader.KEYS["Down"], 1)  # held for good, as it were
    one.close()
    two.socket.settimeout(reader.LIMIT_SECONDS)
    two.frame()
    assert two.size == (640, 480)
    assert two.quiet(1) < 20
    assert two.quiet(1) == 0
    two.close()


def test_a_socket_that_was_left_behind_is_taken_over(couch: Couch, place: Path) -> None:
    assert couch.gui
    before = place.stat().st_ino
    couch.gui.kill()
    couch.gui.wait()
    couch.launch("--model", str(MODELS / "home.json"), "--offscreen", str(place))
    wait_for(lambda: place.stat().st_ino != before, "a socket of its own")
    connect(place)
    # Somebody listens now: another one is refused.
    second = subprocess.run([str(BUILD / "playthrough-gui"), "--offscreen", str(place)], env=couch.env,
                            capture_output=True, text=True, timeout=30)
    assert second.returncode == 1 and str(place) in second.stderr
    # A file of somebody's is not replaced either.
    file = couch.folder / "file"
    file.write_text("mine")
    third = subprocess.run([str(BUILD / "playthrough-gui"), "--offscreen", str(file)], env=couch.env,
                           capture_output=True, text=True, timeout=30)
    assert third.returncode == 1 and file.read_text() == "mine"


def test_a_socket_that_is_handed_over_is_the_only_one(couch: Couch) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    os.set_inheritable(theirs.fileno(), True)
    couch.launch("--model", str(MODELS / "home.json"), "--offscreen", str(theirs.fileno()), pass_fds=[theirs.fileno()])
    theirs.close()
    it = Reader(ours)
    it.resize(1280, 720)
    it.frame()
    it.close()
    assert couch.gui and couch.gui.wait(timeout=30) == 0
    couch.gui = None


def test_a_descriptor_that_is_none(couch: Couch) -> None:
    for where in ("0", "77", "/proc/none/screen", "/tmp/" + "x" * 200):
        done = subprocess.run([str(BUILD / "playthrough-gui"), "--offscreen", where], env=couch.env, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=30)
        assert done.returncode == 1 and re.search(r"descriptor|screen|socket", done.stderr), done.stderr


def test_text_arrives(place: Path) -> None:
    it = connect(place)
    for text in ("я", "abc", "𝄞"):
        it.socket.send(struct.pack("=HH", 1, reader.TEXT) + text.encode())
    it.send(reader.LEFT)
    it.quiet(0.5)
    it.key("F10")
    it.frame()


def test_ends_when_nobody_looks(couch: Couch) -> None:
    """Not while there is a reader; a while after it, and a while after the start where none comes."""
    path = couch.folder / "viewer"
    del couch.env["DISPLAY"], couch.env["SDL_VIDEODRIVER"]
    couch.launch("--model", str(MODELS / "usb.json"), "--offscreen", str(path), "--exit-idle", "2")
    wait_for(path.exists, "the socket")
    it = connect(path)
    assert couch.gui and couch.gui.poll() is None
    it.quiet(4)
    assert couch.gui.poll() is None
    it.close()
    assert couch.gui.wait(20) == 0
