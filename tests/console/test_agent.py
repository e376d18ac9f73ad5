"""Clipboards and USB devices over SPICE: of the front end, of an agent in a guest, of the viewer's side."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from conftest import SCREEN, ConsoleSession
from viewer import EXTENDED, Viewer

CTRL, C, V, X, RETURN, UP = 0x1D, 0x2E, 0x2F, 0x2D, 0x1C, EXTENDED | 0x48
TEXT = "Из буфера"


def test_clipboard_of_the_front_end(session: ConsoleSession) -> None:
    """Typed, pasted from the viewer, copied to the viewer; and nothing asked of it before somebody pastes."""
    session.start_console(front=True)
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: viewer.address and len(viewer.picture().getcolors(1 << 24) or []) > 200, 60)
    viewer.until(lambda: viewer.copies())
    viewer.copy(TEXT)
    viewer.wait(1)
    for key in (X, UP, RETURN):  # a new game, its name
        before = viewer.picture().tobytes()
        viewer.press(key)
        viewer.until(lambda: viewer.picture().tobytes() != before)
        viewer.wait(1)
    viewer.press(0x15)  # y
    viewer.wait(1)
    assert viewer.asked == 0
    viewer.press(CTRL, V)
    viewer.until(lambda: viewer.asked == 1)
    viewer.wait(1)
    viewer.press(CTRL, C)
    viewer.until(lambda: viewer.offered)
    assert viewer.paste().endswith(f"y{TEXT}")
    assert viewer.ended == []
    viewer.close()


@pytest.fixture
def small_guest(session: ConsoleSession) -> ConsoleSession:
    """Its agent's port is a serial one: the guest is too small for virtio. QEMU is told so behind the daemon's back.

    The bus of the other port is taken away, so that the daemon gives that one up at once. While it is `in use` it tries again,
    and each refusal has QEMU's main loop wait (drain_call_rcu) until the processor rests, which in this guest it never does."""
    folder = session.folder / "qemu"
    folder.mkdir()
    source = Path(__file__).with_name("guest_agent.S")
    subprocess.run(["as", "--32", "-o", folder / "agent.o", source], check=True)
    subprocess.run(["ld", "-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary", "-o", folder / "agent.img",
                    folder / "agent.o"], check=True)
    with (folder / "agent.img").open("r+b") as image:
        assert image.seek(0, os.SEEK_END) == 512
        image.truncate(1 << 20)
    fake = folder / "qemu-system-x86_64"
    fake.write_text("#!/bin/bash\n"
                    'case " $* " in *chardev=redir0*) set -- "${@/usb-redir,/usb-redir,debug=4,}";; esac\n'
                    'case " $* " in *id=agent,*) set -- "$@" -device isa-serial,index=1,chardev=agent;; esac\n'
                    'set -- "${@/virtio-serial-pci,id=agent-bus/virtio-balloon-pci,id=agent-bus}"\n'
                    'exec /usr/bin/qemu-system-x86_64 "$@"\n')
    fake.chmod(0o755)
    assert session.daemon
    session.daemon.kill()
    session.daemon.wait()
    session.start_daemon(PATH=f"{folder}:{os.environ['PATH']}")
    return session


def profile(session: ConsoleSession, name: str, console: str = "") -> None:
    disk = f"[disk boot]\nimage={session.folder}/qemu/agent.img\nbus=sata\nwritable=yes\n"
    session.profile(name, f"{SCREEN}[console]\n{console}{disk}")


def serial_log(session: ConsoleSession, name: str) -> bytes:
    path = session.runtime / "playthrough" / "vm" / name / "serial.log"
    return path.read_bytes() if path.exists() else b""


def test_agent_in_the_guest(small_guest: ConsoleSession) -> None:
    """Both ways, on demand; and the built-in agent before and after it, with the viewer connected all the time."""
    session = small_guest
    profile(session, "agent")
    session.start_console()
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: viewer.main.get_property("agent-connected") and not viewer.copies())
    assert session.run("start", "agent").returncode == 0
    viewer.until(lambda: viewer.copies() and viewer.offered, 60)
    assert viewer.paste() == "from the guest"
    viewer.copy("from the viewer")
    viewer.until(lambda: viewer.asked)
    viewer.until(lambda: "from the viewer" in session.run("log", "agent").stdout)
    assert session.run("stop", "agent", "--force").returncode == 0
    viewer.until(lambda: viewer.main.get_property("agent-connected") and not viewer.copies())
    assert viewer.ended == []
    viewer.close()


def test_agent_without_a_clipboard(small_guest: ConsoleSession) -> None:
    session = small_guest
    profile(session, "private", "clipboard=no\n")
    session.start_console()
    viewer = Viewer(session.console_socket())
    assert session.run("start", "private").returncode == 0
    viewer.until(lambda: serial_log(session, "private").find(b"\x06") >= 0, 60)  # it is asked what it can
    viewer.wait(2)
    assert viewer.main.get_property("agent-connected") and not viewer.copies() and not viewer.offered
    viewer.close()


def test_usb_from_afar(small_guest: ConsoleSession) -> None:
    """A device of the viewer's side is attached to the guest's controller, and stays while one looks elsewhere."""
    session = small_guest
    profile(session, "usb", "usb-channels=1\n")
    session.start_console()
    viewer = Viewer(session.console_socket())
    assert viewer.usb_channels() == 0
    assert session.run("start", "usb").returncode == 0
    viewer.until(lambda: viewer.usb_channels() == 1, 60)
    disc = session.folder / "disc.iso"
    disc.write_bytes(b"\0" * (1 << 20))
    viewer.plug(disc)

    def qemu_says() -> str:
        return "".join(p.read_text(errors="replace") for p in session.runtime.rglob("*.log"))

    viewer.until(lambda: "attaching" in qemu_says(), 30)
    assert viewer.ended == []
    viewer.close()


def test_sent_by_the_command_line(session: ConsoleSession) -> None:
    """SeaBIOS with nothing to boot restarts at Ctrl+Alt+Del."""
    session.start_console()
    assert session.run("start", "tiny").returncode == 0
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: viewer.address and viewer.sizes[-1] == (720, 400), 60)
    viewer.wait(4)
    updates, sizes = viewer.updates, len(viewer.sizes)
    assert session.run("press", "tiny", "ctrl-alt-delete").returncode == 0
    viewer.until(lambda: len(viewer.sizes) > sizes or viewer.updates > updates + 5)
    for keys in ("any-key", "ctrl alt", "", "a-" * 20):
        refused = session.run("press", "tiny", keys)
        assert refused.returncode == 1 and refused.stderr
    assert session.run("press", "nosuch", "a").returncode == 1
    viewer.close()
