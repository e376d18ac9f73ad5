"""What a guest plays is what a viewer hears, as samples: a real QEMU whose guest drives its sound card (player.c)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from conftest import SCREEN, ConsoleSession
from listener import Listener
from tones import build_player, leak, loudness, strength, waves
from viewer import EXTENDED


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_player(tmp_path_factory.mktemp("player"))


def guest(session: ConsoleSession, name: str, player: Path, word: str, more: str = "") -> None:
    session.profile(name, SCREEN.replace("[boot]\n", f"[boot]\nkernel={player}\ncmdline={word}\n") +
                    f"[sound]\ntype=hda\n{more}")


def assert_both(left: Any, right: Any, loud: float = 1.0) -> None:
    """Each side has its own sine, and next to nothing else."""
    assert 14000 * loud < strength(left, 440) < 17000 * loud
    assert 7000 * loud < strength(right, 660) < 8500 * loud
    assert leak(left, 660) < 1000 and leak(right, 440) < 1000
    assert abs(loudness(left) / (16000 * loud) - 1) < 0.1 and abs(loudness(right) / (8000 * loud) - 1) < 0.1


def test_what_is_played_is_heard(session: ConsoleSession, player: Path) -> None:
    guest(session, "sine", player, "sine")
    session.start_console()
    viewer = Listener(session.console_socket())
    assert session.run("start", "sine").returncode == 0
    viewer.until(lambda: viewer.starts)
    assert viewer.starts == [(2, 48000)]
    viewer.wait(1)
    left, right = viewer.listen(1)
    assert_both(left, right)
    assert abs(waves(left) - 440) < 20 and abs(waves(right) - 660) < 30
    # Not faster than it is played; where QEMU does not get to run, some is missing.
    began = time.monotonic()
    viewer.listen(3)
    assert time.monotonic() - began > 2.7
    assert session.run("stop", "sine", "--force").returncode == 0
    viewer.until(lambda: viewer.stops == 1)
    viewer.wait(0.5)
    before = len(viewer.samples)
    viewer.wait(1)
    assert len(viewer.samples) == before and viewer.ended == []
    viewer.close()


def test_levels(session: ConsoleSession, player: Path) -> None:
    """The guest's own volume and mute are told to the viewer, who makes it so loud: the samples stay as they are."""
    guest(session, "levels", player, "levels")
    session.start_console()
    viewer = Listener(session.console_socket())
    assert session.run("start", "levels").returncode == 0
    viewer.until(lambda: viewer.starts)
    viewer.until(lambda: viewer.volume() == [65535, 65535] and not viewer.muted())
    half = 255 * 0x25 // 0x4A * 257
    viewer.until(lambda: all(abs(v - half) < 600 for v in viewer.volume()))
    assert not viewer.muted()
    viewer.until(viewer.muted)
    viewer.close()


def test_without_sound_nothing_is_sent(session: ConsoleSession, player: Path) -> None:
    """The card rests between two beeps, and nothing comes."""
    guest(session, "beeps", player, "beeps")
    session.start_console()
    viewer = Listener(session.console_socket())
    assert session.run("start", "beeps").returncode == 0
    viewer.until(lambda: len(viewer.starts) == 2 and viewer.stops == 1)
    viewer.until(lambda: viewer.stops == 2)
    assert 0.05 < len(viewer.samples) / 2 / 48000 < 2.4
    viewer.wait(0.3)
    before = len(viewer.samples)
    viewer.wait(0.3)
    assert len(viewer.samples) == before
    viewer.close()


def test_what_is_seen_is_heard(session: ConsoleSession, player: Path) -> None:
    """Of two VMs the one that is shown; behind the front end the one before; a viewer who comes anew hears it too."""
    guest(session, "sine", player, "sine")
    session.profile("quiet", SCREEN)
    session.start_console(front=True)
    viewer = Listener(session.console_socket())
    assert session.run("start", "sine").returncode == 0
    viewer.until(lambda: viewer.starts)
    assert session.run("start", "quiet").returncode == 0
    viewer.until(lambda: viewer.stops == 1)
    assert session.run("console", "sine").returncode == 0
    viewer.until(lambda: len(viewer.starts) == 2)
    assert_both(*viewer.listen(0.5))
    viewer.press(0x1D, 0x38, EXTENDED | 0x47)  # Ctrl+Alt+Home: the front end
    viewer.until(lambda: viewer.address and len(viewer.picture().getcolors(1 << 24) or []) > 200, 40)
    assert viewer.stops == 1
    assert_both(*viewer.listen(0.5))
    viewer.close()
    again = Listener(session.console_socket())
    again.until(lambda: again.starts == [(2, 48000)])
    again.wait(0.5)
    assert_both(*again.listen(0.5))
    assert session.run("stop", "sine", "--force").returncode == 0
    again.until(lambda: again.stops == 1)
    assert again.ended == []
    again.close()


