"""This PC as a person meets it: the service behind it on a bus of its own, with a check that is always the same."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import BUILD, Couch, wait_for

MODELS = Path(__file__).parent / "models"
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>unix:path={0}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow own="*"/><allow receive_sender="*"/></policy>
</busconfig>"""
# What playthrough-setup would say; asked for the text of a plan, it gives that, too. Each act is noted.
SETUP = """#!/bin/sh
cd {0}
echo "$*" >>asked
case $1 in
apply | undo)
	[ ! -e fail ] || {{ cat fail; exit 1; }}
	for step in "let the loader forget our entry" "write /etc/playthrough/bind.conf" "renew the boot menu"; do
		echo '{{"stage": "'"$step"'", "percent": 40}}'
		while [ -e wait ]; do sleep 0.05; done
	done
	cp "after-$1.json" verify.json
	echo '{{"done": true}}' ;;
*) cat "$1.json" ;;
esac
"""
NONE = {"state": "not-applied", "plan": "", "checks": []}
WAITING = {"state": "not-booted", "restarted": False, "plan": "07f09601", "checks": []}
TRIAL = {"state": "booted", "ready": True, "permanent": False, "plan": "07f09601", "checks": []}
FAILED = {"error": {"number": -5, "code": "PT-SETUP-14", "message": "apply failed and was taken back: x", "hint": "y"}}
# Who else may change this PC is polkit's to say, and on this bus there is none.
MAY = os.geteuid() == 0


class Service:
    """org.playthrough.Setup1 on a system bus of the couch's own."""

    def __init__(self, couch: Couch) -> None:
        self.env = couch.env
        model = json.loads((MODELS / "pc.json").read_text())
        (couch.folder / "check.json").write_text(json.dumps(model["pc"]))
        (couch.folder / "plan.json").write_text(json.dumps(model["plan"]))
        for name, state in (("verify", NONE), ("after-apply", WAITING), ("after-undo", NONE)):
            (couch.folder / f"{name}.json").write_text(json.dumps(state))
        self.program = couch.folder / "setup"
        self.program.write_text(SETUP.format(couch.folder))
        self.program.chmod(0o755)
        config = couch.folder / "bus.conf"
        config.write_text(BUS.format(couch.folder))
        couch.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={couch.folder}/bus"
        self.bus = subprocess.Popen(["dbus-daemon", "--nofork", f"--config-file={config}"], stderr=subprocess.DEVNULL)
        wait_for((couch.folder / "bus").exists, "the bus")
        self.setupd: subprocess.Popen[bytes] | None = None

    def asked(self, verb: str) -> list[str]:
        """How it was asked for that."""
        lines = (self.program.parent / "asked").read_text().splitlines()
        return [line for line in lines if line.split()[0] == verb]

    def start(self) -> None:
        self.setupd = subprocess.Popen([str(BUILD / "playthrough-setupd"), "--program", str(self.program)], env=self.env)

    def stop(self) -> None:
        if self.setupd:
            self.setupd.terminate()
            self.setupd.wait()
        self.setupd = None

    def close(self) -> None:
        self.stop()
        self.bus.terminate()
        self.bus.wait()


@pytest.fixture
def service(couch: Couch) -> Iterator[Service]:
    it = Service(couch)
    yield it
    it.close()


def hold(couch: Couch, seconds: float) -> None:
    """The key that confirms."""
    for act, pause in (("keydown", seconds), ("keyup", 0.1)):
        subprocess.run(["xdotool", act, "Return"], env=os.environ | {"DISPLAY": couch.display}, check=True)
        time.sleep(pause)


def go_to(couch: Couch, focus: str) -> None:
    for _ in range(30):
        if couch.where()[1] == focus:
            return
        couch.key("Down")
    couch.await_where(couch.where()[0], focus)


def confirm(couch: Couch, screen: str) -> None:
    """The question is there: Yes is held."""
    couch.await_where(screen, "no")
    couch.key("Right")
    couch.await_where(screen, "yes")
    hold(couch, 2)


def test_this_pc_is_read_with_a_few_keys(couch: Couch, service: Service) -> None:
    service.start()
    couch.start("--screen", "pc")
    couch.await_where("pc", "pc/plan")
    couch.key("Return")
    couch.await_where("plan", "apply")
    couch.key("Escape", "Down", "Return")
    couch.await_where("point", "block/0")
    couch.key("Escape", "Down", "Return")
    couch.await_where("groups", "group/13")
    assert couch.stop() == 0


def test_a_service_that_comes_later_is_asked_again(couch: Couch, service: Service) -> None:
    couch.start("--screen", "pc")
    couch.await_where("pc", "again")
    service.start()
    for _ in range(50):
        before = couch.frames()
        couch.key("Return")
        # Each press has its answer before the next one, which would be another page's else.
        wait_for(lambda: couch.frames() > before and couch.where()[1] in ("again", "pc/plan"), "an answer")
        if couch.where()[1] == "pc/plan":
            break
    couch.await_where("pc", "pc/plan")
    # What was told stays to be read when the service goes, as it does when it is idle.
    service.stop()
    couch.key("Down")
    couch.await_where("pc", "pc/host.config")
    assert couch.stop() == 0


