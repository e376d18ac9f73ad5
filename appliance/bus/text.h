/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that came from a guest, a USB device or a file name: made fit for D-Bus, and for a terminal.
 */
#ifndef BUS_TEXT_H
#define BUS_TEXT_H

#include "base/util.h"

/* The same text with every byte that is not UTF-8 replaced by U+FFFD. Caller frees. */
char *text_utf8(const char *s);

/*
 * The same text with all that could steer a terminal or reorder a line written out as \x1b or \u202e:
 * control characters (C0, DEL, C1), bidirectional controls, bytes that are not UTF-8. Line feeds and
 * tabs stay where @lines is set, and a carriage return before a line feed is dropped. Caller frees.
 */
char *text_harmless(const char *s, bool lines);

#endif
