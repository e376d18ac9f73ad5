"""What is wrong is told in one clear line (and a hint), with exit 1, or 2 for wrong usage; nothing has changed."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from conftest import BUILD, TINY, Session

BOOT = "[cpu]\naccel=tcg\nmodel=max\n[boot]\nfirmware=bios\n"


@dataclass
class Bad:
    """One row: what was typed, with which profile `x` and environment; and what must be said."""

    id: str
    args: list[str]
    says: list[str]
    hint: str = ""
    profile: str | None = None
    env: dict[str, str] = field(default_factory=dict)


USAGE = [
    Bad("no-command", [], ["Usage: playthrough"]),
    Bad("unknown-command", ["frobnicate"], ["frobnicate"]),
    Bad("path-as-command", ["../../bin/true"], ["../../bin/true"]),
    Bad("unknown-global-option", ["--fast", "list"], ["--fast"]),
    Bad("unknown-option", ["list", "--fast"], ["--fast", "playthrough list"]),
    Bad("option-of-another-command", ["list", "--force"], ["--force"]),
    Bad("missing-name", ["start"], ["NAME", "playthrough start NAME"]),
    Bad("missing-device", ["usb", "attach", "tiny"], ["NAME DEVICE"]),
    Bad("missing-device-to-assign", ["usb", "assign", "tiny"], ["NAME DEVICE"]),
    Bad("missing-rule", ["usb", "unassign", "tiny"], ["NAME DEVICE|SECTION"]),
    Bad("missing-by", ["usb", "assign", "tiny", "1-2", "--by"], ["--by"]),
    Bad("why-of-nothing", ["usb", "attach", "tiny", "1-2", "--why"], ["--why"]),
    Bad("missing-value", ["test-drive", "tiny", "--picture"], ["--picture"]),
    Bad("too-many-arguments", ["stop", "tiny", "other"], ["other"]),
    Bad("half-a-command", ["usb"], ["usb"]),
    Bad("wrong-second-word", ["usb", "eject"], ["eject"]),
    Bad("help-of-nothing", ["help", "frobnicate"], ["frobnicate"]),
    Bad("escape-in-argument", ["\033[31mred"], ["\\x1b[31mred"]),
]

REFUSED = [
    # names
    Bad("unknown-vm", ["start", "games"], ["games", "games.profile"], "tiny"),
    Bad("unknown-vm-status", ["status", "games"], ["games"], "tiny"),
    Bad("unknown-vm-test-drive", ["test-drive", "games"], ["games"], "tiny"),
    Bad("name-with-path", ["start", "../games"], ["../games"], "letter"),
    Bad("empty-name", ["start", ""], ["name of a VM"], "letter"),
    Bad("name-not-utf8", ["start", os.fsdecode(b"\xff")], ["UTF-8"]),
    # profiles
    Bad("unknown-key", ["start", "x"], ["x.profile:2", "titel"], "title", "[vm]\ntitel=Games\n"),
    Bad("unknown-section", ["start", "x"], ["x.profile:1", "grafix"], "gpu", "[grafix]\n"),
    Bad("section-twice", ["start", "x"], ["x.profile:3", "[vm]"], "join", "[vm]\n\n[vm]\n"),
    Bad("no-key-value", ["start", "x"], ["x.profile:1", "games"], "#", "games\n"),
    Bad("memory-too-small", ["start", "x"], ["x.profile:2", "1K"], "64M", "[memory]\nsize=1K\n"),
    Bad("no-processor", ["start", "x"], ["x.profile:2", "count"], "1 to 255", "[cpu]\ncount=0\n"),
    Bad("gpu-without-id", ["start", "x"], ["x.profile:1", "id="], "lspci", "[gpu]\naddress=01:00.0\n"),
    Bad("disk-of-nothing", ["start", "x"], ["x.profile:1", "disk d"], "image=", "[disk d]\nwritable=no\n"),
    Bad("relative-image", ["start", "x"], ["x.profile:2", "d.img"], "whole path", "[disk d]\nimage=d.img\n"),
    # what this PC or a session lacks
    Bad("passthrough-in-session", ["start", "x"], ["0000:00:02.0", "PT-VM-01"], "--session",
        BOOT + "[gpu]\naddress=0000:00:02.0\nid=1234:1111\n"),
    Bad("raw-disk-in-session", ["start", "x"], ["/dev/disk/by-id/ata-x", "PT-VM-01"], "--session",
        BOOT + "[disk d]\ndevice=/dev/disk/by-id/ata-x\n"),
    Bad("missing-image", ["start", "x"], ["disk d", "/nonexistent.img"], "disk create",
        BOOT + "[disk d]\nimage=/nonexistent.img\n"),
    Bad("image-is-a-folder", ["start", "x"], ["/usr"], "", BOOT + "[disk d]\nimage=/usr\n"),
    Bad("missing-kernel", ["start", "x"], ["/nonexistent"], "kernel=", BOOT + "kernel=/nonexistent\n"),
    Bad("too-much-memory", ["start", "x"], ["MiB", "MemAvailable"], "size=",
        "[cpu]\naccel=tcg\n[boot]\nfirmware=bios\n[memory]\nsize=4T\n"),
    Bad("unknown-processor", ["start", "x"], ["QEMU", "nonesuch"], "model=",
        "[cpu]\naccel=tcg\nmodel=nonesuch\n[boot]\nfirmware=bios\n"),
    Bad("unknown-processor-feature", ["start", "x"], ["PT-QEMU-04", "invtcs"], "did you mean invtsc",
        "[cpu]\naccel=tcg\nfeatures=+invtcs\n[boot]\nfirmware=bios\n"),
    Bad("same-place-in-the-boot-order", ["start", "x"], ["PT-VM-43", "boot=1"], "a number of its own",
        "[cpu]\naccel=tcg\n[boot]\nfirmware=bios\n[disk a]\nimage=/bin/sh\nboot=1\n[disk b]\nimage=/bin/ls\nboot=1\n"),
    # what does not run
    Bad("stop-a-stopped-vm", ["stop", "tiny"], ["tiny", "not running"]),
    Bad("plug-into-a-stopped-vm", ["usb", "attach", "tiny", "1-2"], ["tiny", "not running"], "start"),
    Bad("unplug-from-a-stopped-vm", ["usb", "detach", "tiny", "1-2"], ["tiny", "not running"], "start"),
    # rules for USB devices
    Bad("assign-to-an-unknown-vm", ["usb", "assign", "games", "1-2"], ["games", "games.profile"], "tiny"),
    Bad("assign-an-unknown-device", ["usb", "assign", "tiny", "9-9"], ["9-9", "PT-USB-11"], "usb list"),
    Bad("assign-by-nothing-known", ["usb", "assign", "tiny", "1-2", "--by", "x"], ["PT-USB-31"], "serial"),
    Bad("assign-rubbish", ["usb", "assign", "tiny", "\033[2J"], ["PT-USB-11"], "usb list"),
    Bad("assign-not-utf8", ["usb", "assign", "tiny", os.fsdecode(b"\xff")], ["UTF-8"]),
    Bad("assign-in-a-broken-profile", ["usb", "assign", "x", "1-2"], ["x.profile:2", "titel"], "title",
        "[vm]\ntitel=Games\n"),
    Bad("unassign-what-is-not", ["usb", "unassign", "tiny", "1-2"], ["tiny", "1-2", "PT-USB-32"], "assign"),
    Bad("log-of-nothing", ["log", "tiny"], ["tiny"]),
    # files
    Bad("picture-in-no-folder", ["test-drive", "tiny", "--picture", "/nonexistent/x.png"],
        ["/nonexistent/x.png", "No such file"], "folder"),
    Bad("check-of-no-file", ["profile", "check", "/nonexistent.profile"], ["/nonexistent.profile"]),
    Bad("check-of-another-file", ["profile", "check", "/etc/hostname"], ["/etc/hostname"], ".profile"),
    Bad("check-of-an-unknown-vm", ["profile", "check", "games"], ["games.profile"], "tiny"),
    Bad("show-of-an-unknown-vm", ["show", "games"], ["games.profile"], "tiny"),
]
HARDWARE = re.search(r"\b(vmx|svm)\b", Path("/proc/cpuinfo").read_text())
if not (HARDWARE and os.path.exists("/dev/kvm")):
    CODE = "PT-KVM-01" if HARDWARE else "PT-CPU-02"
    REFUSED.append(Bad("no-kvm", ["start", "x"], ["KVM", CODE], "accel=auto", "[boot]\nfirmware=bios\n"))

# Before there is a daemon: these start none, or none that lives.
UNREACHABLE = [
    Bad("no-daemon-program", ["list"], ["/nonexistent/playthroughd", "PT-SESSION-02"], "install",
        env={"PLAYTHROUGH_LIBEXEC_DIR": "/nonexistent"}),
    Bad("no-runtime-folder", ["list"], ["/nonexistent/playthrough", "PT-SESSION-01"], "XDG_RUNTIME_DIR",
        env={"XDG_RUNTIME_DIR": "/nonexistent"}),
    Bad("runtime-folder-too-long", ["list"], ["too long", "PT-SESSION-01"], "shorter",
        env={"XDG_RUNTIME_DIR": "/tmp/" + "x" * 120}),
    Bad("daemon-that-dies", ["list"], ["session daemon", "no luck today", "PT-SESSION-02"], "daemon.log"),
]


def expect_refusal(done: subprocess.CompletedProcess[str], bad: Bad) -> None:
    """One line that says what and where, at most one hint below it, nothing else."""
    lines = [line for line in done.stderr.splitlines() if not re.fullmatch(r"\S+: .* \(\d+ s\)", line)]
    assert done.returncode == 1, done
    assert done.stdout == ""
    assert lines[0].startswith("playthrough: ") and len(lines) <= 2, done.stderr
    for word in bad.says:
        assert word in lines[0], done.stderr
    assert bad.hint in "".join(lines[1:]), done.stderr


@pytest.mark.parametrize("bad", USAGE, ids=lambda bad: bad.id)
def test_wrong_usage(shared: Session, bad: Bad) -> None:
    done = shared.run(*bad.args, session=bad.args[:1] != ["--fast"])
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Usage: " in done.stderr or "See: playthrough help" in done.stderr
    for word in bad.says:
        assert word in done.stderr


@pytest.mark.parametrize("program", ["playthrough", "playthrough-setup"])
def test_help_tells_codes_of_both_programs(program: str) -> None:
    def ask(code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([BUILD / program, "help", code], env={"LC_ALL": "C.UTF-8"}, capture_output=True,
                              text=True, timeout=30, check=False)

    for code in ("PT-IOMMU-03", "PT-QEMU-02", "PT-BOOT-06"):
        known = ask(code)
        assert known.returncode == 0 and known.stdout.startswith(f"{code}: ") and known.stderr == ""
    unknown = ask("PT-IOMU-03")
    assert unknown.returncode == 2 and unknown.stdout == ""
    assert "did you mean PT-IOMMU-03?" in unknown.stderr and "playthrough-codes(7)" in unknown.stderr


@pytest.mark.parametrize("bad", REFUSED, ids=lambda bad: bad.id)
def test_refused(shared: Session, bad: Bad) -> None:
    if bad.profile is not None:
        shared.profile("x", bad.profile)
    before = sorted(shared.profiles.rglob("*"))
    done = shared.run(*bad.args)
    expect_refusal(done, bad)
    assert sorted(shared.profiles.rglob("*")) == before and not list(shared.home.iterdir())
    assert [vm["state"] for vm in shared.json("list")["vms"] if vm["state"] != "stopped"] == []
    assert shared.daemon and shared.daemon.poll() is None, shared.daemon_log()


@pytest.mark.parametrize("bad", UNREACHABLE, ids=lambda bad: bad.id)
def test_no_daemon(session: Session, bad: Bad) -> None:
    if bad.id == "daemon-that-dies":
        program = session.folder / "playthroughd"
        program.write_text("#!/bin/sh\necho 'playthroughd: no luck today' >&2\nexit 1\n")
        program.chmod(0o755)
        bad.env = {"PLAYTHROUGH_LIBEXEC_DIR": str(session.folder)}
    expect_refusal(session.run(*bad.args, env=bad.env), bad)


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_run_directory_open_to_others(session: Session, mode: int) -> None:
    folder = session.runtime / "playthrough"
    folder.mkdir()
    folder.chmod(mode)
    expect_refusal(session.run("list"), Bad("", [], [str(folder), f"{mode:04o}", "PT-SESSION-01"], "remove"))
    assert not list(folder.iterdir())


def test_a_link_as_run_directory(session: Session) -> None:
    elsewhere = session.folder / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (session.runtime / "playthrough").symlink_to(elsewhere)
    expect_refusal(session.run("list"), Bad("", [], ["PT-SESSION-01"], "remove"))
    assert not list(elsewhere.iterdir())


def test_no_system_bus(session: Session) -> None:
    done = session.run("list", session=False)
    expect_refusal(done, Bad("", [], ["system bus", "PT-BUS-01"], "--session"))


def test_the_system_daemon_needs_a_bus(session: Session) -> None:
    done = subprocess.run([BUILD / "playthroughd"], env=session.env, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "system bus" in done.stderr or "root" in done.stderr
    assert "--session" in done.stderr


def test_the_daemon_refuses_arguments(session: Session) -> None:
    for args in (["games"], ["--run-dir", "relative"], ["--fast"]):
        done = subprocess.run([BUILD / "playthroughd", *args], env=session.env, capture_output=True, timeout=30)
        assert done.returncode == 2 and done.stderr


def test_qemu_missing(session: Session) -> None:
    session.profile("tiny", TINY)
    session.start_daemon(PATH="/nonexistent")
    if Path("/usr/bin/qemu-system-x86_64").exists():
        # The daemon falls back to where Debian installs it, so that an installation is noticed.
        assert session.run("list").returncode == 0
        return
    expect_refusal(session.run("start", "tiny"), Bad("", [], ["PT-QEMU-01"], "qemu-system-x86"))


def test_qemu_dies_at_once(session: Session) -> None:
    qemu = session.folder / "qemu-system-x86_64"
    qemu.write_text("#!/bin/sh\necho 'qemu: out of electrons' >&2\nexit 1\n")
    qemu.chmod(0o755)
    session.profile("tiny", TINY)
    session.start_daemon(PATH=f"{session.folder}:/usr/bin:/bin")
    expect_refusal(session.run("start", "tiny"), Bad("", [], ["tiny", "QEMU", "out of electrons"], "log"))
    assert session.json("status", "tiny")["state"] == "stopped"


def test_nothing_can_be_written(shared: Session) -> None:
    with open("/dev/full", "w") as full:
        process = shared.popen("list", stdout=full)
        assert process.stderr
        text = process.stderr.read()
    assert process.wait() == 1 and "standard output" in text and "No space left" in text


def test_the_table_is_long_enough() -> None:
    assert len(USAGE) + len(REFUSED) + len(UNREACHABLE) >= 25
