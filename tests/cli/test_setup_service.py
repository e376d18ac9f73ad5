"""org.playthrough.Setup1 on a private bus: the real service, and a stand-in for what would change this PC."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any, Iterator

import pytest
from gi.repository import Gio, GLib

from conftest import BUILD, TOP

NAME = "org.playthrough.Setup1"
PATH = "/org/playthrough/Setup1"
ROOT = os.geteuid() == 0

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default">
  <allow user="*"/><allow receive_type="method_call"/><allow receive_type="method_return"/>
  <allow receive_type="error"/><allow receive_type="signal"/><allow send_type="signal"/>
  <allow send_requested_reply="true" send_type="method_return"/>
  <allow send_requested_reply="true" send_type="error"/><allow send_destination="org.freedesktop.DBus"/>
</policy>
<include>{policy}</include>
<policy context="mandatory"><allow own="*"/></policy>
</busconfig>"""

# Looking is done by the real program; a plan and all that changes something by files that the test writes.
STAND_IN = """#!/bin/sh
echo "$*" >>{folder}/calls
case $1 in
check | verify) exec {build}/playthrough-setup "$@" ;;
plan) case $* in *--json*) file=plan.json ;; *) file=plan.text ;; esac ;;
*) file=$1 ;;
esac
[ -e {folder}/$file ] || exec {build}/playthrough-setup plan --json
exec sh {folder}/$file
"""


class Service:
    def __init__(self, folder: Path, idle: int = 60) -> None:
        self.folder = folder
        socket = folder / "bus"
        (folder / "bus.conf").write_text(BUS.format(socket=socket, policy=TOP / "host-setup/service/org.playthrough.Setup1.conf"))
        self.address = f"unix:path={socket}"
        self.env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8",
                    "DBUS_SYSTEM_BUS_ADDRESS": self.address, "PLAYTHROUGH_LOCALE_DIR": str(BUILD / "locale")}
        self.log = (folder / "log").open("ab")
        self.bus = subprocess.Popen(["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork"],
                                    env=self.env, stdout=self.log, stderr=self.log)
        self.process: subprocess.Popen[bytes] | None = None
        try:
            self.wait(lambda: self.busctl("list").returncode == 0)
            self.start(idle)
        except BaseException:
            self.close()
            raise

    def start(self, idle: int) -> None:
        folder = self.folder
        program = folder / "setup"
        program.write_text(STAND_IN.format(folder=folder, build=BUILD))
        program.chmod(0o755)
        command = [str(BUILD / "playthrough-setupd"), "--program", str(program), "--idle", str(idle)]
        self.process = subprocess.Popen(command, env=self.env, stdout=self.log, stderr=self.log)
        self.wait(lambda: NAME in self.busctl("list", "--acquired").stdout)

    def wait(self, what: Any, seconds: float = 15) -> None:
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)

    def busctl(self, *args: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["busctl", f"--address={self.address}", "--json=short", *args], env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)

    def call(self, method: str, *args: str) -> list[Any]:
        done = self.busctl("call", NAME, PATH, NAME, method, *args)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["data"]

    def refused(self, method: str, *args: str) -> str:
        done = self.busctl("call", NAME, PATH, NAME, method, *args)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def job(self, path: str, name: str) -> Any:
        done = self.busctl("get-property", NAME, path, "org.playthrough.Job1", name)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["data"]

    def says(self, file: str, script: str) -> None:
        (self.folder / file).write_text(script)

    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()

    def running(self) -> subprocess.Popen[bytes]:
        assert self.process
        return self.process

    def close(self) -> None:
        for process in (self.process, self.bus):
            if process:
                process.terminate()
                process.wait(10)
        self.log.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    try:
        yield made
    finally:
        made.close()


def test_check(service: Service) -> None:
    (text,) = service.call("Check")
    report = json.loads(text)
    assert report["schema"] == 1 and report["checks"]


