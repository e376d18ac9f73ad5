/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/keyboard.h"

#include <stdio.h>

#define DIGITS_ROW "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "-", "_"

/* Each layout without and with shift; "" is no key. */
static const char *const layouts[KEYBOARD_LAYOUTS][2][KEYBOARD_ROWS][KEYBOARD_COLUMNS] = {
        [KEYBOARD_LATIN] =
                {{{DIGITS_ROW}, {"q", "w", "e", "r", "t", "y", "u", "i", "o", "p", "/", ":"},
                         {"a", "s", "d", "f", "g", "h", "j", "k", "l", ";", "'", "="},
                         {"z", "x", "c", "v", "b", "n", "m", ",", ".", "+", "!", "?"}},
                        {{DIGITS_ROW}, {"Q", "W", "E", "R", "T", "Y", "U", "I", "O", "P", "/", ":"},
                                {"A", "S", "D", "F", "G", "H", "J", "K", "L", ";", "'", "="},
                                {"Z", "X", "C", "V", "B", "N", "M", ",", ".", "+", "!", "?"}}},
        [KEYBOARD_CYRILLIC] =
                {{{DIGITS_ROW}, {"й", "ц", "у", "к", "е", "н", "г", "ш", "щ", "з", "х", "ъ"},
                         {"ф", "ы", "в", "а", "п", "р", "о", "л", "д", "ж", "э", "ё"},
                         {"я", "ч", "с", "м", "и", "т", "ь", "б", "ю", ".", ",", "!"}},
                        {{DIGITS_ROW}, {"Й", "Ц", "У", "К", "Е", "Н", "Г", "Ш", "Щ", "З", "Х", "Ъ"},
                                {"Ф", "Ы", "В", "А", "П", "Р", "О", "Л", "Д", "Ж", "Э", "Ё"},
                                {"Я", "Ч", "С", "М", "И", "Т", "Ь", "Б", "Ю", ".", ",", "!"}}},
        [KEYBOARD_SYMBOLS] =
                {{{DIGITS_ROW}, {"!", "\"", "#", "$", "%", "&", "'", "(", ")", "*", "+", ","},
                         {".", "/", ":", ";", "<", "=", ">", "?", "@", "[", "\\", "]"},
                         {"^", "`", "{", "|", "}", "~", "№", "«", "»", "—", "…", "°"}},
                        {{DIGITS_ROW},
                                {"!", "\"", "#", "$", "%", "&", "'", "(", ")", "*", "+", ","},
                                {".", "/", ":", ";", "<", "=", ">", "?", "@", "[", "\\", "]"},
                                {"^", "`", "{", "|", "}", "~", "№", "«", "»", "—", "…", "°"}}},
};

/* The length of the whole character at @s; 0 where it is none, or not a whole one. */
static size_t character(const char *s)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

	if (c == '\0')
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static bool is_allowed(const struct keyboard *k, const char *s, size_t n)
{
	unsigned char c = (unsigned char)*s;

	if (n == 1 && (c < ' ' || c == 0x7f))
		return false;
	/* The second byte of U+0080 to U+009f, which are control characters too. */
	if (n == 2 && c == 0xc2 && (unsigned char)s[1] < 0xa0)
		return false;
	return !*k->allowed || (n == 1 && strchr(k->allowed, *s));
}

bool keyboard_allows(const struct keyboard *keyboard, const char *text)
{
	size_t n = character(text);

	return n && is_allowed(keyboard, text, n);
}

static bool insert(struct keyboard *k, const char *s, size_t n)
{
	size_t size = strlen(k->text);

	if (!is_allowed(k, s, n) || size + n > k->most)
		return false;
	memmove(k->text + k->cursor + n, k->text + k->cursor, size - k->cursor + 1);
	memcpy(k->text + k->cursor, s, n);
	k->cursor += n;
	return true;
}

bool keyboard_type(struct keyboard *keyboard, const char *text)
{
	bool any = false;

	while (*text) {
		size_t n = character(text);

		any |= n && insert(keyboard, text, n);
		text += n ? n : 1;
	}
	return any;
}

static bool has_layout(const struct keyboard *k, enum keyboard_layout layout)
{
	/* Below the digits, which are everywhere. */
	for (unsigned row = 1; row < KEYBOARD_ROWS; row++)
		for (unsigned column = 0; column < KEYBOARD_COLUMNS; column++)
			if (keyboard_allows(k, layouts[layout][0][row][column]))
				return true;
	return false;
}

void keyboard_init(struct keyboard *keyboard, const char *text, size_t most, const char *allowed,
        enum keyboard_layout layout)
{
	*keyboard = (struct keyboard){
	        .most = most < KEYBOARD_MOST ? most : KEYBOARD_MOST, .layout = layout};
	snprintf(keyboard->allowed, sizeof(keyboard->allowed), "%s", allowed ? allowed : "");
	keyboard_type(keyboard, text);
	if (!has_layout(keyboard, layout))
		keyboard_switch(keyboard);
	/* Names begin with a capital. */
	keyboard->shift = !*keyboard->text && !*keyboard->allowed;
}

/* Where the character before the cursor begins. */
static size_t before(const struct keyboard *k)
{
	size_t at = k->cursor;

	while (at > 0 && ((unsigned char)k->text[--at] & 0xc0) == 0x80)
		;
	return at;
}

static void cut(struct keyboard *k, size_t from, size_t to)
{
	memmove(k->text + from, k->text + to, strlen(k->text + to) + 1);
	k->cursor = from;
}

void keyboard_delete(struct keyboard *keyboard)
{
	cut(keyboard, before(keyboard), keyboard->cursor);
}

void keyboard_delete_after(struct keyboard *keyboard)
{
	cut(keyboard, keyboard->cursor,
	        keyboard->cursor + character(keyboard->text + keyboard->cursor));
}

void keyboard_move(struct keyboard *keyboard, int by)
{
	if (by < 0)
		keyboard->cursor = before(keyboard);
	else
		keyboard->cursor += character(keyboard->text + keyboard->cursor);
}

const char *keyboard_key(const struct keyboard *keyboard, unsigned row, unsigned column)
{
	return row < KEYBOARD_ROWS && column < KEYBOARD_COLUMNS
	               ? layouts[keyboard->layout][keyboard->shift][row][column]
	               : "";
}

void keyboard_press(struct keyboard *keyboard, unsigned row, unsigned column)
{
	if (keyboard_type(keyboard, keyboard_key(keyboard, row, column)))
		keyboard->shift = false;
}

static enum keyboard_layout next_layout(const struct keyboard *k)
{
	int next = k->layout;

	for (int i = 0; i < KEYBOARD_LAYOUTS; i++) {
		next = (next + 1) % KEYBOARD_LAYOUTS;
		if (has_layout(k, (enum keyboard_layout)next))
			break;
	}
	return (enum keyboard_layout)next;
}

void keyboard_switch(struct keyboard *keyboard)
{
	keyboard->layout = next_layout(keyboard);
}

const char *keyboard_next_words(const struct keyboard *keyboard)
{
	static const char *const words[KEYBOARD_LAYOUTS] = {"ABC", "АБВ", "#+="};

	return words[next_layout(keyboard)];
}
