"""PCs on which passthrough must be refused, and one whose DMA is dead: the verdicts can be no.

On the latter the power is cut the moment `apply` and `undo` have ended.
"""

from __future__ import annotations

import json
from pathlib import Path

from conftest import EVIDENCE, Lab
from hardware import GAME_SCREEN, Options
from nonce import picture_is
from pc import PC
from scenario import (
    AUDIO, GAME, PASSED, USB,
    boot_menu, check_of, configuration, driver, drivers, results, setup_json, use_profile,
)  # fmt: skip

def start_is_refused(pc: PC, *words: str) -> None:
    """`start` says why in one line, and every device keeps the driver it had."""
    use_profile(pc)
    before = drivers(pc)
    refused = pc.run("playthrough start game", 60)
    assert refused.rc == 1, refused
    for word in words:
        assert word in refused.err, refused.err
    assert drivers(pc) == before
    assert pc.run("ls /run/playthrough/vm/game").rc != 0


def no_remapping(pc: PC) -> None:
    rc, report = setup_json(pc, "check")
    assert rc == 4 and not report["ready"]
    remapping = check_of(report, "iommu.interrupt-remapping")
    assert remapping["status"] == "fail"
    assert {"source": "/sys/class/iommu/dmar0/intel-iommu/ecap", "value": "f46"} in remapping["evidence"]
    assert check_of(report, "iommu.enabled")["status"] == "pass"
    start_is_refused(pc, "PT-IOMMU-03", "/sys/class/iommu/dmar0/intel-iommu/ecap", "f46")
    assert pc.run("playthrough-setup apply --yes", 60).rc in (1, 4)


def no_iommu(pc: PC) -> None:
    rc, report = setup_json(pc, "check")
    assert rc == 4 and not report["ready"]
    assert check_of(report, "iommu.enabled")["status"] == "fail"
    assert check_of(report, "iommu.firmware")["status"] == "fail"
    assert report["groups"] == []
    start_is_refused(pc, "PT-IOMMU-01", "/sys/kernel/iommu_groups")
    assert pc.run("playthrough-setup apply --yes", 60).rc in (1, 4)


def cut_and_start(pc: PC) -> None:
    """The power goes at this moment. GRUB then reads a disk whose journal nobody has replayed."""
    pc.power_cut()
    pc.start()


def drive_says_no(pc: PC) -> None:
    """The card draws; what needs DMA is reported as failed, and nothing is lost by it."""
    drive = pc.run("playthrough test-drive game --json --keep", 420)
    EVIDENCE.mkdir(parents=True, exist_ok=True)
    (EVIDENCE / "test-drive-amd.json").write_text(drive.out)
    assert drive.rc == 1 and drive.out, drive
    found = json.loads(drive.out)
    verdicts = results(found)
    assert verdicts[GAME, "draw"] == "pass"
    assert verdicts[USB, "dma"] == "fail"
    assert verdicts[AUDIO, "dma"] == "fail"
    assert picture_is(pc.screen(GAME_SCREEN), found["nonce"])
    # by force: there the guest was seen not to answer the power button
    pc.check("playthrough stop --force game", 120)
    assert [driver(pc, a) for a in PASSED] == ["vfio-pci"] * 3


def dead_dma(pc: PC) -> None:
    """AMD as emulated: everything but DMA works, and the test drive must say so."""
    first_day = drivers(pc)
    before, menu_before = configuration(pc), boot_menu(pc)
    with pc.step("check"):
        _, report = setup_json(pc, "check")
        assert check_of(report, "iommu.enabled")["status"] == "pass"
        assert check_of(report, "iommu.interrupt-remapping")["status"] == "pass"
    with pc.step("apply, and the power is cut"):
        pc.check(f"playthrough-setup apply --gpu {GAME} --usb {USB} --yes", 300)
        cut_and_start(pc)
    with pc.step("verify"):
        pc.check("playthrough-setup verify", 60)
        assert [driver(pc, a) for a in PASSED] == ["vfio-pci"] * 3
    use_profile(pc)
    with pc.step("test drive"):
        drive_says_no(pc)
    with pc.step("undo, and the power is cut"):
        pc.check("playthrough-setup undo", 300)
        cut_and_start(pc)
        assert boot_menu(pc) == menu_before
        assert configuration(pc) == before
        assert drivers(pc) == first_day
        assert "playthrough" not in pc.check("cat /proc/cmdline")


def test_amd_reports_dead_dma(lab: Lab, amd_image: Path) -> None:
    lab.drive(Options(iommu="amd"), dead_dma, amd_image)


def test_no_interrupt_remapping(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(iommu="intel", intremap=False), no_remapping, installed_image)


def test_no_iommu(lab: Lab, installed_image: Path) -> None:
    lab.drive(Options(iommu="none"), no_iommu, installed_image)