def test_verify_only_looks(service: Service) -> None:
    (text,) = service.call("Verify")
    assert json.loads(text)["state"] in ("not-applied", "not-booted", "booted")
    assert service.calls() == ["verify --json --look"]


def plan(service: Service, plan_id: str = "0123abcd") -> None:
    service.says("plan.json", f"echo '{{\"schema\": 1, \"id\": \"{plan_id}\"}}'")
    service.says("plan.text", "echo 'Plan: the edits'")


def test_plan(service: Service) -> None:
    plan(service)
    plan_id, text, words = service.call("Plan", "a{sv}", "2", "gpu", "as", "1", "01:00.0",
                                        "usb", "as", "2", "02:00.0", "03:00.0")
    assert plan_id == "0123abcd" and json.loads(text)["id"] == plan_id and words == "Plan: the edits\n"
    options = "--gpu=01:00.0 --usb=02:00.0 --usb=03:00.0"
    assert service.calls() == [f"plan --json {options}", f"plan --plan=0123abcd {options}"]


def test_real_plan_or_its_refusal(service: Service) -> None:
    """Whatever this PC is: an answer, or a code."""
    done = service.busctl("call", NAME, PATH, NAME, "Plan", "a{sv}", "0")
    assert done.returncode == 0 or "PT-" in done.stderr, done.stderr


def test_plan_refused(service: Service) -> None:
    service.says("plan.json", "echo '{\"schema\": 1, \"refused\": {\"code\": \"PT-GPU-03\", \"message\": \"no card\","
                              " \"hint\": \"buy one\"}}'; exit 1")
    assert "no card\nbuy one\nPT-GPU-03" in service.refused("Plan", "a{sv}", "0")


def test_plan_changes_meanwhile(service: Service) -> None:
    plan(service)
    service.says("plan.text", "exit 1")
    assert "PT-SETUP-31" in service.refused("Plan", "a{sv}", "0")


@pytest.mark.parametrize("options", [
    ["1", "root", "as", "1", "/"],
    ["1", "gpu", "s", "01:00.0"],
    ["1", "gpu", "as", "1", "x" * 100],
])
def test_plan_wrong_options(service: Service, options: list[str]) -> None:
    service.refused("Plan", "a{sv}", *options)
    assert not (service.folder / "calls").exists()


def test_garbage_of_the_program(service: Service) -> None:
    for script in ("exit 7", "echo '['", "echo '{\"id\": \"../../etc\"}'", "kill -9 $$"):
        service.says("plan.json", script)
        assert "PT-SETUP-34" in service.refused("Plan", "a{sv}", "0")


def test_a_user_changes_nothing(service: Service) -> None:
    """Without a yes of polkit, which is not on this bus; root needs none, and gets the refusal of the stale plan."""
    service.says("apply", """echo '{"error": {"number": -116, "code": "PT-SETUP-31", "message": "stale", "hint": ""}}'
exit 1""")
    if not ROOT:
        for method, arguments in (("Apply", ["s", "0123abcd"]), ("Undo", []), ("Keep", [])):
            assert "polkit" in service.refused(method, *arguments)
        assert not (service.folder / "calls").exists()
        return
    (job,) = service.call("Apply", "s", "0123abcd")
    service.wait(lambda: service.job(job, "State") == "failed")
    assert service.job(job, "Code") == "PT-SETUP-31"
    assert service.calls() == ["apply --plan=0123abcd --yes --progress"]


def test_apply(service: Service) -> None:
    plan(service)
    service.call("Plan", "a{sv}", "1", "gpu", "as", "1", "01:00.0")
    service.says("apply", """echo '{"stage": "write /x", "percent": 40}'
while [ ! -e %s/go ]; do sleep 0.05; done
echo '{"done": true}'""" % service.folder)
    assert service.refused("Apply", "s", "--help00")
    if not ROOT:
        return
    (job,) = service.call("Apply", "s", "0123abcd")
    assert job == f"{PATH}/job/1"
    service.wait(lambda: service.job(job, "Stage") == "write /x")
    assert service.job(job, "Percent") == 40 and service.job(job, "Kind") == "apply"
    assert "PT-SETUP-18" in service.refused("Undo")
    assert json.loads(service.call("Verify")[0])  # the loop goes on meanwhile
    (service.folder / "go").touch()
    service.wait(lambda: service.job(job, "State") == "done")
    assert service.job(job, "Percent") == 100
    assert "apply --plan=0123abcd --yes --progress --gpu=01:00.0" in service.calls()


