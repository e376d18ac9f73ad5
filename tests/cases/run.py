#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs `playthrough-setup explain --json` over a folder of public texts and compares it with their heads.

    tests/cases/run.py FOLDER [BUILD]

Kernel logs (intel-*, amd-*) say "# expected-iommu: on|off|unknown" and "# expected-ir: enabled|disabled|unknown".
Listings (group-*) say in words what a user wants and what the verdict is; compared are the devices that these
sentences name: the card's verdict, and that what goes along is all of its groups but the bridges.
"""
import collections
import json
import pathlib
import re
import subprocess
import sys

ADDRESS = re.compile(r"(?:[0-9a-f]{4,5}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")


def head(text, name):
    found = re.search(rf"^# {name}: *(.*)$", text, re.M)
    return found.group(1).strip() if found else None


def full(address):
    return address if address.count(":") == 2 else "0000:" + address


def explain(build, text):
    program = [f"{build}/playthrough-setup", "explain", "--json", "-"]
    done = subprocess.run(program, input=text.encode(), capture_output=True, timeout=60)
    if done.returncode not in (0, 3, 4, 5, 6):
        raise SystemExit(f"explain ended with {done.returncode}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def status(report, name):
    return next(c["status"] for c in report["checks"] if c["id"] == name)


def compare_log(text, report):
    wrong = []
    for key, check, yes, no in (
        ("expected-iommu", "iommu.enabled", "on", "off"),
        ("expected-ir", "iommu.interrupt-remapping", "enabled", "disabled"),
    ):
        want = head(text, key)
        got = {"pass": yes, "fail": no}.get(status(report, check), "unknown")
        if want != got:
            wrong.append(f"{check}: {got}, not {want}")
    return wrong


def groups_of(report):
    groups = collections.defaultdict(list)
    for group in report["groups"]:
        for device in group["devices"]:
            groups[group["id"]].append(device)
    return groups


def companions(report, card):
    """All that must go along, worked out here once more: the card's functions, and their groups without bridges."""
    groups = groups_of(report)
    devices = {d["address"]: (i, d) for i, g in groups.items() for d in g}
    slot, (own, card_device) = card.rsplit(".", 1)[0], devices[card]
    vendor = (card_device["id"] or "").split(":")[0]
    wanted = {own}
    for address, (group, device) in devices.items():
        same_vendor = (device["id"] or "").split(":")[0] == vendor
        if address.startswith(slot + ".") and not device["bridge"] and (same_vendor or group == own):
            wanted.add(group)
    return {d["address"] for g in wanted for d in groups[g] if not d["bridge"]} - {card}


def compare_listing(text, report):
    wants, expected = head(text, "what-a-user-wants"), head(text, "expected-verdict").lower()
    gpus = {g["address"]: g for g in report["gpus"]}
    named = [full(a) for a in ADDRESS.findall(wants)]
    wrong = []
    if status(report, "iommu.enabled") != "pass":
        wrong.append("groups, but the IOMMU is not taken to be on")
    keep = re.search(r"keep[^,;]*", wants)
    kept = {full(a) for a in ADDRESS.findall(keep.group(0))} if keep else set()
    for address in named:
        gpu = gpus.get(address)
        if not gpu or address in kept:
            continue
        if expected.startswith("ok") and gpu["verdict"] == "fail":
            wrong.append(f"{address}: fail, though it can be passed: {gpu['reasons']}")
        if expected.startswith("blocked") and gpu["verdict"] != "fail":
            wrong.append(f"{address}: {gpu['verdict']}, though the host needs what goes along")
        if "whole-group" in expected and gpu["verdict"] == "pass":
            wrong.append(f"{address}: pass, though others must go along")
        if set(gpu["needs"]) != companions(report, address):
            wrong.append(f"{address}: needs {gpu['needs']}, not {sorted(companions(report, address))}")
    listed = {full(a) for line in text.splitlines() if not line.startswith("#") for a in ADDRESS.findall(line)}
    told = {d["address"] for g in report["groups"] for d in g["devices"]}
    missing = {a for a in named if a in listed and a not in told}
    if missing:
        wrong.append(f"not read: {sorted(missing)}")
    return wrong


def compare(path, build):
    text = path.read_text(errors="replace")
    report = explain(build, text)
    if head(text, "expected-iommu"):
        return compare_log(text, report)
    return compare_listing(text, report)


def main():
    folder = pathlib.Path(sys.argv[1])
    build = sys.argv[2] if len(sys.argv) > 2 else "build"
    if not folder.is_dir():
        print(f"{folder} is not there: no cases were tried")
        return 0
    failed = 0
    paths = sorted(p for k in ("intel", "amd", "group") for p in folder.glob(f"{k}-*.txt"))
    for path in paths:
        wrong = compare(path, build)
        failed += bool(wrong)
        for sentence in wrong:
            print(f"{path.name}: {sentence}")
    print(f"{len(paths) - failed} passed, {failed} failed (cases)")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
