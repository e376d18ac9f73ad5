"""USB devices that umockdev makes, down to the descriptors that libusb parses: some tell the truth, some lie."""

from __future__ import annotations

import json
import shlex
import subprocess

from conftest import BUILD, LIMIT_SECONDS, Session

DEVICE = "120100020000004034120100000101020301"
CONFIGURATION = "09022900010100 80fa"
INTERFACES = "0904000000ff000000 0904000101ff000000"
ISOCHRONOUS = "07058105001401"
LIES = {
    "1-2": CONFIGURATION + INTERFACES,  # an endpoint is promised and missing
    "1-3": CONFIGURATION + INTERFACES + "00058105001401",  # a length of zero
    "1-4": CONFIGURATION + INTERFACES + "ff058105001401",  # a length past the end
    "1-5": "0902ffff200100 80fa" + INTERFACES,  # a total of 64 KiB, 32 interfaces
    "1-6": CONFIGURATION + "090400001eff000000",  # 30 endpoints
    "1-7": "09",
    "1-8": "",
}
TRUE = "1-1"


def device(name: str, number: int, descriptors: str, **attributes: str) -> str:
    lines = [f"P: /devices/pci0000:00/0000:00:14.0/usb1{'' if name == 'usb1' else '/' + name}",
             f"N: bus/usb/001/{number:03}", f"E: DEVNAME=/dev/bus/usb/001/{number:03}", "E: DEVTYPE=usb_device",
             "E: SUBSYSTEM=usb", "A: busnum=1", f"A: devnum={number}", "A: bConfigurationValue=1",
             f"H: descriptors={descriptors.replace(' ', '').upper()}"]
    return "\n".join(lines + [f"A: {key}={value}" for key, value in attributes.items()]) + "\n\n"


def made_bed() -> str:
    text = device("usb1", 1, "12010002090001406B1D020006060302010109021900010100E0000904000001090000000705810304000C",
                  idVendor="1d6b", idProduct="0002", speed="480", bDeviceClass="09")
    for number, (name, lie) in enumerate(({TRUE: CONFIGURATION + INTERFACES + ISOCHRONOUS} | LIES).items(), 2):
        text += device(name, number, DEVICE + lie, idVendor="1234", idProduct=f"{number:04}", speed="480",
                       bDeviceClass="00", manufacturer="Ma\x1b[2Jker", product=f"Thing {number}")
    return text


def run_all(session: Session, *commands: str) -> list[tuple[int, str]]:
    """All in one testbed, since the daemon that the first command starts lives in it."""
    bed = session.folder / "bed.umockdev"
    bed.write_text(made_bed())
    script = "".join(f"{shlex.quote(str(BUILD / 'playthrough'))} --session {c} >{session.folder}/{i} 2>&1;"
                     f" echo $? >{session.folder}/{i}.code\n" for i, c in enumerate(commands))
    subprocess.run(["umockdev-run", "-d", str(bed), "--", "sh", "-c", script], env=session.env,
                   stdin=subprocess.DEVNULL, timeout=LIMIT_SECONDS, check=False)
    return [(int((session.folder / f"{i}.code").read_text()), (session.folder / str(i)).read_text())
            for i in range(len(commands))]


def test_list_and_show(session: Session) -> None:
    (code, tree), (_, text), (_, page), (_, one), (missing, why) = run_all(
        session, "usb list", "usb list --json", f"usb show {TRUE}", "usb show 1234:0002 --json", "usb show 9-9")
    rows = tree.splitlines()
    assert code == 0 and rows[0].split() == ["PORT", "DEVICE", "NAME", "KIND", "SPEED", "VM", "THE", "HOST"]
    assert rows[1].startswith("USB controller 0000:00:14.0")
    assert [row.split()[:2] for row in rows[2:]] == [[str(n), f"1-{n}"] for n in range(1, 9)]
    assert "480 Mbit/s" in rows[2] and "Ma [2Jker Thing 2" in rows[2] and "\x1b" not in tree

    document = json.loads(text)
    assert {"schema", "devices", "ports", "controllers"} <= document.keys()
    found = {d["sysname"]: d for d in document["devices"]}
    assert found[TRUE]["isochronous"] and found[TRUE]["port"] == "0000:00:14.0/1"
    assert not any(found[name]["isochronous"] for name in LIES)

    assert "class ff/00/00" in page and "endpoint 81: in, isochronous, 3072 bytes, interval 1" in page
    assert "500 mA" in page and "\x1b" not in page
    shown = json.loads(one)
    assert shown["device"]["sysname"] == TRUE and shown["socket"] is None
    assert [i["alternate"] for i in shown["descriptors"]["interfaces"]] == [0, 1]
    assert missing == 1 and "PT-USB-" in why and "usb list" in why


def test_lying_descriptors(session: Session) -> None:
    """Whatever libusb makes of them is printed, or that it makes nothing of them."""
    for code, page in run_all(session, *(f"usb show {name}" for name in LIES)):
        assert code == 0, page
        assert "1234:" in page and ("interface 0" in page or "libusb " in page), page
