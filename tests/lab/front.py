# SPDX-License-Identifier: GPL-2.0-or-later
"""Knows the front end by a picture of its screen."""

from __future__ import annotations

from PIL import Image

# Colours of the front end's theme (gui/draw/theme.c): its ground at the upper edge, and what has the focus.
GROUND, FOCUS = (0x14, 0x1A, 0x22), (0xFF, 0xD1, 0x66)


def near(pixel: tuple[int, ...], color: tuple[int, int, int]) -> bool:
    return all(abs(a - b) <= 12 for a, b in zip(pixel, color))


def is_front_end(picture: Image.Image) -> bool:
    """Whether it is there whole, with something that has the focus."""
    colors = picture.getcolors(1 << 24) or []
    return near(picture.getpixel((3, 3)), GROUND) and sum(n for n, color in colors if near(color, FOCUS)) > 200
