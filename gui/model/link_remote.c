/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/link_remote.h"
#include "bus/async.h"

/* Every address of this PC, and the port after that of the viewers: a tablet has a browser and no viewer. */
#define WEB_DEFAULT "5931"

struct link_remote {
	struct link *link;
	struct model *model;
	const struct link_ops *ops;
	void *user;
	bool looked; /* somebody looks, or did */
	bool again;  /* it changed while the answer was under way */
};

static void ask_status(struct link_remote *r);

static void tell(struct link_remote *r)
{
	r->model->version++;
	r->ops->changed(r->user);
}

/* The daemon tells that something is another. */
static void on_remote_changed(void *user)
{
	struct link_remote *r = user;

	if (r->looked)
		ask_status(r);
}

struct link_remote *link_remote_create(
        struct link *link, struct model *model, const struct link_ops *ops, void *user)
{
	struct link_remote *r = xcalloc(1, sizeof(*r));

	*r = (struct link_remote){.link = link, .model = model, .ops = ops, .user = user};
	link_on_console(link, on_remote_changed, r);
	return r;
}

void link_remote_destroy(struct link_remote *r)
{
	free(r);
}

static void on_status(void *user, const char *json, const struct err *err)
{
	struct link_remote *r = user;
	struct remote *remote = &r->model->remote;
	struct err bad = {0};

	remote->asking = false;
	if (json && remote_set(remote, json, &bad) < 0)
		err = &bad;
	if (err)
		remote_refused(remote, err);
	if (r->again)
		ask_status(r);
	tell(r);
}

static void ask_status(struct link_remote *r)
{
	struct remote *remote = &r->model->remote;

	r->again = remote->asking;
	if (remote->asking)
		return;
	remote->asking = true;
	async_call(link_async(r->link), on_status, r, "ConsoleStatus", "");
}

void link_remote_look(struct link_remote *r)
{
	r->looked = true;
	remote_set_ticket(&r->model->remote, NULL);
	ask_status(r);
	tell(r);
}

/* --- acts --- */

/* The daemon tells of the change as well; it is not waited for. */
static void on_changed(void *user, const char *text, const struct err *err)
{
	struct link_remote *r = user;

	(void)text;
	if (err)
		r->ops->refused(r->user, err);
	ask_status(r);
}

void link_remote_enable(struct link_remote *r, bool enable)
{
	struct async *async = link_async(r->link);
	const char *web = r->model->remote.web;

	if (enable)
		async_call(
		        async, on_changed, r, "ConsoleEnable", "ss", "", *web ? web : WEB_DEFAULT);
	else
		async_call(async, on_changed, r, "ConsoleDisable", "");
}

static void on_ticket(void *user, const char *ticket, const struct err *err)
{
	struct link_remote *r = user;

	if (err) {
		r->ops->refused(r->user, err);
	} else {
		/* The status that goes with it is not there yet. */
		r->model->remote.ticket_set = true;
		remote_set_ticket(&r->model->remote, ticket);
		tell(r);
	}
	ask_status(r);
}

void link_remote_ticket(struct link_remote *r, unsigned minutes)
{
	async_call(link_async(r->link), on_ticket, r, "ConsoleTicket", "u", minutes);
}
