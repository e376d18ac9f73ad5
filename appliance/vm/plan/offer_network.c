/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The networks that a VM can be on, each as a start would judge it. */
#include "vm/plan/offer_parts.h"

#include "base/i18n.h"
#include "vm/plan/plan.h"

static void describe(const struct profile *profile, json_t *json)
{
	const char *words = "";

	switch (profile->nets[0].type) {
	case PROFILE_NETWORK_USER:
		words = _("out through this PC; needs no right");
		break;
	case PROFILE_NETWORK_BRIDGE:
		words = profile->nets[0].link
		                ? _("a neighbour on this bridge")
		                : _("with other VMs alone, on a bridge of Playthrough's own");
		break;
	case PROFILE_NETWORK_MACVTAP:
		words = _("a neighbour on the network behind this card; does not reach this PC");
		break;
	case PROFILE_NETWORK_PRIVATE:
		words = _("with this PC alone");
		break;
	case PROFILE_NETWORK_NONE:
	case PROFILE_NETWORK_OVS:
		break;
	}
	json_object_set_new(json, "name", json_string(words));
}

static void add(
        const struct offer_request *q, enum profile_network type, const char *link, json_t *all)
{
	const struct key_section *section = key_section_find("network", NULL);
	const struct vm_options options = {.session = q->session, .makes_links = q->makes_links};
	cleanup(offer_finish) struct offer offer = {.proposed = type == PROFILE_NETWORK_USER};
	cleanup_strv struct strv taken = {0};
	struct profile_net net = {.name = (char *)""};
	struct profile profile = {.name = (char *)"game", .cpus = 1, .nets = &net, .n_nets = 1};
	json_t *json = json_object();
	struct err err;

	key_preset(section, &net);
	net.type = type;
	net.link = (char *)link;
	if (vm_plan_network_is_possible(q->host, &profile, &options, &err) < 0)
		offer_fail(&offer, &err);
	offer_add_section(&offer, &taken, section, NULL, &net);
	json_object_set_new(
	        json, "type", json_string(key_find(section, "type", NULL)->words[type]));
	json_object_set_new(json, "link", link ? offer_text(link) : json_null());
	describe(&profile, json);
	offer_tell(&offer, json);
	json_array_append_new(all, json);
}

/* What we make ourselves, and what others make for machines of theirs, is no network card. */
static bool is_card(const struct net_link *link)
{
	return link->ethernet && link->device;
}

/* Bridges of Open vSwitch look like any other link: only its data base could tell them. */
json_t *offer_networks(const struct offer_request *q)
{
	const struct net_links *links = &q->host->links;
	json_t *all = json_array();

	add(q, PROFILE_NETWORK_USER, NULL, all);
	if (q->session && !q->makes_links)
		return all;
	for (size_t i = 0; i < links->n; i++)
		if (links->list[i].bridge && !streq(links->list[i].name, VM_BRIDGE))
			add(q, PROFILE_NETWORK_BRIDGE, links->list[i].name, all);
	for (size_t i = 0; i < links->n; i++)
		if (is_card(&links->list[i]))
			add(q, PROFILE_NETWORK_MACVTAP, links->list[i].name, all);
	add(q, PROFILE_NETWORK_BRIDGE, NULL, all);
	add(q, PROFILE_NETWORK_PRIVATE, NULL, all);
	return all;
}
