/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network cards. */
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
static char *edit(char *text, const char *section, const char *key, const char *value)
{
	struct err err = {0};
	char *edited = text && value ? profile_edit(text, section, key, value, &err) : NULL;

	if (!edited)
		return text;
	free(text);
	return edited;
}

static bool is_virtio_preset(const struct draft *d, const char *model)
{
	return model && streq(model, d->windows ? "e1000e" : "virtio");
}

static char *write_card(
        struct draft *d, const struct draft_nic *nic, const char *section, const char *model)
{
	cleanup_free char *vlan = nic->vlan ? xasprintf("%u", nic->vlan) : NULL;
	cleanup_free char *forward = nic->forward.n ? strv_join(&nic->forward, " ") : NULL;
	bool user = streq(nic->type, "user");
	char *text = xstrdup(d->text);

	/* A section without a key would not be there. */
	if (!user || !streq(section, "network"))
		text = edit(text, section, "type", nic->type);
	if (user)
		text = edit(text, section, "forward", forward);
	text = edit(text, section, "link", nic->link);
	text = edit(text, section, "vlan", vlan);
	if (!is_virtio_preset(d, model))
		text = edit(text, section, "model", model);
	text = edit(text, section, "mac", nic->mac);
	return edit(text, section, "backend", nic->passt ? "passt" : NULL);
}

static bool add_card(struct draft *d, const struct draft_nic *nic, const char *section)
{
	const char *why = nic->why, *model = choose_model(nic->model, &why);
	cleanup_free char *ports = nic->forward.n ? strv_join(&nic->forward, " ") : NULL;
	cleanup_free char *became = xasprintf("[%s] type=%s%s%s", section, nic->type,
	        ports && streq(nic->type, "user") ? " forward=" : "",
	        ports && streq(nic->type, "user") ? ports : "");
	cleanup_free char *head = xasprintf("[%s]", section);

	if (nic->forward.n && !streq(nic->type, "user"))
		why = N_("ports of this PC lead only to a guest of type=user");

	if (!draft_take(d, write_card(d, nic, section, model), why ? NULL : became))
		return false;
	if (!why)
		return true;
	draft_note(d, IMPORT_CHANGED, became, why);
	if (strstr(d->text, head))
		draft_comment(d, section, NULL, _(why));
	return true;
}

/* Without a name it is the first card, or one more; the first it is only once. */
static char *section_of(const struct draft *d, const struct draft_nic *nic, bool first)
{
	cleanup_free char *head = NULL;

	if (!nic->name && first)
		return xstrdup("network");
	head = draft_named_head(d, "network", nic->name && *nic->name ? nic->name : "card");
	return xstrndup(head + 1, strlen(head) - 2);
}

void draft_decide_network(struct draft *d)
{
	bool has_first = false;

	for (size_t i = 0; i < d->n_nics && i < DRAFT_MANY; i++) {
		const struct draft_nic *nic = &d->nics[i];
		cleanup_free char *section = section_of(d, nic, !has_first);

		draft_at(d, nic->line, "%s", nic->what);
		if (!nic->type)
			draft_lost(d, nic->why);
		else if (add_card(d, nic, section))
			has_first |= streq(section, "network");
	}
	if (has_first)
		return;
	draft_at(d, 0, "type=none");
	draft_quiet(d, "network", "type", "none");
}
