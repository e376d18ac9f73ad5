"""Networks of a VM: a real daemon and a real QEMU in a network namespace of the test's own, with bridges, taps and Open
vSwitch that are real there, and a guest that sends. Nothing of this PC's own network is touched."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Iterator

import pytest

from conftest import BUILD, TINY, TOP, Session

sys.path.append(str(TOP / "tests/guest"))
import network  # noqa: E402
import small_guest  # noqa: E402

HERE = "127.0.0.1"
SENDS = "[cpu]\naccel=tcg\nmodel=max\ncount=2\n[memory]\nsize=256M\n[boot]\nfirmware=bios\n"


class Inside(Session):
    """A session whose daemon lives in a network namespace of its own."""

    def __init__(self) -> None:
        super().__init__()
        # /sys is seen as the namespace is in which it was mounted; sleep goes with the namespace's last process.
        self.keeper = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c",
             "mount -t sysfs sysfs /sys && mount -t tmpfs tmpfs /run && ip link set lo up && echo ready && "
             "exec sleep 3600"],
            stdout=subprocess.PIPE, text=True)
        assert self.keeper.stdout and self.keeper.stdout.readline() == "ready\n"

    def inside(self, *command: str, **how: Any) -> subprocess.CompletedProcess[str]:
        how = {"capture_output": True, "text": True, "timeout": 120, "check": True} | how
        return subprocess.run(["nsenter", "-t", str(self.keeper.pid), "-n", "-m", *command], **how)

    def popen_inside(self, *command: str, **how: Any) -> subprocess.Popen[Any]:
        return subprocess.Popen(["nsenter", "-t", str(self.keeper.pid), "-n", "-m", *command], **how)

    def start_daemon(self, **env: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "daemon.log").open("ab")
        self.daemon = self.popen_inside(str(BUILD / "playthroughd"), "--session", env=self.env | env,
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while not self.answers():
            assert self.daemon.poll() is None and time.monotonic() < deadline, self.daemon_log()
            time.sleep(0.05)
        return self.daemon

    def answers(self) -> bool:
        return self.socket().exists() and self.run("list").returncode == 0

    def links(self) -> dict[str, dict[str, Any]]:
        return {link["ifname"]: link for link in json.loads(self.inside("ip", "-d", "-j", "link").stdout)}

    def close(self) -> None:
        super().close()
        self.keeper.kill()
        self.keeper.communicate()


@pytest.fixture
def net() -> Iterator[Inside]:
    made = Inside()
    try:
        made.start_daemon()
        yield made
    finally:
        made.close()


def until(what: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def start(net: Inside, name: str) -> dict[str, Any]:
    done = net.run("start", name)
    assert done.returncode == 0, done.stderr + net.daemon_log()
    return net.json("status", name)


def stop(net: Inside, name: str) -> None:
    done = net.run("stop", name, "--force")
    assert done.returncode == 0, done.stderr


def gone(net: Inside, *names: str) -> None:
    """They may go a moment after the stop: a namespace is cleared behind everybody's back."""
    until(lambda: not set(names) & set(net.links()))


# --- the links of a VM, and that they go ---


def test_a_bridge_that_is_there(net: Inside) -> None:
    net.inside("ip", "link", "add", "br0", "mtu", "4000", "type", "bridge")
    net.profile("lan", TINY.replace("count=1", "count=3") + "[network]\ntype=bridge\nlink=br0\n")
    refused = net.run("start", "lan")
    assert refused.returncode == 1 and "the network link br0 is down" in refused.stderr
    assert "PT-NET-01" in refused.stderr
    net.inside("ip", "link", "set", "br0", "up")

    status = start(net, "lan")
    mac = status["networks"][0]["mac"]
    assert status["networks"] == [{"name": "", "type": "bridge", "link": "br0", "tap": "pt-lan", "mac": mac,
                                   "backend": None, "vlan": 0, "queues": 3, "vhost": Path("/dev/vhost-net").exists()}]
    assert mac.startswith("52:54:00:")
    shown = net.run("status", "lan").stdout
    assert mac in shown and "br0" in shown
    tap = net.links()["pt-lan"]
    assert tap["master"] == "br0" and tap["ifalias"] == "Playthrough: lan" and tap["mtu"] == 4000
    assert tap["linkinfo"]["info_kind"] == "tun" and tap["address"] == "fe:" + mac[3:]
    queues = tap["linkinfo"]["info_data"]  # QEMU switches off those that the guest does not want yet
    assert not queues["persist"] and queues["numqueues"] + queues["numdisabled"] == 3
    assert net.links()["br0"]["mtu"] == 4000
    args = Path(f"/proc/{status['pid']}/cmdline").read_bytes().decode().split("\0")
    assert args[args.index("-netdev") + 1].startswith("tap,id=network,fds=")
    assert any(f"mac={mac},mq=on,vectors=8" in arg for arg in args)

    stop(net, "lan")
    gone(net, "pt-lan")
    assert start(net, "lan")["networks"][0]["mac"] == mac  # the same again
    os.kill(net.json("status", "lan")["pid"], signal.SIGKILL)
    until(lambda: net.json("status", "lan")["state"] == "stopped")
    gone(net, "pt-lan")
    assert set(net.links()) == {"lo", "br0"} and net.json("status", "lan")["networks"] == []