def test_cancel(service: Service) -> None:
    service.says("error", """{"error": {"number": -4, "code": "PT-SETUP-14", "message": "taken back", "hint": ""}}
""")
    service.says("apply", """trap 'cat %s/error; exit 1' TERM
echo '{"stage": "a"}'
while :; do sleep 0.05; done""" % service.folder)
    service.says("undo", "echo '{\"stage\": \"restore\"}'; sleep 1; echo '{\"done\": true}'")
    if not ROOT:
        return
    (job,) = service.call("Apply", "s", "0123abcd")
    service.wait(lambda: service.job(job, "Stage") == "a")
    assert service.busctl("call", NAME, job, "org.playthrough.Job1", "Cancel").returncode == 0
    service.wait(lambda: service.job(job, "State") == "cancelled")
    assert service.job(job, "Error") == "taken back"
    (undo,) = service.call("Undo")
    refused = service.busctl("call", NAME, undo, "org.playthrough.Job1", "Cancel")
    assert refused.returncode != 0 and "half way" in refused.stderr
    service.wait(lambda: service.job(undo, "State") == "done")


def on_one_connection(service: Service) -> Any:
    kind = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    bus = Gio.DBusConnection.new_for_address_sync(service.address, kind, None, None)

    def call(member: str, arguments: GLib.Variant | None = None) -> str:
        """What a refusal says; "" where there was none."""
        try:
            bus.call_sync(NAME, PATH, NAME, member, arguments, None, Gio.DBusCallFlags.NONE, 60000, None)
        except GLib.Error as error:
            return error.message
        return ""

    return call


def test_each_is_answered_in_their_language(service: Service) -> None:
    """By the service itself, and by what it starts."""
    service.says("plan.json", "echo $LANGUAGE $LC_ALL >>%s/languages; sleep 0.3; echo '['" % service.folder)
    russian, other = on_one_connection(service), on_one_connection(service)
    assert russian("SetLanguage", GLib.Variant("(s)", ("ru",))) == ""
    assert "ru" in russian("SetLanguage", GLib.Variant("(s)", ("../../x",)))
    assert "неизвестный" in russian("Plan", GLib.Variant("(a{sv})", ({"root": GLib.Variant("as", [])},)))
    assert "unknown option root" in other("Plan", GLib.Variant("(a{sv})", ({"root": GLib.Variant("as", [])},)))
    assert other("SetLanguage", GLib.Variant("(s)", ("en",))) == ""
    no_options = GLib.Variant("(a{sv})", ({},))
    assert "и без ответа" in russian("Plan", no_options) and "no answer" in other("Plan", no_options)
    assert (service.folder / "languages").read_text().splitlines() == ["ru", "en"]


def test_too_many_calls(service: Service) -> None:
    service.says("plan.json", "sleep 3; exit 1")
    command = ["busctl", f"--address={service.address}", "call", NAME, PATH, NAME, "Plan", "a{sv}", "0"]
    calls = [subprocess.Popen(command, env=service.env, stderr=subprocess.PIPE, text=True) for _ in range(12)]
    errors = [call.communicate(timeout=60)[1] for call in calls]
    assert sum("calls are at work already" in error for error in errors) >= 1
    assert service.running().poll() is None


def test_gone_when_idle(tmp_path: Path) -> None:
    made = Service(tmp_path, idle=1)
    try:
        made.call("Verify")
        assert made.running().wait(20) == 0
    finally:
        made.close()
