# SPDX-License-Identifier: GPL-2.0-or-later
"""The test guest on small emulated PCs: each verdict it gives is compared with what is there."""

import random
import sys
import time
import zlib

import pytest

from guest_pc import ROOT, GuestPC, images

sys.path.insert(0, str(ROOT / "tests" / "lab"))
from nonce import picture_is, read_nonce  # noqa: E402

NONCE = "c0ffee0123456789"
PLAN = f"""nonce {NONCE}
display demo-screen 00:03.0
gpu 0000:01:00.0 00:04.0/00.0
usb-controller usb 00:05.0/00.0
usb-controller empty-usb 00:06.0/00.0
audio 0000:01:00.1 00:07.0/00.0
nvme 0000:05:00.0 00:08.0/00.0
disk games GAMES-0123456789ABCDEFGH
disk sata SATA 1234
pci card 00:0b.0
display virtio-screen 00:0a.0
gpu gone 00:1e.0/00.0
"""


def port(number, slot):
    return ["-device", f"pcie-root-port,id=rp{number},chassis={number},slot={number},addr={slot}.0"]


USB = [*port(2, 5), "-device", "qemu-xhci,bus=rp2,id=usb", "-device", "usb-kbd,bus=usb.0"]
AUDIO = [
    *port(4, 7), "-audiodev", "none,id=silence", "-device", "intel-hda,bus=rp4,id=hda",
    "-device", "hda-duplex,bus=hda.0,audiodev=silence",
]  # fmt: skip


def disk(folder, name, size):
    data = random.Random(name).randbytes(size)
    (folder / name).write_bytes(data)
    crc = zlib.crc32(data[: 1 << 20])
    drive = ["-drive", f"if=none,id={name},file={folder / name},format=raw,read-only=on"]
    return drive, f"crc32={crc:08X} of first 1 MiB, {size} bytes"


def devices(folder):
    """All sorts of devices, and what the guest must say of each disk."""
    nvme, nvme_says = disk(folder, "nvme", 5 << 20)
    games, games_says = disk(folder, "games", 3 << 20)
    sata, sata_says = disk(folder, "sata", 700 * 512)
    arguments = [
        "-device", "bochs-display,addr=3.0,id=screen",
        *port(1, 4), "-device", "secondary-vga,bus=rp1,id=gamegpu",
        *USB, *port(3, 6), "-device", "qemu-xhci,bus=rp3,id=empty", *AUDIO,
        *port(5, 8), *nvme, "-device", "nvme,bus=rp5,drive=nvme,serial=nvme-1",
        *games, "-device", "virtio-blk-pci,drive=games,serial=GAMES-0123456789ABCDEFGH",
        *sata, "-blockdev", "null-co,node-name=other,read-zeroes=on",
        "-device", "virtio-scsi-pci,addr=b.0",
        "-device", "scsi-hd,drive=sata,serial=SATA 1234", "-device", "ide-hd,drive=other",
        "-device", "virtio-gpu-pci,addr=a.0,id=virtio",
    ]  # fmt: skip
    return arguments, {"0000:05:00.0": nvme_says, "games": games_says, "sata": sata_says}


def is_done(line):
    return line["event"] == "done"


def wait_until(true, limit):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.2)
    return False


def settled_picture(pc, device):
    """The screen's bytes once two pictures, taken half a second apart, are equal."""
    picture = None
    for _ in range(20):
        last, picture = picture, pc.picture(device).tobytes()
        if picture == last:
            return picture
        time.sleep(0.5)
    raise AssertionError(f"the picture on {device} does not come to rest")


@pytest.fixture(scope="module")
def pc(tmp_path_factory):
    folder = tmp_path_factory.mktemp("guest")
    arguments, says = devices(folder)
    with GuestPC(folder, PLAN, arguments) as machine:
        machine.says = says
        with machine.report() as report:
            machine.done = report.read_until(is_done)
            machine.lines = report.all()
            machine.results = report.results()
        yield machine


def test_report_is_whole(pc):
    hello = pc.lines[0]
    assert (hello["event"], hello["schema"], hello["nonce"]) == ("hello", 1, NONCE)
    assert [line["seq"] for line in pc.lines] == list(range(1, len(pc.lines) + 1))
    for status, key in (("pass", "pass"), ("fail", "fail"), ("not-testable", "not_testable")):
        told = sum(result["status"] == status for result in pc.results.values())
        assert pc.done[key] == told
    assert not [line for line in pc.lines if line["event"] == "problem"]


