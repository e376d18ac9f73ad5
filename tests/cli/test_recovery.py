# SPDX-License-Identifier: GPL-2.0-or-later
"""A VM that dies is started again by rule, at last from what its disk stands on, and never without end."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from conftest import TINY, Session
from images import guest, hidden, ok, pids_of, qemu_img, start, stop, vm, wait_for  # noqa: F401


def rule(session: Session, image: str, count: int, more: str = "", disk: str = "format=qcow2\n") -> None:
    vm(session, image, disk)
    profile = session.profiles / "game.profile"
    profile.write_text(f"[vm]\nrestart-on-failure={count}\nrestart-delay=1\n{more}" + profile.read_text())


def pid_of(session: Session) -> int:
    status = session.json("status", "game")
    return status["pid"] if status["state"] == "running" else 0


def kill(session: Session) -> None:
    before = pid_of(session)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: pid_of(session) not in (before,))


def kill_and_wait(session: Session) -> None:
    """Until it runs again."""
    before = pid_of(session)
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: pid_of(session) not in (0, before))


def state_of(session: Session) -> tuple[str, int]:
    status = session.json("status", "game")
    return status["state"], status["restarts"]


def test_restarts_and_gives_up(guest: Session) -> None:
    ok(guest, "import", "plain.img", "a.qcow2")
    rule(guest, "a.qcow2", 2)
    start(guest)
    kill_and_wait(guest)
    status = guest.json("status", "game")
    assert status["restarts"] == 1 and "started again after it had died (start 1 by rule)" in status["recovery"]
    assert "started again" in guest.run("status", "game").stdout
    kill_and_wait(guest)
    kill(guest)
    wait_for(lambda: "stays off" in (guest.json("status", "game")["recovery"] or ""))
    assert state_of(guest) == ("stopped", 2)
    assert "PT-VM-45" in guest.daemon_log() or "stays off" in guest.daemon_log()
    start(guest)  # by hand: anew
    assert guest.json("status", "game")["restarts"] == 0
    kill_and_wait(guest)
    # A person who stops it has the last word, also while it is about to be started.
    stop(guest)
    assert state_of(guest) == ("stopped", 0)
    assert guest.json("status", "game")["recovery"] is None


def test_a_stop_calls_the_restart_off(guest: Session) -> None:
    ok(guest, "import", "plain.img", "a.qcow2")
    rule(guest, "a.qcow2", 3)
    profile = guest.profiles / "game.profile"
    profile.write_text(profile.read_text().replace("restart-delay=1\n", "restart-delay=3600\n"))
    start(guest)
    kill(guest)
    wait_for(lambda: "is started again, 3600 s after its end: try 1 of 3" in
             (guest.json("status", "game")["recovery"] or ""))
    done = guest.run("stop", "game")
    assert done.returncode == 0, done.stderr
    assert guest.json("status", "game")["recovery"] is None
    assert "is not running" in guest.run("stop", "game").stderr


def test_no_rule_no_restart(guest: Session) -> None:
    ok(guest, "import", "plain.img", "a.qcow2")
    vm(guest, "a.qcow2")
    start(guest)
    kill(guest)
    wait_for(lambda: guest.json("status", "game")["state"] == "stopped")
    assert guest.json("status", "game")["recovery"] is None


def test_from_the_last_good_snapshot(guest: Session) -> None:
    ok(guest, "import", "plain.img", "a.qcow2")
    rule(guest, "a.qcow2", 1, "restart-from-snapshot=yes\n")
    ok(guest, "snapshot", "game", "c", "good", "--overlay")
    base = (guest.home / "a.qcow2").read_bytes()
    start(guest)
    kill_and_wait(guest)
    broken = pid_of(guest)
    os.kill(broken, signal.SIGKILL)
    wait_for(lambda: pid_of(guest) not in (0, broken))
    status = guest.json("status", "game")
    assert status["restarts"] == 2 and "from its last good snapshot" in status["recovery"]
    text = (guest.profiles / "game.profile").read_text()
    [new] = [p.name for p in guest.home.glob("a-recovered-*.qcow2")]
    assert f"image={guest.home}/{new}\n" in text and f"backing=qcow2:{guest.home}/a.qcow2\n" in text
    assert (guest.home / "a.qcow2").read_bytes() == base
    # What it was when it died is still there, with what the guest had written.
    ok(guest, "convert", "a-good.qcow2", "died.raw", "--to", "raw", "--backing", f"qcow2:{guest.home}/a.qcow2")
    assert any((guest.home / "died.raw").read_bytes()[512 * 64:512 * 1024])
    kill(guest)
    wait_for(lambda: "stays off" in (guest.json("status", "game")["recovery"] or ""))
    assert len(list(guest.home.glob("a-recovered-*.qcow2"))) == 1


def test_without_a_snapshot_it_stays_off(guest: Session) -> None:
    ok(guest, "import", "plain.img", "a.qcow2")
    rule(guest, "a.qcow2", 1, "restart-from-snapshot=yes\n")
    start(guest)
    kill_and_wait(guest)
    kill(guest)
    wait_for(lambda: "no disk of it stands on a snapshot" in (guest.json("status", "game")["recovery"] or ""))
    assert state_of(guest) == ("stopped", 2)


def test_the_count_outlives_the_daemon(guest: Session) -> None:
    """A VM that takes the daemon with it is not restarted without end."""
    ok(guest, "import", "plain.img", "a.qcow2")
    rule(guest, "a.qcow2", 1)
    start(guest)
    kill_and_wait(guest)
    assert guest.daemon
    guest.daemon.kill()
    guest.daemon.wait()
    [qemu] = pids_of(guest, b"qemu-system")
    os.kill(qemu, signal.SIGKILL)
    guest.socket().unlink()
    guest.start_daemon()
    wait_for(lambda: "stays off" in (guest.json("status", "game")["recovery"] or ""))
    assert state_of(guest) == ("stopped", 1)



def test_a_refusal_touches_no_disk(guest: Session) -> None:
    """This PC was not ready for the start: nothing that another disk would mend."""
    ok(guest, "import", "plain.img", "a.qcow2")
    rule(guest, "a.qcow2", 1, "restart-from-snapshot=yes\n")
    ok(guest, "snapshot", "game", "c", "good", "--overlay")
    text = (guest.profiles / "game.profile").read_text()
    start(guest)
    image = guest.home / "a-good.qcow2"
    image.rename(guest.home / "aside.qcow2")
    kill(guest)
    wait_for(lambda: "was refused and is tried again" in (guest.json("status", "game")["recovery"] or ""))
    wait_for(lambda: "stays off" in (guest.json("status", "game")["recovery"] or ""))
    assert "its disks are as they were" in guest.json("status", "game")["recovery"]
    assert not list(guest.home.glob("*recovered*")) and (guest.profiles / "game.profile").read_text() == text


def test_a_base_that_another_vm_reads(guest: Session) -> None:
    ok(guest, "import", "plain.img", "a.qcow2")
    rule(guest, "a.qcow2", 1, "restart-from-snapshot=yes\n")
    ok(guest, "snapshot", "game", "c", "good", "--overlay")
    text = (guest.profiles / "game.profile").read_text()
    ok(guest, "info", "game", "c")
    qemu_img("create", "-f", "qcow2", "-F", "qcow2", "-b", guest.home / "a.qcow2", guest.home / "b.qcow2")
    guest.profile("other", text[text.index("[disk"):].replace("a-good", "b") + TINY)
    assert guest.run("start", "other").returncode == 0
    start(guest)
    kill_and_wait(guest)
    kill_and_wait(guest)
    assert "from its last good snapshot" in guest.json("status", "game")["recovery"]
    assert guest.json("status", "other")["state"] == "running"


def restart_daemon(session: Session, **env: str) -> None:
    assert session.daemon
    session.daemon.kill()
    session.daemon.wait()
    session.socket().unlink()
    session.start_daemon(**env)


def test_a_set_back_that_was_cut_off_is_done_again(guest: Session) -> None:
    """It was begun, as is noted before, and the profile has the old image still: no disk to start from."""
    ok(guest, "import", "plain.img", "a.qcow2")
    rule(guest, "a.qcow2", 1, "restart-from-snapshot=yes\n")
    ok(guest, "snapshot", "game", "c", "good", "--overlay")
    note = guest.runtime / "playthrough" / "vm" / "game" / "recovery.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"tries": 2, "due": True, "set_back": True, "disks": [], "doing": "c",
                                "from": f"{guest.home}/a-good.qcow2"}))
    restart_daemon(guest)
    wait_for(lambda: bool(pid_of(guest)))
    [new] = [p.name for p in guest.home.glob("a-recovered-*.qcow2")]
    assert f"image={guest.home}/{new}\n" in (guest.profiles / "game.profile").read_text()
    stop(guest)
    # The profile has another image than the one that was noted: done.
    note.write_text(json.dumps({"tries": 2, "due": True, "set_back": True, "disks": [], "doing": "c",
                                "from": f"{guest.home}/a-good.qcow2"}))
    restart_daemon(guest)
    wait_for(lambda: bool(pid_of(guest)))
    assert [p.name for p in guest.home.glob("a-recovered-*.qcow2")] == [new]


def hold(session: Session, word: bytes) -> int:
    """Catches the next such process, and has it stand still."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for pid in pids_of(session, word):
            try:
                os.kill(pid, signal.SIGSTOP)
                if Path(f"/proc/{pid}/cmdline").read_bytes():
                    return pid
            except OSError:
                continue
    raise AssertionError(f"no {word!r} was seen")


def test_a_stop_waits_for_the_set_back(guest: Session) -> None:
    ok(guest, "import", "plain.img", "a.qcow2")
    rule(guest, "a.qcow2", 1, "restart-from-snapshot=yes\n")
    ok(guest, "snapshot", "game", "c", "good", "--overlay")
    text = (guest.profiles / "game.profile").read_text()
    start(guest)
    kill_and_wait(guest)
    os.kill(pid_of(guest), signal.SIGKILL)
    hold(guest, b"qemu-img")
    assert guest.run("stop", "game").returncode == 0
    # Nothing of it goes on: what it was is what is started.
    assert not hidden(guest) and not pids_of(guest, b"qemu-img")
    assert not list(guest.home.glob("a-recovered-*")) and (guest.profiles / "game.profile").read_text() == text
    assert state_of(guest) == ("stopped", 0) and guest.json("status", "game")["recovery"] is None
    start(guest)