def test_a_bridge_of_our_own_goes_with_its_last_vm(net: Inside) -> None:
    for name in ("one", "two"):
        net.profile(name, TINY + "[network]\ntype=bridge\nmodel=e1000e\n")
        assert start(net, name)["networks"][0]["link"] == "playthrough0"
    links = net.links()
    assert links["pt-one"]["master"] == links["pt-two"]["master"] == "playthrough0"
    assert links["playthrough0"]["ifalias"] == "Playthrough"
    stop(net, "one")
    gone(net, "pt-one")
    assert "playthrough0" in net.links()
    stop(net, "two")
    gone(net, "pt-two", "playthrough0")


SEVERAL = """[network]
forward=tcp:127.0.0.1:4222:22
[network home]
type=bridge
link=br0
[network Other_1]
type=bridge
model=e1000e
[network alone]
type=private
[network off]
type=none
"""


def test_several_cards(net: Inside) -> None:
    """Each has a link of its own, and all of them go; what is wrong with one is told of that one."""
    net.profile("lan", TINY + SEVERAL)
    refused = net.run("start", "lan")
    assert refused.returncode == 1 and "network home: the network link br0 is not there" in refused.stderr
    net.inside("ip", "link", "add", "br0", "up", "type", "bridge")
    before = net.links()
    status = start(net, "lan")
    cards = {card["name"]: card for card in status["networks"]}
    assert {n: c["tap"] for n, c in cards.items()} == {
        "": None, "home": "pt-lan_home", "Other_1": "pt-lan_Other_1", "alone": "pt-lan_alone"}
    assert len({card["mac"] for card in cards.values()}) == 4
    links = net.links()
    assert links["pt-lan_home"]["master"] == "br0" and links["pt-lan_Other_1"]["master"] == "playthrough0"
    assert links["pt-lan_home"]["ifalias"] == "Playthrough: lan home"
    shown = net.run("status", "lan").stdout
    assert "network home: bridge br0" in shown and "network: user" in shown
    stop(net, "lan")
    until(lambda: set(net.links()) == set(before))
    # The same addresses again; and all of it goes where it is the daemon that was killed, and then QEMU.
    again = start(net, "lan")
    assert {c["name"]: c["mac"] for c in again["networks"]} == {n: c["mac"] for n, c in cards.items()}
    kill_daemon(net)
    os.kill(again["pid"], signal.SIGKILL)
    net.start_daemon()
    until(lambda: net.json("status", "lan")["state"] == "stopped")
    until(lambda: set(net.links()) == set(before))


def kill_daemon(net: Inside) -> None:
    assert net.daemon
    [daemon] = [p for p in net.processes() if b"playthroughd" in Path(f"/proc/{p}/cmdline").read_bytes()]
    os.kill(daemon, signal.SIGKILL)
    net.daemon.wait(timeout=30)


def test_what_a_killed_daemon_has_left_goes(net: Inside) -> None:
    """The daemon is killed; its VM runs on, and ends while there is none. The next one removes the bridge."""
    net.profile("one", TINY + "[network]\ntype=bridge\n")
    pid = start(net, "one")["pid"]
    kill_daemon(net)
    assert "pt-one" in net.links()
    os.kill(pid, signal.SIGKILL)
    gone(net, "pt-one")
    assert "playthrough0" in net.links()
    net.start_daemon()
    until(lambda: net.json("status", "one")["state"] == "stopped")
    gone(net, "playthrough0")


