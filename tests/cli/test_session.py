"""Everyday work in session mode: a real daemon, a real QEMU without KVM."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path
from typing import Callable

from gi.repository import Gio

from conftest import BUILD, TINY, TOP, Session


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_list_show_check(shared: Session) -> None:
    shared.profile("good", TINY + "[vm]\ntitle=Игра\n")
    shared.profile("bad", "[vm]\ntitel=x\n")
    text = shared.run("list").stdout
    assert "Игра" in text and "titel" in text
    vms = {vm["name"]: vm for vm in shared.json("list")["vms"]}
    assert vms["good"]["state"] == "stopped" and vms["good"]["error"] is None
    assert "titel" in vms["bad"]["error"]
    assert vms["good"]["hardware"] == {"guest": "other", "cpus": 1, "memory": 256 << 20, "gpus": [], "disks": 0,
                                      "sound": True}
    assert vms["good"]["last_end"] is None
    shown = shared.run("show", "good").stdout
    assert shown.startswith(f"# {shared.profiles}/good.profile\n") and "title=Игра" in shown
    for what in ("good", str(shared.profiles / "good.profile")):
        assert shared.run("profile", "check", what).returncode == 0
    assert shared.run("profile", "check", "bad").returncode == 1


def test_help_is_complete(shared: Session) -> None:
    usage = shared.run("help")
    assert usage.returncode == 0
    manual = (TOP / "appliance" / "playthrough.1").read_text()
    for command in ("list", "show", "start", "stop", "pause", "resume", "sleep", "screenshot", "status", "log", "report",
                    "test-drive", "usb list", "usb show", "usb attach", "usb detach", "usb give-back", "usb assign",
                    "usb unassign", "console", "profile check", "profile offers", "profile new", "profile edit",
                    "profile remove", "backup", "restore"):
        assert f"\n  {command} " in usage.stdout
        assert re.search(rf"^\.It Cm {command}( |$)", manual, re.MULTILINE)
        words = command.split()
        assert shared.run("help", *words).stdout == shared.run(*words, "--help").stdout


def test_another_program_is_run(shared: Session) -> None:
    program = shared.folder / "playthrough-hello"
    program.write_text('#!/bin/sh\necho "hello $*"\nexit 5\n')
    program.chmod(0o755)
    done = shared.run("hello", "a", "b c", env={"PATH": f"{shared.folder}:/usr/bin:/bin"})
    assert (done.returncode, done.stdout) == (5, "hello a b c\n")


def test_a_life(daemon: Session) -> None:
    """Start, look, refuse a second start, stop; the daemon comes and goes meanwhile."""
    assert daemon.run("start", "tiny").returncode == 0
    assert daemon.json("status", "tiny")["state"] == "running"
    assert [vm["name"] for vm in daemon.json("status")["vms"]] == ["tiny"]
    second = daemon.run("start", "tiny")
    assert second.returncode == 1 and "running already" in second.stderr

    assert daemon.daemon
    pid = daemon.json("status", "tiny")["pid"]
    daemon.daemon.kill()
    daemon.daemon.wait()
    assert daemon.json("status", "tiny")["pid"] == pid  # by a new daemon, which the client started

    stopped = daemon.run("stop", "tiny", "--force")
    assert stopped.returncode == 0, stopped.stderr
    assert daemon.json("status", "tiny")["state"] == "stopped"
    assert pid not in daemon.processes()


def test_terminated_daemon_leaves_the_vm(daemon: Session) -> None:
    assert daemon.run("start", "tiny").returncode == 0
    pid = daemon.json("status", "tiny")["pid"]
    assert daemon.daemon
    daemon.daemon.terminate()
    assert daemon.daemon.wait(10) == 0
    assert Path(f"/proc/{pid}").exists() and not daemon.socket().exists()
    assert daemon.run("stop", "tiny", "--force").returncode == 0


def test_killed_qemu_is_noticed(daemon: Session) -> None:
    assert daemon.run("start", "tiny").returncode == 0
    os.kill(daemon.json("status", "tiny")["pid"], signal.SIGKILL)
    wait_for(lambda: daemon.json("status", "tiny")["state"] == "stopped")
    assert daemon.json("status", "tiny")["last_end"]["reason"]
    assert daemon.run("start", "tiny").returncode == 0


def test_a_client_that_does_not_wait(shared: Session) -> None:
    """Its first two calls come with its authentication, in one piece; GDBus does so on a busy PC."""
    calls = b""
    for serial in (1, 2):
        call = Gio.DBusMessage.new_method_call(None, "/org/playthrough/Appliance1", "org.freedesktop.DBus.Peer", "Ping")
        call.set_serial(serial)
        calls += call.to_blob(Gio.DBusCapabilityFlags.NONE)
    user = str(os.getuid()).encode().hex()
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(shared.socket()))
        client.sendall(f"\0AUTH EXTERNAL {user}\r\nBEGIN\r\n".encode() + calls)
        said = b""
        # Method returns (type 2), each without a body.
        while said.count(b"l\x02\x01\x01\x00\x00\x00\x00") < 2:
            said += client.recv(4096)
        # One that is gone with its calls.
        with socket.socket(socket.AF_UNIX) as gone:
            gone.connect(str(shared.socket()))
            gone.sendall(f"\0AUTH EXTERNAL {user}\r\nBEGIN\r\n".encode() + calls)
    assert shared.run("list").returncode == 0 and shared.daemon and shared.daemon.poll() is None


def test_two_clients_start_one_daemon(session: Session) -> None:
    session.profile("tiny", TINY)
    clients = [session.popen("list") for _ in range(4)]
    for client in clients:
        client.communicate(timeout=60)
        assert client.returncode == 0, session.daemon_log()
    wait_for(lambda: len(session.processes()) == 1)


def png_size(file: Path) -> tuple[int, int]:
    head = file.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def test_demo_drive(session: Session) -> None:
    """The shipped demo: what `make run` shows."""
    session.env["PLAYTHROUGH_PROFILE_PATH"] = str(TOP / "profiles")
    picture = session.home / "demo.png"
    done = session.run("test-drive", "demo", "--json", "--picture", str(picture))
    assert done.returncode == 0, done.stderr + session.daemon_log()
    report = json.loads(done.stdout)
    assert report["schema"] == 1 and report["vm"] == "demo" and report["complete"] is True
    assert report["failed"] == 0 and report["passed"] >= 1
    assert len(report["nonce"]) == 16
    assert {"device", "kind", "capability", "status", "detail"} <= report["results"][0].keys()
    told = {(r["device"], r["capability"]): r["status"] for r in report["results"]}
    for machine in (("processors", "topology"), ("hypervisor", "signature"), ("memory", "size"), ("memory", "nodes"),
                    ("memory", "pages")):  # fmt: skip
        assert told[machine] == "pass", report["results"]
    drawn = [r for r in report["results"] if r["capability"] == "draw"]
    assert [r["status"] for r in drawn] == ["pass"]
    width, height = png_size(picture)
    assert width >= 640 and height >= 480
    assert os.listdir(session.home) == ["demo.png"]
    assert session.json("status", "demo")["state"] == "stopped"


DRIVE = """[vm]
guest=linux
[cpu]
accel=tcg
model=max
count=2
[memory]
size=384M
[boot]
firmware=bios
[network]
type=none
[disk fast]
image={folder}/fast.raw
writable=yes
bus=nvme
[disk old]
image={folder}/old.raw
writable=yes
bus=sata
"""


def test_drive_has_the_profiles_machine(session: Session) -> None:
    """As many processors and as much memory as the profile says; its disks on their bus, and nothing written to them."""
    images = [session.home / name for name in ("fast.raw", "old.raw")]
    for image in images:
        image.write_bytes(image.name.encode().ljust(4 << 20, b"."))
    before = [image.read_bytes() for image in images]
    session.profile("games", DRIVE.format(folder=session.home))
    report = json.loads(session.run("test-drive", "games", "--json").stdout)
    told = {(r["device"], r["capability"]): r for r in report["results"]}
    assert report["failed"] == 0, report
    assert told["processors", "topology"]["detail"].startswith("2 (1 socket, 1 die each, 2 cores each, 1 thread each)")
    assert told["memory", "size"]["detail"].endswith("of 384 MiB are left by the firmware")
    assert "TCGTCGTCGTCG" in told["hypervisor", "signature"]["detail"]
    assert told["fast", "present"]["detail"].startswith("nvme")
    assert told["fast", "read"]["status"] == told["old", "read"]["status"] == "pass"
    assert [image.read_bytes() for image in images] == before


def test_interrupt_cancels(daemon: Session) -> None:
    process = daemon.popen("test-drive", "tiny")
    wait_for(lambda: daemon.json("status", "tiny")["state"] == "running")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "cancelled" in err
    wait_for(lambda: daemon.json("status", "tiny")["state"] == "stopped")


def test_progress_on_a_terminal(daemon: Session) -> None:
    main, terminal = pty.openpty()
    command = [str(BUILD / "playthrough"), "--session", "test-drive", "tiny"]
    with subprocess.Popen(command, env=daemon.env | {"TERM": "xterm"}, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=terminal) as process:
        os.close(terminal)
        said = b""
        while b"\r\x1b[Ktiny: waiting for the " not in said:
            said += os.read(main, 4096)
        process.send_signal(signal.SIGINT)
        while b"cancelled" not in said:
            said += os.read(main, 4096)
    assert process.returncode == 1
    os.close(main)


def test_pause(daemon: Session) -> None:
    """Its processors stand still, over a daemon's death, until it is resumed; and a paused VM can be stopped."""
    refused = daemon.run("pause", "tiny")
    assert refused.returncode == 1 and "PT-VM-13" in refused.stderr
    assert daemon.run("start", "tiny").returncode == 0
    assert daemon.json("status", "tiny")["paused"] is False
    assert daemon.run("pause", "tiny").stdout == "tiny: paused\n"
    assert daemon.run("pause", "tiny").returncode == 0
    status = daemon.json("status", "tiny")
    assert (status["state"], status["paused"], status["pause_reason"]) == ("running", True, None)
    assert re.search(r"^tiny +paused ", daemon.run("list").stdout, re.MULTILINE)

    assert daemon.daemon
    daemon.daemon.kill()
    daemon.daemon.wait()
    wait_for(lambda: daemon.json("status", "tiny")["paused"])
    before = daemon.json("status", "tiny")
    time.sleep(0.5)
    assert daemon.json("status", "tiny")["cpu_usec"] - before["cpu_usec"] < 250_000
    assert daemon.run("resume", "tiny").stdout == "tiny: running\n"
    assert daemon.json("status", "tiny")["paused"] is False

    assert daemon.run("pause", "tiny").returncode == 0
    assert daemon.run("stop", "tiny", "--force").returncode == 0
    assert daemon.json("status", "tiny")["state"] == "stopped"
    assert daemon.json("list")["vms"][0]["paused"] is False


