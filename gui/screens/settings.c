/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a person may set; each change counts at once and is kept. */
#include "base/i18n.h"
#include "screens/screens.h"

#include <stdio.h>

enum row {
	ROW_LANGUAGE,
	ROW_SCALE,
	ROW_CONTRAST,
	ROW_MOTION,
	ROW_SAFE,
	ROW_SOUND,
	ROW_REMOTE,
	ROW_RIGHTS,
	ROW_OFF,
	ROW_RESTART,
	ROW_QUIT,
	ROW_COUNT
};

static const struct {
	const char *id, *label;
} rows[ROW_COUNT] = {
        [ROW_LANGUAGE] = {"language", N_("Language")},
        [ROW_SCALE] = {"scale", N_("Text size")},
        [ROW_CONTRAST] = {"contrast", N_("High contrast")},
        [ROW_MOTION] = {"motion", N_("Motion")},
        [ROW_SAFE] = {"safe", N_("Margin for televisions")},
        [ROW_SOUND] = {"sound", N_("Sound of the games here")},
        [ROW_REMOTE] = {"remote", N_("Seen from elsewhere")},
        [ROW_RIGHTS] = {"rights", N_("Who may do what")},
        [ROW_OFF] = {"off", N_("Switch this PC off")},
        [ROW_RESTART] = {"restart", N_("Restart this PC")},
        [ROW_QUIT] = {"quit", N_("Leave Playthrough")},
};

/* The languages call themselves by their own names. */
static const struct {
	const char *code, *name;
} languages[] = {{"", N_("as the system")}, {"en", "English"}, {"ru", "Русский"}};

static size_t language_index(const struct settings *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(languages); i++)
		if (streq(languages[i].code, s->language))
			return i;
	return 0;
}

static char *value_of(const struct settings *s, enum row row)
{
	switch (row) {
	case ROW_LANGUAGE:
		return xstrdup(language_index(s) ? languages[language_index(s)].name
		                                 : _(languages[0].name));
	case ROW_SCALE:
		return xasprintf("%u %%", s->scale);
	case ROW_CONTRAST:
		return xstrdup(s->high_contrast ? _("on") : _("off"));
	case ROW_MOTION:
		return xstrdup(s->still ? _("off") : _("on"));
	case ROW_SAFE:
		return xasprintf("%u %%", s->safe_area);
	case ROW_SOUND:
		return xstrdup(s->silent ? _("off") : _("on"));
	case ROW_REMOTE:
	case ROW_RIGHTS:
	case ROW_OFF:
	case ROW_RESTART:
	case ROW_QUIT:
	case ROW_COUNT:
		break;
	}
	return xstrdup("");
}

/* @by: 1 or -1; @around: the button, which has only one direction, goes round. */
static unsigned step(
        unsigned value, int by, unsigned by_much, unsigned least, unsigned most, bool around)
{
	if (by > 0)
		return value + by_much <= most ? value + by_much : around ? least : most;
	return value >= least + by_much ? value - by_much : least;
}

static void change(struct settings *s, enum row row, int by, bool around)
{
	size_t n = ARRAY_SIZE(languages), i = language_index(s);

	switch (row) {
	case ROW_LANGUAGE:
		i = step((unsigned)i, by, 1, 0, (unsigned)n - 1, around);
		snprintf(s->language, sizeof(s->language), "%s", languages[i].code);
		break;
	case ROW_SCALE:
		s->scale = step(s->scale, by, 25, 100, 200, around);
		break;
	case ROW_CONTRAST:
		s->high_contrast = around ? !s->high_contrast : by > 0;
		break;
	case ROW_MOTION:
		s->still = around ? !s->still : by < 0;
		break;
	case ROW_SAFE:
		s->safe_area = step(s->safe_area, by, 1, 0, 10, around);
		break;
	case ROW_SOUND:
		s->silent = around ? !s->silent : by < 0;
		break;
	case ROW_REMOTE:
	case ROW_RIGHTS:
	case ROW_OFF:
	case ROW_RESTART:
	case ROW_QUIT:
	case ROW_COUNT:
		break;
	}
}

/* The others lead to something. */
static bool is_value(enum row row)
{
	return row < ROW_REMOTE;
}

static void draw_arrow(struct view *view, int x, int y, int h, int way, color c)
{
	double w = h * 0.18, t = h / 11.0 + 1, middle = y + h / 2.0;

	if (!view->ui->canvas)
		return;
	canvas_line(view->ui->canvas, x - way * w, middle - 2 * w * 0.9, x + way * w, middle, t, c);
	canvas_line(view->ui->canvas, x - way * w, middle + 2 * w * 0.9, x + way * w, middle, t, c);
}