def test_a_vlan_on_a_bridge_that_knows_them(net: Inside) -> None:
    net.inside("ip", "link", "add", "br0", "up", "type", "bridge")
    net.profile("lan", TINY + "[network]\ntype=bridge\nlink=br0\nvlan=20\n")
    refused = net.run("start", "lan")
    assert refused.returncode == 1 and "/sys/class/net/br0/bridge/vlan_filtering: 0" in refused.stderr
    assert "PT-NET-03" in refused.stderr
    if net.inside("ip", "link", "set", "br0", "type", "bridge", "vlan_filtering", "1", check=False).returncode:
        return  # a kernel without them; the lab's has them
    start(net, "lan")
    [port] = [p for p in json.loads(net.inside("bridge", "-j", "vlan").stdout) if p["ifname"] == "pt-lan"]
    assert port["vlans"] == [{"vlan": 20, "flags": ["PVID", "Egress Untagged"]}]
    stop(net, "lan")
    gone(net, "pt-lan")


def test_a_network_with_this_pc_alone(net: Inside) -> None:
    net.profile("alone", TINY + "[network]\ntype=private\n")
    before = set(net.links())
    start(net, "alone")
    assert set(net.links()) == before | {"pt-alone"}
    end = net.links()["pt-alone"]
    assert end["linkinfo"]["info_kind"] == "veth" and "UP" in end["flags"] and end["ifalias"] == "Playthrough: alone"
    stop(net, "alone")
    gone(net, "pt-alone")
    start(net, "alone")
    os.kill(net.json("status", "alone")["pid"], signal.SIGKILL)
    gone(net, "pt-alone")


def test_macvtap(net: Inside) -> None:
    net.inside("ip", "link", "add", "card0", "up", "type", "veth", "peer", "name", "card1")
    kernel = net.inside("ip", "link", "add", "link", "card0", "name", "try0", "type", "macvtap", check=False)
    net.profile("near", TINY + "[network]\ntype=macvtap\nlink=card0\n")
    if kernel.returncode:
        # A kernel without it: nothing is left of the try, and the reason is told.
        failed = net.run("start", "near")
        assert failed.returncode == 1 and "network link pt-near" in failed.stderr
        assert set(net.links()) == {"lo", "card0", "card1"}
        return
    net.inside("ip", "link", "delete", "try0")
    status = start(net, "near")
    link = net.links()["pt-near"]
    assert link["linkinfo"]["info_kind"] == "macvtap" and link["linkinfo"]["info_data"]["mode"] == "bridge"
    assert link["address"] == status["networks"][0]["mac"] and link["link"] == "card0"
    os.kill(status["pid"], signal.SIGKILL)
    gone(net, "pt-near")


def test_refusals(net: Inside) -> None:
    net.inside("ip", "link", "add", "card0", "type", "veth", "peer", "name", "card1")
    net.inside("ip", "link", "add", "br0", "up", "type", "bridge")
    net.inside("ip", "link", "add", "pt-taken", "type", "bridge")
    net.inside("ip", "link", "set", "card0", "up", "master", "br0")
    for name, keys, code, words in (
            ("absent", "type=bridge\nlink=br9", "PT-NET-01", "the network link br9 is not there"),
            ("card", "type=bridge\nlink=card0", "PT-NET-01", "card0 is no bridge of Linux"),
            ("port", "type=macvtap\nlink=card0", "PT-NET-01", "card0 belongs to br0 already"),
            ("ovs", "type=ovs\nlink=br0", "PT-NET-05", "Open vSwitch"),
            ("taken", "type=bridge\nlink=br0", "PT-NET-01", "there is a network link pt-taken already")):
        net.profile(name, TINY + f"[network]\n{keys}\n")
        refused = net.run("start", name)
        assert refused.returncode == 1 and words in refused.stderr and code in refused.stderr, refused.stderr
    assert set(net.links()) == {"lo", "card0", "card1", "br0", "pt-taken"}


def test_offers(net: Inside) -> None:
    net.inside("ip", "link", "add", "br0", "up", "type", "bridge")
    offered = {(o["type"], o["link"]): o for o in net.json("profile", "offers")["networks"]}
    assert offered["user", None]["verdict"] == "pass" and offered["bridge", "br0"]["verdict"] == "pass"
    assert ["link", "br0"] in offered["bridge", "br0"]["sections"][0]["keys"]