def test_usage(daemon: Session) -> None:
    assert "cpu_usec" not in daemon.json("status", "tiny")
    assert daemon.run("start", "tiny").returncode == 0
    wait_for(lambda: daemon.json("status", "tiny")["cpu_usec"] > 100_000)
    status = daemon.json("status", "tiny")
    assert re.match(r"\d+\.\d+\.\d+", status["qemu"])
    assert 8 << 20 < status["memory_bytes"] < 1 << 30 and status["at_usec"] > 0
    text = daemon.run("status", "tiny").stdout
    assert re.search(r"^  processors: \d{1,3} % of 1$", text, re.MULTILINE)
    assert re.search(r"^  memory: \d+ MiB of this PC's$", text, re.MULTILINE)


def test_what_a_session_cannot_keep(daemon: Session) -> None:
    """Its VMs run all the same, and it is told."""
    daemon.profile("tiny", TINY.replace("count=1", "count=1\nisolate=yes").replace("size=256M", "size=256M\nnuma=auto"))
    assert daemon.run("start", "tiny").returncode == 0
    status = daemon.json("status", "tiny")
    assert status["kept_processors"] is None and "daemon alone" in status["kept_note"]
    assert status["kept_note"] in daemon.run("status", "tiny").stdout
    assert not (daemon.runtime / "playthrough" / "isolation.json").exists()
    assert daemon.run("stop", "--force", "tiny").returncode == 0


