/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The daemon does not answer: why, what to do, and that nothing is lost. It goes by itself. */
#include "base/i18n.h"
#include "screens/screens.h"

void screen_away(struct view *view)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	const struct model *model = view->model;
	struct rect body = ui_body(ui), in = body;
	int y = body.y + (t->look.scale > 125 ? 0 : body.h / 8), x = body.x, bottom;

	in.w = t->look.scale > 125 ? body.w : body.w * 3 / 4;
	y = put_text(view, in, y, TEXT_TITLE, true, t->text, 2,
	        _("Playthrough's service does not answer"));
	y = put_words(view, in, y, TEXT_BODY, false, t->text, 3, model->why) + t->gap / 2;
	if (*model->why_hint)
		y = put_words(view, in, y, TEXT_BODY, false, t->text, 3, model->why_hint) +
		    t->gap / 2;
	y = put_text(view, in, y, TEXT_BODY, false, t->dim, 3,
	        _("Games that run go on. This page goes as soon as the service is back."));
	if (*model->why_code)
		y = put_text(view, in, y, TEXT_SMALL, false, t->dim, 1, model->why_code);
	y += t->gap;
	bottom = body.y + body.h - ui_button_height(ui);
	y = y < bottom ? y : bottom;
	if (ui_button(ui, "retry", x, y, _("Try again"), UI_FIRST))
		want(view, INTENT_RETRY, NULL, NULL);
	x += ui_button_width(ui, _("Try again")) + t->gap;
	if (ui_button(ui, "report", x, y, _("Save a report"), 0))
		want(view, INTENT_REPORT, NULL, NULL);
	x += ui_button_width(ui, _("Save a report")) + t->gap;
	if (ui_button(ui, "settings", x, y, _("Settings"), 0))
		want_screen(view, SCREEN_SETTINGS, NULL);
	/* It has a service of its own, and may tell why the other one is away. */
	x += ui_button_width(ui, _("Settings")) + t->gap;
	if (x + ui_button_width(ui, _("This PC")) <= body.x + body.w &&
	        ui_button(ui, "pc", x, y, _("This PC"), 0))
		want_screen(view, SCREEN_PC, NULL);
	ui_hint(ui, ACTION_CONFIRM, _("Choose"));
}
