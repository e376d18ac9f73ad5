/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network card. */
#include "base/i18n.h"
#include "move/import_draft.h"
#include "profile/profile.h"

/* "virtio" or "e1000e"; @why where it is another than it was. NULL: not said. */
static const char *choose_model(const char *model, const char **why)
{
	if (!model)
		return NULL;
	if (starts_with(model, "virtio"))
		return "virtio";
	if (!streq(model, "e1000e"))
		*why = N_("on a card e1000e, the nearest that VMs can have");
	return "e1000e";
}

/* One key more; a value that cannot be leaves the text as it is. */
static char *edit(char *text, const char *key, const char *value)
{
	struct err err = {0};
	char *edited = text && value ? profile_edit(text, "network", key, value, &err) : NULL;

	if (!edited)
		return text;
	free(text);
	return edited;
}

static bool is_virtio_preset(const struct draft *d, const char *model)
{
	return model && streq(model, d->windows ? "e1000e" : "virtio");
}

static char *write_card(struct draft *d, const struct draft_nic *nic, const char *model)
{
	cleanup_free char *vlan = nic->vlan ? xasprintf("%u", nic->vlan) : NULL;
	cleanup_free char *forward = nic->forward.n ? strv_join(&nic->forward, " ") : NULL;
	char *text = xstrdup(d->text);

	if (!streq(nic->type, "user"))
		text = edit(text, "type", nic->type);
	else
		text = edit(text, "forward", forward);
	text = edit(text, "link", nic->link);
	text = edit(text, "vlan", vlan);
	if (!is_virtio_preset(d, model))
		text = edit(text, "model", model);
	text = edit(text, "mac", nic->mac);
	return edit(text, "backend", nic->passt ? "passt" : NULL);
}

static bool add_card(struct draft *d, const struct draft_nic *nic)
{
	const char *why = nic->why, *model = choose_model(nic->model, &why);
	cleanup_free char *ports = nic->forward.n ? strv_join(&nic->forward, " ") : NULL;
	cleanup_free char *became = xasprintf("[network] type=%s%s%s", nic->type,
	        ports && streq(nic->type, "user") ? " forward=" : "",
	        ports && streq(nic->type, "user") ? ports : "");

	if (nic->forward.n && !streq(nic->type, "user"))
		why = N_("ports of this PC lead only to a guest of type=user");

	if (!draft_take(d, write_card(d, nic, model), why ? NULL : became))
		return false;
	if (!why)
		return true;
	draft_note(d, IMPORT_CHANGED, became, why);
	if (strstr(d->text, "[network]"))
		draft_comment(d, "network", NULL, _(why));
	return true;
}

void draft_decide_network(struct draft *d)
{
	bool taken = false;

	for (size_t i = 0; i < d->n_nics && i < DRAFT_MANY; i++) {
		const struct draft_nic *nic = &d->nics[i];

		draft_at(d, nic->line, "%s", nic->what);
		if (!nic->type)
			draft_lost(d, nic->why);
		else if (taken)
			draft_lost(d, N_("a VM has one network card"));
		else
			taken = add_card(d, nic);
	}
	if (taken)
		return;
	draft_at(d, 0, "type=none");
	draft_quiet(d, "network", "type", "none");
}
