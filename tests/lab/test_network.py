"""A VM's networks on an emulated PC, where the system's daemon makes links by its own unit's rights: a bridge, a macvtap,
Open vSwitch with its kernel module, slirp within QEMU, passt in its service, a network with this PC alone, two cards at once, and
a network card that is passed. What the guest sends arrives; after its end, however it ends, this PC's links are what they were."""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import time
from pathlib import Path

import install
import pytest
from conftest import TOP, Lab
from hardware import Options
from pc import PC
from scenario import driver

sys.path += [str(TOP / "tests" / name) for name in (".", "guest", "bench")]
import network  # noqa: E402
from network import PORT  # noqa: E402

HERE, GUEST = "10.9.0.1", "10.9.0.2"
SLIRP_HOST, SLIRP_GUEST = "10.0.2.2", "10.0.2.15"
CARD = "0000:01:00.0"  # of Options.devices "extra"
INITRD = "/opt/network-initrd"  # which the VM's user reads

PROFILE = """[vm]
guest = linux
[cpu]
count = 2
[memory]
size = 512M
[boot]
firmware = bios
kernel = /usr/share/playthrough/guest/vmlinuz
initrd = {initrd}
cmdline = console=ttyS0 {asked}
[display]
type = none
[network]
{keys}
{more}
"""


def prepare(pc: PC) -> None:
    pc.check("udevadm settle --timeout=120; mkdir -p /etc/playthrough/profiles", 150)
    with tempfile.TemporaryDirectory(prefix="pt-net-") as name:
        pc.put(network.first_root(Path(name)), INITRD)
    pc.check(f"chmod 644 {INITRD}")


def bring_programs(pc: PC) -> None:
    from usb_bench import bring

    bring(pc, ["passt", "openvswitch-switch"])


def write(pc: PC, keys: str, address: str = GUEST, peer: str = HERE, more: str = "") -> None:
    text = PROFILE.format(initrd=INITRD, asked=network.asked(address, peer), keys=keys, more=more)
    pc.put(text.encode(), "/etc/playthrough/profiles/lan.profile")


def start(pc: PC) -> dict:
    pc.check("playthrough start lan", 120)
    return json.loads(pc.check("playthrough status lan --json"))


def stop(pc: PC) -> None:
    pc.check("playthrough stop --force lan", 120)


def await_stopped(pc: PC) -> None:
    pc.wait_for("playthrough status lan --json | grep -q stopped", 60)


def listen(pc: PC, *addresses: str, namespace: str = "") -> None:
    """The next datagram to each address goes into a file of its own."""
    where = f"-p NetworkNamespacePath=/run/netns/{namespace} " if namespace else ""
    for number, address in enumerate(addresses):
        pc.check(f"systemctl stop heard-{number}.service 2>/dev/null; rm -f /run/heard-{number}; "
                 f"systemd-run -q --unit=heard-{number} {where}systemd-socket-activate --datagram --inetd "
                 f"-l {address}:{PORT} sh -c 'head -c 23 >/run/heard-{number}'")


def hears(pc: PC, status: dict) -> None:
    """From each card of the guest, each at the address it sends to."""
    for number, card in enumerate(status["networks"]):
        pc.wait_for(f"grep -q 'hello {card['mac']}' /run/heard-{number}", 180)


def links(pc: PC) -> list:
    """What the kernel says of each, and Open vSwitch of its own."""
    ovs = "test ! -S /run/openvswitch/db.sock || ovs-vsctl show"
    return [json.loads(pc.check("ip -j link")), pc.check(ovs)]


def nothing_is_left(pc: PC, before: list) -> None:
    deadline = time.monotonic() + 30
    while links(pc) != before:
        assert time.monotonic() < deadline, f"{links(pc)}\n\nwas\n\n{before}"
        time.sleep(0.5)


def ends(pc: PC, before: list, status: dict) -> None:
    """It is killed, then started again and stopped, then killed while there is no daemon."""
    pc.check(f"kill -9 {status['pid']}")
    await_stopped(pc)
    nothing_is_left(pc, before)
    start(pc)
    stop(pc)
    nothing_is_left(pc, before)
    pid = start(pc)["pid"]
    pc.check(f"systemctl stop playthroughd.service; kill -9 {pid}; sleep 1; systemctl start playthroughd.service", 120)
    await_stopped(pc)
    nothing_is_left(pc, before)


def qemu_has_no_rights(pc: PC, pid: int) -> None:
    state = pc.check(f"cat /proc/{pid}/status")
    assert "CapEff:\t0000000000000000" in state and "CapBnd:\t0000000000000000" in state
    assert pc.check(f"readlink /proc/{pid}/ns/net") != pc.check("readlink /proc/1/ns/net")


