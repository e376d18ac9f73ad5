/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The source that is shown where there is no picture: a card that says why, and what to do. */
#ifndef CONSOLE_CARD_H
#define CONSOLE_CARD_H

#include "console/source.h"

#define CARD_WIDTH  1024u
#define CARD_HEIGHT 768u

struct source *card_create(const struct source_handler *handler);

/* Draws it anew where anything is another: a heading, and lines of text, broken where they are too long. */
void card_say(struct source *card, uint32_t width, uint32_t height, const char *heading,
        const char *text);

#endif
