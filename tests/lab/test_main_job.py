"""The main job on an emulated PC with VT-d: check, set up, reboot, play, plug, stop, undo."""

from __future__ import annotations

import json
import os
import re
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from conftest import EVIDENCE, Lab
from hardware import GAME_DISK_MARKER, GAME_SCREEN, HOST_SCREEN, Options
from nonce import picture_is
from pc import PC
from scenario import (
    AUDIO, DISK, GAME, PASSED, ROM_FILE, START_NONCE, USB, WINDOWS_PROFILE,
    boot_menu, card_rom, check_of, configuration, driver, drivers, guest_lines, results, set_up, setup_json, usb_lines, use_profile,
)  # fmt: skip

PICTURES = Path(__file__).resolve().parent / "pictures"


def check_finds_what_was_built(pc: PC) -> None:
    """`check --json` names every PCI function of this PC with the right ids, class, driver and group."""
    _, report = setup_json(pc, "check")
    found = {d["address"]: d | {"group": g["id"]} for g in report["groups"] for d in g["devices"]}
    built = {device.address: device for device in pc.devices if device.group is not None}
    assert set(found) == set(built)
    by_label: dict[str, set[int]] = {}
    for address, device in built.items():
        assert found[address]["id"] == device.id, address
        assert found[address]["class"] == device.pci_class, address
        assert found[address]["driver"] == driver(pc, address), address
        by_label.setdefault(str(device.group), set()).add(found[address]["group"])
    assert all(len(groups) == 1 for groups in by_label.values()), by_label
    assert len({next(iter(groups)) for groups in by_label.values()}) == len(by_label)
    remapping = check_of(report, "iommu.interrupt-remapping")
    assert remapping["status"] == "pass"
    ecap = {"source": "/sys/class/iommu/dmar0/intel-iommu/ecap", "value": "f00f4e"}
    assert ecap in remapping["evidence"], remapping
    assert check_of(report, "iommu.enabled")["status"] == "pass"
    gpus = {gpu["address"]: gpu for gpu in report["gpus"]}
    assert gpus[GAME]["needs"] == [AUDIO]
    assert gpus["0000:00:02.0"]["verdict"] == "fail"  # the host's own screen
    assert not report["ready"]


def no_host_driver_probed(pc: PC) -> None:
    """The kernel log of this boot shows vfio-pci as the only driver the passed functions ever met."""
    log = pc.check("dmesg")
    assert "playthrough-bind" in log
    for address in PASSED:
        lines = [line for line in log.splitlines() if address in line]
        for line in lines:
            assert not any(word in line for word in ("bochs", "snd_hda", "xhci_hcd")), line


def drive_sees_the_machine(pc: PC, report: dict[str, Any], rom: bytes) -> None:
    """What the guest of a Windows profile finds: processors, Hyper-V without KVM, memory in huge pages, the card's ROM."""
    details = {(r["device"], r["capability"]): r["detail"] for r in report["results"]}
    verdicts = results(report)
    for told in (
        ("processors", "topology"), ("hypervisor", "signature"), ("hypervisor", "enlightenments"),
        ("memory", "size"), ("memory", "nodes"), ("memory", "pages"), (GAME, "present"), (AUDIO, "present"), (GAME, "rom"),
    ):  # fmt: skip
        assert verdicts[told] == "pass", (told, details.get(told))
    assert details["processors", "topology"].startswith("2 (1 socket, 1 die each, 2 cores each, 1 thread each)")
    assert "leaf 40000000: playthrough, KVM's signature nowhere" in details["hypervisor", "signature"]
    seen = details["hypervisor", "enlightenments"].split("seen:")[1].split()
    assert {"relaxed", "vapic", "vpindex", "time", "synic", "stimer", "spinlocks", "frequencies"} <= set(seen), seen
    assert f"crc32={zlib.crc32(rom):08X} of {len(rom)} bytes" in details[GAME, "rom"]
    assert "512 MiB of its 512 MiB are in huge pages of 2 MiB" in details["memory", "pages"]