def test_all_memory_but_what_the_host_needs(daemon: Session) -> None:
    daemon.profile("tiny", TINY.replace("size=256M", "size=max"))
    assert daemon.run("profile", "check", "tiny").returncode == 0
    assert daemon.json("list")["vms"][0]["hardware"]["memory"] == 0  # not known before it runs
    meminfo = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    available = int(meminfo["MemAvailable"].split()[0]) << 10
    started = daemon.run("start", "tiny")
    if started.returncode:  # on a PC that has too little
        assert "PT-MEM-02" in started.stderr
        return
    memory = daemon.json("status", "tiny")["hardware"]["memory"]
    assert 0 < memory < available and memory % (2 << 20) == 0
    assert daemon.run("stop", "--force", "tiny").returncode == 0


def test_sleep(daemon: Session) -> None:
    """A guest without an agent cannot be asked, and runs on."""
    refused = daemon.run("sleep", "tiny")
    assert refused.returncode == 1 and "PT-VM-" in refused.stderr, refused
    assert daemon.run("start", "tiny").returncode == 0
    refused = daemon.run("sleep", "tiny")
    assert refused.returncode == 1 and "no agent runs in the guest" in refused.stderr, refused
    status = daemon.json("status", "tiny")
    assert (status["state"], status["asleep"], status["paused"]) == ("running", False, False)


