# SPDX-License-Identifier: GPL-2.0-or-later
"""For whoever looks after PCs from afar: a file with all that is known, in which nobody is named, and figures for monitoring."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from conftest import BUILD, TINY, TOP, Session
from test_hostile import pss_kib
from test_usb_rules import pc  # noqa: F401

PEOPLE = "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\nbobby-tables:x:1001:1001::/home/b:/bin/sh\n"
HOST = "cellar-gamer"
SECRETS = {
    "disk": "S3CR3TDISK42", "card": "a1b2c3d4e5f60718", "MAC": "52:54:00:ab:cd:ef", "UUID": "8c2f4a1e-5b7d-4e0a-9f33-1234567890ab",
    "person": "alice", "other person": "bobby-tables", "host": HOST, "folder": "/home/carol",
}
PROFILE = (TINY + f"[vm]\ntitle=Game of {SECRETS['other person']} on {HOST}\n[smbios]\nserial=S3CR3TBOARD1\n"
           f"[network]\ntype=user\nmac={SECRETS['MAC']}\n"
           f"[disk games]\nimage={SECRETS['folder']}/{SECRETS['UUID']}.qcow2\nserial={SECRETS['disk']}\n"
           f"[gpu]\naddress=0000:01:00.0\nid=10de:1b81\nserial={SECRETS['card']}\n")


def support(session: Session, *args: str) -> subprocess.CompletedProcess[str]:
    """With people and a host's name that are ours to choose."""
    passwd = session.folder / "passwd"
    passwd.write_text(PEOPLE)
    script = f'hostname {HOST}; mount --bind "$0" /etc/passwd; exec "$@"'
    env = session.env | {"PATH": f"{BUILD}:{session.env['PATH']}"}
    return subprocess.run(["unshare", "-rmu", "sh", "-ec", script, str(passwd), str(BUILD / "playthrough"), "--session", "support", *args],
                          env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, cwd=session.home)


def test_nobody_is_named(pc: Session) -> None:  # noqa: F811
    """Neither of what a profile says, nor of what USB devices, guests and logs say of themselves."""
    pc.profile("games", PROFILE)
    with (pc.folder / "daemon.log").open("a") as log:
        log.write("alice@cellar-gamer plugged 52:54:00:ab:cd:ef in\n")
    os.replace(pc.folder / "daemon.log", pc.runtime / "playthrough" / "daemon.log")
    serials = {d["serial"] for d in pc.json("usb", "list")["devices"] if d["serial"]}
    assert serials
    done = support(pc, "-")
    assert done.returncode == 0, done.stderr
    for section in ("Versions", "This PC", "Its setup", "VM games", "Profile games", "USB devices", "Disks", "Console", "Log"):
        assert f"\n== {section} ==\n" in done.stdout, section
    for what, secret in SECRETS.items():
        assert secret.lower() not in done.stdout.lower(), f"{what} {secret}"
    for serial in serials | {"S3CR3TBOARD1"}:
        assert not re.search(rf"\b{re.escape(serial)}\b", done.stdout), serial
    # And still something is said: equal ones are equal.
    aliases = re.findall(r"^(\S+)@(\S+) plugged (02:00:\S+) in$", done.stdout, re.MULTILINE)
    assert len(aliases) == 1 and f"mac={aliases[0][2]}" in done.stdout and f"on {aliases[0][1]}" in done.stdout


def test_tells_where_it_is(session: Session) -> None:
    session.profile("tiny", TINY)
    done = support(session)
    assert done.returncode == 0, done.stderr
    path = session.home / done.stdout.strip().rsplit("/", 1)[-1]
    assert path.name.startswith("playthrough-report-support-") and path.stat().st_mode & 0o777 == 0o600
    before = path.read_text()
    assert '"schema": 1' in before and "\n== VM tiny ==\n" in before
    again = support(session, str(path))
    assert again.returncode == 1 and "overwritten" in again.stderr and path.read_text() == before


SAMPLE = re.compile(r'(playthrough_\w+)(\{\w+="(?:[^"\\]|\\.)*"\})? (-?[0-9.e+]+)')


def samples(session: Session) -> dict[str, float]:
    """By the rules of Prometheus's text format: each metric's lines are together, after its HELP and TYPE."""
    done = session.run("status", "--prometheus")
    assert done.returncode == 0, done.stderr
    found, current = {}, ""
    for line in done.stdout.splitlines():
        if line.startswith("# HELP "):
            current = line.split()[2]
        elif line.startswith("# TYPE "):
            assert line.split()[2] == current and line.split()[3] in ("gauge", "counter")
        else:
            match = SAMPLE.fullmatch(line)
            assert match and match[1] == current, line
            found[match[1] + (match[2] or "")] = float(match[3])
    return found


