"""Profiles from the command line: offered, made, edited in one's own editor, removed. A session passes no devices."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest
from conftest import BUILD, LIMIT_SECONDS, TINY, Session


def editor(session: Session, script: str) -> dict[str, str]:
    """$EDITOR as a shell script that gets the copy as $1; $N is how often it was called before."""
    path = session.folder / "editor"
    count = session.folder / "count"
    count.write_text("0")
    path.write_text(f'#!/bin/sh\nN=$(cat {count}); echo $((N + 1)) >{count}\n{script}\n')
    path.chmod(0o755)
    return {"EDITOR": str(path), "TMPDIR": str(session.folder)}


def copies(session: Session) -> list[Path]:
    return list(session.folder.glob("playthrough-*"))


def test_offers(shared: Session) -> None:
    offers = shared.json("profile", "offers")
    assert offers["schema"] == 1
    assert offers["gpus"] == offers["usb_controllers"] == offers["disks"] == []
    memory, cpus = offers["memory"], offers["cpus"]
    assert memory["least"] <= memory["proposed"] <= memory["most"] <= memory["total"]
    assert memory["proposed"] % (1 << 20) == 0
    assert 1 <= cpus["proposed"] <= cpus["most"] <= cpus["total"] == os.cpu_count()
    assert offers["guests"][0] == "windows-11" and "tiny" in offers["names"]
    text = shared.run("profile", "offers").stdout
    assert f"Processors: {cpus['proposed']} of {cpus['total']}" in text


def test_new_as_proposed(daemon: Session) -> None:
    offers = daemon.json("profile", "offers")
    dry = daemon.run("profile", "new", "games", "--guest", "linux", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "no devices of this PC" in dry.stderr
    assert not (daemon.profiles / "games.profile").exists()
    done = daemon.run("profile", "new", "games", "--guest", "linux")
    assert done.returncode == 0, done.stderr
    text = (daemon.profiles / "games.profile").read_text()
    assert text == dry.stdout
    assert f"count={offers['cpus']['proposed']}\n" in text and "guest=linux\n" in text
    assert str(daemon.profiles / "games.profile") in done.stdout
    assert daemon.run("profile", "check", "games").returncode == 0
    assert "games" in [vm["name"] for vm in daemon.json("list")["vms"]]
    again = daemon.run("profile", "new", "games")
    assert again.returncode == 1 and "PT-PROFILE-02" in again.stderr and again.stdout == ""
    assert (daemon.profiles / "games.profile").read_text() == text


def test_new_as_wished(daemon: Session) -> None:
    done = daemon.run("profile", "new", "wish", "--memory", "768M", "--cpus", "1", "--disk", "a.qcow2", "--disk",
                      "/b.img", "--gpu", "none", "--usb", "none")
    assert done.returncode == 0, done.stderr
    text = (daemon.profiles / "wish.profile").read_text()
    assert "size=768M\n" in text and "count=1\n" in text
    assert f"image={daemon.home}/a.qcow2\nformat=qcow2\n" in text and "[disk games-2]\nimage=/b.img\n" in text
    # What is not there yet is told, and no reason not to write.
    assert "PT-DISK-06" in done.stderr or "PT-CPU" in done.stderr or "PT-KVM" in done.stderr


def test_new_asks(daemon: Session) -> None:
    """On a terminal; what is proposed stands in brackets. A session is not asked for a card."""
    master, slave = pty.openpty()
    os.write(master, b"linux\n/tmp/a.qcow2\n\n1\n")
    command = [BUILD / "playthrough", "--session", "profile", "new", "asked"]
    done = subprocess.run(command, env=daemon.env, stdin=slave, stderr=slave, stdout=subprocess.PIPE, text=True,
                          timeout=LIMIT_SECONDS)
    asked = os.read(master, 65536).decode()
    os.close(slave)
    os.close(master)
    assert done.returncode == 0 and "graphics card" not in asked, asked
    assert "How many processors?" in asked and "[windows-11]" in asked
    text = (daemon.profiles / "asked.profile").read_text()
    assert "guest=linux\n" in text and "image=/tmp/a.qcow2\n" in text and "count=1\n" in text
    assert text.startswith("# Written by playthrough profile new.")


@pytest.mark.parametrize("wish, says", [
    (["--gpu", "0000:01:00.0"], "PT-PROFILE-06"),
    (["--usb", "x"], "PT-PROFILE-06"),
    (["--disk", "/dev/sda"], "PT-PROFILE-06"),
    (["--memory", "lots"], "lots"),
    (["--memory", "1G\n[gpu]"], "size"),
    (["--cpus", "0"], "count"),
    (["--guest", "dos"], "dos"),
    (["--disk", "a\nb"], "image"),
])
def test_new_refused(shared: Session, wish: list[str], says: str) -> None:
    done = shared.run("profile", "new", "refused", *wish)
    assert done.returncode == 1 and says in done.stderr, done.stderr
    assert not (shared.profiles / "refused.profile").exists()


def test_bad_names(shared: Session) -> None:
    for name in ("../x", "Games", "a.b", ""):
        for command in ("new", "edit", "remove"):
            done = shared.run("profile", command, name)
            assert done.returncode == 1 and "not the name of a VM" in done.stderr, done.stderr


def test_edit(daemon: Session) -> None:
    file = daemon.profiles / "tiny.profile"
    env = editor(daemon, 'sed -i "1i # mine" "$1"')
    done = daemon.run("profile", "edit", "tiny", env=env)
    assert done.returncode == 0, done.stderr
    assert file.read_text() == "# mine\n" + TINY
    assert "processors: 1" in done.stdout and copies(daemon) == []
    done = daemon.run("profile", "edit", "tiny", env=editor(daemon, ":"))
    assert (done.returncode, done.stdout) == (0, "tiny: nothing was changed\n")
    # Options in $EDITOR, and $VISUAL before it.
    env = {"EDITOR": "false", "VISUAL": "sed -i s/mine/ours/"}
    assert daemon.run("profile", "edit", "tiny", env=env).returncode == 0
    assert file.read_text() == "# ours\n" + TINY


def test_edit_bad(daemon: Session) -> None:
    file = daemon.profiles / "tiny.profile"
    env = editor(daemon, 'printf "[vm]\\ntitel=x\\nguest=dos\\n" >"$1"')
    done = daemon.run("profile", "edit", "tiny", env=env)
    assert done.returncode == 1 and "PT-PROFILE-05" in done.stderr
    assert f"{file}:2: " in done.stderr and f"{file}:3: " in done.stderr and "title=" in done.stderr
    assert file.read_text() == TINY
    (copy,) = copies(daemon)
    assert (copy / "tiny.profile").read_text().startswith("[vm]\ntitel=") and str(copy) in done.stderr
    assert copy.stat().st_mode & 0o777 == 0o700
    done = daemon.run("profile", "edit", "tiny", env=editor(daemon, "exit 3"))
    assert done.returncode == 1 and "nothing is written" in done.stderr
    done = daemon.run("profile", "edit", "tiny", env=editor(daemon, r'printf "\377" >"$1"'))
    assert done.returncode == 1 and "UTF-8" in done.stderr
    assert file.read_text() == TINY


@pytest.mark.parametrize("answer, mended", [(b"\n", True), (b"d\n", False), (b"\x04", False)])
def test_edit_again(daemon: Session, answer: bytes, mended: bool) -> None:
    file = daemon.profiles / "tiny.profile"
    env = editor(daemon, 'if [ "$N" = 0 ]; then echo titel=x >>"$1"; else sed -i s/titel=x/memory=/ "$1"; '
                         'sed -i "/^memory=/d" "$1"; echo "# mended" >>"$1"; fi')
    master, slave = pty.openpty()
    os.write(master, answer)
    done = subprocess.run([BUILD / "playthrough", "--session", "profile", "edit", "tiny"], env=daemon.env | env,
                          stdin=slave, capture_output=True, text=True, timeout=LIMIT_SECONDS)
    os.close(slave)
    os.close(master)
    assert done.returncode == (0 if mended else 1), done.stderr
    assert file.read_text() == (TINY + "# mended\n" if mended else TINY)
    assert (copies(daemon) == []) == mended


def test_edit_while_another_does(daemon: Session) -> None:
    file = daemon.profiles / "tiny.profile"
    env = editor(daemon, f'echo "# mine" >>"$1"; echo "# theirs" >>{file}')
    done = daemon.run("profile", "edit", "tiny", env=env)
    assert done.returncode == 1 and "PT-PROFILE-01" in done.stderr
    assert file.read_text() == TINY + "# theirs\n"
    (copy,) = copies(daemon)
    assert "# mine" in (copy / "tiny.profile").read_text() and str(copy) in done.stderr


def test_edit_another_folders(session: Session) -> None:
    far = session.folder / "far"
    far.mkdir()
    (far / "demo.profile").write_text(TINY)
    session.env["PLAYTHROUGH_PROFILE_PATH"] += f":{far}"
    done = session.run("profile", "remove", "demo")
    assert done.returncode == 1 and "PT-PROFILE-03" in done.stderr
    done = session.run("profile", "edit", "demo", env=editor(session, 'echo "# mine" >>"$1"'))
    assert done.returncode == 0, done.stderr
    assert "in place of" in done.stdout
    assert (far / "demo.profile").read_text() == TINY
    assert (session.profiles / "demo.profile").read_text() == TINY + "# mine\n"
    done = session.run("profile", "remove", "demo")
    assert done.returncode == 0 and f"{far}/demo.profile counts again" in done.stdout, done.stderr


def test_remove(daemon: Session) -> None:
    file = daemon.profiles / "tiny.profile"
    drop_in = daemon.profiles / "tiny.profile.d" / "a.conf"
    drop_in.parent.mkdir()
    drop_in.write_text("# a\n")
    done = daemon.run("profile", "remove", "tiny")
    assert done.returncode == 0, done.stderr
    aside = Path(f"{file}.removed")
    assert not file.exists() and aside.read_text() == TINY and str(aside) in done.stdout
    assert not drop_in.exists() and (daemon.profiles / "tiny.profile.d.removed" / "a.conf").exists()
    assert daemon.json("list")["vms"] == []
    assert daemon.run("profile", "remove", "tiny").returncode == 1
    aside.rename(file)
    assert [vm["name"] for vm in daemon.json("list")["vms"]] == ["tiny"]


def test_nothing_steers_the_terminal(shared: Session) -> None:
    shared.profile("odd", "[vm]\ntitle=\033[31m\n")
    done = shared.run("profile", "edit", "odd", env=editor(shared, 'echo "x=\033[32m" >>"$1"'))
    assert done.returncode == 1 and "\033" not in done.stderr + done.stdout
    (shared.profiles / "odd.profile").unlink()
