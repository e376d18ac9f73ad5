"""Fixtures for tests that drive emulated PCs."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Callable, TypeVar

import install
import pytest
from pc import PC, Frozen, Options

TOP = Path(__file__).resolve().parents[2]
EVIDENCE = TOP / "build" / "lab"
T = TypeVar("T")

_notes = pytest.StashKey[list[str]]()


class Lab:
    """Builds PCs for one test, and remembers for the report what happened to them."""

    def __init__(self, name: str, notes: list[str]) -> None:
        self.notes = notes
        self.evidence = EVIDENCE / re.sub(r"[^\w.-]+", "-", name)
        EVIDENCE.mkdir(parents=True, exist_ok=True)

    def drive(self, options: Options, scenario: Callable[[PC], T], image: Path | None = None) -> T:
        """Switches a fresh PC on and runs the scenario with it.

        The emulator itself can freeze (seen with QEMU 7.2 when virtual machines start in it one
        after another). Then, and only then, the scenario is run once more on another fresh PC,
        and the report says so.
        """
        try:
            return self._once(options, scenario, image)
        except Frozen as frozen:
            self.notes.append(f"RETRIED: {self.evidence.name} on {options}: {frozen}")
            return self._once(options, scenario, image)

    def _once(self, options: Options, scenario: Callable[[PC], T], image: Path | None) -> T:
        with PC(options, image) as pc:
            try:
                pc.start()
                return scenario(pc)
            except BaseException:
                pc.save_evidence(self.evidence)
                self.notes.append(f"evidence of a failure: {self.evidence}")
                raise
            finally:
                self.notes += pc.log


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Lab:
    return Lab(request.node.name, request.config.stash.setdefault(_notes, []))


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree that `make install DESTDIR=...` made; PLAYTHROUGH_STAGE names one that is there already."""
    folder = Path(os.environ.get("PLAYTHROUGH_STAGE") or tmp_path_factory.mktemp("stage"))
    if not any(folder.iterdir()):
        command = ["make", "--no-print-directory", "-C", str(TOP), "install", f"DESTDIR={folder}"]
        subprocess.run(command, check=True, timeout=900)
    return folder


@pytest.fixture(scope="session")
def installed_image(stage: Path) -> Path:
    """The disk of a PC with our programs installed."""
    return install.installed_image(stage)


@pytest.fixture(scope="session")
def amd_image(stage: Path) -> Path:
    """The same for a PC with AMD-Vi that starts by systemd-boot, whose owner starts it with iommu=pt.

    Without it the emulated AMD-Vi lets no device of the host reach memory, and the system does not come up.
    """
    return install.installed_image(stage, "iommu=pt", "systemd-boot")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "matrix: one of many PCs, for make test-all (-m matrix)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.option.markexpr:
        items[:] = [item for item in items if item.get_closest_marker("matrix") is None]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    notes = config.stash.get(_notes, [])
    if notes:
        terminalreporter.section("emulated PCs")
        for note in notes:
            terminalreporter.write_line(note)