def test_viewer_that_hangs(session: ConsoleSession, player: Path) -> None:
    """It holds up neither the guest nor who comes next, who hears what is played then."""
    guest(session, "sine", player, "sine")
    session.start_console()
    stalled = subprocess.Popen([sys.executable, str(Path(__file__).with_name("listener.py")),
                                str(session.console_socket())], stdout=subprocess.PIPE)
    try:
        assert session.run("start", "sine").returncode == 0
        assert stalled.stdout and stalled.stdout.readline() == b"listening\n"
        stalled.send_signal(signal.SIGSTOP)
        assert session.console
        before = resident(session.console.pid)
        time.sleep(5)
        assert resident(session.console.pid) - before < 8 << 20
        assert session.json("status", "sine")["state"] == "running"
        viewer = Listener(session.console_socket(), 40)
        viewer.until(lambda: viewer.starts, 40)
        viewer.wait(1)
        assert_both(*viewer.listen(0.5))
        viewer.close()
    finally:
        stalled.kill()
        stalled.wait()


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def test_console_killed_while_it_plays(session: ConsoleSession, player: Path) -> None:
    """QEMU goes on, and the next console hears it."""
    guest(session, "sine", player, "sine", "microphone=yes\n")
    first = session.start_console()
    assert session.run("start", "sine").returncode == 0
    pid = session.json("status", "sine")["pid"]
    viewer = Listener(session.console_socket())
    viewer.until(lambda: viewer.starts)
    viewer.listen(0.3)
    first.kill()
    first.wait()
    viewer.until(lambda: viewer.ended)
    viewer.close()
    session.start_console()
    again = Listener(session.console_socket())
    again.until(lambda: again.starts)
    again.wait(0.5)
    assert_both(*again.listen(0.5))
    assert session.json("status", "sine")["pid"] == pid
    again.close()


def test_microphone(session: ConsoleSession, player: Path) -> None:
    """Asked for only while the guest records; what is said into it comes back from a guest that plays it."""
    guest(session, "echo", player, "echo", "microphone=yes\n")
    session.start_console()
    viewer = Listener(session.console_socket())
    viewer.wait(0.5)
    assert not viewer.recording
    assert session.run("start", "echo").returncode == 0
    viewer.until(lambda: viewer.recording and viewer.starts)
    viewer.speak(520, 1.5)
    del viewer.samples[:]
    viewer.speak(520, 1.5)
    left = viewer.samples[0:96000:2]
    assert 8000 < strength(left, 520) < 11000
    assert session.run("stop", "echo", "--force").returncode == 0
    viewer.until(lambda: not viewer.recording)
    assert viewer.ended == []
    viewer.close()


def test_no_microphone_by_default(session: ConsoleSession, player: Path) -> None:
    guest(session, "echo", player, "echo")
    session.start_console()
    viewer = Listener(session.console_socket())
    assert session.run("start", "echo").returncode == 0
    viewer.wait(4)
    assert not viewer.recording
    viewer.close()


def test_sound_without_a_screen(session: ConsoleSession, player: Path) -> None:
    """As with a game on a graphics card of its own: the card of letters is seen, and the game is heard."""
    guest(session, "blind", player, "sine")
    path = session.profiles / "blind.profile"
    path.write_text(path.read_text().replace("type=std", "type=none"))
    session.start_console()
    viewer = Listener(session.console_socket())
    assert session.run("start", "blind").returncode == 0
    viewer.until(lambda: viewer.starts)
    viewer.wait(0.5)
    assert_both(*viewer.listen(0.5))
    assert viewer.sizes == [(1024, 768)] and viewer.ended == []
    viewer.close()


def test_qemu_without_dbus_sound(session: ConsoleSession, player: Path) -> None:
    """A package may lack it: the VM runs without the card, and is seen."""
    folder = session.folder / "qemu"
    folder.mkdir()
    fake = folder / "qemu-system-x86_64"
    fake.write_text('#!/bin/sh\n[ "$1 $2" != "-audiodev help" ] || { echo none; echo alsa; exit 0; }\n'
                    'exec /usr/bin/qemu-system-x86_64 "$@"\n')
    fake.chmod(0o755)
    assert session.daemon
    session.daemon.kill()
    session.daemon.wait()
    session.start_daemon(PATH=f"{folder}:{os.environ['PATH']}")
    guest(session, "mute", player, "sine")
    session.start_console()
    viewer = Listener(session.console_socket())
    assert session.run("start", "mute").returncode == 0
    viewer.until(lambda: (720, 400) in viewer.sizes, 60)
    arguments = Path(f"/proc/{session.json('status', 'mute')['pid']}/cmdline").read_bytes().split(b"\0")
    assert b"dbus,p2p=yes" in arguments and b"-audiodev" not in arguments
    assert not any(b"hda" in argument for argument in arguments)
    assert "has no D-Bus sound (-audiodev help)" in session.daemon_log()
    assert not viewer.starts and viewer.ended == []
    viewer.close()
