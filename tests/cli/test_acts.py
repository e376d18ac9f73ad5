# SPDX-License-Identifier: GPL-2.0-or-later
"""The system's daemon without a capability, as its unit has it, and playthrough-acts beside it, which has those of its own: what
a VM needs of root is there when systemd, which is played, is asked for the VM, and is gone after its end.

Both are in a network namespace of the test's own, with a /run and an /etc of their own.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Iterator

import pytest

from conftest import BUILD, TOP
from test_confinement import ALLOW_ALL
from test_hostile import APPLIANCE, SystemBus

PACKAGING = TOP / "appliance" / "packaging"
LISTENER = Path(__file__).with_name("acts_listener.py")
# Whose image it is: nobody's, in a folder that is closed to all others.
OWNER = 65534
VM = ("[cpu]\nmodel=max\naccel=tcg\n[memory]\nsize=256M\n[boot]\nfirmware=bios\n[network]\ntype=private\n"
      "[disk one]\nimage={folder}/closed/disk.raw\nformat=raw\n")


def capabilities(unit: str) -> str:
    """What setpriv(1) calls those of a unit."""
    lines = re.findall(r"^CapabilityBoundingSet=(.*)$", (PACKAGING / unit).read_text(), re.M)
    names = [name.removeprefix("CAP_").lower() for line in lines for name in line.split()]
    return ",".join(["-all", *[f"+{name}" for name in names]])


def bound(unit: str) -> str:
    """Commands that bind the nodes of a unit below /run."""
    lines = re.findall(r"^Bind(?:ReadOnly)?Paths=(.*)$", (PACKAGING / unit).read_text(), re.M)
    nodes = [Path(path.removeprefix("-")) for line in lines for path in line.split()]
    there = [node for node in nodes if node.exists()]
    return "".join(f"{'mkdir' if node.is_dir() else 'touch'} /run{node}; mount --rbind {node} /run{node}; " for node in there)


class Appliance(SystemBus):
    """A system bus, our two programs, and a systemd that is played."""

    def __init__(self, folder: Path) -> None:
        self.acts = folder / "acts.pid"
        # The bounding set says what an exec leaves of root's rights.
        script = (f"mount -t tmpfs none /run; mount -t tmpfs none /var/lib; mount -t tmpfs none /etc; mkdir /etc/playthrough; "
                  f"cp -r {folder}/profiles /etc/playthrough; "
                  f"setpriv --bounding-set={capabilities('playthrough-acts.service')} /usr/bin/python3 {LISTENER} "
                  f"{PACKAGING}/playthrough-acts.socket {BUILD}/playthrough-acts & echo $! >{folder}/acts.pid; "
                  'until test -S /run/playthrough-facts.sock; do sleep 0.1; done; exec "$@"')
        # Of the daemon's unit, besides: a /dev with nothing of this PC's but what is bound there, and people's folders are closed.
        shut_in = ("mkdir /run/dev; mount -t tmpfs none /run/dev; cp -a /dev/null /dev/zero /dev/urandom /run/dev; mkdir /run/dev/shm; "
                   f'{bound("playthroughd.service")}mount --move /run/dev /dev; mount -t tmpfs -o mode=000 none {folder}/closed; exec "$@"')
        command = ["unshare", "--net", "--mount", "sh", "-ec", script, "sh", "unshare", "--mount", "sh", "-ec", shut_in, "sh", "setpriv",
                   f"--bounding-set={capabilities('playthroughd.service')}", "--no-new-privs",
                   str(BUILD / "playthroughd"), "--run-dir", "/run/playthrough"]
        super().__init__(command, folder / "allow.conf", APPLIANCE[0])
        self.begin(["/usr/bin/python3", str(Path(__file__).with_name("fake_systemd.py")), self.address, str(folder / "units")])
        self.wait(lambda: "org.freedesktop.systemd1" in self.busctl("list", "--acquired").stdout)

    def close(self) -> None:
        super().close()
        os.kill(int(self.acts.read_text()), signal.SIGTERM)

    def inside(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["nsenter", "-t", str(self.pid), "-n", "-m", *command], capture_output=True, text=True, timeout=60)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pt-", dir="/tmp") as name:
        made = Path(name)
        policy = (TOP / "appliance/bus/org.playthrough.Appliance1.conf").read_text()
        (made / "ours.conf").write_text(policy.replace('user="root"', f'user="{os.getuid()}"'))
        (made / "allow.conf").write_text(ALLOW_ALL.format(ours=made / "ours.conf"))
        (made / "profiles").mkdir()
        (made / "profiles" / "tiny.profile").write_text(VM.format(folder=made))
        (made / "units").mkdir()
        (made / "closed").mkdir(mode=0o700)
        with (made / "closed" / "disk.raw").open("wb") as disk:
            disk.truncate(1 << 20)
        for path in (made / "closed" / "disk.raw", made / "closed"):
            os.chown(path, OWNER, OWNER)
        (made / "closed" / "disk.raw").chmod(0o600)
        made.chmod(0o755)
        yield made


@pytest.fixture
def appliance(folder: Path) -> Iterator[Appliance]:
    made = Appliance(folder)
    try:
        yield made
    finally:
        made.close()


def test_a_vm_gets_what_the_daemon_may_not_open(appliance: Appliance, folder: Path) -> None:
    status = dict(line.split(":\t", 1) for line in Path(f"/proc/{appliance.pid}/status").read_text().splitlines() if ":\t" in line)
    assert int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0
    started = appliance.busctl("call", *APPLIANCE, "Start", "s", "tiny")
    assert started.returncode == 0, started.stderr
    appliance.wait(lambda: (folder / "units" / "playthrough-vm-tiny.service").exists())
    opened = {os.readlink(f"/proc/{appliance.pid}/fd/{fd}") for fd in os.listdir(f"/proc/{appliance.pid}/fd")}
    assert {str(folder / "closed" / "disk.raw"), "/dev/net/tun"} <= opened
    assert "pt-tiny" in (links := appliance.inside("ip", "-o", "link").stdout), links
    stopped = appliance.busctl("call", *APPLIANCE, "Stop", "sb", "tiny", "true")
    assert stopped.returncode == 0, stopped.stderr
    appliance.wait(lambda: "pt-tiny" not in appliance.inside("ip", "-o", "link").stdout)


def children(pid: int) -> str:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().strip()


def stays(pid: int) -> bool:
    """Whether it has one child that is no act, which would be over by then."""
    before = children(pid)
    time.sleep(1)
    return before.isdigit() and before == children(pid)


def test_it_stays_while_udev_has_our_rules(appliance: Appliance, folder: Path) -> None:
    """While it stops the daemon, systemd starts no unit that this one is ordered after: what takes the rules back must be there."""
    acts = int(appliance.acts.read_text())
    appliance.wait(lambda: not children(acts))
    profile = Path(f"/proc/{appliance.pid}/root/etc/playthrough/profiles/tiny.profile")
    text = profile.read_text()
    profile.write_text(text + "[usb pad]\nid=054c:0ce6\n")
    appliance.wait(lambda: stays(acts))
    profile.write_text(text)
    appliance.wait(lambda: not children(acts))


TALK = """
import os, random, socket, sys
paths = sys.argv[1:]
for seed in range(2000):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(10)
    s.connect(paths[0])
    s.send(random.Random(seed).randbytes(seed % 500 + 1))
    s.recv(1 << 16)
    s.close()
told = b""
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s.connect(paths[1])
while part := s.recv(1 << 16):
    told += part
sys.stdout.write(str(told.splitlines()[:200]))
"""


def test_garbage_is_answered_and_nobody_else_is_heard(appliance: Appliance) -> None:
    paths = re.findall(r"^Listen\w+=(.*)$", (PACKAGING / "playthrough-acts.socket").read_text(), re.M)
    done = appliance.inside("/usr/bin/python3", "-c", TALK, *paths)
    assert done.returncode == 0, done.stderr
    assert "log " in done.stdout
    refused = appliance.inside("setpriv", "--reuid=65534", "--clear-groups", "/usr/bin/python3", "-c", TALK, *paths)
    assert refused.returncode == 1 and "PermissionError" in refused.stderr
