/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Covers: a picture that a person gave the game, or one made of its name: the same name always has the same one.
 * A cover is drawn once for its size and kept; there are as many as fit on a screen, and some. Pictures come later, from
 * whoever asks for them by covers_wish(): until then, and where there is none, the made one is shown.
 */
#include "screens/screens.h"

#include <stdio.h>

#define COVERS_MOST 24u

struct cover {
	char *name;
	char letter[8];
	struct image image;
	enum { COVER_NEW, COVER_ASKED, COVER_MADE, COVER_PICTURE } state;
	uint64_t used;
};

struct covers {
	struct cover list[COVERS_MOST];
	uint64_t clock;
};

/* From and to, both dark enough for white text (9:1 and more). */
static const color pairs[][2] = {{0xff31449c, 0xff161e4d}, {0xff0f5f5f, 0xff08282e},
        {0xff6f2654, 0xff30102a}, {0xff21603a, 0xff0d2a19}, {0xff7d3816, 0xff36160a},
        {0xff3a5068, 0xff18222c}, {0xff503186, 0xff221339}, {0xff7e2330, 0xff360e14},
        {0xff17547f, 0xff092437}, {0xff2d5f8c, 0xff102538}};

struct covers *covers_create(void)
{
	return xcalloc(1, sizeof(struct covers));
}

static void cover_finish(struct cover *cover)
{
	free(cover->name);
	free(cover->image.pixels);
	*cover = (struct cover){0};
}

void covers_destroy(struct covers *covers)
{
	for (size_t i = 0; covers && i < COVERS_MOST; i++)
		cover_finish(&covers->list[i]);
	free(covers);
}

bool covers_wish(struct covers *covers, struct cover_wish *wish)
{
	for (size_t i = 0; i < COVERS_MOST; i++) {
		struct cover *cover = &covers->list[i];

		if (!cover->name || cover->state != COVER_NEW)
			continue;
		cover->state = COVER_ASKED;
		snprintf(wish->name, sizeof(wish->name), "%s", cover->name);
		wish->width = cover->image.width;
		wish->height = cover->image.height;
		return true;
	}
	return false;
}

bool covers_take(struct covers *covers, const struct cover_wish *wish, struct image *image)
{
	bool taken = false;

	for (size_t i = 0; i < COVERS_MOST; i++) {
		struct cover *cover = &covers->list[i];

		if (!cover->name || !streq(cover->name, wish->name) ||
		        cover->state != COVER_ASKED || cover->image.width != wish->width ||
		        cover->image.height != wish->height)
			continue;
		cover->state = image ? COVER_PICTURE : COVER_MADE;
		if (!image)
			continue;
		free(cover->image.pixels);
		cover->image = *image;
		*image = (struct image){0};
		taken = true;
		break; /* there is one of a name and a size */
	}
	if (image)
		free(image->pixels);
	return taken;
}

void covers_renew(struct covers *covers)
{
	for (size_t i = 0; i < COVERS_MOST; i++)
		cover_finish(&covers->list[i]);
}

