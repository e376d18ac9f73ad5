/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sections of a profile a person means who names a rule, a device, a port or a hub. */
#include "base/i18n.h"
#include "bus/text.h"
#include "profile/file.h"
#include "vm/usb/assignment.h"
#include "vm/usb/choice.h"
#include "vm/usb/rules.h"

#include <errno.h>
#include <stdio.h>
#include <strings.h>

#define WHAT_MAX 128u

/* "usb wheel", "[usb wheel]" or "wheel" -> "wheel". Caller frees. */
static char *bare_name(const char *what)
{
	cleanup_free char *copy = xstrdup(what + (what[0] == '['));
	size_t n = strlen(copy);

	if (what[0] == '[' && n && copy[n - 1] == ']')
		copy[n - 1] = '\0';
	return xstrdup(starts_with(copy, "usb ") ? copy + 4 : copy);
}

static bool has_named(const struct profile *profile, const char *name)
{
	for (size_t i = 0; i < profile->n_usb; i++)
		if (streq(profile->usb[i].name, name))
			return true;
	return false;
}

/* By the very words of the rule. */
static bool is_worded(const struct profile_usb *u, const char *what)
{
	char id[16];

	snprintf(id, sizeof(id), "%04x:%04x", (unsigned)u->vendor & 0xffff,
	        (unsigned)u->product & 0xffff);
	return (u->port && streq(u->port, what)) || (u->hub && streq(u->hub, what)) ||
	       (u->vendor >= 0 && strcasecmp(id, what) == 0);
}

static bool is_named_by(const struct profile_usb *u, const struct usb_device *d)
{
	const struct journal_rule rule = {.vendor = u->vendor,
	        .product = u->product,
	        .serial = u->serial,
	        .port = u->port,
	        .hub = u->hub};

	if (d->hub && u->hub)
		return d->port && streq(u->hub, d->port);
	return !u->hub && usb_rule_rank(&rule, d) > 0;
}

static void find_worded(const struct usb_request *q, struct strv *sections)
{
	for (size_t i = 0; i < q->profile->n_usb; i++)
		if (is_worded(&q->profile->usb[i], q->device))
			strv_take(sections, usb_section("usb", q->profile->usb[i].name));
}

static void find_of_device(const struct usb_request *q, struct strv *sections)
{
	const struct usb_device *d = usb_choose(&q->host->usb, q->device, NULL);

	for (size_t i = 0; d && i < q->profile->n_usb; i++)
		if (is_named_by(&q->profile->usb[i], d))
			strv_take(sections, usb_section("usb", q->profile->usb[i].name));
}

/* Nothing is made of what is too long to be a name. */
static int check_length(const char *what, struct err *err)
{
	if (strlen(what) <= WHAT_MAX)
		return 0;
	err_set(err, -EINVAL, _("%s is too long to name a rule"), ini_quote(what).s);
	err_hint(err, _("see: playthrough usb list --why"));
	err_code(err, CODE_USB_NO_RULE);
	return -EINVAL;
}

static int find(const struct usb_request *q, struct strv *sections, struct err *err)
{
	cleanup_free char *name = bare_name(q->device), *known = NULL;
	cleanup_free char *what = text_harmless(q->device, false);
	size_t before = sections->n;

	if (has_named(q->profile, name))
		strv_take(sections, usb_section("usb", name));
	if (sections->n == before)
		usb_assignment_find_controllers(q->profile, q->device, sections);
	if (sections->n == before)
		find_worded(q, sections);
	if (sections->n == before)
		find_of_device(q, sections);
	if (sections->n > before)
		return 0;
	known = usb_assignment_list(q->profile);
	err_set(err, -ENOENT, _("no USB rule of %s names %s"), q->profile->name, ini_quote(what).s);
	if (*known)
		err_hint(err, _("its rules are: %s"), known);
	else
		err_hint(err, _("it has none; playthrough usb assign writes one"));
	err_code(err, CODE_USB_NO_RULE);
	return -ENOENT;
}

int usb_assignment_find(const struct usb_request *q, struct strv *sections, struct err *err)
{
	int r = check_length(q->device, err);

	return r < 0 ? r : find(q, sections, err);
}
