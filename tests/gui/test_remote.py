"""The square on the page "Seen from elsewhere" is read by a reader of such squares, at every size, in both languages."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
from conftest import BUILD


@pytest.mark.parametrize(
    ("model", "address"), [("remote", "https://192.0.2.10:5931/"), ("remote-plain", "spice://192.0.2.10?tls-port=5930")]
)
@pytest.mark.parametrize("size", ["1280x720", "1920x1080", "3840x2160"])
@pytest.mark.parametrize(("language", "scale"), [("en", 100), ("ru", 200)])
def test_the_square_is_the_address(tmp_path: Path, model: str, address: str, size: str, language: str, scale: int) -> None:
    (tmp_path / "playthrough").mkdir()
    (tmp_path / "playthrough/gui.conf").write_text(f"language={language}\ntext-size={scale}\n")
    picture = tmp_path / "picture.png"
    subprocess.run(
        [BUILD / "playthrough-gui", "--offscreen", size, "--screen", "remote", "--picture", picture]
        + ["--model", ROOT / f"tests/gui/models/{model}.json"],
        check=True,
        env=os.environ | {"XDG_CONFIG_HOME": str(tmp_path), "PLAYTHROUGH_LOCALE_DIR": str(BUILD / "locale")},
    )
    read = subprocess.run(["zbarimg", "-q", "--raw", picture], check=True, capture_output=True, text=True)
    assert read.stdout.strip() == address
