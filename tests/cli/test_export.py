"""profile export: what it prints is taken by those it is for. libvirt by a libvirtd of this test's own, QEMU by running it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Iterator

import jsonschema
import pytest
import yaml
from conftest import LIMIT_SECONDS, TOP, Session

sys.path.append(str(TOP / "tests/bench"))
import bench  # noqa: E402
from start_bench import KVM  # noqa: E402

SCHEMA = Path(os.environ.get("KUBEVIRT_SCHEMA", TOP / "../shared/data/kubevirt-virtualmachine.json"))
SHIPPED = [*(TOP / "profiles").glob("*.profile.example"), TOP / "profiles/demo.profile"]
RICH = sorted((TOP / "tests/golden/export").glob("*.profile"))
ALL = {path.name.split(".")[0]: path.read_text() for path in [*SHIPPED, *RICH]}


def export(session: Session, name: str, to: str, text: str | None = None) -> dict[str, Any]:
    path = session.folder / f"{name}.profile"
    path.write_text(ALL[name] if text is None else text)
    done = session.run("profile", "export", str(path), "--to", to, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def run(*command: str, **how: Any) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, **how)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# --- libvirt ---


class Libvirt:
    def __init__(self, folder: Path) -> None:
        self.side = bench.libvirt(folder)
        self.side.up()
        self.folder = folder

    def virsh(self, *words: str) -> str:
        return run("virsh", "-q", "-c", "qemu:///session", *words, **self.side.how)

    def xml(self, name: str, text: str) -> str:
        path = self.folder / f"{name}.xml"
        path.write_text(text)
        path.chmod(0o644)
        return str(path)


@pytest.fixture(scope="module")
def libvirt() -> Iterator[Libvirt]:
    folder = Path(tempfile.mkdtemp(prefix="pt-libvirt-"))
    folder.chmod(0o711)
    made = Libvirt(folder / "peer")
    try:
        yield made
    finally:
        made.side.process.terminate()
        made.side.process.wait(LIMIT_SECONDS)
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", ALL)
def test_libvirt(shared: Session, libvirt: Libvirt, name: str) -> None:
    path = libvirt.xml(name, export(shared, name, "libvirt")["text"])
    run("virt-xml-validate", path)
    # Without KVM there is no domain of it: the kind alone is another one then.
    if not KVM:
        text = Path(path).read_text()
        text = re.sub(r'<domain type="kvm"', '<domain type="qemu"', text).replace("host-passthrough", "maximum")
        text = re.sub(r' check="none" migratable="off"', ' check="none"', text)
        path = libvirt.xml(name, text)
    libvirt.virsh("define", path)
    defined = libvirt.virsh("dumpxml", "--inactive", name)
    libvirt.virsh("undefine", "--nvram", name)
    assert defined.count("<hostdev") == ALL[name].count("\naddress=") + len(re.findall(r"\[usb [^\n]*\]\nid=", ALL[name]))



# --- libvirt's arguments beside ours ---

# Profiles of tests/unit/vm_plan_test.c, whose golden lists are what we give QEMU.
GAMES = "[disk games]\ndevice=/dev/disk/by-id/ata-GAMES\n"
GPU = "[gpu]\naddress=0000:01:00.0\nid=8086:10d3\npath=0000:00:08.0/00.0\n"
SOUND = "[audio]\naddress=0000:01:00.1\nid=8086:2668\n"
OURS = {
    "windows": "[vm]\nguest=windows-11\n[cpu]\ncount=6\nhide-hypervisor=yes\n[memory]\nsize=8G\n" + GPU
               + "romfile=/a,b.rom\n" + SOUND + "rombar=no\n[usb-controller]\naddress=0000:02:00.0\nid=1b36:000d\n"
               "[disk windows]\ndevice=/dev/disk/by-id/nvme-GAME2\nwritable=yes\nbus=nvme\n" + GAMES
               + "writable=yes\nbus=sata\n",
    "windows-emulated": "[vm]\nguest=windows-10\n[display]\ntype=std\n",
    "windows-sound": "[vm]\nguest=windows-11\n" + GPU + SOUND + "[sound]\ntype=hda\nmicrophone=yes\n",
    "images": "[vm]\nguest=linux\n[cpu]\naccel=tcg\n[boot]\nfirmware=bios\n[network]\ntype=none\n"
              "[disk one]\nimage=/tmp/one,x.raw\n[disk two]\nimage=/tmp/two.qcow2\nformat=qcow2\nwritable=yes\nbus=nvme\n"
              "serial=A,readonly=on\n[disk three]\nimage=/tmp/three.raw\nwritable=yes\nbus=sata\n",
}

# What differs, and why. "+": ours alone has it, "-": theirs alone. Each row is needed by one of the profiles.
DIFFERS = [
    (r"\+ machine accel=kvm|- machine accel=tcg|[+-] cpu (host|max|migratable=.*)", "there is no KVM to try it with here"),
    (r"\+ machine memory-backend=ram|- machine memory-backend=pc.ram", "a name"),
    (r"- object secret .*|- object secret", "libvirt's own key, which nothing uses"),
    (r"\+ rtc clock=host", "QEMU's default"),
    (r"\+ -action .*|- -no-shutdown", "libvirt acts on events; we have QEMU act"),
    (r"- -(boot|overcommit|msg|uuid) .*", "libvirt's own: boot order is that of bootindex in both"),
    (r"\+ -(vga|nic) none", "libvirt has no default devices"),
    (r"[+-] -(mon|serial|add-fd|name|display) ?.*", "ways to talk: descriptors here, paths there"),
    (r"[+-] -(chardev|audiodev|spice|tpmdev) .*", "the same: ours goes to the console over D-Bus, theirs to SPICE"),
    (r"- device isa-serial.*", "-serial of ours makes it"),
    (r"\+ device (virtio-net-pci|e1000e)( .*)?|\+ -netdev .*", "domxml-to-native makes every network a tap, and needs root for it"),
    (r"\+ device nvme( .*)?|- device ide-hd write-cache=on", "an nvme disk is sata there; libvirt says the cache's default"),
    (r"\+ device (pvpanic-pci|pvpanic).*|- device (pvpanic|isa-pvpanic).*", "the same device on another bus"),
    (r"[+-] device (virtio-serial-pci|virtserialport|dbus|usb-redir).*", "SPICE's agent beside ours, and our port for reports"),
    (r"[+-] blockdev .*(discard|auto-read-only|no-flush|cache\..*|driver=raw|read-only).*", "libvirt has a format node on each file"),
    (r"[+-] global ICH9-LPC.disable_s3.*", "libvirt leaves sleep to the firmware's feature bits"),
    (r"[+-] blockdev driver=file filename=.*VARS.*", "each keeps the firmware's settings in a folder of its own"),
    (r"- blockdev driver=qcow2 backing=None", "an image that stands on nothing is not looked into; ours is looked at before"),
    (r"- device ide-hd bootindex=.*|- device ide-hd serial=.*", "of the disk that is nvme with us"),
    (r"\+ device ide-hd serial=GAMES.*", "no serial= in the profile: ours is read from the disk when it starts"),
    (r"[+-] device (VGA|virtio-vga|qxl-vga)( .*)?", "libvirt says the memory's default"),
    (r"\+ blockdev driver=file aio=.*|\+ device virtio-blk-pci iothread=io|\+ object iothread", "chosen here at each start"),
    (r"\+ device (ich9-intel-hda|hda-.*)|- device (ich9-intel-hda|hda-.*)( .*)?", "options of the card that are its defaults"),
]
PLACES = {"id", "bus", "addr", "multifunction", "chassis", "port", "slot", "drive", "netdev", "chardev", "tpmdev", "audiodev",
          "nr", "index", "node-name", "file", "memdev"}  # fmt: skip


def options(value: str) -> dict[str, str]:
    """Of a comma list or of JSON, one level deep; the first word of a list is its driver."""
    if not value.startswith("{"):
        parts = [part.replace("\0", ",") for part in value.replace(",,", "\0").split(",")]
        pairs = [part.partition("=")[::2] if "=" in part else (("driver", part) if not i else (part, "on"))
                 for i, part in enumerate(parts)]
        return dict(pairs)
    flat: dict[str, str] = {}
    for key, item in json.loads(value).items():
        for name, one in ({f"{key}.{k}": v for k, v in item.items()} if isinstance(item, dict) else {key: item}).items():
            flat[name] = ("on" if one else "off") if isinstance(one, bool) else str(one)
    return flat


def tokens(arguments: list[str], files: dict[str, str]) -> set[str]:
    found: set[str] = set()
    at = 1
    while at < len(arguments):
        flag, value = arguments[at], ""
        if at + 1 < len(arguments) and not arguments[at + 1].startswith("-"):
            at, value = at + 1, arguments[at + 1]
        at += 1
        for number, path in files.items():
            value = value.replace(f"/dev/fdset/{number}", path.replace(",", ",,"))
        if flag in ("-device", "-object", "-blockdev"):
            had = options(value)
            driver = had.pop("driver", None) or had.pop("qom-type", "")
            if driver.startswith("memory-backend") and had.get("size", "").endswith("M"):
                had["size"] = str(int(had["size"][:-1]) << 20)
            kind = flag[1:] + (f" driver={driver}" if flag == "-blockdev" else f" {driver}")
            found |= {kind} | {f"{kind} {key}={item}" for key, item in had.items() if key not in PLACES}
        elif flag in ("-cpu", "-machine", "-smp", "-rtc"):
            for word in value.split(","):
                if not word.startswith("pflash"):
                    name = word.replace("pc-q35-7.2", "q35")
                    name = f"cpus={name}" if name.isdigit() else name
                    found.add(f"{flag[1:]} {name}{'=on' if name == 'hv-crash' else ''}")
        elif flag == "-accel":
            found.add(f"machine accel={value}")
        elif flag == "-m":
            found.add(f"memory {int(value.removeprefix('size=').removesuffix('M'))}")
        elif flag == "-global":
            found.add(f"global {value}")
        else:
            found.add(f"{flag} {value}")
    return found


def golden(name: str) -> set[str]:
    lines = (TOP / f"tests/golden/{name}.args").read_text().splitlines()
    files = dict(re.findall(r"^# fd (\d+): kind \d+ index \d+ (/\S+)", "\n".join(lines), re.M))
    return tokens([line for line in lines if not line.startswith("# fd ")], files)


def test_libvirt_arguments(shared: Session, libvirt: Libvirt) -> None:
    unexplained: list[str] = []
    used: set[str] = set()
    for name, text in OURS.items():
        xml = export(shared, "games", "libvirt", text)["text"]
        for pattern, instead in ((r'<domain type="kvm"', '<domain type="qemu"'), ("host-passthrough", "maximum"),
                                 (' migratable="off"', ""), (r"(?s)<interface.*?</interface>", "")):  # fmt: skip
            xml = re.sub(pattern, instead, xml)
        native = libvirt.virsh("domxml-to-native", "qemu-argv", "--xml", libvirt.xml("games", xml))
        words = shlex.split(native)
        theirs = tokens(words[next(i for i, w in enumerate(words) if "qemu-system" in w):], {})
        ours = golden(name)
        for sign, only in (("+", ours - theirs), ("-", theirs - ours)):
            for token in sorted(only):
                rows = [row for row, _ in DIFFERS if re.fullmatch(row, f"{sign} {token}".strip())]
                used.update(rows)
                if not rows:
                    unexplained.append(f"{name}: {sign} {token}")
        assert len(ours & theirs) > 20, name
    assert not unexplained, "\n".join(unexplained)
    assert {row for row, _ in DIFFERS} == used, "rows that nothing needs"


# --- KubeVirt ---


@pytest.mark.parametrize("name", ALL)
def test_kubevirt(shared: Session, name: str) -> None:
    documents = list(yaml.safe_load_all(export(shared, name, "kubevirt")["text"]))
    machine = documents[-1]
    assert machine["kind"] == "VirtualMachine"
    if SCHEMA.exists():
        strict = strictly(json.loads(SCHEMA.read_text()) | {"$ref": "#/definitions/v1.VirtualMachine"})
        jsonschema.Draft4Validator(strict).validate(machine)
    else:
        print(f"{SCHEMA} is not there, name it by KUBEVIRT_SCHEMA: {name} was not held against KubeVirt's definitions")
    devices = machine["spec"]["template"]["spec"]["domain"]["devices"]
    passed = [d["deviceName"] for d in devices.get("gpus", []) + devices.get("hostDevices", [])]
    clusters = [d for d in documents if d["kind"] == "KubeVirt"]
    permitted = clusters[0]["spec"]["configuration"].get("permittedHostDevices", {}) if clusters else {}
    known = {d["resourceName"] for d in permitted.get("pciHostDevices", []) + permitted.get("usb", [])}
    assert set(passed) == known
    volumes = {v["name"] for v in machine["spec"]["template"]["spec"].get("volumes", [])}
    assert volumes == {d["name"] for d in devices.get("disks", [])}


def strictly(schema: Any) -> Any:
    """What is not in the definitions is a mistake of ours, and no extension."""
    if isinstance(schema, list):
        return [strictly(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strictly(one) for key, one in schema.items() if key != "default"}
    if "properties" in made and "additionalProperties" not in made and isinstance(made["properties"], dict):
        made["additionalProperties"] = False
    return made


# --- Proxmox ---

# Keys of qm.conf(5) that are written; a number stands for any.
PROXMOX = {"affinity", "agent", "args", "audio0", "balloon", "bios", "boot", "cores", "cpu", "efidisk0", "hostpciN", "hugepages",
           "kvm", "machine", "memory", "name", "netN", "numa", "onboot", "ostype", "sataN", "serial0", "smbios1", "sockets",
           "tpmstate0", "usbN", "vga", "virtioN", "watchdog"}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_proxmox(shared: Session, name: str) -> None:
    text = export(shared, name, "proxmox")["text"]
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    keys = [re.sub(r"^(hostpci|net|sata|usb|virtio)\d+$", r"\1N", line.split(": ", 1)[0]) for line in lines]
    assert set(keys) <= PROXMOX and text.isascii()
    assert len({line.split(":")[0] for line in lines}) == len(lines), "each key once"
    args = next((line[len("args: "):] for line in lines if line.startswith("args: ")), "")
    assert all(word.startswith("-") for word in shlex.split(args)[::2])


# --- systemd ---


def unit_words(unit: str) -> list[str]:
    """What systemd would run: ExecStart= with its lines joined, quotes and %% and $$ taken away."""
    line = next(line for line in unit.replace("\\\n", " ").splitlines() if line.startswith("ExecStart="))
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line.removeprefix("ExecStart="))]


def test_systemd(shared: Session) -> None:
    """The unit is one of systemd's, and QEMU runs with what it says, its folders put elsewhere."""
    image = shared.folder / "a, 100%.img"
    image.write_bytes(bytes(1 << 20))
    text = ("[cpu]\naccel=tcg\ncount=1\n[memory]\nsize=64M\n[boot]\nfirmware=bios\n"
            f"[disk one]\nimage={image}\nwritable=yes\n[usb pad]\nid=054c:0ce6\n")
    unit = export(shared, "bare", "systemd", text)["text"]
    path = shared.folder / "vm-bare.service"
    path.write_text(unit)
    run("systemd-analyze", "verify", "--man=no", str(path))
    words = unit_words(unit)
    assert not any("fdset" in word or "fd=" in word or word in ("-S", "-add-fd") for word in words)
    for folder in ("run", "log", "lib"):
        (shared.folder / folder).mkdir(exist_ok=True)
    words = [re.sub(r"/(run|var/log|var/lib)/vm-bare", lambda m: f"{shared.folder}/{m[1].split('/')[-1]}", w) for w in words]
    qemu = subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        talk = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + LIMIT_SECONDS
        while talk.connect_ex(str(shared.folder / "run/qmp.sock")) and qemu.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert qemu.poll() is None, qemu.communicate()[1]
        with talk, talk.makefile() as answers:
            talk.sendall(b'{"execute":"qmp_capabilities"}{"execute":"query-status"}{"execute":"query-block"}')
            answers.readline(), answers.readline()
            assert json.loads(answers.readline())["return"]["status"] == "running"
            assert str(image) in answers.readline()
    finally:
        qemu.kill()
        qemu.wait()