def test_sleep_of_this_pc(daemon: Session) -> None:
    """Games stand still meanwhile and go on after it, whatever language systemd hands to what it starts."""
    tools, noted = daemon.folder / "tools", daemon.folder / "noted"
    tools.mkdir()
    noted.mkdir()
    for name, line in (("systemctl", "echo playthrough-vm-tiny.service"),
                       ("playthrough", f'exec {BUILD / "playthrough"} --session "$@"')):
        (tools / name).write_text(f"#!/bin/sh\n{line}\n")
        (tools / name).chmod(0o755)
    env = daemon.env | {"PATH": f"{tools}:{daemon.env['PATH']}", "RUNTIME_DIRECTORY": str(noted), "LC_ALL": "C.UTF-8",
                        "LANGUAGE": "ru", "PLAYTHROUGH_LOCALE_DIR": str(BUILD / "locale")}
    script = str(TOP / "appliance" / "packaging" / "sleep-guests")
    assert daemon.run("start", "tiny").returncode == 0
    done = subprocess.run(["sh", script], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and daemon.json("status", "tiny")["paused"], done
    done = subprocess.run(["sh", script, "wake"], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not daemon.json("status", "tiny")["paused"], done
    # One that was not put to sleep after all may be woken.
    assert subprocess.run(["sh", script, "wake"], env=env, timeout=60).returncode == 0


def test_screenshot(daemon: Session) -> None:
    daemon.profile("tiny", TINY + "[vm]\nguest=linux\n")
    picture = daemon.home / "screen.png"
    refused = daemon.run("screenshot", "tiny", str(picture))
    assert refused.returncode == 1 and "PT-VM-13" in refused.stderr and os.listdir(daemon.home) == []
    assert daemon.run("start", "tiny").returncode == 0
    done = daemon.run("screenshot", "tiny", str(picture))
    assert done.returncode == 0, done.stderr
    width, height = png_size(picture)
    assert width >= 320 and height >= 200 and os.listdir(daemon.home) == ["screen.png"]


def test_report(daemon: Session) -> None:
    """A new file each time, in which nobody is named; also of a VM that nobody knows, and without a daemon."""
    daemon.profile("bad", "[vm]\ntitel=/home/alice/x\n")
    first, second = daemon.run("report", "bad"), daemon.run("report", "bad")
    assert first.returncode == 0, first.stderr
    paths = [Path(done.stdout.strip()) for done in (first, second)]
    assert paths[0] != paths[1] and all(p.parent == daemon.home and p.stat().st_mode & 0o777 == 0o600 for p in paths)
    text = paths[0].read_text()
    assert "== What happened ==" in text and "titel" in text and "alice" not in text and "Linux" in text

    documents = daemon.home / "Documents"
    documents.mkdir()
    (daemon.home / ".config").mkdir(exist_ok=True)
    (daemon.home / ".config" / "user-dirs.dirs").write_text('XDG_DOCUMENTS_DIR="$HOME/Documents"\n')
    assert Path(daemon.run("report", "tiny").stdout.strip()).parent == documents

    mine = daemon.home / "mine.txt"
    assert daemon.run("report", "nobody", str(mine)).returncode == 0
    before = mine.read_text()
    again = daemon.run("report", "nobody", str(mine))
    assert again.returncode == 1 and "overwritten" in again.stderr and mine.read_text() == before
    assert "== Versions ==" in daemon.run("report", "tiny", "-").stdout
    alone = daemon.run("report", "tiny", "-", session=False)
    assert alone.returncode == 0 and "PT-BUS" in alone.stdout
