/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A look at the emulated screen of a game that runs: as it was when it was asked for. */
#include "base/i18n.h"
#include "draw/picture.h"
#include "screens/screens.h"

/* The whole of the picture in the middle of @room. */
static void draw_shot(struct view *view, struct rect room)
{
	struct shot *shot = view->shot;
	const struct theme *t = &view->ui->theme;
	int w = room.w, h = room.h;

	if (!view->ui->canvas || rect_empty(room))
		return;
	/* As large as there is room for: it is read from the couch. */
	if ((int64_t)shot->image.width * h > (int64_t)shot->image.height * w)
		h = (int)((int64_t)shot->image.height * w / shot->image.width);
	else
		w = (int)((int64_t)shot->image.width * h / shot->image.height);
	if (w < 1 || h < 1)
		return;
	if (!shot->scaled.pixels || shot->scaled.width != w || shot->scaled.height != h) {
		free(shot->scaled.pixels);
		shot->scaled = picture_scale(&shot->image, w, h);
	}
	room = (struct rect){room.x + (room.w - w) / 2, room.y + (room.h - h) / 2, w, h};
	canvas_image(view->ui->canvas, room.x, room.y, 0, &shot->scaled);
	canvas_ring(
	        view->ui->canvas, rect_inset(room, -t->ring / 2 - 1), 1, t->ring / 2 + 1, t->line);
}

static int say(struct view *view, struct rect in, int y, bool dim, const char *s)
{
	const struct theme *t = &view->ui->theme;

	return put_text(view, in, y, TEXT_BODY, false, dim ? t->dim : t->text, 3, s);
}

static void draw_why(struct view *view, struct rect in)
{
	const struct theme *t = &view->ui->theme;
	const struct shot *shot = view->shot;
	cleanup_free char *words = words_of_refusal(shot->why.message, shot->why.hint);
	int y = say(view, in, in.y, false, _("No picture of it could be taken."));

	y = put_words(view, in, y, TEXT_BODY, false, t->text, 4, words);

	if (*shot->why.code)
		put_text(view, in, y, TEXT_SMALL, false, t->dim, 1, shot->why.code);
}

/* What there is instead of a picture, or the picture. */
static void draw_middle(struct view *view, struct rect room, bool runs)
{
	const struct shot *shot = view->shot;

	if (!runs)
		say(view, room, room.y, false,
		        _("The game does not run, so it has no screen now."));
	else if (shot->why.number)
		draw_why(view, room);
	else if (shot->image.pixels)
		draw_shot(view, room);
	else
		say(view, room, room.y, false, _("One moment"));
}

/* Left of nothing, right of the buttons: how old it is. */
static void draw_time(struct view *view, struct rect r)
{
	const struct shot *shot = view->shot;
	const struct theme *t = &view->ui->theme;
	cleanup_free char *clock = words_of_clock(shot->taken_s);
	cleanup_free char *taken = xasprintf(_("Taken at %s"), clock);
	const char *words = shot->asking ? _("One moment") : taken;
	struct ui_label label = {.rect = r, .size = TEXT_SMALL, .color = t->dim, .align = UI_RIGHT};

	if (!shot->image.pixels || shot->why.number ||
	        ui_text_width(view->ui, TEXT_SMALL, false, words) > r.w)
		return;
	label.rect.y += (ui_button_height(view->ui) - t->size[TEXT_SMALL]) / 2;
	ui_text(view->ui, &label, words);
}

static int say_which(struct view *view, struct rect in, int y, const struct model_vm *vm)
{
	if (!vm->gpus)
		return say(view, in, y, true, _("This is the screen of the virtual machine."));
	return say(view, in, y, true,
	        _("The game is on its graphics card's own screen. This is the virtual machine's "
	          "other one: messages of its firmware appear here."));
}

void screen_picture(struct view *view)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	const struct model_vm *vm = model_vm(view->model, view->vm);
	bool runs = vm && vm->state == MODEL_RUNNING;
	struct rect room = ui_body(ui), line = room;
	int y = screen_title(view, _("The other screen")), x = room.x;

	if (runs)
		y = say_which(view, room, y - t->gap / 2, vm);
	line.y = room.y + room.h - ui_button_height(ui);
	y += t->gap / 2;
	room = (struct rect){room.x, y, room.w, line.y - t->gap * 2 - y};
	draw_middle(view, room, runs);
	if (runs && ui_button(ui, "again", x, line.y, _("Refresh"), UI_FIRST))
		want(view, INTENT_PICTURE, vm->name, NULL);
	x += runs ? ui_button_width(ui, _("Refresh")) + t->gap : 0;
	if (ui_button(ui, "back", x, line.y, _("Back to the game"), runs ? 0 : UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
	x += ui_button_width(ui, _("Back to the game")) + t->gap;
	draw_time(view, (struct rect){x, line.y, line.x + line.w - x, line.h});
	ui_hint(ui, ACTION_CONFIRM, _("Choose"));
	back_hint(view);
}