def test_systemd_is_for_this_pc(shared: Session) -> None:
    path = shared.folder / "windows-10.profile"
    path.write_text(ALL["windows-10"])
    done = shared.run("profile", "export", str(path), "--to", "systemd")
    assert done.returncode == 1 and done.stdout == "" and "for this PC" in done.stderr and "PT-" in done.stderr


# --- what is said ---


def test_says_what_is_lost(shared: Session) -> None:
    notes = export(shared, "rich", "libvirt")["notes"]
    said = {(note["section"], note["key"]): note for note in notes}
    assert said["gpu", "bar-size"]["fate"] == "lost" and said["gpu", "bar-size"]["value"] == "256M"
    assert said["disk windows", "bus"]["fate"] == "changed"
    assert said["vm", "autostart"]["fate"] == "to-do"
    assert all(note["why"] for note in notes)
    done = shared.run("profile", "export", str(shared.folder / "rich.profile"), "--to", "libvirt")
    assert done.stdout.startswith("<domain ")
    assert "  [gpu] bar-size=256M: " in done.stderr.split("Is not carried:\n")[1]


@pytest.mark.parametrize("to", ["libvirt", "proxmox", "kubevirt"])
def test_no_secret_is_told(shared: Session, to: str) -> None:
    """A passphrase stays in its file, and the serial number of a card in the profile."""
    serial = "00112233445566aa"
    text = ALL["linux-kernel"] + f"[pci]\naddress=0000:07:00.0\nid=1912:0014\nserial={serial}\n"
    exported = export(shared, "secrets", to, text)
    assert serial not in exported["text"]
    assert any(note["key"] == "serial" and note["section"] == "pci" for note in exported["notes"])


def test_refused(shared: Session) -> None:
    path = shared.folder / "max.profile"
    path.write_text("[memory]\nsize=max\n[gpu]\naddress=0000:01:00.0\nid=10de:2484\n")
    for words, says in ((["--to", "xen"], "libvirt, proxmox, kubevirt and systemd"), ([], "--to is missing"),
                        (["--to", "libvirt"], "size=16G")):  # fmt: skip
        done = shared.run("profile", "export", str(path), *words)
        assert done.returncode == 1 and done.stdout == "" and says in done.stderr
    done = shared.run("profile", "export", "nobody", "--to", "libvirt")
    assert done.returncode == 1 and "nobody" in done.stderr