static void draw_row(struct view *view, enum row row, struct rect r, bool focused)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	int pad = t->gap, text = t->size[TEXT_BODY], y = r.y + (r.h - text) / 2;
	int arrow = text, value_w = r.w * 36 / 100;
	cleanup_free char *value = value_of(view->settings, row);
	struct rect in = {r.x + pad, y, r.w - 2 * pad - (is_value(row) ? value_w : 0), text};
	struct rect right = {r.x + r.w - pad - value_w + arrow, y, value_w - 2 * arrow, text};

	if (ui->canvas)
		canvas_round(ui->canvas, r, t->radius, focused ? t->card_lit : t->card);
	ui_text(ui,
	        &(struct ui_label){.rect = in, .size = TEXT_BODY, .bold = true, .color = t->text},
	        _(rows[row].label));
	if (!is_value(row))
		return;
	ui_text(ui,
	        &(struct ui_label){.rect = right,
	                .size = TEXT_BODY,
	                .color = focused ? t->focus : t->dim,
	                .align = UI_CENTER},
	        value);
	if (focused) {
		draw_arrow(view, right.x - arrow / 2, y, text, -1, t->focus);
		draw_arrow(view, right.x + right.w + arrow / 2, y, text, 1, t->focus);
	}
}

static void ask_power(struct view *view, bool restart)
{
	ask(view, INTENT_POWER, "",
	        restart ? _("Restart this PC now?") : _("Switch this PC off now?"),
	        words_before_end(view), restart ? _("Restart") : _("Switch off"));
	view->dialog->intent.number = restart;
}

static void open_row(struct view *view, enum row row)
{
	if (row == ROW_REMOTE)
		want_screen(view, SCREEN_REMOTE, NULL);
	else if (row == ROW_RIGHTS)
		want_screen(view, SCREEN_RIGHTS, NULL);
	else if (row == ROW_OFF || row == ROW_RESTART)
		ask_power(view, row == ROW_RESTART);
	else
		want(view, INTENT_QUIT, NULL, NULL);
}

static void pass_row(struct view *view, enum row row, struct rect r)
{
	struct ui_result result = ui_item(view->ui, rows[row].id, r,
	        (row == 0 ? UI_FIRST : 0) | (is_value(row) ? UI_ADJUST : 0));
	struct settings settings = *view->settings;

	draw_row(view, row, r, result.focused);
	if (!result.adjust && !result.activated)
		return;
	if (!is_value(row)) {
		open_row(view, row);
		return;
	}
	change(&settings, row, result.activated ? 1 : result.adjust, result.activated);
	want(view, INTENT_SET, NULL, NULL);
	view->intent.settings = settings;
}

static const char *hint_of(enum row row)
{
	return row == ROW_QUIT ? _("Leave") : is_value(row) ? _("Change") : _("Open");
}

void screen_settings(struct view *view)
{
	struct ui *ui = view->ui;
	const struct theme *t = &ui->theme;
	struct rect body = ui_body(ui);
	int y = screen_title(view, _("Settings")), h = t->size[TEXT_BODY] * 2, gap = t->gap / 2;
	int width = body.w < 110 * t->unit ? body.w : 110 * t->unit, focus = 0;
	int room = body.y + body.h - y, target, scroll;
	struct rect old = {0};

	for (int i = 0; i < ROW_COUNT; i++)
		if (ui_focused(ui, rows[i].id))
			focus = i;
	target = focus * (h + gap) - (room - h) / 2;
	target = target > ROW_COUNT * (h + gap) - room ? ROW_COUNT * (h + gap) - room : target;
	scroll = ui_scroll(ui, screen_names[SCREEN_SETTINGS], target < 0 ? 0 : target);
	if (t->look.scale > 150)
		width = body.w;
	if (ui->canvas)
		old = canvas_clip(ui->canvas,
		        (struct rect){0, y - t->ring * 4, t->width, room + t->ring * 8});
	for (int i = 0; i < ROW_COUNT; i++)
		pass_row(view, (enum row)i,
		        (struct rect){body.x, y + i * (h + gap) - scroll, width, h});
	if (ui->canvas)
		ui->canvas->clip = old;
	if (view->fontless)
		put_text(view, body, y + ROW_COUNT * (h + gap), TEXT_SMALL, false, t->warn, 2,
		        _("No font was found: install fonts-inter or fonts-dejavu-core."));
	ui_hint(ui, ACTION_CONFIRM, hint_of((enum row)focus));
	ui_hint(ui, ACTION_NONE, _("Choose"));
	back_hint(view);
}
