/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seen from elsewhere: whether this screen may be opened on another device, and all that is needed to do so there. */
#include "base/i18n.h"
#include "draw/qr.h"
#include "screens/screens.h"

#include <stdio.h>
#include <time.h>

#define CARDS_MOST 12u
/* Long enough to walk over to the tablet, and to sit down with it. */
#define SHORT_MINUTES 60

struct page {
	struct block cards[CARDS_MOST];
	size_t n;
	char ticket_label[200];
};

/* Takes @text. */
static struct block *add(struct page *page, const char *label, char *text)
{
	struct block *card = &page->cards[page->n++];

	*card = (struct block){.label = label, .text = text, .size = TEXT_BODY};
	return card;
}

static void offer(struct page *page, const char *act, const char *label, const char *text)
{
	struct block *card = add(page, label, xstrdup(text));

	card->act = act;
	card->sign = BLOCK_GO;
}

/* --- words --- */

/* "21:34", with the day where that is another one. */
static char *words_of_time(int64_t when_s, int64_t now_s)
{
	time_t when = (time_t)when_s, now = (time_t)now_s;
	struct tm then, today;
	char text[32] = "";

	if (localtime_r(&when, &then) && localtime_r(&now, &today))
		strftime(text, sizeof(text),
		        then.tm_yday == today.tm_yday && then.tm_year == today.tm_year
		                ? "%H:%M"
		                : "%Y-%m-%d %H:%M",
		        &then);
	return xstrdup(text);
}

static char *words_of_lifetime(const struct view *view)
{
	const struct remote *remote = &view->model->remote;
	cleanup_free char *until = words_of_time(remote->expires_s, view->wall_s);

	if (!remote->ticket_set)
		return xstrdup(_("There is none: nobody gets in."));
	if (!remote->expires_s)
		return xstrdup(_("One is set, and counts until there is a new one."));
	return xasprintf(_("One is set, and counts until %s."), until);
}

static char *words_of_viewer(const struct remote *remote)
{
	if (!remote->viewer)
		return xstrdup(_("Nobody."));
	if (remote->viewer_here)
		return xstrdup(_("Somebody at this PC itself."));
	return xasprintf(_("Somebody at %s."), remote->viewer_from);
}

/* Of one that is shown right now. */
static const char *label_of_ticket(const struct view *view, char *out, size_t size)
{
	const struct remote *remote = &view->model->remote;
	cleanup_free char *until = words_of_time(remote->expires_s, view->wall_s);

	if (remote->expires_s)
		snprintf(out, size, _("The ticket, until %s; shown only now"), until);
	else
		snprintf(out, size, "%s", _("The ticket, shown only now"));
	return out;
}

/* --- cards --- */

static void say_switch(const struct remote *remote, struct page *page)
{
	struct block *card = add(page, remote->enabled ? _("It is on") : _("It is off"),
	        xstrdup(remote->enabled
	                        ? _("Another device with the ticket shows this screen, and "
	                            "is used like this one. Press to turn it off.")
	                        : _("This screen cannot be reached over the network. Press to "
	                            "turn it on.")));

	card->act = "switch";
	card->sign = remote->enabled ? BLOCK_ON : BLOCK_OFF;
}

static void say_ticket(const struct view *view, struct page *page)
{
	const struct remote *remote = &view->model->remote;

	if (*remote->ticket)
		add(page, label_of_ticket(view, page->ticket_label, sizeof(page->ticket_label)),
		        xstrdup(remote->ticket))
		        ->size = TEXT_DISPLAY;
	else
		add(page, _("Ticket"), words_of_lifetime(view));
	offer(page, "hour", _("New ticket for an hour"), _("The one before counts no more."));
	offer(page, "lasting", _("New ticket that lasts"),
	        _("It counts until there is a new one."));
}

static void say_way(const struct remote *remote, struct page *page)
{
	bool web = remote->web_urls.n;

	add(page, _("1. Open it"),
	        xstrdup(web ? _("Point the camera of the tablet at the square, or type the address "
	                        "into its browser.")
	                    : _("Point the camera of the tablet at the square, or type the address "
	                        "into its viewer.")));
	add(page, _("2. Compare"),
	        xstrdup(_("It warns of a certificate it does not know. Trust it where the "
	                  "fingerprint is the one below.")));
	add(page, _("3. Type the ticket"), xstrdup(_("Make one here: it is the password.")));
}

/* Every address there is, the one of the square first; a line wraps between two of them. */
static char *words_of_addresses(const struct remote *remote)
{
	cleanup_strv struct strv all = {0};

	strv_foreach (url, &remote->web_urls)
		strv_add(&all, *url);
	strv_foreach (url, &remote->urls)
		strv_add(&all, *url);
	return all.n ? strv_join(&all, "  ") : xstrdup(_("None: this PC is in no network."));
}