def test_verdicts_are_those_of_the_machine(pc):
    verdicts = {key: result["status"] for key, result in pc.results.items()}
    expected = {
        ("demo-screen", "present"): "pass",
        ("demo-screen", "driver"): "pass",
        ("demo-screen", "draw"): "pass",
        ("0000:01:00.0", "present"): "pass",
        ("0000:01:00.0", "driver"): "pass",
        ("0000:01:00.0", "draw"): "pass",
        ("0000:01:00.0", "interrupt"): "not-testable",
        ("0000:01:00.0", "dma"): "not-testable",
        ("usb", "present"): "pass",
        ("usb", "driver"): "pass",
        ("usb", "dma"): "pass",
        ("usb", "interrupt"): "pass",
        ("empty-usb", "present"): "pass",
        ("empty-usb", "driver"): "pass",
        ("empty-usb", "dma"): "pass",
        ("empty-usb", "interrupt"): "not-testable",
        ("0000:01:00.1", "present"): "pass",
        ("0000:01:00.1", "driver"): "pass",
        ("0000:01:00.1", "dma"): "pass",
        ("0000:01:00.1", "interrupt"): "pass",
        ("0000:05:00.0", "present"): "pass",
        ("0000:05:00.0", "driver"): "pass",
        ("0000:05:00.0", "interrupt"): "pass",
        ("0000:05:00.0", "read"): "pass",
        ("games", "present"): "pass",
        ("games", "read"): "pass",
        ("sata", "present"): "pass",
        ("sata", "read"): "pass",
        ("card", "present"): "pass",
        ("card", "driver"): "pass",
        ("virtio-screen", "present"): "pass",
        ("virtio-screen", "driver"): "pass",
        ("virtio-screen", "draw"): "pass",
        ("gone", "present"): "fail",
    }
    assert verdicts == expected, [r for r in pc.results.values() if r["status"] != "pass"]


def test_disks_hold_what_was_written(pc):
    for name, says in pc.says.items():
        assert pc.results[name, "read"]["detail"].startswith(says)


def test_each_screen_shows_the_picture(pc):
    for device in ("screen", "gamegpu", "virtio"):
        assert read_nonce(pc.picture(device)) == NONCE
        assert picture_is(pc.picture(device), NONCE.upper())
        assert not picture_is(pc.picture(device), "c0ffee0123456788")


def test_serial_console_has_the_same_report(pc):
    lines = pc.serial_report()
    assert len(lines) >= len(pc.lines) - 2  # a message of the kernel may cut into a line
    assert all(line == pc.lines[line["seq"] - 1] for line in lines if line["seq"] <= len(pc.lines))


def test_usb_present_is_told(pc):
    told = [line for line in pc.lines if line["event"] == "usb"]
    assert [(line["action"], line["port"], line["id"]) for line in told] == [
        ("present", "00:05.0/00.0/1", "0627:0001")
    ]


def test_usb_comes_and_goes(pc):
    before = settled_picture(pc, "screen")
    with pc.report() as report:
        report.read_until(is_done)
        pc.command("device_add", driver="usb-mouse", bus="empty.0", id="mouse")
        added = report.read_until(lambda line: line.get("action") == "add", 20)
        assert (added["port"], added["id"]) == ("00:06.0/00.0/1", "0627:0001")
        assert "Mouse" in added["product"]
        assert wait_until(lambda: pc.picture("screen").tobytes() != before, 15)
        pc.command("device_del", id="mouse")
        gone = report.read_until(lambda line: line.get("action") == "remove", 20)
        assert gone["port"] == added["port"]
        assert wait_until(lambda: pc.picture("screen").tobytes() == before, 15)


def test_each_reader_gets_the_whole_report(pc):
    for _ in range(3):  # one directly after the other: no closing goes unnoticed
        with pc.report() as report:
            report.read_until(is_done, 10)
            assert report.all()[: len(pc.lines)] == pc.lines


def test_reader_can_ask_again(pc):
    with pc.report() as report:
        report.read_until(is_done, 10)
        report.lines.clear()
        report.send("again\n")
        assert report.read_until(lambda line: line["event"] == "hello", 10)["seq"] == 1


def test_power_button_switches_off(pc):
    with pc.report():  # who has the port open and never reads holds nothing up
        pc.command("system_powerdown")
        assert pc.wait_for_end() == 0
    assert "the power button was pressed, switching off" in pc.serial()


