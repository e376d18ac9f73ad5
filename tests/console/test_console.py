"""One SPICE connection over everything that can be seen; PLAYTHROUGH_PICTURES=FOLDER keeps what was."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from PIL import Image

from conftest import BUILD, SCREEN, ConsoleSession
from viewer import EXTENDED, Viewer

CARD = (0x14, 0x17, 0x1C)


def keep(picture: Image.Image, name: str) -> None:
    folder = os.environ.get("PLAYTHROUGH_PICTURES")
    if folder:
        picture.save(Path(folder) / f"{name}.png")


def is_card(picture: Image.Image) -> bool:
    """Our card's ground, and letters on it."""
    return picture.getpixel((0, 0)) == CARD and len(picture.getcolors(1 << 24)) >= 3


def is_firmware(picture: Image.Image) -> bool:
    """White letters of SeaBIOS on black."""
    colours = {colour for _, colour in picture.getcolors(1 << 24)}
    return picture.getpixel((0, picture.height - 1)) == (0, 0, 0) and 1 < len(colours) <= 4


def test_one_connection_for_everything(session: ConsoleSession) -> None:
    session.start_console()
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: is_card(viewer.picture()))
    keep(viewer.picture(), "nothing-runs")

    assert session.run("start", "tiny").returncode == 0
    viewer.until(lambda: viewer.address and is_firmware(viewer.picture()))
    viewer.wait(2)
    keep(viewer.picture(), "firmware")
    viewer.until(lambda: viewer.sizes[-1] == (720, 400))  # QEMU's own placeholder before that has 640x480

    assert session.run("stop", "tiny", "--force").returncode == 0
    viewer.until(lambda: viewer.address and is_card(viewer.picture()))
    keep(viewer.picture(), "stopped")
    assert viewer.ended == []
    assert viewer.picture().size == viewer.sizes[-1]

    assert session.run("start", "tiny").returncode == 0
    viewer.until(lambda: viewer.address and is_firmware(viewer.picture()))
    os.kill(session.json("status", "tiny")["pid"], signal.SIGKILL)
    viewer.until(lambda: viewer.address and is_card(viewer.picture()))
    viewer.wait(0.5)
    keep(viewer.picture(), "killed")
    assert viewer.ended == []
    assert session.console
    session.console.terminate()
    assert session.console.wait(20) == 0, session.console_log()
    assert not session.console_socket().exists()
    viewer.close()


def test_console_killed(session: ConsoleSession) -> None:
    """QEMU and the daemon are unharmed, and the next viewer sees the VM."""
    first = session.start_console()
    assert session.run("start", "tiny").returncode == 0
    pid = session.json("status", "tiny")["pid"]
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: viewer.address and is_firmware(viewer.picture()))
    first.kill()
    first.wait()
    viewer.until(lambda: viewer.ended)
    viewer.close()
    assert session.json("status", "tiny")["pid"] == pid
    session.start_console()
    again = Viewer(session.console_socket())
    again.until(lambda: again.address and is_firmware(again.picture()))
    assert session.json("status", "tiny")["state"] == "running"
    os.kill(pid, signal.SIGKILL)
    again.until(lambda: again.address and is_card(again.picture()))
    again.close()
    # What QEMU had to say of the console is no reason for its own end.
    assert "peer connection" not in session.json("status", "tiny")["last_end"]["reason"]


def test_daemon_restarted(session: ConsoleSession) -> None:
    """The picture stays while the daemon is away, and after it is back a stop is seen."""
    session.start_console()
    assert session.run("start", "tiny").returncode == 0
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: viewer.address and is_firmware(viewer.picture()))
    assert session.daemon
    session.daemon.kill()
    session.daemon.wait()
    viewer.wait(1)
    assert is_firmware(viewer.picture())
    session.start_daemon()
    viewer.wait(1.5)
    assert is_firmware(viewer.picture())
    assert session.run("stop", "tiny", "--force").returncode == 0
    viewer.until(lambda: viewer.address and is_card(viewer.picture()))
    assert viewer.ended == []
    viewer.close()


def test_nothing_is_sent_while_nothing_changes(session: ConsoleSession) -> None:
    session.start_console()
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: is_card(viewer.picture()))
    viewer.wait(0.5)
    before = viewer.updates
    viewer.wait(2)
    assert viewer.updates == before
    viewer.close()


def test_keys_reach_the_firmware(session: ConsoleSession) -> None:
    """SeaBIOS with nothing to boot restarts at Ctrl+Alt+Del."""
    session.profile("keys", session.profiles.joinpath("tiny.profile").read_text())
    session.start_console()
    assert session.run("start", "keys").returncode == 0
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: viewer.address and is_firmware(viewer.picture()))
    viewer.wait(4)
    sizes = len(viewer.sizes)
    updates = viewer.updates
    viewer.press(0x1D, 0x38, EXTENDED | 0x53)
    viewer.until(lambda: len(viewer.sizes) > sizes or viewer.updates > updates + 5)
    assert viewer.ended == []
    viewer.close()