def passt_of(net: Inside) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            mine = f"XDG_RUNTIME_DIR={net.runtime}".encode() in (folder / "environ").read_bytes()
            if mine and b"passt" in (folder / "cmdline").read_bytes().split(b"\0")[0]:
                found.append(int(folder.name))
        except OSError:
            pass
    return found


def way_out(net: Inside) -> None:
    net.inside("ip", "link", "add", "card0", "up", "type", "veth", "peer", "name", "card1")
    net.inside("ip", "link", "set", "card1", "up")
    net.inside("ip", "address", "add", "10.9.0.1/24", "dev", "card0")
    net.inside("ip", "route", "add", "default", "via", "10.9.0.254")


def test_the_end_of_passt_is_told(net: Inside) -> None:
    net.profile("user", TINY)
    assert start(net, "user")["networks"][0]["backend"] == "slirp"
    stop(net, "user")
    way_out(net)  # without which passt does nothing
    status = start(net, "user")
    assert status["networks"][0]["backend"] == "passt" and status["trouble"] is None
    [passt] = passt_of(net)
    os.kill(passt, signal.SIGKILL)
    until(lambda: net.json("status", "user")["trouble"])
    status = net.json("status", "user")
    assert status["state"] == "running" and "passt, which carries the VM's network, has ended" in status["trouble"]
    assert "has ended" in net.run("status", "user").stdout
    stop(net, "user")
    assert start(net, "user")["trouble"] is None
    stop(net, "user")
    until(lambda: not passt_of(net))


def test_each_card_has_a_passt(net: Inside) -> None:
    way_out(net)
    net.profile("user", TINY + "[network]\nforward=tcp:4222:22\n[network two]\nforward=tcp:4223:22\n")
    status = start(net, "user")
    assert [card["backend"] for card in status["networks"]] == ["passt", "passt"]
    words = {p: Path(f"/proc/{p}/cmdline").read_bytes() for p in passt_of(net)}
    [second] = [p for p, word in words.items() if b"4223:22" in word]
    assert len(words) == 2 and b"4222" not in words[second]
    os.kill(second, signal.SIGKILL)
    until(lambda: net.json("status", "user")["trouble"])
    assert net.json("status", "user")["trouble"].startswith("network two: passt, which carries")
    stop(net, "user")
    until(lambda: not passt_of(net))


# --- Open vSwitch, without its kernel module ---