def test_dead_devices_are_told(tmp_path):
    """An IOMMU that lets nothing of any device through, neither data nor interrupts (MSI)."""
    nvme, _ = disk(tmp_path, "nvme", 2 << 20)
    arguments = [
        "-device", "virtio-iommu-pci,addr=2.0,boot-bypass=off",
        "-device", "qemu-xhci,addr=5.0,id=usb", "-device", "usb-kbd,bus=usb.0",
        "-audiodev", "none,id=silence", "-device", "intel-hda,addr=7.0,id=hda",
        "-device", "hda-duplex,bus=hda.0,audiodev=silence",
        *nvme, "-device", "nvme,addr=8.0,drive=nvme,serial=nvme-1",
    ]  # fmt: skip
    plan = "usb-controller usb 00:05.0\naudio sound 00:07.0\nnvme disk 00:08.0\nbad line\n"
    with GuestPC(tmp_path, plan, arguments, machine="pc") as machine:
        # The report's own port is as dead as the rest, but the serial console needs no DMA.
        assert wait_until(lambda: any(map(is_done, machine.serial_report())), 90), machine.serial()
        lines = machine.serial_report()
    verdicts = {(r["device"], r["capability"]): r for r in lines if r["event"] == "result"}
    for device in ("usb", "sound", "disk"):
        assert verdicts[device, "present"]["status"] == "pass"
        assert verdicts[device, "driver"]["status"] == "pass"
    for device in ("usb", "sound"):
        assert verdicts[device, "dma"]["status"] == "fail"
        assert "does not reach the guest's memory" in verdicts[device, "dma"]["detail"]
        assert verdicts[device, "interrupt"]["status"] == "fail"
    assert verdicts["disk", "read"]["status"] == "fail"
    problems = [line["detail"] for line in lines if line["event"] == "problem"]
    assert problems == ["test plan, line 4: unknown kind of device"]


def test_without_plan_all_is_tested(tmp_path):
    games, says = disk(tmp_path, "games", 2 << 20)
    arguments = [
        "-device", "VGA,addr=3.0,id=screen", *USB, *games,
        "-device", "virtio-blk-pci,drive=games,serial=GAMES",
    ]  # fmt: skip
    with GuestPC(tmp_path, None, arguments, append=f"playthrough.nonce={NONCE}") as machine:
        with machine.report() as report:
            report.read_until(is_done)
            results = report.results()
            assert results["0000:00:03.0", "draw"]["status"] == "pass"
            assert results["0000:01:00.0", "dma"]["status"] == "pass"
            assert results["GAMES", "read"]["detail"].startswith(says)
            assert read_nonce(machine.picture("screen")) == NONCE
            report.send("poweroff\n")
            assert machine.wait_for_end() == 0
        assert "the host asked for it, switching off" in machine.serial()


def test_firmware_framebuffer_where_no_driver_is(tmp_path):
    """As with a card whose driver wants firmware files: UEFI's own framebuffer shows the picture."""
    firmware = "if=pflash,format=raw,readonly=on,file=/usr/share/OVMF/OVMF_CODE_4M.fd"
    arguments = ["-drive", firmware, *port(1, 4), "-device", "VGA,bus=rp1,id=card"]
    plan = f"nonce {NONCE}\ngpu card 00:04.0/00.0\n"
    with GuestPC(tmp_path, plan, arguments, append="module_blacklist=bochs") as machine:
        with machine.report() as report:
            report.read_until(is_done)
            results = report.results()
        assert results["card", "driver"]["status"] == "not-testable"
        assert results["card", "draw"]["status"] == "pass"
        assert "the firmware's framebuffer" in results["card", "draw"]["detail"]
        assert read_nonce(machine.picture("card")) == NONCE


def test_no_framebuffer_is_no_pass(tmp_path):
    arguments = [*port(1, 4), "-device", "secondary-vga,bus=rp1,id=card"]
    plan = f"nonce {NONCE}\ngpu card 00:04.0/00.0\n"
    with GuestPC(tmp_path, plan, arguments, append="module_blacklist=bochs") as machine:
        with machine.report() as report:
            report.read_until(is_done)
            draw = report.results()["card", "draw"]
        assert draw["status"] == "not-testable"
        assert "its firmware left no framebuffer" in draw["detail"]
        assert read_nonce(machine.picture("card")) is None


def test_crash_switches_off_with_a_message(tmp_path):
    """The font replaced by a folder: the tests abort, and that must be seen and end the machine."""
    name = b"font.psf\0"
    header = "070701" + "".join(f"{n:08X}" for n in (1, 0o40755, 0, 0, 2, 0, 0, 0, 0, 0, 0, 9, 0))
    entry = header.encode() + name
    broken = tmp_path / "broken.img"
    base = (images() / "initrd.img").read_bytes()
    broken.write_bytes(base + b"\0" * (-len(base) % 4) + entry + b"\0" * (-len(entry) % 4))
    with GuestPC(tmp_path, f"nonce {NONCE}\n", initrd=broken) as machine:
        assert machine.wait_for_end(60) == 0
        assert "the tests crashed by signal 6" in machine.serial()
        assert "Kernel panic" not in machine.serial()