def test_front_end(session: ConsoleSession) -> None:
    """The front end, a game, and the front end again; the keys go to whichever is seen."""
    session.start_console(front=True)
    viewer = Viewer(session.console_socket())

    def is_front() -> bool:
        return len(viewer.picture().getcolors(1 << 24) or []) > 200

    viewer.until(lambda: viewer.address and is_front(), 40)
    viewer.wait(1)
    keep(viewer.picture(), "front-end")
    before = viewer.picture().tobytes()
    viewer.press(EXTENDED | 0x48)  # up, to the buttons
    viewer.until(lambda: viewer.picture().tobytes() != before)
    assert session.run("start", "tiny").returncode == 0
    viewer.until(lambda: viewer.address and is_firmware(viewer.picture()))
    ctrl, alt, home = 0x1D, 0x38, EXTENDED | 0x47
    viewer.press(ctrl, alt, home)
    viewer.until(lambda: viewer.address and is_front())
    viewer.press(ctrl, alt, home)
    viewer.until(lambda: viewer.address and is_firmware(viewer.picture()))
    assert session.run("stop", "tiny", "--force").returncode == 0
    viewer.until(lambda: viewer.address and is_front())
    viewer.wait(1)
    keep(viewer.picture(), "front-end-again")
    assert viewer.ended == []
    viewer.close()


def test_viewer_of_another_size(session: ConsoleSession) -> None:
    """The front end and the card take the size of the viewer's window."""
    session.start_console(front=True)
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: viewer.main.get_property("agent-connected") and viewer.sizes[-1] == (1024, 768))
    viewer.wait(1)
    viewer.resize(1280, 720)
    viewer.until(lambda: viewer.sizes[-1] == (1280, 720) and len(viewer.picture().getcolors(1 << 24) or []) > 200)
    viewer.wait(1)
    keep(viewer.picture(), "front-end-wide")
    viewer.resize(640, 1100)
    viewer.until(lambda: viewer.sizes[-1] == (640, 1100))
    viewer.wait(1)
    keep(viewer.picture(), "front-end-tall")
    assert viewer.ended == []
    viewer.close()


def test_the_one_that_is_asked_for(session: ConsoleSession) -> None:
    """Of two VMs the one that began last is seen; the command line chooses, and tells the way."""
    session.profile("uefi", SCREEN.replace("firmware=bios", "firmware=uefi"))
    (session.folder / "viewer").mkdir()
    fake = session.folder / "viewer" / "remote-viewer"
    fake.write_text('#!/bin/sh\necho "viewer $*"\n')
    fake.chmod(0o755)
    told = session.run("console")
    assert told.returncode == 0 and f"spice+unix://{session.console_socket()}" in told.stdout, told.stderr
    assert session.run("console", env={"DISPLAY": ":9", "PATH": f"{fake.parent}:/usr/bin:/bin"}).stdout == \
        f"viewer spice+unix://{session.console_socket()}\n"
    assert session.run("start", "tiny").returncode == 0
    viewer = Viewer(session.console_socket())
    viewer.until(lambda: viewer.address and viewer.sizes[-1] == (720, 400))
    assert session.run("start", "uefi").returncode == 0
    viewer.until(lambda: viewer.address and viewer.sizes[-1] != (720, 400), 60)
    assert session.run("console", "tiny").returncode == 0
    viewer.until(lambda: viewer.address and viewer.sizes[-1] == (720, 400))
    assert session.run("console", "nosuch").returncode == 1
    assert viewer.ended == []
    viewer.close()


def test_idle_end(session: ConsoleSession) -> None:
    """A session's console ends when nobody has looked for a while, and not before."""
    console = session.start_console("--exit-idle", "2")
    viewer = Viewer(session.console_socket())
    viewer.wait(4)
    assert console.poll() is None and viewer.ended == []
    viewer.close()
    assert console.wait(15) == 0


def test_a_pc_without_a_console(session: ConsoleSession) -> None:
    """Where nothing is installed for the whole PC, what to do is said, and how one gets a console of one's own."""
    done = subprocess.run([BUILD / "playthrough", "console"], env=session.env | {"LC_ALL": "C"}, text=True,
                          capture_output=True, timeout=20)
    if Path("/run/playthrough/console.sock").exists():  # installed here
        assert done.returncode == 0 or "PT-CONSOLE-" in done.stderr
        return
    assert done.returncode == 1 and "PT-CONSOLE-01" in done.stderr, done.stderr
    assert "--session console" in done.stderr or "enable --now playthrough-console.socket" in done.stderr, done.stderr