def memory_is_of_huge_pages(pc: PC) -> None:
    """As the kernel has it, of the one mapping that is the guest's memory: and the pool was filled for it."""
    assert huge_pages(pc) == 256
    [mapping] = [
        m for m in re.split(r"^(?=[0-9a-f]+-)", pc.check("cat /proc/$(pgrep qemu-system-x86)/smaps"), flags=re.M)
        if re.search(r"^Size: +524288 kB$", m, re.M)
    ]  # fmt: skip
    assert re.search(r"^KernelPageSize: +2048 kB$", mapping, re.M), mapping
    assert re.search(r"^(Private|Shared)_Hugetlb: +524288 kB$", mapping, re.M), mapping


def places_of_the_card(pc: PC) -> None:
    """Card and audio are functions 0 and 1 of one slot in the guest, as on the card."""
    command = pc.check("tr '\\0' '\\n' </proc/$(pgrep qemu-system-x86)/cmdline")
    places = [re.search(rf"host={address},bus=(port-\S+?),addr=00\.(\d)", command) for address in (GAME, AUDIO)]
    assert [place and place[2] for place in places] == ["0", "1"], command
    assert places[0][1] == places[1][1]


def drive_devices(pc: PC) -> None:
    """Every device works in the guest, and the picture on the passed card is this drive's own."""
    rom = card_rom(pc)
    pc.check(f"mkdir -p {Path(ROM_FILE).parent}")
    pc.put(rom, ROM_FILE)
    pc.check(f"chmod -R a+rX {Path(ROM_FILE).parent}")
    use_profile(pc, WINDOWS_PROFILE)
    assert huge_pages(pc) == 0
    result = pc.run("playthrough test-drive game --json --keep", 420)
    (EVIDENCE / "test-drive.json").write_text(result.out)
    assert result.rc == 0, result.out + result.err
    report = json.loads(result.out)
    verdicts = results(report)
    assert report["complete"]
    assert verdicts[GAME, "draw"] == "pass"
    assert verdicts[AUDIO, "dma"] == "pass"
    assert verdicts[AUDIO, "interrupt"] == "pass"
    assert verdicts[USB, "dma"] == "pass"
    assert verdicts[USB, "interrupt"] == "pass"
    assert verdicts["game", "read"] == "pass"
    [disk] = [r for r in report["results"] if (r["device"], r["capability"]) == ("game", "read")]
    assert marker_crc(pc) in disk["detail"].lower()
    assert any(device["serial"] == "LABGAMEKBD" for device in report["usb"]), report["usb"]
    assert picture_is(pc.screen(GAME_SCREEN), report["nonce"])
    save_picture(pc, GAME_SCREEN, "game-screen.png")
    drive_sees_the_machine(pc, report, rom)
    memory_is_of_huge_pages(pc)
    places_of_the_card(pc)
    pc.check("playthrough stop game", 120)
    assert huge_pages(pc) == 0
    use_profile(pc)


def huge_pages(pc: PC) -> int:
    return int(pc.check("cat /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"))


def own_work(pc: PC) -> list[int]:
    """On which of its two processors this PC's own work may run: programs of others and of ours, interrupts yet to come,
    the kernel's workers."""
    pc.check("playthrough list")  # the daemon runs
    texts = [
        pc.check("sed -n 's/^Cpus_allowed:\\t//p' /proc/$(pidof -s dbus-daemon)/status"),
        pc.check("sed -n 's/^Cpus_allowed:\\t//p' /proc/$(pidof -s playthroughd)/status"),
        pc.check("cat /proc/irq/default_smp_affinity"),
        pc.check("cat /sys/devices/virtual/workqueue/cpumask"),
    ]
    return [int(text.replace(",", ""), 16) & 3 for text in texts]


