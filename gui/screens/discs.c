/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The drives for CDs of a game that runs, and what is put into one. */
#include "base/i18n.h"
#include "screens/rows.h"

#include <stdio.h>

#define ROW_OUT "out"

/* In one line. Caller frees. */
static char *words_of_drive(const struct disc_drive *drive)
{
	if (*drive->in.path)
		return xstrdup(drive->in.name);
	return xstrdup(drive->open ? _("empty, and open") : _("empty"));
}

/* Draws the page that stands in for one of a game without such a drive; returns whether it did. */
static bool pass_none(struct view *view, const char *drive)
{
	const struct discs *discs = &view->model->discs;
	struct rect body = ui_body(view->ui);
	int y;

	if (drive ? discs_drive(discs, view->vm, drive) != NULL : discs_count(discs, view->vm) > 0)
		return false;
	y = screen_title(view, _("CDs"));
	y = put_text(view, body, y, TEXT_BODY, false, view->ui->theme.text, 3,
	        _("The game has no drive for CDs now: it does not run, or its profile has none."));
	if (ui_button(view->ui, "leave", body.x, y, _("Back"), UI_FIRST))
		want(view, INTENT_BACK, NULL, NULL);
	back_hint(view);
	return true;
}

/* --- the drives --- */

void screen_discs(struct view *view)
{
	const struct theme *t = &view->ui->theme;
	const struct discs *discs = &view->model->discs;
	struct rows rows = {0};
	struct rows_page page;
	struct rows_hit hit;
	struct panel p;

	if (pass_none(view, NULL))
		return;
	page = rows_lay_out(view, screen_title(view, _("CDs")), false);
	for (size_t i = 0; i < discs->n_drives; i++) {
		char id[UI_ID_MOST];

		snprintf(id, sizeof(id), "drive/%zu", i);
		rows_add(&rows, id, xstrdup(discs->drives[i].name),
		        words_of_drive(&discs->drives[i]))
		        ->mark = MARK_NEXT;
	}
	hit = rows_pass(view, SCREEN_DISCS, &page, &rows);
	p = panel_begin(view, &page);
	panel_say(
	        view, &p, TEXT_BODY, false, t->text, _("Choose a drive to change what is in it."));
	if (hit.activated) {
		want(view, INTENT_GO, view->vm, discs->drives[hit.focus].name);
		view->intent.screen = SCREEN_DISC;
	}
	ui_hint(view->ui, ACTION_CONFIRM, _("Open"));
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	back_hint(view);
	rows_finish(&rows);
}

/* --- one of them --- */

static void add_image(
        struct rows *rows, const struct disc_drive *drive, const struct disc_image *image, size_t i)
{
	char id[UI_ID_MOST];
	struct row *row;

	snprintf(id, sizeof(id), "image/%zu", i);
	row = rows_add(rows, id, xstrdup(image->name), xstrdup(image->folder));
	row->mark = streq(image->path, drive->in.path) ? MARK_RADIO_ON : MARK_RADIO;
}

static void tell(struct view *view, const struct rows_page *page, const struct disc_drive *drive)
{
	const struct theme *t = &view->ui->theme;
	const struct discs *discs = &view->model->discs;
	struct panel p = panel_begin(view, page);
	cleanup_free char *now = words_of_drive(drive);

	panel_say(view, &p, TEXT_SMALL, true, t->dim, _("In the drive now"));
	panel_say(view, &p, TEXT_BODY, true, t->text, now);
	if (drive->locked)
		panel_say(view, &p, TEXT_BODY, false, t->warn,
		        _("The game's system uses it, and keeps the drive shut."));
	if (discs->looked && !discs->n_images)
		panel_say(view, &p, TEXT_BODY, false, t->text,
		        _("No images were found: files that end with .iso, in the home folder, in "
		          "Downloads, or beside one that was in a drive."));
}

/*
 * What a person wants of the drive. A guest that has it locked is asked in vain, and by force it loses what it reads from: that
 * is asked first.
 */
static void change(
        struct view *view, const struct disc_drive *drive, enum intent_kind kind, int number)
{
	struct intent *intent = &view->intent;

	want(view, kind, view->vm, drive->name);
	if (drive->locked && !drive->open) {
		ask(view, kind, view->vm, _("Take the CD by force?"),
		        _("The game's system uses it. It is better to eject it there. By force it "
		          "is "
		          "gone in the middle of what is read from it."),
		        _("Take it by force"));
		*intent = (struct intent){0};
		intent = &view->dialog->intent;
		snprintf(intent->device, sizeof(intent->device), "%s", drive->name);
		snprintf(intent->rule, sizeof(intent->rule), "force");
	}
	intent->number = number;
}

static void do_row(struct view *view, const struct disc_drive *drive, size_t i)
{
	const struct discs *discs = &view->model->discs;

	if (i >= discs->n_images)
		change(view, drive, INTENT_EJECT, 0);
	else if (!streq(discs->images[i].path, drive->in.path))
		change(view, drive, INTENT_INSERT, (int)i);
}

void screen_disc(struct view *view)
{
	const struct discs *discs = &view->model->discs;
	const struct disc_drive *drive = discs_drive(discs, view->vm, view->device);
	cleanup_free char *title = NULL;
	struct rows rows = {0};
	struct rows_page page;
	struct rows_hit hit;

	if (pass_none(view, view->device))
		return;
	title = xasprintf(_("Drive for CDs: %s"), drive->name);
	page = rows_lay_out(view, screen_title(view, title), false);
	for (size_t i = 0; i < discs->n_images; i++)
		add_image(&rows, drive, &discs->images[i], i);
	rows_add(&rows, ROW_OUT, xstrdup(_("Take the CD out")), NULL);
	hit = rows_pass(view, SCREEN_DISC, &page, &rows);
	tell(view, &page, drive);
	if (hit.activated)
		do_row(view, drive, hit.focus);
	ui_hint(view->ui, ACTION_CONFIRM,
	        hit.focus < discs->n_images ? _("Put in") : _("Take out"));
	ui_hint(view->ui, ACTION_NONE, _("Choose"));
	back_hint(view);
	rows_finish(&rows);
}

/* Where it has one drive, as nearly all have, that one. */
void want_discs(struct view *view, const char *vm)
{
	const struct discs *discs = &view->model->discs;
	bool one = discs_count(discs, vm) == 1;

	want(view, INTENT_GO, vm, one ? discs->drives[0].name : NULL);
	view->intent.screen = one ? SCREEN_DISC : SCREEN_DISCS;
}