static void say_on(const struct view *view, struct page *page)
{
	const struct remote *remote = &view->model->remote;

	say_ticket(view, page);
	say_way(remote, page);
	add(page, _("Address"), words_of_addresses(remote));
	if (*remote->fingerprint)
		add(page, _("Fingerprint of the certificate"), xstrdup(remote->fingerprint));
	add(page, _("Who looks now"), words_of_viewer(remote));
}

static void say_unknown(const struct remote *remote, struct page *page)
{
	struct block *card;

	if (remote->asking || !*remote->refusal.why) {
		add(page, _("One moment"), xstrdup(_("The service is being asked.")));
		return;
	}
	card = add(page, _("This is not known"),
	        words_of_refusal(remote->refusal.why, remote->refusal.hint));
	card->code = remote->refusal.code;
	offer(page, "again", _("Ask again"), _("Nothing is changed by that."));
}

/* --- what is pressed --- */

static void press_switch(struct view *view)
{
	const struct remote *remote = &view->model->remote;

	if (!remote->enabled) {
		ask(view, INTENT_REMOTE_ON, "", _("Let this screen be seen from elsewhere?"),
		        _("This PC listens to its network then. Whoever has the ticket sees what "
		          "is "
		          "shown here and uses it as if they sat here. The connection is "
		          "encrypted, and without a ticket nobody gets in."),
		        _("Turn it on"));
		return;
	}
	if (!remote->viewer || remote->viewer_here) {
		want(view, INTENT_REMOTE_OFF, NULL, NULL);
		return;
	}
	ask(view, INTENT_REMOTE_OFF, "", _("Turn it off?"),
	        _("Somebody looks from elsewhere now, and would lose the picture. From there it "
	          "cannot be turned on again."),
	        _("Turn it off"));
}

static void want_ticket(struct view *view, int minutes)
{
	want(view, INTENT_REMOTE_TICKET, NULL, NULL);
	view->intent.number = minutes;
}

static void do_act(struct view *view, const char *act)
{
	if (streq(act, "switch"))
		press_switch(view);
	else if (streq(act, "again"))
		want(view, INTENT_REMOTE_LOOK, NULL, NULL);
	else
		want_ticket(view, streq(act, "hour") ? SHORT_MINUTES : 0);
}

/* --- the screen --- */

/* For whoever has no camera. */
static void put_url(struct view *view, struct rect room, const char *url)
{
	const struct ui_label label = {.rect = room,
	        .size = TEXT_BODY,
	        .color = view->ui->theme.text,
	        .align = UI_CENTER,
	        .may_cut = true};

	ui_text(view->ui, &label, url);
}

/* At the right, as large as there is room for: it is read from the sofa. Returns what is left. */
static struct rect put_code(struct view *view, struct rect body)
{
	const struct theme *t = &view->ui->theme;
	const char *url = remote_url(&view->model->remote);
	int line = t->size[TEXT_BODY], room_h = body.h - line - t->gap / 2;
	int side = room_h < body.w * 42 / 100 ? room_h : body.w * 42 / 100;
	struct rect room = {body.x + body.w - side, body.y, side, side};

	if (!*url) {
		/* Lines of a whole screen's width are read badly. */
		if (t->look.scale <= 150 && body.w > 110 * t->unit)
			body.w = 110 * t->unit;
		return body;
	}
	if (view->ui->canvas) {
		struct qr qr = qr_of(url);
		struct rect covered = qr_draw(&qr, view->ui->canvas, room);

		room.y += covered.h + t->gap / 2;
		put_url(view, (struct rect){room.x, room.y, side, line}, url);
		qr_finish(&qr);
	}
	body.w -= side + 2 * t->gap;
	return body;
}

void screen_remote(struct view *view)
{
	const struct remote *remote = &view->model->remote;
	struct rect body = ui_body(view->ui);
	struct page page = {.n = 0};
	const char *act;
	int y = screen_title(view, _("Seen from elsewhere"));

	body.h -= y - body.y;
	body.y = y;
	if (remote->told) {
		say_switch(remote, &page);
		if (remote->enabled)
			say_on(view, &page);
	} else {
		say_unknown(remote, &page);
	}
	act = pass_blocks(view, SCREEN_REMOTE, put_code(view, body), page.cards, page.n);
	if (act)
		do_act(view, act);
	blocks_finish(page.cards, page.n);
	ui_hint(view->ui, ACTION_CONFIRM, _("Choose"));
	back_hint(view);
}