def start_plug_and_stop(pc: PC) -> None:
    assert huge_pages(pc) == 0
    assert own_work(pc) == [3] * 4
    pc.check("playthrough start game", 180)
    assert own_work(pc) == [1] * 4
    status = json.loads(pc.check("playthrough status game --json"))
    assert (status["kept_processors"], status["kept_note"]) == ("1", None)
    assert huge_pages(pc) == 256
    # A TPM beside it, which goes with it; both under users of their own that systemd has made (61184 to 65519).
    users = {int(pc.check(f"stat -c %u /proc/$(pgrep {name})")) for name in ("swtpm", "qemu-system-x86")}
    assert len(users) == 2 and all(61184 <= user <= 65519 for user in users), users
    # Of two processors the host keeps the first, and QEMU does its own work there.
    assert json.loads(pc.check("playthrough status game --json"))["processors"] == {"guest": ["1"], "others": "0"}
    wait_for_picture(pc, START_NONCE)
    assert not picture_is(pc.screen(HOST_SCREEN), START_NONCE)
    wait_until(lambda: disk_was_read(pc), 60, "the guest reads the raw disk's marker")
    pc.plug_usb("pad")
    pc.wait_for("playthrough usb list --json | grep -q LABPAD", 20)
    port = next(u["port"] for u in json.loads(pc.check("playthrough usb list --json"))["devices"] if u["serial"] == "LABPAD")
    pc.check(f"playthrough usb attach game {port}", 60)
    wait_until(lambda: usb_lines(pc, "add", "LABPAD"), 60, "the guest sees the stick")
    pc.check(f"playthrough usb detach game {port}", 60)
    wait_until(lambda: usb_lines(pc, "remove", "LABPAD"), 60, "the guest sees the stick go")
    pc.wait_for("ls /dev/disk/by-id/ | grep -q LABPAD", 30)
    daemon_dies(pc)
    pc.check("playthrough stop game", 120)
    wait_until(lambda: [driver(pc, a) for a in PASSED] == ["vfio-pci"] * 3, 30, "devices are home")
    assert huge_pages(pc) == 0
    assert own_work(pc) == [3] * 4
    assert pc.run("test -e /run/playthrough/isolation.json").rc == 1
    assert pc.run("pgrep swtpm").rc == 1
    group = pc.check(f"basename $(readlink /sys/bus/pci/devices/{GAME}/iommu_group)").strip()
    assert pc.check(f"stat -c %u:%a /dev/vfio/{group}") == "0:600\n"


def marker_crc(pc: PC) -> str:
    """What the guest says of the first MiB of the game's disk, which holds this PC's own marker."""
    first = (GAME_DISK_MARKER + pc.game_nonce.encode() + b"\n").ljust(1 << 20, b"\0")
    return f"{zlib.crc32(first):08x}"


def disk_was_read(pc: PC) -> bool:
    reads = [line for line in guest_lines(pc) if (line.get("kind"), line.get("capability")) == ("disk", "read")]
    return any(line["status"] == "pass" and marker_crc(pc) in line["detail"].lower() for line in reads)


def daemon_dies(pc: PC) -> None:
    """With the daemon dead the game goes on and holds its disk; the next daemon adopts it."""
    before = json.loads(pc.check("playthrough status game --json"))
    pc.check("systemctl kill -s KILL --kill-whom=main playthroughd.service; systemctl stop playthroughd.service")
    pc.check(f"kill -0 {before['pid']}")
    mount = pc.run(f"mkdir -p /mnt/x && mount -o ro {DISK} /mnt/x")
    assert mount.rc != 0 and "busy" in (mount.out + mount.err).lower(), mount
    after = json.loads(pc.check("playthrough status game --json"))
    assert (after["state"], after["pid"]) == ("running", before["pid"])


def qemu_dies(pc: PC) -> None:
    """QEMU killed: the daemon notices, and everything is given back."""
    pc.check("playthrough start game", 180)
    pid = json.loads(pc.check("playthrough status game --json"))["pid"]
    second = pc.run("playthrough start game")
    assert second.rc == 1 and "running" in second.err, second
    pc.check(f"kill -9 {pid}")
    pc.wait_for("playthrough status game --json | grep -q '\"state\": *\"stopped\"'", 30)
    assert [driver(pc, a) for a in PASSED] == ["vfio-pci"] * 3
    pc.check(f"exec 3<{DISK}")
    assert huge_pages(pc) == 0


def quarantined(pc: PC) -> list[dict[str, Any]]:
    return json.loads(pc.check("playthrough status game --json"))["quarantined"]


