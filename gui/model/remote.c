/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/remote.h"
#include "model/parts.h"
#include "model/profiles_parts.h"

#include <stdio.h>

/* What a person takes in at a glance and compares: four bytes. */
#define GROUP_BYTES 4u

void remote_init(struct remote *remote)
{
	*remote = (struct remote){.web = xstrdup(""),
	        .fingerprint = xstrdup(""),
	        .viewer_from = xstrdup(""),
	        .ticket = xstrdup("")};
	refusal_init(&remote->refusal);
}

void remote_finish(struct remote *remote)
{
	refusal_finish(&remote->refusal);
	free(remote->web);
	strv_finish(&remote->urls);
	strv_finish(&remote->web_urls);
	free(remote->fingerprint);
	free(remote->viewer_from);
	free(remote->ticket);
	*remote = (struct remote){0};
}

/* Every fourth colon between bytes becomes a space, so that lines break there. */
static char *in_groups(char *fingerprint)
{
	unsigned colons = 0;

	for (char *at = fingerprint; *at; at++)
		if (*at == ':' && ++colons % GROUP_BYTES == 0)
			*at = ' ';
	return fingerprint;
}

static void read_viewer(struct remote *remote, const json_t *viewer)
{
	remote->viewer = json_is_true(json_object_get(viewer, "connected"));
	model_replace(&remote->viewer_from, model_member_text(viewer, "from"));
	remote->viewer_here = streq(remote->viewer_from, "this PC");
}

static void read_urls(const json_t *all, const char *key, struct strv *out)
{
	strv_finish(out);
	profiles_read_texts(json_object_get(all, key), REMOTE_URLS_MOST, out);
}

int remote_set(struct remote *remote, const char *json, struct err *err)
{
	cleanup_json json_t *all = profiles_parse(json, "ConsoleStatus", err);
	const json_t *ticket = json_object_get(all, "ticket");

	if (!all)
		return err->number;
	remote->told = true;
	refusal_finish(&remote->refusal);
	refusal_init(&remote->refusal);
	remote->enabled = json_is_true(json_object_get(all, "enabled"));
	model_replace(&remote->web, model_member_text(all, "web"));
	read_urls(all, "urls", &remote->urls);
	read_urls(all, "web_urls", &remote->web_urls);
	model_replace(&remote->fingerprint, in_groups(model_member_text(all, "fingerprint")));
	remote->ticket_set = json_is_true(json_object_get(ticket, "set"));
	remote->expires_s = (int64_t)model_member_number(ticket, "expires");
	read_viewer(remote, json_object_get(all, "viewer"));
	/* It went, by time or by hand: what is still shown would let nobody in. */
	if (!remote->ticket_set)
		remote_set_ticket(remote, NULL);
	return 0;
}

void remote_refused(struct remote *remote, const struct err *why)
{
	remote->told = false;
	refusal_set(&remote->refusal, why);
}

void remote_set_ticket(struct remote *remote, const char *ticket)
{
	model_replace(&remote->ticket, model_text(ticket));
}

const char *remote_url(const struct remote *remote)
{
	const struct strv *urls = remote->web_urls.n ? &remote->web_urls : &remote->urls;

	return remote->enabled && urls->n ? urls->list[0] : "";
}