def test_in_a_session_of_ones_own_it_says_so(couch: Couch) -> None:
    couch.start("--session", "--screen", "pc")
    couch.await_where("pc", "leave")
    assert couch.stop() == 0


def test_nothing_is_set_up_without_holding(couch: Couch, service: Service) -> None:
    service.start()
    couch.start("--screen", "plan")
    couch.await_where("plan", "apply")
    couch.key("Return")
    couch.await_where("plan", "no")
    couch.key("Right")
    couch.await_where("plan", "yes")
    couch.key("Return", "Return")
    hold(couch, 0.7)
    couch.await_where("plan", "yes")
    couch.key("Escape")
    couch.await_where("plan", "apply")
    couch.key("x")
    couch.await_where("plan", "no")
    couch.key("Return")
    couch.await_where("plan", "apply")
    assert not service.asked("apply")
    assert couch.stop() == 0


def test_it_is_set_up_and_undone(couch: Couch, service: Service) -> None:
    service.start()
    (couch.folder / "wait").touch()
    couch.start("--screen", "plan")
    couch.await_where("plan", "apply")
    couch.key("Return")
    confirm(couch, "plan")
    if not MAY:
        couch.await_where("setup", "block/0")
        assert not service.asked("apply")
        return
    couch.await_where("setup", "leave")
    wait_for(lambda: bool(service.asked("apply")), "the apply")
    assert service.asked("apply") == ["apply --plan=07f09601 --yes --progress"]
    (couch.folder / "wait").unlink()
    couch.await_where("setup", "block/0")
    couch.key("Escape")
    wait_for(lambda: couch.where()[0] != "setup", "another screen")
    assert couch.stop() == 0
    # After a restart it is on trial, and goes.
    (couch.folder / "verify.json").write_text(json.dumps(TRIAL))
    couch.start("--screen", "setup")
    couch.await_where("setup", "block/0")
    go_to(couch, "undo")
    couch.key("Return")
    confirm(couch, "setup")
    wait_for(lambda: bool(service.asked("undo")), "the undo")
    couch.await_where("setup", "block/0")
    go_to(couch, "seen")
    assert couch.stop() == 0


def test_a_failure_is_told_and_can_be_left(couch: Couch, service: Service) -> None:
    service.start()
    (couch.folder / "fail").write_text(json.dumps(FAILED) + "\n")
    couch.start("--screen", "plan")
    couch.await_where("plan", "apply")
    couch.key("Return")
    confirm(couch, "plan")
    couch.await_where("setup", "block/0")
    go_to(couch, "seen")
    couch.key("Return")
    wait_for(lambda: couch.where()[0] != "setup", "another screen")
    assert couch.stop() == 0


def test_a_cancelled_setup_ends(couch: Couch, service: Service) -> None:
    if not MAY:
        return
    service.start()
    (couch.folder / "wait").touch()
    couch.start("--screen", "plan")
    couch.await_where("plan", "apply")
    couch.key("Return")
    confirm(couch, "plan")
    couch.await_where("setup", "leave")
    couch.key("Right")
    couch.await_where("setup", "halt")
    couch.key("Return")
    couch.await_where("setup", "block/0")
    assert couch.stop() == 0


def test_a_plan_that_has_changed_is_read_anew(couch: Couch, service: Service) -> None:
    service.start()
    couch.start("--screen", "plan")
    couch.await_where("plan", "apply")
    plan = json.loads((couch.folder / "plan.json").read_text())
    (couch.folder / "plan.json").write_text(json.dumps(plan | {"id": "deadbeef"}))
    couch.key("Return")
    confirm(couch, "plan")
    couch.await_where("setup", "block/0")
    assert not service.asked("apply")
    go_to(couch, "plan")
    couch.key("Return")
    couch.await_where("plan", "apply")
    assert couch.stop() == 0


def test_a_trial_is_kept(couch: Couch, service: Service) -> None:
    service.start()
    (couch.folder / "verify.json").write_text(json.dumps(TRIAL))
    couch.start("--screen", "setup")
    couch.await_where("setup", "block/0")
    go_to(couch, "keep")
    couch.key("Return")
    couch.await_where("setup", "block/0")
    go_to(couch, "seen")
    assert ("verify --json" in service.asked("verify")) == MAY
    assert couch.stop() == 0


def test_devices_are_chosen(couch: Couch, service: Service) -> None:
    service.start()
    couch.start("--screen", "pc")
    couch.await_where("pc", "pc/plan")
    couch.key("Return")
    couch.await_where("plan", "apply")
    couch.key("Down", "Return")
    couch.await_where("choice")
    go_to(couch, "dev/0000:08:00.3")
    couch.key("Return")
    wanted = "plan --json --gpu=0000:07:00.0 --usb=0000:08:00.3"
    wait_for(lambda: wanted in service.asked("plan"), "the plan with it")
    couch.key("Escape")
    couch.await_where("plan")
    assert couch.stop() == 0
