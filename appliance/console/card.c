/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/card.h"

#include "base/strv.h"
#include "console/builtin_font.h"

#define BACKGROUND  0x14171cu
#define HEADING     0xf2f4f8u
#define TEXT        0xaab2c0u
#define SCALE_LEAST 1u
#define SCALE_MOST  3u
#define COLUMNS     60u /* of text, where there is room for it */

struct card {
	struct source source;
	struct font font;
	bool has_font;
	uint32_t *pixels;
	char *heading, *text;
};

struct drawing {
	struct card *card;
	uint32_t scale, y;
};

static void draw_glyph(const struct drawing *d, uint32_t code, uint32_t x, uint32_t colour)
{
	const struct font *font = &d->card->font;
	const struct picture *p = &d->card->source.picture;
	const uint8_t *rows = font_glyph(font, code);
	uint32_t bytes = (font->width + 7) / 8;

	for (uint32_t gy = 0; gy < font->height * d->scale; gy++) {
		for (uint32_t gx = 0; gx < font->width * d->scale; gx++) {
			uint32_t column = gx / d->scale;
			uint8_t row = rows[gy / d->scale * bytes + column / 8];

			if (row & 0x80u >> column % 8 && x + gx < p->width && d->y + gy < p->height)
				d->card->pixels[(size_t)(d->y + gy) * p->width + x + gx] = colour;
		}
	}
}

/* Centred; @n bytes of it. */
static void draw_line(struct drawing *d, const char *text, size_t n, uint32_t colour)
{
	const struct font *font = &d->card->font;
	uint32_t advance = font->width * d->scale, width = d->card->source.picture.width;
	uint32_t wide = (uint32_t)utf8_columns(text, n) * advance;
	uint32_t x = wide < width ? (width - wide) / 2 : 0;
	cleanup_free char *line = xstrndup(text, n);
	const char *at = line;
	uint32_t code;

	while ((code = font_next_character(&at)) != 0) {
		draw_glyph(d, code, x, colour);
		x += advance;
	}
	d->y += font->height * d->scale * 3 / 2;
}

/* How many bytes of @text go into a line of @columns: up to a space, where there is one. */
static size_t line_bytes(const char *text, size_t columns)
{
	size_t end = strcspn(text, "\n"), space = 0;

	for (size_t i = 0; i < end; i++) {
		if (text[i] == ' ')
			space = i;
		/* Not between the bytes of a character. */
		if (utf8_columns(text, i + 1) > columns)
			return space ? space : i;
	}
	return end;
}

static uint32_t columns_of(const struct card *card, uint32_t scale)
{
	uint32_t columns = card->source.picture.width / (card->font.width * scale);

	return columns > 4 ? columns - 2 : columns;
}

static uint32_t count_lines(const char *text, size_t columns)
{
	uint32_t n = 0;

	while (*text) {
		text += line_bytes(text, columns);
		text += *text != '\0';
		n++;
	}
	return n;
}

static void draw_text(struct drawing *d, const char *text, uint32_t colour)
{
	size_t columns = columns_of(d->card, d->scale);

	columns = columns < COLUMNS ? columns : COLUMNS;
	while (columns && *text) {
		size_t n = line_bytes(text, columns);

		draw_line(d, text, n, colour);
		text += n;
		text += *text != '\0';
	}
}

static uint32_t scale_for(const struct card *card)
{
	uint32_t scale = SCALE_MOST;

	while (scale > SCALE_LEAST && columns_of(card, scale) < COLUMNS)
		scale--;
	return scale;
}

static void draw(struct card *card)
{
	struct drawing d = {.card = card};
	const struct picture *p = &card->source.picture;
	uint32_t lines, columns;

	for (size_t i = 0; i < (size_t)p->width * p->height; i++)
		card->pixels[i] = BACKGROUND;
	if (!card->has_font)
		return;
	d.scale = scale_for(card);
	columns = columns_of(card, d.scale);
	lines = 2 + count_lines(card->text, columns < COLUMNS ? columns : COLUMNS);
	lines *= card->font.height * d.scale * 3 / 2;
	d.y = lines < p->height ? (p->height - lines) / 2 : 0;
	draw_text(&d, card->heading, HEADING);
	d.y += card->font.height * d.scale;
	draw_text(&d, card->text, TEXT);
}

void card_say(struct source *source, uint32_t width, uint32_t height, const char *heading,
        const char *text)
{
	struct card *card = (struct card *)source;
	const struct picture *p = &source->picture;

	if (p->width == width && p->height == height && card->heading &&
	        streq(card->heading, heading) && streq(card->text, text))
		return;
	free(card->heading);
	free(card->text);
	card->heading = xstrdup(heading);
	card->text = xstrdup(text);
	card->pixels = xrealloc(card->pixels, (size_t)width * height, sizeof(*card->pixels));
	source->picture = (struct picture){width, height, card->pixels};
	draw(card);
	source->handler->picture(source->handler->user, source);
}

static void destroy(struct source *source)
{
	struct card *card = (struct card *)source;

	free(card->pixels);
	free(card->heading);
	free(card->text);
	free(card);
}

static const struct source_ops ops = {.destroy = destroy};

struct source *card_create(const struct source_handler *handler)
{
	struct card *card = xcalloc(1, sizeof(*card));

	card->source = (struct source){.ops = &ops, .handler = handler};
	card->has_font = console_font_read(&card->font);
	return &card->source;
}