def add_bridge(pc: PC) -> None:
    """With an address of its own: without ports it would have none once it has had one."""
    pc.check(f"ip link add br0 address 02:00:00:00:00:01 up type bridge && ip address add {HERE}/24 dev br0")


def on_a_bridge(pc: PC) -> None:
    add_bridge(pc)
    before = links(pc)
    write(pc, "type=bridge\nlink=br0\nvhost=yes")
    listen(pc, HERE)
    status = start(pc)
    assert status["networks"][0]["queues"] == 2 and status["networks"][0]["vhost"]
    qemu_has_no_rights(pc, status["pid"])
    hears(pc, status)
    ends(pc, before, status)
    pc.check("ip link delete br0")


def in_a_vlan(pc: PC) -> None:
    add_bridge(pc)
    pc.check("ip link set br0 type bridge vlan_filtering 1 vlan_default_pvid 7")
    before = links(pc)
    write(pc, "type=bridge\nlink=br0\nvlan=20")
    start(pc)
    [port] = [p for p in json.loads(pc.check("bridge -j vlan")) if p["ifname"] == "pt-lan"]
    assert port["vlans"] == [{"vlan": 20, "flags": ["PVID", "Egress Untagged"]}]
    stop(pc)
    nothing_is_left(pc, before)
    pc.check("ip link delete br0")


def on_a_bridge_of_our_own(pc: PC) -> None:
    """Nobody but VMs is on it: this PC gives it an address to hear."""
    before = links(pc)
    write(pc, "type=bridge")
    status = start(pc)
    pc.check(f"ip address add {HERE}/24 dev playthrough0")
    listen(pc, HERE)
    hears(pc, status)
    ends(pc, before, status)


def on_a_macvtap(pc: PC) -> None:
    """This PC does not reach a guest there; whoever is at the other end of the cable does."""
    pc.check("ip netns add far; ip link add near up type veth peer name end netns far; ip -n far link set end up; "
             f"ip -n far address add {HERE}/24 dev end")
    before = links(pc)
    write(pc, "type=macvtap\nlink=near")
    listen(pc, HERE, namespace="far")
    status = start(pc)
    hears(pc, status)
    ends(pc, before, status)
    pc.check("ip link delete near; ip netns delete far")


def alone_with_this_pc(pc: PC) -> None:
    before = links(pc)
    write(pc, "type=private")
    listen(pc, "0.0.0.0")
    status = start(pc)
    pc.check(f"ip address add {HERE}/24 dev pt-lan")
    hears(pc, status)
    ends(pc, before, status)


def two_cards_at_once(pc: PC) -> None:
    """One on a bridge, and one that reaches out through this PC, each with an address of its own."""
    add_bridge(pc)
    before = links(pc)
    write(pc, "type=bridge\nlink=br0", f"{GUEST},{SLIRP_GUEST}", f"{HERE},{SLIRP_HOST}",
          "[network out]\nbackend=slirp\n[network alone]\ntype=private\n")
    listen(pc, HERE, "127.0.0.1")
    status = start(pc)
    assert [card["tap"] for card in status["networks"]] == ["pt-lan", None, "pt-lan_alone"]
    hears(pc, status | {"networks": status["networks"][:2]})
    pc.check(f"kill -9 {status['pid']}")
    await_stopped(pc)
    nothing_is_left(pc, before)
    pc.check("ip link delete br0")


def by_open_vswitch(pc: PC) -> None:
    pc.check("systemctl start openvswitch-switch", 120)
    pc.check(f"ovs-vsctl add-br ovs0 && ip link set ovs0 up && ip address add {HERE}/24 dev ovs0", 60)
    before = links(pc)
    write(pc, "type=ovs\nlink=ovs0")
    listen(pc, HERE)
    status = start(pc)
    assert pc.check("ovs-vsctl list-ports ovs0").split() == ["pt-lan"]
    hears(pc, status)
    ends(pc, before, status)
    # The data base outlives a power cut; what is in it then goes when the daemon comes.
    start(pc)
    pc.check("sync")
    pc.power_cut()
    pc.start()
    pc.check("systemctl start playthroughd.service", 60)
    pc.wait_for("! ovs-vsctl list-ports ovs0 | grep -q pt-lan", 60)


def by_slirp(pc: PC) -> None:
    """This PC has no way out, without which passt does nothing."""
    before = links(pc)
    write(pc, "type=user", SLIRP_GUEST, SLIRP_HOST)
    listen(pc, "127.0.0.1")
    status = start(pc)
    assert status["networks"][0]["backend"] == "slirp"
    hears(pc, status)
    ends(pc, before, status)


