/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which wire leads to the monitor that the game is to be seen on: that of a connector which stays this PC's own. No monitor is
 * worth a refusal: what cannot be is told, and its buttons are left.
 */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

/* VESA Monitor Control Command Set 2.2a, feature 60; USB-C is what most makers have for it. */
static const uint8_t inputs[] = {
        [PROFILE_MONITOR_DP_1] = 0x0f,
        [PROFILE_MONITOR_DP_2] = 0x10,
        [PROFILE_MONITOR_HDMI_1] = 0x11,
        [PROFILE_MONITOR_HDMI_2] = 0x12,
        [PROFILE_MONITOR_DVI_1] = 0x03,
        [PROFILE_MONITOR_DVI_2] = 0x04,
        [PROFILE_MONITOR_VGA_1] = 0x01,
        [PROFILE_MONITOR_VGA_2] = 0x02,
        [PROFILE_MONITOR_USB_C] = 0x1b,
};

/* A card that changes hands is gone when the wire is needed. */
static bool stays(const struct planning *p, const struct display_card *card)
{
	for (size_t i = 0; i < p->plan->n_pci; i++)
		if (card->has_controller && vm_claim_has(&p->plan->pci[i], card->controller))
			return false;
	return true;
}

struct found {
	const char *bus;   /* NULL: none */
	struct strv names; /* of all that could be meant */
};

static void look_at_card(const struct display_card *card, const char *wanted, struct found *found)
{
	for (size_t i = 0; i < card->connected.n && i < card->buses.n; i++) {
		if (wanted && !streq(card->connected.list[i], wanted))
			continue;
		strv_add(&found->names, card->connected.list[i]);
		found->bus = card->buses.list[i];
	}
}

static char *tell_none(const struct profile *profile)
{
	if (profile->monitor_connector)
		return xasprintf(_("nothing is plugged into connector=%s, or not of a card that "
		                   "stays this PC's (/sys/class/drm/*/status)"),
		        profile->monitor_connector);
	return xstrdup(_("nothing is plugged into a card that stays this PC's "
	                 "(/sys/class/drm/*/status)"));
}

static char *tell_several(const struct strv *names)
{
	cleanup_free char *list = strv_join(names, ", ");

	return xasprintf(_("several connectors of this PC are in use: %s; name one by connector= "
	                   "in [monitor]"),
	        list);
}

/* Why it cannot be; NULL: it can. Caller frees. */
static char *find_fault(const struct planning *p, const struct found *found)
{
	cleanup_free char *node = xasprintf("/dev/%s", found->bus ? found->bus : "");
	cleanup_free char *there = xasprintf("/sys/class/i2c-dev/%s", found->bus ? found->bus : "");

	if (!found->names.n)
		return tell_none(p->profile);
	if (found->names.n > 1)
		return tell_several(&found->names);
	if (!*found->bus)
		return xasprintf(_("the driver of its card does not tell the wire of connector %s "
		                   "(no ddc in /sys/class/drm/*-%s)"),
		        found->names.list[0], found->names.list[0]);
	return plan_exists(p->options, there)
	               ? NULL
	               : xasprintf(_("%s is not there; load the kernel module for it: modprobe "
	                             "i2c-dev"),
	                         node);
}

void plan_monitor(const struct planning *p)
{
	const struct profile *profile = p->profile;
	struct found found = {0};

	if (profile->monitor_input == PROFILE_MONITOR_NONE || p->options->test_drive)
		return;
	for (size_t i = 0; i < p->host->displays.n; i++)
		if (stays(p, &p->host->displays.list[i]))
			look_at_card(
			        &p->host->displays.list[i], profile->monitor_connector, &found);
	p->plan->monitor_not = find_fault(p, &found);
	if (!p->plan->monitor_not) {
		p->plan->monitor_bus = xstrdup(found.bus);
		p->plan->monitor_input = inputs[profile->monitor_input];
	}
	strv_finish(&found.names);
}