def test_prometheus(daemon: Session) -> None:
    daemon.profile("bad", "[vm]\ntitel=x\n")
    told = samples(daemon)
    assert told["playthrough_up"] == 1 and told['playthrough_vm_running{vm="tiny"}'] == 0
    assert told['playthrough_vm_profile_ok{vm="bad"}'] == 0 and told['playthrough_vm_profile_ok{vm="tiny"}'] == 1
    assert 'playthrough_vm_memory_bytes{vm="tiny"}' not in told
    assert daemon.run("start", "tiny").returncode == 0
    told = samples(daemon)
    assert told['playthrough_vm_running{vm="tiny"}'] == 1 and told['playthrough_vm_memory_bytes{vm="tiny"}'] > 8 << 20
    assert told['playthrough_vm_cpu_seconds_total{vm="tiny"}'] >= 0 and told["playthrough_quarantined_devices"] == 0
    one = daemon.run("status", "tiny", "--prometheus")
    assert one.returncode == 1 and "all VMs" in one.stderr and pss_kib(daemon.json("status", "tiny")["pid"]) > 0


def test_prometheus_tells_nothing_that_it_does_not_know(daemon: Session) -> None:
    """Where no VM can be asked, nobody has told how many devices are quarantined."""
    (daemon.profiles / "tiny.profile").write_text("[vm]\ntitel=x\n")
    told = samples(daemon)
    assert told["playthrough_up"] == 1 and told['playthrough_vm_profile_ok{vm="tiny"}'] == 0
    assert "playthrough_quarantined_devices" not in told


def test_prometheus_without_a_daemon(session: Session) -> None:
    done = session.run("status", "--prometheus", session=False)
    assert done.returncode == 1 and done.stdout.endswith("\nplaythrough_up 0\n") and "PT-BUS" in done.stderr


def test_status_for_monitoring(daemon: Session) -> None:
    """All VMs are in it, whatever they do, and the version."""
    daemon.profile("bad", "[vm]\ntitel=x\n")
    document = daemon.json("status")
    assert document["schema"] == 1 and re.match(r"\d", document["version"]) and document["vms"] == []
    stopped = {vm["name"]: vm for vm in document["stopped"]}
    assert set(stopped) == {"bad", "tiny"} and "titel" in stopped["bad"]["error"] and stopped["tiny"]["last_end"] is None
    assert daemon.run("start", "tiny").returncode == 0
    document = daemon.json("status")
    assert [vm["name"] for vm in document["vms"]] == ["tiny"] and [vm["name"] for vm in document["stopped"]] == ["bad"]
    assert json.dumps(document)


def test_every_program_tells_its_version() -> None:
    programs = [p for p in BUILD.glob("playthrough*") if p.is_file() and os.access(p, os.X_OK)]
    assert len(programs) >= 11
    told = {p.name: subprocess.run([p, "--version"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL) for p in programs}
    versions = {done.stdout.removeprefix(f"{name} (Playthrough) ") for name, done in told.items()}
    assert all(done.returncode == 0 for done in told.values()) and len(versions) == 1 and re.fullmatch(r"\d\S*\n", versions.pop())


@pytest.mark.parametrize("rc, answer, says", [
    (0, '{"checks": []}', "ready"), (3, '{"checks": []}', "playthrough-setup apply sets it up"),
    (4, '{"checks": [{"status": "fail", "summary": "the IOMMU is off"}, {"status": "pass", "summary": "x"}]}', "the IOMMU is off"),
])
def test_a_fleet_is_asked(tmp_path: Path, rc: int, answer: str, says: str) -> None:
    """The playbook with two PCs, which are this one twice, and a stand-in for what it says."""
    program = tmp_path / "playthrough-setup"
    program.write_text(f"#!/bin/sh\necho '{answer}'\nexit {rc}\n")
    program.chmod(0o755)
    (tmp_path / "pcs.ini").write_text("".join(
        f"{pc} ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n" for pc in ("den", "attic")))
    done = subprocess.run(["ansible-playbook", "-i", str(tmp_path / "pcs.ini"), str(TOP / "appliance/packaging/ansible-check.yml")],
                          env={"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"},
                          capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    assert (done.returncode == 0) == (rc in (0, 3)), done.stdout + done.stderr
    assert done.stdout.count(f'"msg": "{says}"') == 2, done.stdout
