/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line of text that is typed, with a keyboard on the screen or a real one: what is in it, where the cursor is, and
 * which letter each key of the screen has. Pure; text is UTF-8 and never cut within a character.
 */
#ifndef UI_KEYBOARD_H
#define UI_KEYBOARD_H

#include "base/util.h"

#define KEYBOARD_MOST    4000u /* bytes of text */
#define KEYBOARD_ROWS    4u
#define KEYBOARD_COLUMNS 12u

/* What a real keyboard sends for these, among the text it types. */
#define KEYBOARD_DELETE_BEFORE "\b"
#define KEYBOARD_DELETE_AFTER  "\x7f"

enum keyboard_layout { KEYBOARD_LATIN, KEYBOARD_CYRILLIC, KEYBOARD_SYMBOLS, KEYBOARD_LAYOUTS };

struct keyboard {
	char text[KEYBOARD_MOST + 1];
	size_t cursor;            /* bytes before it */
	size_t most;              /* bytes */
	char allowed[2 * 64 + 1]; /* the only characters that may be in it, of ASCII; "": any */
	enum keyboard_layout layout;
	bool shift; /* of the next letter */
};

/* @most at most KEYBOARD_MOST; @text that is longer, or has what is not allowed, loses that. @allowed NULL: anything. */
void keyboard_init(struct keyboard *keyboard, const char *text, size_t most, const char *allowed,
        enum keyboard_layout layout);
/* Puts in at the cursor what is allowed and has room. Returns whether that was anything. */
bool keyboard_type(struct keyboard *keyboard, const char *text);
/* The character before the cursor goes. */
void keyboard_delete(struct keyboard *keyboard);
void keyboard_delete_after(struct keyboard *keyboard);
/* By one character: -1, 1. */
void keyboard_move(struct keyboard *keyboard, int by);

/* The letter of a key, with shift where that is on; "": there is no key. */
const char *keyboard_key(const struct keyboard *keyboard, unsigned row, unsigned column);
bool keyboard_allows(const struct keyboard *keyboard, const char *text);
/* Types the letter of a key. */
void keyboard_press(struct keyboard *keyboard, unsigned row, unsigned column);
/* To the next layout that has anything that is allowed. */
void keyboard_switch(struct keyboard *keyboard);
/* What the key that does so says: "АБВ", "123", "ABC". */
const char *keyboard_next_words(const struct keyboard *keyboard);

#endif
