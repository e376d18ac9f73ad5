/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "draw/text.h"
#include "draw/builtin_font.h"

#include <SDL_ttf.h>
#include <stdio.h>
#include <unistd.h>

#define CACHE_SLOTS 8192u
#define CACHE_BYTES (6u << 20)
#define OPEN_MOST   32u
#define FACES_MOST  8u

/* One text at one size: its width, and its picture once it was drawn. */
struct entry {
	char *s;
	struct text_style style;
	uint32_t hash;
	int width, height;
	uint8_t *mask;
	struct entry *next_entry; /* link of text.slots[] */
};

struct open_font {
	TTF_Font *font;
	unsigned face;
	int height;
	bool bold;
};

struct text {
	char *faces[FACES_MOST]
	           [2]; /* files, regular and bold; each for what those before have not */
	unsigned n_faces;
	struct open_font open[OPEN_MOST];
	unsigned n_open, next_open;
	struct entry *slots[CACHE_SLOTS];
	size_t bytes;
	struct font builtin;
};

static const char *const system_folders[] = {"/usr/share/fonts/opentype/inter",
        "/usr/share/fonts/truetype/inter", "/usr/share/fonts/inter",
        "/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/TTF", "/usr/share/fonts/dejavu",
        "/usr/share/fonts/dejavu-sans-fonts", "/usr/share/fonts/truetype/noto",
        "/usr/share/fonts/noto", "/usr/share/fonts/opentype/noto",
        "/usr/share/fonts/truetype/liberation", "/usr/share/fonts/truetype/droid",
        "/usr/share/fonts/truetype/freefont", NULL};

static const char *const files[][2] = {
        {"Inter-Regular.otf", "Inter-SemiBold.otf"},
        {"Inter-Regular.ttf", "Inter-SemiBold.ttf"},
        {"DejaVuSans.ttf", "DejaVuSans-Bold.ttf"},
        {"NotoSans-Regular.ttf", "NotoSans-Bold.ttf"},
        {"NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"},
        {"LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"},
        {"FreeSans.ttf", "FreeSansBold.ttf"},
        {"DroidSansFallbackFull.ttf", "DroidSansFallbackFull.ttf"},
};