def by_passt(pc: PC) -> None:
    """With a way out it is passt that carries the same profile: a service without rights, which ends with the VM."""
    pc.check(f"ip link add card up type dummy; ip address add {HERE}/24 dev card; ip route add default via 10.9.0.254")
    before = links(pc)
    write(pc, "type=user\nforward=tcp:2222:22", HERE, "10.9.0.254")
    listen(pc, "127.0.0.1")
    status = start(pc)
    assert status["networks"][0]["backend"] == "passt"
    passt = pc.check("systemctl show -P MainPID playthrough-passt-lan.service").strip()
    state = pc.check(f"cat /proc/{passt}/status")
    # In the user namespace that it has made for itself it has a bounding set anew.
    assert "CapEff:\t0000000000000000" in state and "Uid:\t0\t" not in state
    assert "Seccomp:\t2" in state and "NoNewPrivs:\t1" in state
    assert pc.check("ss -lntH sport = :2222").strip()
    hears(pc, status)
    pc.check(f"kill -9 {status['pid']}")
    pc.wait_for("! systemctl is-active -q playthrough-passt-lan.service", 60)
    await_stopped(pc)
    # Its own end is told while the VM goes on; the other card's goes on as well.
    write(pc, "type=user", HERE, "10.9.0.254", "[network two]\nforward=tcp:2223:22\n")
    start(pc)
    pc.check("systemctl is-active playthrough-passt-lan.service")
    pc.check("systemctl kill -s KILL playthrough-passt-lan_two.service")
    pc.wait_for("playthrough status lan | grep -q 'network two: passt, which carries the VM.s network, has ended'", 60)
    assert json.loads(pc.check("playthrough status lan --json"))["state"] == "running"
    pc.check("systemctl is-active playthrough-passt-lan.service")
    stop(pc)
    pc.wait_for("! systemctl is-active -q playthrough-passt-lan.service", 60)
    nothing_is_left(pc, before)
    pc.check("ip link delete card")


SAMPLE = (prepare, two_cards_at_once)
WHOLE = (prepare, bring_programs, on_a_bridge, in_a_vlan, on_a_bridge_of_our_own, on_a_macvtap, alone_with_this_pc, by_slirp,
         by_passt, by_open_vswitch)


def whole_day(pc: PC, day: tuple = WHOLE) -> None:
    for what in day:
        with pc.step(what.__name__.replace("_", " ")):
            what(pc)


def two_ports() -> tuple[int, int]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as b:
        a.bind(("127.0.0.1", 0))
        b.bind(("127.0.0.1", 0))
        return a.getsockname()[1], b.getsockname()[1]


def name_of_card(pc: PC) -> str:
    return pc.check(f"ls /sys/bus/pci/devices/{CARD}/net").strip()


def card_is_passed(pc: PC, wire: socket.socket) -> None:
    """While this PC uses it, it is refused; else the guest asks on the cable for whom it wants to send to."""
    prepare(pc)
    card = name_of_card(pc)
    mac = bytes.fromhex(pc.check(f"cat /sys/class/net/{card}/address").strip().replace(":", ""))
    write(pc, "type=none", more=f"[pci card]\naddress={CARD}\nid=8086:10d3\n")
    pc.check(f"ip link set {card} up; ip address add 10.9.0.5/24 dev {card}; ip route add default via 10.9.0.254; "
             f"until [ $(cat /sys/class/net/{card}/operstate) = up ]; do sleep 0.5; done", 60)
    refused = pc.run("playthrough start lan", 60)
    assert refused.rc == 1 and card in refused.err and "default route" in refused.err, refused
    assert driver(pc, CARD) == "e1000e"
    pc.check(f"ip address flush dev {card}; ip link set {card} down")
    pc.check("playthrough start lan", 120)
    asked = b"\x08\x06\0\x01\x08\0\x06\x04\0\x01" + mac + socket.inet_aton(GUEST) + bytes(6) + socket.inet_aton(HERE)
    deadline = time.monotonic() + 180
    while asked not in wire.recv(65536):
        assert time.monotonic() < deadline
    pid = json.loads(pc.check("playthrough status lan --json"))["pid"]
    pc.check(f"kill -9 {pid}")
    pc.wait_for(f"test -e /sys/bus/pci/drivers/e1000e/{CARD}", 60)
    assert name_of_card(pc) == card


@pytest.mark.matrix
def test_two_networks_at_once(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(iommu="intel"), lambda pc: whole_day(pc, SAMPLE), installed_image)


@pytest.mark.matrix
def test_networks(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(iommu="intel"), whole_day, installed_image)


@pytest.mark.matrix
def test_a_network_card_is_passed(lab: Lab, stage: Path) -> None:
    there, here = two_ports()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", there))
        wire.settimeout(180)
        options = Options(iommu="intel", devices=("extra",), wire=(there, here))
        lab.drive(options, lambda pc: card_is_passed(pc, wire), install.installed_image(stage, "intel_iommu=on"))
