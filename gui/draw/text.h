/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text: Inter, then DejaVu and what else is there for characters it has not. Where there is no font at all, a
 * small one that is built in, so that a screen without fonts can still say so.
 *
 * All strings are UTF-8. What was measured or drawn is kept for the next time.
 */
#ifndef DRAW_TEXT_H
#define DRAW_TEXT_H

#include "base/strv.h"
#include "draw/canvas.h"

struct text;

/* @height: of a line, ascender to descender, in pixels. */
struct text_style {
	int height;
	bool bold;
};

/* @folders: where fonts are looked for, NULL-terminated; NULL: the system's. */
struct text *text_create(const char *const *folders);
void text_destroy(struct text *text);
/* Whether there is a real font; else the built-in one is used. */
bool text_has_font(const struct text *text);

int text_width(struct text *text, struct text_style style, const char *s);
void text_draw(struct text *text, struct canvas *canvas, struct text_style style, int x, int y,
        const char *s, color c);

/* @s, or as much of it as fits before an ellipsis. @cut may be NULL. Caller frees. */
char *text_fit(struct text *text, struct text_style style, const char *s, int width, bool *cut);
/* Adds the lines of @s, at most @most; the last gets an ellipsis where there were more. Returns whether it was cut. */
bool text_wrap(struct text *text, struct text_style style, const char *s, int width, size_t most,
        struct strv *lines);

#endif
