/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/link_profiles.h"
#include "bus/async.h"

/* A text that is looked at, or waits to be. */
struct look {
	char *name, *text;
};

struct link_profiles {
	struct link *link;
	struct model *model;
	const struct link_ops *ops;
	void *user;
	char *wanted;               /* the name that is to be shown */
	char *showing;              /* the name that ProfileShow was asked for; NULL: none */
	struct look asked, waiting; /* NULL: none */
};

struct link_profiles *link_profiles_create(
        struct link *link, struct model *model, const struct link_ops *ops, void *user)
{
	struct link_profiles *p = xcalloc(1, sizeof(*p));

	*p = (struct link_profiles){.link = link, .model = model, .ops = ops, .user = user};
	return p;
}

static void drop_look(struct look *look)
{
	free(look->name);
	free(look->text);
	*look = (struct look){0};
}

void link_profiles_destroy(struct link_profiles *p)
{
	if (!p)
		return;
	drop_look(&p->asked);
	drop_look(&p->waiting);
	free(p->showing);
	free(p->wanted);
	free(p);
}

static void tell(struct link_profiles *p)
{
	p->model->version++;
	p->ops->changed(p->user);
}

/* --- what there is for a game --- */

static void on_offers(void *user, const char *text, const struct err *err)
{
	struct link_profiles *p = user;
	struct offers *offers = &p->model->profiles.offers;
	struct err bad = {0};

	offers->asking = false;
	if (text && offers_set(offers, text, &bad) < 0)
		err = &bad;
	if (err)
		offers_refused(offers, err);
	tell(p);
}

void link_profiles_offers(struct link_profiles *p)
{
	struct offers *offers = &p->model->profiles.offers;

	if (offers->asking)
		return;
	offers->asking = true;
	async_call(link_async(p->link), on_offers, p, "ProfileOffers", "");
	tell(p);
}

/* --- one profile --- */

static void ask_shown(struct link_profiles *p);

static void on_shown(void *user, const char *text, const struct err *err)
{
	struct link_profiles *p = user;
	struct profile_shown *shown = &p->model->profiles.shown;
	cleanup_free char *name = take_ptr(p->showing);
	struct err bad = {0};

	/* Somebody looks at another one meanwhile. */
	if (!streq(name, p->wanted)) {
		ask_shown(p);
		return;
	}
	shown->asking = false;
	if (text && shown_set(shown, text, &bad) < 0)
		err = &bad;
	if (err)
		shown_refused(shown, name, err);
	tell(p);
}

static void ask_shown(struct link_profiles *p)
{
	p->showing = xstrdup(p->wanted);
	async_call(link_async(p->link), on_shown, p, "ProfileShow", "s", p->wanted);
}

void link_profiles_show(struct link_profiles *p, const char *name)
{
	char *wanted = xstrdup(name);

	free(p->wanted);
	p->wanted = wanted;
	p->model->profiles.shown.asking = true;
	p->model->profiles.shown.told = false;
	if (!p->showing)
		ask_shown(p);
	tell(p);
}

/* --- what is amiss --- */

static void check_next(struct link_profiles *p);

static void on_checked(void *user, const char *json, const struct err *err)
{
	struct link_profiles *p = user;
	struct profile_checked *checked = &p->model->profiles.checked;
	struct err bad = {0};

	if (json && checked_set(checked, p->asked.name, p->asked.text, json, &bad) < 0)
		err = &bad;
	if (err)
		checked_refused(checked, p->asked.name, p->asked.text, err);
	drop_look(&p->asked);
	check_next(p);
	tell(p);
}

static void check_next(struct link_profiles *p)
{
	if (p->asked.text || !p->waiting.text)
		return;
	p->asked = p->waiting;
	p->waiting = (struct look){0};
	p->model->profiles.checked.asking = true;
	async_call(link_async(p->link), on_checked, p, "ProfileCheck", "ss", p->asked.name,
	        p->asked.text);
}

void link_profiles_check(struct link_profiles *p, const char *name, const char *text)
{
	drop_look(&p->waiting);
	p->waiting = (struct look){xstrdup(name), xstrdup(text)};
	check_next(p);
	tell(p);
}

/* --- writing --- */

static void on_written(void *user, const char *where, const struct err *err)
{
	struct link_profiles *p = user;
	struct profile_written *written = &p->model->profiles.written;

	if (err) {
		written_refused(written, err);
	} else {
		written_done(written, where);
		link_list(p->link);
	}
	tell(p);
}

void link_profiles_write(
        struct link_profiles *p, const char *name, const char *text, const char *expected)
{
	struct profile_written *written = &p->model->profiles.written;

	if (written->state == PROFILE_WRITING)
		return;
	written_begin(written, name, false);
	async_call(link_async(p->link), on_written, p, "ProfileWrite", "sss", name, text, expected);
	tell(p);
}

void link_profiles_remove(struct link_profiles *p, const char *name, const char *expected)
{
	struct profile_written *written = &p->model->profiles.written;

	if (written->state == PROFILE_WRITING)
		return;
	written_begin(written, name, true);
	async_call(link_async(p->link), on_written, p, "ProfileRemove", "ss", name, expected);
	tell(p);
}