static char *find_file(const char *const *folders, const char *name)
{
	for (; *folders; folders++) {
		char *path = xasprintf("%s/%s", *folders, name);

		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

/* A file of that name may be anything. */
static bool is_font(const char *file)
{
	TTF_Font *font = TTF_OpenFont(file, 12);

	if (font)
		TTF_CloseFont(font);
	return font;
}

/* Of the later faces single characters come; without the first one there would be no text at all. */
static void check_first_face(char **plain, char **bold)
{
	if (!is_font(*plain)) {
		free_ptr(plain);
		*plain = NULL;
	}
	if (*bold && !is_font(*bold)) {
		free_ptr(bold);
		*bold = NULL;
	}
}

struct text *text_create(const char *const *folders)
{
	struct text *text = xcalloc(1, sizeof(*text));
	bool works = TTF_Init() == 0;

	builtin_font_read(&text->builtin);
	for (size_t i = 0; works && i < ARRAY_SIZE(files) && text->n_faces < FACES_MOST; i++) {
		char *plain = find_file(folders ? folders : system_folders, files[i][0]);
		char *bold = find_file(folders ? folders : system_folders, files[i][1]);

		if (plain && text->n_faces == 0)
			check_first_face(&plain, &bold);
		if (!plain) {
			free(bold);
			continue;
		}
		text->faces[text->n_faces][0] = plain;
		text->faces[text->n_faces++][1] = bold ? bold : xstrdup(plain);
	}
	return text;
}

static void forget(struct text *text)
{
	for (size_t i = 0; i < CACHE_SLOTS; i++) {
		while (text->slots[i]) {
			struct entry *entry = text->slots[i];

			text->slots[i] = entry->next_entry;
			free(entry->s);
			free(entry->mask);
			free(entry);
		}
	}
	text->bytes = 0;
}

void text_destroy(struct text *text)
{
	if (!text)
		return;
	forget(text);
	for (unsigned i = 0; i < text->n_open; i++)
		TTF_CloseFont(text->open[i].font);
	for (unsigned i = 0; i < text->n_faces; i++) {
		free(text->faces[i][0]);
		free(text->faces[i][1]);
	}
	TTF_Quit();
	free(text);
}

bool text_has_font(const struct text *text)
{
	return text->n_faces > 0;
}

/* --- faces --- */

/* A font whose line is @height high; NULL where the file is no font. */
static TTF_Font *open_file(const char *file, int height)
{
	int size = height * 5 / 6;
	TTF_Font *font = TTF_OpenFont(file, size > 4 ? size : 4);
	int real = font ? TTF_FontHeight(font) : 0;

	if (real > 0 && real != height) {
		TTF_SetFontSize(font, size * height / real > 4 ? size * height / real : 4);
		for (int more = size * height / real; TTF_FontHeight(font) < height;)
			TTF_SetFontSize(font, ++more);
	}
	if (font)
		TTF_SetFontHinting(font, TTF_HINTING_LIGHT);
	return font;
}

static TTF_Font *face_of(struct text *text, unsigned face, struct text_style style)
{
	struct open_font *slot;

	for (unsigned i = 0; i < text->n_open; i++) {
		slot = &text->open[i];
		if (slot->face == face && slot->height == style.height && slot->bold == style.bold)
			return slot->font;
	}
	if (text->n_open < OPEN_MOST) {
		slot = &text->open[text->n_open++];
	} else {
		slot = &text->open[text->next_open++ % OPEN_MOST];
		TTF_CloseFont(slot->font);
	}
	*slot = (struct open_font){open_file(text->faces[face][style.bold], style.height), face,
	        style.height, style.bold};
	return slot->font;
}

/* The first face that has the character, else the first of all. */
static unsigned choose_face(struct text *text, struct text_style style, uint32_t character)
{
	for (unsigned i = 0; i < text->n_faces; i++) {
		TTF_Font *font = face_of(text, i, style);

		if (font && TTF_GlyphIsProvided32(font, character))
			return i;
	}
	return 0;
}

/* The longest beginning of *s that one face draws; advances *s. Caller frees. */
static char *next_run(struct text *text, struct text_style style, const char **s, unsigned *face)
{
	const char *begin = *s, *at = begin;
	bool first = true;

	while (*at) {
		const char *next = at;
		uint32_t character = font_next_character(&next);
		/* A space belongs to whatever stands around it. */
		unsigned needed =
		        character == ' ' && !first ? *face : choose_face(text, style, character);

		if (first)
			*face = needed;
		else if (needed != *face)
			break;
		first = false;
		at = next;
	}
	*s = at;
	return xstrndup(begin, (size_t)(at - begin));
}

/* --- the built-in font: whole multiples of its pixels --- */

static int builtin_factor(const struct text *text, int height)
{
	int factor = height / (int)text->builtin.height;

	return factor > 0 ? factor : 1;
}

static int builtin_width(const struct text *text, struct text_style style, const char *s)
{
	int n = 0;

	while (*s && font_next_character(&s))
		n++;
	return n * (int)text->builtin.width * builtin_factor(text, style.height);
}

static void builtin_draw(const struct text *text, struct entry *entry)
{
	int k = builtin_factor(text, entry->style.height), x0 = 0;
	int bytes = ((int)text->builtin.width + 7) / 8;
	const char *s = entry->s;

	while (*s) {
		const uint8_t *rows = font_glyph(&text->builtin, font_next_character(&s));

		for (int y = 0; y < (int)text->builtin.height * k && y < entry->height; y++) {
			const uint8_t *row = rows + y / k * bytes;

			for (int x = 0; x < (int)text->builtin.width * k; x++)
				if (row[x / k / 8] & 0x80 >> (x / k & 7))
					entry->mask[y * entry->width + x0 + x] = 255;
		}
		x0 += (int)text->builtin.width * k;
	}
}

/* --- the cache --- */

/* Hebrew and Arabic are written from the right. */
static void set_direction(TTF_Font *font, const char *run)
{
	uint32_t first = font_next_character(&run);

	TTF_SetFontDirection(
	        font, first >= 0x590 && first < 0x900 ? TTF_DIRECTION_RTL : TTF_DIRECTION_LTR);
}

static int measure(struct text *text, struct text_style style, const char *s)
{
	int width = 0;

	if (!text_has_font(text))
		return builtin_width(text, style, s);
	while (*s) {
		unsigned face;
		cleanup_free char *run = next_run(text, style, &s, &face);
		TTF_Font *font = face_of(text, face, style);
		int w = 0;

		if (font) {
			set_direction(font, run);
			TTF_SizeUTF8(font, run, &w, NULL);
		}
		width += w;
	}
	return width;
}

static void copy_surface(struct entry *entry, const SDL_Surface *surface, int x0, int y0)
{
	for (int y = 0; y < surface->h && y + y0 < entry->height; y++) {
		const uint32_t *from =
		        (const uint32_t *)((const uint8_t *)surface->pixels + y * surface->pitch);

		if (y + y0 < 0)
			continue;
		for (int x = 0; x < surface->w && x + x0 < entry->width; x++)
			entry->mask[(y + y0) * entry->width + x0 + x] = (uint8_t)(from[x] >> 24);
	}
}

static void draw_runs(struct text *text, struct entry *entry)
{
	const char *s = entry->s;
	TTF_Font *main_font = face_of(text, 0, entry->style);
	int ascent = main_font ? TTF_FontAscent(main_font) : entry->style.height * 4 / 5, x = 0;

	while (*s) {
		unsigned face;
		cleanup_free char *run = next_run(text, entry->style, &s, &face);
		TTF_Font *font = face_of(text, face, entry->style);
		SDL_Surface *surface;
		int w = 0;

		if (font)
			set_direction(font, run);
		surface = font ? TTF_RenderUTF8_Blended(font, run, (SDL_Color){255, 255, 255, 255})
		               : NULL;

		if (surface)
			copy_surface(entry, surface, x, ascent - TTF_FontAscent(font));
		SDL_FreeSurface(surface);
		if (font)
			TTF_SizeUTF8(font, run, &w, NULL);
		x += w;
	}
}

static void draw_entry(struct text *text, struct entry *entry)
{
	entry->height = entry->style.height + entry->style.height / 4;
	entry->mask = xcalloc((size_t)entry->width + 1, (size_t)entry->height);
	if (text_has_font(text))
		draw_runs(text, entry);
	else
		builtin_draw(text, entry);
	text->bytes += (size_t)entry->width * (size_t)entry->height;
}

static uint32_t hash_of(struct text_style style, const char *s)
{
	uint32_t hash = 2166136261u ^ (uint32_t)style.height * 2u ^ style.bold;

	for (; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 16777619u;
	return hash;
}

static struct entry *entry_of(struct text *text, struct text_style style, const char *s)
{
	uint32_t hash = hash_of(style, s);
	size_t slot = hash % CACHE_SLOTS;
	struct entry *entry;

	for (entry = text->slots[slot]; entry; entry = entry->next_entry)
		if (entry->hash == hash && entry->style.height == style.height &&
		        entry->style.bold == style.bold && streq(entry->s, s))
			return entry;
	if (text->bytes > CACHE_BYTES)
		forget(text);
	entry = xcalloc(1, sizeof(*entry));
	*entry = (struct entry){.s = xstrdup(s),
	        .style = style,
	        .hash = hash,
	        .width = measure(text, style, s),
	        .next_entry = text->slots[slot]};
	text->slots[slot] = entry;
	text->bytes += sizeof(*entry) + strlen(s);
	return entry;
}

int text_width(struct text *text, struct text_style style, const char *s)
{
	return *s ? entry_of(text, style, s)->width : 0;
}

void text_draw(struct text *text, struct canvas *canvas, struct text_style style, int x, int y,
        const char *s, color c)
{
	struct entry *entry = *s ? entry_of(text, style, s) : NULL;

	if (!entry || entry->width <= 0)
		return;
	if (!entry->mask)
		draw_entry(text, entry);
	canvas_mask(canvas, x, y, entry->mask, entry->width, entry->height, c);
}

/* --- lines --- */

/* Bytes of the first @n characters. */
static size_t bytes_of(const char *s, size_t n)
{
	const char *at = s;

	while (n-- && *at)
		do
			at++;
		while (((unsigned char)*at & 0xc0) == 0x80);
	return (size_t)(at - s);
}

char *text_fit(struct text *text, struct text_style style, const char *s, int width, bool *cut)
{
	size_t low = 0, high = utf8_columns(s, strlen(s));
	char *best;

	if (cut)
		*cut = false;
	if (text_width(text, style, s) <= width)
		return xstrdup(s);
	if (cut)
		*cut = true;
	best = xstrdup("…");
	while (low < high) {
		size_t middle = (low + high + 1) / 2;
		cleanup_free char *begin = xstrndup(s, bytes_of(s, middle));
		char *tried = xasprintf("%s…", begin);

		if (text_width(text, style, tried) <= width) {
			free(best);
			best = tried;
			low = middle;
		} else {
			free(tried);
			high = middle - 1;
		}
	}
	return best;
}

/* How many bytes of @s the next line takes: whole words, or as much of one that is too long. */
static size_t line_bytes(struct text *text, struct text_style style, const char *s, int width)
{
	size_t good = 0, at = 0, columns;

	/* Most lines of a screen, and the last of every page, fit as they are. */
	if (text_width(text, style, s) <= width)
		return strlen(s);
	for (;;) {
		size_t next = at + strspn(s + at, " ");
		cleanup_free char *tried = NULL;

		next += strcspn(s + next, " ");
		tried = xstrndup(s, next);
		if (text_width(text, style, tried) > width)
			break;
		good = next;
		if (!s[next])
			return good;
		at = next;
	}
	if (good)
		return good;
	columns = utf8_columns(s, strlen(s));
	for (size_t n = 1; n < columns; n++) {
		cleanup_free char *tried = xstrndup(s, bytes_of(s, n + 1));

		if (text_width(text, style, tried) > width)
			return bytes_of(s, n);
	}
	return strlen(s);
}

bool text_wrap(struct text *text, struct text_style style, const char *s, int width, size_t most,
        struct strv *lines)
{
	for (size_t n = 0; *s; n++) {
		size_t bytes;
		bool cut;

		s += strspn(s, " ");
		if (n + 1 == most) {
			strv_take(lines, text_fit(text, style, s, width, &cut));
			return cut;
		}
		bytes = line_bytes(text, style, s, width);
		strv_take(lines, xstrndup(s, bytes));
		s += bytes;
	}
	return false;
}