static uint32_t hash_of(const char *s)
{
	uint32_t hash = 2166136261u;

	for (; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 16777619u;
	return hash ^ hash >> 15;
}

/* The first character of the title. */
static void first_letter(const char *title, char *out)
{
	size_t n = 1;

	while (n < 7 && ((unsigned char)title[n] & 0xc0) == 0x80)
		n++;
	memcpy(out, title, *title ? n : 0);
	out[*title ? n : 0] = '\0';
}

/* From one corner to the other; each diagonal has one colour. */
static void shade(struct canvas *canvas, const color *pair)
{
	int reach = canvas->width + canvas->height;
	cleanup_free color *ramp = xcalloc((size_t)reach, sizeof(*ramp));

	for (int i = 0; i < reach; i++)
		ramp[i] = color_mix(pair[0], pair[1], (unsigned)(i * 255 / reach));
	for (int y = 0; y < canvas->height; y++)
		memcpy(canvas->pixels + y * canvas->stride, ramp + y,
		        (size_t)canvas->width * sizeof(*ramp));
}

/* A large letter, and arcs around a corner: quiet, and every name its own. */
static void decorate(struct view *view, struct canvas *canvas, struct cover *cover, uint32_t hash)
{
	struct text_style style = {canvas->height * 6 / 10, true};
	int w = canvas->width, h = canvas->height, arc = w / 40 + 1;
	int letter_width = text_width(view->ui->text, style, cover->letter);

	for (int i = 1; i <= 4; i++)
		canvas_arc(canvas, hash & 1 ? w : 0, hash & 2 ? h / 5 : 0,
		        w * (3 + 2 * i + (int)(hash >> 4 & 3)) / 10, arc, 1, 0x0cffffff);
	text_draw(view->ui->text, canvas, style, w - letter_width - w / 16, -h / 14, cover->letter,
	        0x24ffffff);
}

/* Darker below, where the title stands: over the letter, too. */
static void shade_below(struct canvas *canvas)
{
	int begin = canvas->height / 4, reach = canvas->height - begin;

	for (int y = begin; y < canvas->height; y++)
		canvas_fill(canvas, (struct rect){0, y, canvas->width, 1},
		        color_alpha(0, (unsigned)((y - begin) * 150 / reach)));
}

static void paint(struct view *view, struct cover *cover, int width, int height)
{
	uint32_t hash = hash_of(cover->name);
	struct canvas canvas;

	cover->image = (struct image){
	        xcalloc((size_t)width * (size_t)height, sizeof(uint32_t)), width, height};
	canvas = canvas_of(cover->image.pixels, width, height, width);
	shade(&canvas, pairs[hash % ARRAY_SIZE(pairs)]);
	decorate(view, &canvas, cover, hash >> 8);
	shade_below(&canvas);
}

static struct cover *find(struct view *view, const struct model_vm *vm, int width, int height)
{
	struct cover *oldest = &view->covers->list[0], *cover;
	char letter[8];

	first_letter(vm->title, letter);
	for (size_t i = 0; i < COVERS_MOST; i++) {
		cover = &view->covers->list[i];
		if (cover->name && streq(cover->name, vm->name) && cover->image.width == width &&
		        cover->image.height == height && streq(cover->letter, letter))
			return cover;
		if (cover->used < oldest->used)
			oldest = cover;
	}
	cover_finish(oldest);
	oldest->name = xstrdup(vm->name);
	memcpy(oldest->letter, letter, sizeof(letter));
	paint(view, oldest, width, height);
	return oldest;
}

static void plain_letter(struct view *view, const struct model_vm *vm, struct rect r)
{
	struct text_style style = {r.h / 3, true};
	char letter[8];

	first_letter(vm->title, letter);
	text_draw(view->ui->text, view->ui->canvas, style,
	        r.x + (r.w - text_width(view->ui->text, style, letter)) / 2,
	        r.y + (r.h - style.height) / 2, letter, view->ui->theme.text);
}

void cover_draw(struct view *view, const struct model_vm *vm, struct rect r, bool with_title)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	int pad = r.w / 12, room;
	bool picture = false;
	struct ui_label label = {.rect = {r.x + pad, 0, r.w - 2 * pad, r.h},
	        .size = TEXT_BODY,
	        .bold = true,
	        .color = 0xffffffff,
	        .lines = 3,
	        .may_cut = true};

	if (!ui->canvas || rect_empty(r))
		return;
	if (t->look.high_contrast) {
		canvas_round(ui->canvas, r, t->radius, t->card);
		canvas_ring(ui->canvas, r, t->radius, t->ring / 2 + 1, t->line);
		if (!with_title)
			plain_letter(view, vm, r);
	} else {
		struct cover *cover = find(view, vm, r.w, r.h);

		cover->used = ++view->covers->clock;
		picture = cover->state == COVER_PICTURE;
		canvas_image(ui->canvas, r.x, r.y, t->radius, &cover->image);
	}
	/* A picture has its title in it, and home says it below. */
	if (!with_title || picture)
		return;
	/* Above it lies what the game does. */
	room = (r.h - 2 * pad - t->size[TEXT_SMALL] * 2) * 100 / (t->size[TEXT_BODY] * 108);
	label.lines = room < 1 ? 1 : room < 3 ? (unsigned)room : 3;
	label.rect.y = r.y + r.h - pad - ui_text_height(ui, &label, vm->title);
	ui_text(ui, &label, vm->title);
}
