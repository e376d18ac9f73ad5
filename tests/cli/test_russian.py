"""With LANGUAGE=ru people are spoken to in Russian; what programs read stays as it is."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time

import pytest
from conftest import BUILD, TINY, Session

RUSSIAN = {"LANGUAGE": "ru", "PLAYTHROUGH_LOCALE_DIR": str(BUILD / "locale")}
CYRILLIC = re.compile("[а-яёА-ЯЁ]")


def run_setup(session: Session, *args: str) -> str:
    done = subprocess.run([str(BUILD / "playthrough-setup"), *args], env=session.env | RUSSIAN, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60)
    return done.stdout


def test_help(session: Session) -> None:
    done = session.run("help", env=RUSSIAN)
    assert done.returncode == 0
    commands = [line for line in done.stdout.splitlines() if re.match("  [a-z]", line)]
    assert len(commands) > 5
    for line in commands:
        assert CYRILLIC.search(line[28:]) and len(line) <= 100, line
    assert not CYRILLIC.search(session.run("help").stdout)


@pytest.mark.parametrize("language, says", [("ru", "неизвестная команда: frobnicate"),
                                            ("xx", "unknown command: frobnicate")])
def test_wrong_usage(session: Session, language: str, says: str) -> None:
    done = session.run("frobnicate", env=RUSSIAN | {"LANGUAGE": language})
    assert done.returncode == 2 and says in done.stderr


def test_a_bad_profile(session: Session) -> None:
    session.profile("x", "[vm]\ntitel=Games\n")
    done = session.run("profile", "check", "x", env=RUSSIAN)
    assert done.returncode == 1
    assert "x.profile:2: неизвестный ключ titel= в [vm]" in done.stderr and "title=" in done.stderr


def test_the_daemon_too(session: Session) -> None:
    session.profile("tiny", TINY + "[vm]\ntitle=Игра\n")
    session.profile("bad", "[vm]\ntitel=x\n")
    rows = session.run("list", env=RUSSIAN).stdout.splitlines()
    assert rows[0].split() == ["ИМЯ", "СОСТОЯНИЕ", "НАЗВАНИЕ"]
    # Columns are counted in letters, not bytes.
    assert rows[1].startswith("bad   ошибка в профиле  ") and "неизвестный ключ" in rows[1]
    assert rows[2] == "tiny  остановлена       Игра"
    assert rows[0].index("НАЗВАНИЕ") == rows[2].index("Игра")
    done = session.run("stop", "tiny", env=RUSSIAN)
    assert done.returncode == 1 and "ВМ tiny не запущена (PT-VM-13)" in done.stderr
    states = [vm["state"] for vm in json.loads(session.run("list", "--json", env=RUSSIAN).stdout)["vms"]]
    assert states == ["stopped", "stopped"]


def test_a_reason_that_was_kept(session: Session) -> None:
    """Told in the language of whoever reads it, whoever was there when it happened."""
    session.profile("tiny", TINY)
    for there in (RUSSIAN, {}):
        assert session.run("start", "tiny", env=there).returncode == 0
        qemu = json.loads(session.run("status", "tiny", "--json").stdout)["pid"]
        os.kill(qemu, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while json.loads(session.run("status", "tiny", "--json").stdout)["state"] != "stopped":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        for reader, russian in ((RUSSIAN, True), ({}, False)):
            end = json.loads(session.run("status", "tiny", "--json", env=reader).stdout)["last_end"]
            assert bool(CYRILLIC.search(end["reason"])) == russian, end


def test_check_of_the_pc(session: Session) -> None:
    lines = run_setup(session, "check").splitlines()
    assert CYRILLIC.search(lines[0]) and "Проверки" in lines
    for line in lines:
        assert len(line) <= 100 or " " not in line.strip(), line
    for check in json.loads(run_setup(session, "check", "--json"))["checks"]:
        assert not CYRILLIC.search(check["summary"])


def test_codes_are_explained(session: Session) -> None:
    said = run_setup(session, "help", "PT-IOMMU-02")
    assert said.startswith("PT-IOMMU-02: ") and CYRILLIC.search(said)
