"""What the emulated PC is made of: QEMU's arguments, and the facts a program inside must find.

Both are made from the same description, so that a test compares what a check says with what was
built and not with what somebody once saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HOST_SCREEN = "hostgpu"
GAME_SCREEN = "gamegpu"
GAME_DISK_SERIAL = "LABGAME1"
SYSTEM_DISK_SERIAL = "LABSYSTEM"
HOST_USB = "xhcihost"
HOST_USB_ADDRESS = "0000:00:06.0"
# Each is a USB 2 and a USB 3 port; the host's keyboard is in the first.
HOST_USB_SOCKETS = 12
# The PC's own address on it, which QEMU's forwards lead to.
NETWORK_ADDRESS, NETWORK_PORT = "10.0.2.15/24", 5930
GAME_DISK_MARKER = b"PLAYTHROUGH LAB GAME DISK "

# Slots on the root bus. QEMU gives the free ones from 1 up to what has no address of its own, and
# the AMD IOMMU is such a one, so ours start above.
_NETWORK = "03"
_HOST_GPU, _SERIAL, _SYSTEM_DISK, _HOST_USB = "02", "04", "05", HOST_USB_ADDRESS[8:10]
_PORTS = {"extra": "07", "gpu": "08", "usb": "09", "disk": "0a", "twin": "0b", "bridge": "0c"}


@dataclass(frozen=True)
class Options:
    """Which PC to build."""

    iommu: Literal["intel", "amd", "none"] = "intel"
    intremap: bool = True
    # False: the root ports cannot isolate, so that each shares its group with what is behind it.
    acs: bool = True
    # "extra" is a card before the others: all bus numbers move. "twin" is a second card equal to "gpu";
    # "bridge" an old bridge with a card and a network adapter behind it, which share one group.
    devices: tuple[str, ...] = ("gpu", "usb", "disk")
    # False: the PC has no card but the game's, which is the host's own screen until a game has it.
    host_screen: bool = True
    memory_mib: int = 4096
    # A network adapter, and the port of the outer machine's loopback that leads to its port NETWORK_PORT; 0: none.
    network: int = 0
    # The frames of the "extra" card as datagrams of the outer machine's loopback: to the first port, from the second; (): none.
    wire: tuple[int, ...] = ()

    def __str__(self) -> str:
        name = self.iommu
        name += "" if self.intremap or self.iommu == "none" else "-intremap-off"
        name += "" if self.acs else "-acs-off"
        name += "-network" if self.network else ""
        name += "" if self.host_screen else "-one-card"
        return name if self.devices == Options.devices else f"{name}-{'+'.join(self.devices)}"


@dataclass(frozen=True)
class Device:
    """A PCI function as sysfs must show it. Functions with the same group label share a group."""

    address: str
    id: str
    pci_class: str
    what: str
    group: str | None
    driver: str | None  # of the stock Debian boot


def devices(options: Options) -> list[Device]:
    """Every PCI function of the PC, by address."""
    found: list[Device] = []

    def add(address: str, ids: str, what: str, driver: str | None, group: str = "") -> None:
        device_id, pci_class = ids.split()
        label = None if options.iommu == "none" else group or address
        found.append(Device(f"0000:{address}", device_id, pci_class, what, label, driver))

    add("00:00.0", "8086:29c0 0600", "host bridge", None)
    if options.iommu == "amd":
        found.append(Device("0000:00:01.0", "1022:0008", "0806", "IOMMU", None, None))
    if options.host_screen:
        add(f"00:{_HOST_GPU}.0", "1234:1111 0300", "host's display", "bochs-drm")
    if options.network:
        add(f"00:{_NETWORK}.0", "1af4:1000 0200", "network adapter", "virtio-pci")
    add(f"00:{_SERIAL}.0", "1af4:1003 0780", "virtio serial", "virtio-pci")
    add(f"00:{_SYSTEM_DISK}.0", "1af4:1001 0100", "system disk", "virtio-pci")
    add(f"00:{_HOST_USB}.0", "1b36:000d 0c03", "host's USB", "xhci_hcd")
    add("00:1f.0", "8086:2918 0601", "ISA bridge", "lpc_ich", group="1f")
    add("00:1f.2", "8086:2922 0106", "SATA", "ahci", group="1f")
    add("00:1f.3", "8086:2930 0c05", "SMBus", "i801_smbus", group="1f")
    card = [
        ("1234:1111 0380", "game display", "bochs-drm"),
        ("8086:2668 0403", "its audio function", "snd_hda_intel"),
    ]
    behind = {
        "extra": [("8086:10d3 0200", "network card", "e1000e")],
        "gpu": card,
        "twin": card,
        "bridge": [("1b36:000e 0604", "bridge to conventional PCI", None)],
        "usb": [("1b36:000d 0c03", "USB controller to pass", "xhci_hcd")],
        "disk": [("1b36:0010 0108", "game disk", "nvme")],
    }
    for bus, name in enumerate(_present(options), start=1):
        port = f"00:{_PORTS[name]}.0"
        group = f"{bus:02x}:00"
        add(port, "1b36:000c 0604", f"root port of {name}", "pcieport", "" if options.acs else group)
        for function, (ids, what, driver) in enumerate(behind[name]):
            add(f"{bus:02x}:00.{function}", ids, what, driver, group)
        if name == "bridge":  # the last one, so its own bus is the next
            add(f"{bus + 1:02x}:01.0", "1234:1111 0380", "card behind a bridge", "bochs-drm", group)
            add(f"{bus + 1:02x}:02.0", "8086:100e 0200", "its neighbour", "e1000", group)
    return sorted(found, key=lambda device: device.address)


def _present(options: Options) -> list[str]:
    unknown = set(options.devices) - set(_PORTS)
    if unknown:
        raise ValueError(f"no such devices: {', '.join(sorted(unknown))}; there are {', '.join(_PORTS)}")
    return [name for name in _PORTS if name in options.devices]


def arguments(options: Options, work: Path, interactive: bool = False) -> list[str]:
    """QEMU's arguments; `work` holds the PC's disks, sockets and firmware variables."""
    return [
        *_board(options, work),
        *_outside(work, interactive),
        *_host_devices(options, work),
        *_network(options),
        *_game_devices(options, work),
    ]


def _board(options: Options, work: Path) -> list[str]:
    onoff = "on" if options.intremap else "off"
    machine = {
        # kernel-irqchip=split is what intremap asks for, also where there is no KVM
        "intel": [
            "-machine", "q35,kernel-irqchip=split" if options.intremap else "q35",
            "-device", f"intel-iommu,intremap={onoff},caching-mode=on,device-iotlb=on",
        ],
        "amd": ["-machine", "q35", "-device", f"amd-iommu,intremap={onoff},device-iotlb=on"],
        "none": ["-machine", "q35"],
    }[options.iommu]  # fmt: skip
    return [
        *machine,
        "-accel", "tcg,thread=multi",
        # KVM works inside, because this model's SVM is emulated; Intel's VMX is not
        "-cpu", "EPYC,+svm,+npt",
        "-smp", "2",
        "-m", str(options.memory_mib),
        "-nodefaults",
        "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd",
        "-drive", f"if=pflash,unit=1,format=raw,file={work}/vars.fd",
    ]  # fmt: skip


def _outside(work: Path, interactive: bool) -> list[str]:
    """What the driver holds in its hands: control, console, agent."""
    console = ["-serial", "mon:stdio"]
    if not interactive:
        console = [
            # A driver starts a new emulator for each boot: it freezes less, being young
            "-no-reboot",
            "-display", "none",
            "-chardev", f"file,id=console,append=on,path={work}/serial.log",
            "-serial", "chardev:console",
        ]  # fmt: skip
    return [
        *console,
        "-qmp", f"unix:{work}/qmp,server=on,wait=off",
        "-device", f"virtio-serial-pci,addr={_SERIAL}.0",
        "-chardev", f"socket,id=agent,path={work}/agent,server=on,wait=off",
        "-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
    ]  # fmt: skip


def _host_devices(options: Options, work: Path) -> list[str]:
    screen = ["-device", f"VGA,id={HOST_SCREEN},addr={_HOST_GPU}.0"] if options.host_screen else []
    # A keyboard that names no screen hears the keys for all that no other keyboard is before.
    before = f",display={HOST_SCREEN}" if options.host_screen else ""
    return [
        "-audiodev", "none,id=silence",
        *screen,
        "-drive", f"if=none,id=system,format=qcow2,file={work}/system.qcow2,discard=unmap",
        "-device", f"virtio-blk-pci,drive=system,serial={SYSTEM_DISK_SERIAL},addr={_SYSTEM_DISK}.0,bootindex=0",
        "-device", f"qemu-xhci,id={HOST_USB},addr={_HOST_USB}.0,p2={HOST_USB_SOCKETS},p3={HOST_USB_SOCKETS}",
        "-device", f"usb-kbd,id=hostkbd,bus={HOST_USB}.0,port=1,serial=LABHOSTKBD{before}",
    ]  # fmt: skip


def _network(options: Options) -> list[str]:
    """Nothing but the one connection gets in, and nothing out."""
    if not options.network:
        return []
    forward = f"hostfwd=tcp:127.0.0.1:{options.network}-:{NETWORK_PORT}"
    return [
        "-netdev", f"user,id=lan,restrict=on,{forward}",
        "-device", f"virtio-net-pci,netdev=lan,romfile=,addr={_NETWORK}.0",
    ]  # fmt: skip


def _game_devices(options: Options, work: Path) -> list[str]:
    acs = "" if options.acs else ",disable-acs=on"
    nowhere = "user,id=nowhere,restrict=on"
    if options.wire:
        there, here = options.wire
        nowhere = f"socket,id=nowhere,udp=127.0.0.1:{there},localaddr=127.0.0.1:{here}"
    behind = {
        "extra": ["-device", "e1000e,bus=port-extra,netdev=nowhere", "-netdev", nowhere],
        "bridge": [
            "-device", "pcie-pci-bridge,id=oldbridge,bus=port-bridge",
            "-device", "secondary-vga,id=oldgpu,bus=oldbridge,addr=1.0",
            "-device", "e1000,bus=oldbridge,addr=2.0,netdev=nothing", "-netdev", "user,id=nothing,restrict=on",
        ],
        "twin": [
            "-device", "secondary-vga,id=twingpu,bus=port-twin,addr=0.0,multifunction=on",
            "-device", "intel-hda,id=twinhda,bus=port-twin,addr=0.1",
        ],
        "gpu": [
            "-device", f"secondary-vga,id={GAME_SCREEN},bus=port-gpu,addr=0.0,multifunction=on",
            "-device", "intel-hda,id=gamehda,bus=port-gpu,addr=0.1",
            "-device", "hda-duplex,bus=gamehda.0,audiodev=silence",
        ],
        "usb": [
            "-device", "qemu-xhci,id=xhcigame,bus=port-usb",
            # a keyboard that writes to the game's screen, where there is one
            "-device", "usb-kbd,id=gamekbd,bus=xhcigame.0,port=1,serial=LABGAMEKBD"
            + (f",display={GAME_SCREEN}" if "gpu" in options.devices else ""),
        ],
        "disk": [
            "-drive", f"if=none,id=game,format=raw,file={work}/game.raw",
            "-device", f"nvme,drive=game,serial={GAME_DISK_SERIAL},bus=port-disk",
        ],
    }  # fmt: skip
    found: list[str] = []
    for number, name in enumerate(_present(options), start=1):
        slot = _PORTS[name]
        port = f"pcie-root-port,id=port-{name},bus=pcie.0,chassis={number},slot={number},addr={slot}.0{acs}"
        found += ["-device", port, *behind[name]]
    return found