def card_dies(pc: PC) -> None:
    """After a VM's end its card reads as all ones, as one does that did not survive its reset: it is kept from everybody, the
    rest comes home, and this PC goes on."""
    before = drivers(pc)
    config = f"/sys/bus/pci/devices/{GAME}/config"
    pc.check("playthrough start game", 180)
    pid = json.loads(pc.check("playthrough status game --json"))["pid"]
    pc.check(f"head -c 4096 /dev/zero | tr '\\0' '\\377' >/run/ones && mount --bind /run/ones $(readlink -f {config})")
    with pc.step("QEMU's end to quarantine"):
        pc.check(f"kill -9 {pid}")
        wait_until(lambda: quarantined(pc), 30, "the card is quarantined")
    [lost] = quarantined(pc)
    assert lost["address"] == GAME and config in lost["reason"], lost
    pc.check(f"umount $(readlink -f {config})")  # it does not come back by answering again
    refused = pc.run("playthrough start game", 60)
    assert refused.rc == 1 and lost["reason"] in refused.err and "PT-VM-" in refused.err, refused
    assert {a: d for a, d in drivers(pc).items() if a != GAME} == {a: d for a, d in before.items() if a != GAME}
    pc.check(f"exec 3<{DISK}")
    pc.power_cut()
    pc.start()
    assert drivers(pc) == before and not quarantined(pc)


def wait_for_picture(pc: PC, nonce: str, seconds: float = 90) -> None:
    wait_until(lambda: picture_is(pc.screen(GAME_SCREEN), nonce), seconds, f"picture {nonce} on the game's screen")


def wait_until(condition, seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.5)


def save_picture(pc: PC, screen: str, name: str) -> None:
    """Into the evidence, and into the README's pictures when they are to be renewed."""
    picture = pc.screen(screen)
    picture.save(EVIDENCE / name)
    if os.environ.get("PLAYTHROUGH_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        picture.quantize(16).save(PICTURES / name, optimize=True)


def main_job(pc: PC) -> None:
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    first_day = drivers(pc)
    assert first_day == {device.address: device.driver for device in pc.devices}
    with pc.step("check"):
        check_finds_what_was_built(pc)
    before, menu_before = configuration(pc), boot_menu(pc)
    with pc.step("plan and apply"):
        pc.check(f"playthrough-setup plan --gpu {GAME} --usb {USB}", 60)
        assert configuration(pc) == before
        print(pc.check(f"playthrough-setup apply --gpu {GAME} --usb {USB} --yes", 300))
        applied = configuration(pc)
        again = pc.run(f"playthrough-setup apply --gpu {GAME} --usb {USB} --yes", 300)
        assert again.rc == 0 and configuration(pc) == applied
    pc.reboot()
    with pc.step("verify"):
        print(pc.check("playthrough-setup verify", 60))
        assert [driver(pc, a) for a in PASSED] == ["vfio-pci"] * 3
        assert {a: d for a, d in drivers(pc).items() if a not in PASSED} == {
            a: d for a, d in first_day.items() if a not in PASSED}  # fmt: skip
        no_host_driver_probed(pc)
        _, report = setup_json(pc, "check")
        assert report["ready"]
        pc.run("clear >/dev/tty1; NO_COLOR=1 playthrough-setup check >/dev/tty1")
        save_picture(pc, HOST_SCREEN, "host-check.png")
    with pc.step("test drive"):
        drive_devices(pc)
    with pc.step("start, plug, stop"):
        start_plug_and_stop(pc)
    with pc.step("QEMU dies"):
        qemu_dies(pc)
    pc.check("grub-reboot 0")
    pc.reboot()
    with pc.step("stock entry, undo"):
        assert drivers(pc) == first_day
        pc.check("grub-editenv - unset next_entry")  # what grub-reboot left
        print(pc.check("playthrough-setup undo", 300))
        assert boot_menu(pc) == menu_before
        assert configuration(pc) == before
    pc.reboot()
    assert drivers(pc) == first_day


def test_main_job_intel(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(iommu="intel"), main_job, installed_image)


@pytest.mark.matrix
def test_a_card_dies(lab: Lab, installed_image: Path) -> None:
    def scenario(pc: PC) -> None:
        set_up(pc)
        card_dies(pc)

    lab.drive(Options(iommu="intel"), scenario, installed_image)
