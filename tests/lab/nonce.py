# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the test guest's pattern from a picture of a screen (see appliance/guest/picture.h)."""

CELL, COLUMNS, ROWS = 16, 16, 4
WHITE, BLUE, RED = (255, 255, 255), (0, 0, 160), (200, 0, 0)
TOLERANCE = 12  # a screen of 16 bits a pixel, or one read through VNC, rounds colours


def _is(pixel, colour):
    return all(abs(a - b) <= TOLERANCE for a, b in zip(pixel, colour))


def _cell_colour(image, column, row):
    """The colour of a cell if all its pixels have the same of the three, else None."""
    box = image.crop((column * CELL, row * CELL, (column + 1) * CELL, (row + 1) * CELL))
    pixels = set(box.getdata())
    for colour in (WHITE, BLUE, RED):
        if all(_is(pixel, colour) for pixel in pixels):
            return colour
    return None


def read_nonce(image):
    """The 16 hex digits that the picture shows, or None where it does not show the pattern."""
    image = image.convert("RGB")
    if image.width < (COLUMNS + 1) * CELL or image.height < ROWS * CELL:
        return None
    value = 0
    for row in range(ROWS):
        if _cell_colour(image, COLUMNS, row) != RED:
            return None
        for column in range(COLUMNS):
            colour = _cell_colour(image, column, row)
            if colour not in (WHITE, BLUE):
                return None
            value = value << 1 | (colour == WHITE)
    return f"{value:016x}"


def picture_is(image, nonce):
    """True where the picture shows the pattern of this nonce."""
    return read_nonce(image) == nonce.lower()