@pytest.fixture
def switch(net: Inside) -> Iterator[Inside]:
    """A data base and a switch in the namespace; a bridge of user space, which needs no module."""
    if not shutil.which("ovs-vsctl"):
        pytest.fail("install openvswitch-switch (make deps-test)")
    net.inside("mkdir", "-p", "/run/openvswitch")
    net.inside("ovsdb-tool", "create", "/run/openvswitch/conf.db", "/usr/share/openvswitch/vswitch.ovsschema")
    env = os.environ | {"OVS_RUNDIR": "/run/openvswitch", "OVS_LOGDIR": "/run/openvswitch"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": env}
    base = net.popen_inside("ovsdb-server", "/run/openvswitch/conf.db", "--remote=punix:/run/openvswitch/db.sock", **quiet)
    vsctl = ("ovs-vsctl", "--timeout=20", "--db=unix:/run/openvswitch/db.sock")
    until(lambda: net.inside(*vsctl, "--no-wait", "init", check=False).returncode == 0)
    daemon = net.popen_inside("ovs-vswitchd", "unix:/run/openvswitch/db.sock", **quiet)
    try:
        net.inside(*vsctl, "add-br", "ovs0", "--", "set", "Bridge", "ovs0", "datapath_type=netdev")
        net.inside("ip", "link", "set", "ovs0", "up")
        yield net
    finally:
        for process in (daemon, base):
            process.kill()
            process.wait()


def ports(net: Inside) -> list[str]:
    return net.inside("ovs-vsctl", "--db=unix:/run/openvswitch/db.sock", "list-ports", "ovs0").stdout.split()


def test_open_vswitch(switch: Inside) -> None:
    net = switch
    net.profile("lan", TINY + "[network]\ntype=ovs\nlink=ovs0\nvlan=30\n")
    start(net, "lan")
    assert ports(net) == ["pt-lan"]
    tag = net.inside("ovs-vsctl", "--db=unix:/run/openvswitch/db.sock", "get", "Port", "pt-lan", "tag").stdout
    assert tag.strip() == "30"
    stop(net, "lan")
    assert ports(net) == []
    os.kill(start(net, "lan")["pid"], signal.SIGKILL)
    until(lambda: net.json("status", "lan")["state"] == "stopped")
    assert ports(net) == []
    net.profile("wrong", TINY + "[network]\ntype=ovs\nlink=ovs9\n")
    failed = net.run("start", "wrong")
    assert failed.returncode == 1 and "ovs9" in failed.stderr and "PT-NET-01" in failed.stderr
    assert "pt-wrong" not in net.links()


# --- a guest that sends ---


@pytest.fixture(scope="module")
def first_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return network.first_root(tmp_path_factory.mktemp("guest"))


def talk(net: Inside, first_root: Path, name: str, keys: str, address: str, peer: str, *listen: str) -> None:
    """A VM starts, and what each of its cards says arrives at one of @listen in the namespace."""
    listeners = [net.popen_inside(
        "python3", "-c", "import socket,sys; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); "
        f"s.bind(('{at}', {network.PORT})); s.settimeout(400); print('ready', flush=True); print(s.recv(99).decode())",
        stdout=subprocess.PIPE, text=True) for at in listen]
    try:
        for listener in listeners:
            assert listener.stdout and listener.stdout.readline() == "ready\n"
        kernel = (f"kernel={small_guest.kernel()}\ninitrd={first_root}\ncmdline=console=ttyS0 panic=-1 "
                  f"{network.asked(address, peer)}\n")
        net.profile(name, SENDS + kernel + f"[network]\n{keys}\n")
        status = start(net, name)
        for listener, card in zip(listeners, status["networks"], strict=True):
            assert listener.stdout and listener.stdout.readline() == f"hello {card['mac']}\n", net.run("log", name).stdout
        stop(net, name)
    finally:
        for listener in listeners:
            listener.kill()
            listener.communicate()


@pytest.mark.matrix
def test_a_guest_reaches_out_by_a_bridge(net: Inside, first_root: Path) -> None:
    net.inside("ip", "link", "add", "br0", "up", "type", "bridge")
    net.inside("ip", "address", "add", "10.9.0.1/24", "dev", "br0")
    talk(net, first_root, "lan", "type=bridge\nlink=br0", "10.9.0.2", "10.9.0.1", "10.9.0.1")


@pytest.mark.matrix
def test_a_guest_reaches_out_by_passt(net: Inside, first_root: Path) -> None:
    """The address of the way out means this PC itself, as with slirp."""
    way_out(net)
    talk(net, first_root, "user", "backend=passt", "10.9.0.1", "10.9.0.254", HERE)
    until(lambda: not passt_of(net))


@pytest.mark.matrix
def test_a_guest_reaches_out_by_slirp(net: Inside, first_root: Path) -> None:
    talk(net, first_root, "user", "backend=slirp", "10.0.2.15", "10.0.2.2", HERE)


@pytest.mark.matrix
def test_a_guest_reaches_this_pc_alone(net: Inside, first_root: Path) -> None:
    """Its end of the private network gets its address once it is there."""
    def address() -> None:
        until(lambda: "pt-alone" in net.links(), 100)
        net.inside("ip", "address", "add", "10.9.0.1/24", "dev", "pt-alone")

    thread = threading.Thread(target=address)
    thread.start()
    talk(net, first_root, "alone", "type=private", "10.9.0.2", "10.9.0.1", "0.0.0.0")
    thread.join()


@pytest.mark.matrix
def test_a_guest_reaches_out_by_e1000e(net: Inside, first_root: Path) -> None:
    net.inside("ip", "link", "add", "br0", "up", "type", "bridge")
    net.inside("ip", "address", "add", "10.9.0.1/24", "dev", "br0")
    talk(net, first_root, "lan", "type=bridge\nlink=br0\nmodel=e1000e", "10.9.0.2", "10.9.0.1", "10.9.0.1")


@pytest.mark.matrix
def test_a_guest_reaches_out_by_two_cards(net: Inside, first_root: Path) -> None:
    net.inside("ip", "link", "add", "br0", "up", "type", "bridge")
    net.inside("ip", "address", "add", "10.9.0.1/24", "dev", "br0")
    talk(net, first_root, "lan", "type=bridge\nlink=br0\n[network out]\nbackend=slirp\nmodel=e1000e",
         "10.9.0.2,10.0.2.15", "10.9.0.1,10.0.2.2", "10.9.0.1", HERE)
