"""This PC as a person meets it: the service behind it on a bus of its own, with a check that is always the same."""

from __future__ import annotations

import json
import subprocess
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
# What playthrough-setup would say; asked for the text of a plan, it gives that, too.
SETUP = '#!/bin/sh\ncat "{0}/$1.json"\n'


class Service:
    """org.playthrough.Setup1 on a system bus of the couch's own."""

    def __init__(self, couch: Couch) -> None:
        self.env = couch.env
        model = json.loads((MODELS / "pc.json").read_text())
        (couch.folder / "check.json").write_text(json.dumps(model["pc"]))
        (couch.folder / "plan.json").write_text(json.dumps(model["plan"]))
        self.program = couch.folder / "setup"
        self.program.write_text(SETUP.format(couch.folder))
        self.program.chmod(0o755)
        config = couch.folder / "bus.conf"
        config.write_text(BUS.format(couch.folder))
        couch.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={couch.folder}/bus"
        self.bus = subprocess.Popen(["dbus-daemon", "--nofork", f"--config-file={config}"], stderr=subprocess.DEVNULL)
        wait_for((couch.folder / "bus").exists, "the bus")
        self.setupd: subprocess.Popen[bytes] | None = None

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


def test_this_pc_is_read_with_a_few_keys(couch: Couch, service: Service) -> None:
    service.start()
    couch.start("--screen", "pc")
    couch.await_where("pc", "pc/plan")
    couch.key("Return")
    couch.await_where("plan", "block/0")
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
        couch.key("Return")
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
