/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/assignment.h"

#include "base/i18n.h"
#include "base/usb_port.h"
#include "bus/text.h"
#include "host/usb_names.h"
#include "profile/file.h"
#include "vm/usb/choice.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>

#define DEVICE_MAX 128u
#define NAME_ROOM  20u /* of INI_NAME_MAX; the rest is for a number that makes it unique */
#define LABEL_MAX  100

static const char *const by_words[] = {
        [USB_BY_DEVICE] = "device",
        [USB_BY_SERIAL] = "serial",
        [USB_BY_PORT] = "port",
        [USB_BY_HUB] = "hub",
        [USB_BY_CONTROLLER] = "controller",
};

int usb_by_parse(const char *text, enum usb_by *out, struct err *err)
{
	*out = USB_BY_DEVICE;
	for (size_t i = 0; text && i < ARRAY_SIZE(by_words); i++) {
		*out = (enum usb_by)i;
		if (streq(text, by_words[i]))
			return 0;
	}
	if (!text)
		return 0;
	err_set(err, -EINVAL, _("%s is nothing that a USB rule goes by"), ini_quote(text).s);
	err_hint(err, _("it is one of: device, serial, port, hub, controller"));
	err_code(err, CODE_USB_RULE);
	return -EINVAL;
}

const char *usb_rule_by(const struct journal_rule *rule)
{
	if (rule->serial)
		return by_words[USB_BY_SERIAL];
	if (rule->vendor >= 0)
		return by_words[USB_BY_DEVICE];
	return by_words[rule->port ? USB_BY_PORT : USB_BY_HUB];
}

char *usb_section(const char *word, const char *name)
{
	return xasprintf("%s%s%s", word, name[0] ? " " : "", name);
}

void usb_assignment_finish(struct usb_assignment *a)
{
	free(a->section);
	free(a->keys);
	free(a->comment);
	free(a->rule.serial);
	free(a->rule.port);
	free(a->rule.hub);
	strv_finish(&a->notes);
	*a = (struct usb_assignment){0};
}

/* --- what is meant --- */

/* What comes from outside is quoted in messages only when it is short and plain. */
static int check_text(const char *text, struct err *err)
{
	size_t n = strlen(text);
	bool plain = n > 0 && n <= DEVICE_MAX;

	for (size_t i = 0; plain && i < n; i++)
		plain = (unsigned char)text[i] > ' ' && (unsigned char)text[i] < 0x7f;
	if (plain)
		return 0;
	err_set(err, -EINVAL, _("that is not the name of a USB device or port"));
	err_hint(err, _("name it as playthrough usb list does: 1-2.3, 046d:c52b or "
	                "0000:00:14.0/2.3"));
	err_code(err, CODE_USB_ABSENT);
	return -EINVAL;
}

/* Whether @text is a port of a profile's rules: "0000:00:14.0/2.3". */
static bool is_port(const char *text, struct pci_addr *controller)
{
	const char *slash = strchr(text, '/');
	cleanup_free char *address = slash ? xstrndup(text, (size_t)(slash - text)) : NULL;

	return slash && pci_addr_parse(address, controller) == 0 &&
	       streq(pci_addr_format(*controller).s, address) && usb_port_is_chain(slash + 1);
}

static const struct usb_device *in_port(const struct usb *usb, const char *port)
{
	for (size_t i = 0; i < usb->n; i++) {
		const struct usb_device *d = &usb->list[i];

		if (!d->root_hub && d->port && streq(d->port, port))
			return d;
	}
	return NULL;
}

static bool has_controller(const struct usb *usb, struct pci_addr controller)
{
	for (size_t i = 0; i < usb->n; i++) {
		const struct usb_device *d = &usb->list[i];

		if (d->has_controller && pci_addr_equal(d->controller, controller))
			return true;
	}
	return false;
}

/* The port that is meant, in which something may be plugged in or not. Caller frees. NULL with @err. */
static char *choose_port(
        const struct usb_request *q, const struct usb_device **device, struct err *err)
{
	const struct usb *usb = &q->host->usb;
	struct pci_addr controller;

	*device = NULL;
	if (is_port(q->device, &controller)) {
		*device = in_port(usb, q->device);
		if (*device || has_controller(usb, controller))
			return xstrdup(q->device);
		err_set(err, -ENOENT,
		        _("port %s: this PC has no USB controller %s (/sys/bus/usb/devices)"),
		        q->device, pci_addr_format(controller).s);
		err_hint(err, _("see: playthrough usb list"));
		err_code(err, CODE_USB_ABSENT);
		return NULL;
	}
	*device = usb_choose(usb, q->device, err);
	if (!*device)
		return NULL;
	if ((*device)->port && is_port((*device)->port, &controller))
		return xstrdup((*device)->port);
	err_set(err, -EINVAL, _("USB device %s is in no port that a rule could name (%s)"),
	        (*device)->sysname, (*device)->port ? (*device)->port : "-");
	err_hint(err,
	        (*device)->root_hub
	                ? _("it is the controller itself: --by controller gives all of it away")
	                : _("assign it by what it is: --by device"));
	err_code(err, CODE_USB_RULE);
	return NULL;
}

static int refuse_hub(const struct usb_device *d, struct err *err)
{
	err_set(err, -EINVAL, _("USB device %s is a hub: a hub itself stays with the host"),
	        d->sysname);
	if (d->root_hub)
		err_hint(err,
		        _("it is the controller itself: --by controller gives all of it away"));
	else
		err_hint(err, _("to give away whatever is plugged in behind it: --by hub"));
	err_code(err, CODE_USB_HUB);
	return -EINVAL;
}

/* --- serial numbers --- */

/* Whether a profile can hold it: what is read back must be the same. */
static bool fits(const char *serial)
{
	cleanup_free char *text = xasprintf("[usb a]\nid=0000:0000\nserial=%s\n", serial);
	struct profile profile;
	bool same;

	if (profile_parse(text, "a.profile", &profile, NULL) < 0)
		return false;
	same = profile.n_usb == 1 && profile.usb[0].serial && streq(profile.usb[0].serial, serial);
	profile_finish(&profile);
	return same;
}

/* Another device that is the same thing; with @serial, also by that. */
static const struct usb_device *equal_one(
        const struct usb *usb, const struct usb_device *d, bool serial)
{
	for (size_t i = 0; i < usb->n; i++) {
		const struct usb_device *o = &usb->list[i];

		if (o == d || o->vendor != d->vendor || o->product != d->product)
			continue;
		if (!serial || (o->serial && d->serial && streq(o->serial, d->serial)))
			return o;
	}
	return NULL;
}

static int check_serial(const struct usb *usb, const struct usb_device *d, struct err *err)
{
	const struct usb_device *twin = d->serial ? equal_one(usb, d, true) : NULL;

	if (d->serial && !twin && fits(d->serial))
		return 0;
	if (!d->serial)
		err_set(err, -EINVAL,
		        _("USB device %s has no serial number (/sys/bus/usb/devices/%s/serial)"),
		        d->sysname, d->sysname);
	else if (twin)
		err_set(err, -EINVAL, _("USB devices %s and %s say the same serial number %s"),
		        d->sysname, twin->sysname, ini_quote(d->serial).s);
	else
		err_set(err, -EINVAL,
		        _("the serial number of USB device %s cannot be written in a profile: it "
		          "is longer than a line of text, or no text"),
		        d->sysname);
	err_hint(err, _("assign it by what it is (--by device) or by where it is plugged in (--by "
	                "port)"));
	err_code(err, CODE_USB_RULE);
	return -EINVAL;
}

/* --- the rule --- */

static int may_have(const struct usb_request *q, const struct usb_device *d, struct err *err)
{
	const struct usb_ways ways = {.chord = q->sees_chord && q->sees_chord(q->vms, d)};

	return usb_check_ways(q->host, d, &ways, err);
}

static int make_device(const struct usb_request *q, struct usb_assignment *out, struct err *err)
{
	const struct usb *usb = &q->host->usb;
	const struct usb_device *d = usb_choose(usb, q->device, err), *twin;
	bool told;

	if (!d)
		return -ENOENT;
	if (d->hub || d->root_hub)
		return refuse_hub(d, err);
	if (may_have(q, d, err) < 0)
		return -EPERM;
	told = check_serial(usb, d, q->by == USB_BY_SERIAL ? err : NULL) == 0;
	if (q->by == USB_BY_SERIAL && !told)
		return -EINVAL;
	out->device = d;
	out->rule.vendor = d->vendor;
	out->rule.product = d->product;
	twin = equal_one(usb, d, false);
	if (q->by == USB_BY_SERIAL || (told && twin))
		out->rule.serial = xstrdup(d->serial);
	else if (twin)
		strv_addf(&out->notes,
		        _("the rule names %s too, which is the same thing: no serial number tells "
		          "them apart; --by port would"),
		        twin->sysname);
	return 0;
}

static int make_port(const struct usb_request *q, struct usb_assignment *out, struct err *err)
{
	out->rule.port = choose_port(q, &out->device, err);
	if (!out->rule.port)
		return -EINVAL;
	if (out->device && (out->device->hub || out->device->root_hub))
		return refuse_hub(out->device, err);
	return out->device ? may_have(q, out->device, err) : 0;
}

/* What is behind the hub now and no VM may have: it stays with the host, whatever the rule says. */
static void note_refused(const struct usb_request *q, const char *hub, struct strv *notes)
{
	for (size_t i = 0; i < q->host->usb.n; i++) {
		const struct usb_device *d = &q->host->usb.list[i];
		struct err why;

		if (d->hub || d->root_hub || !d->port || !usb_port_is_behind(d->port, hub))
			continue;
		if (may_have(q, d, &why) < 0)
			strv_addf(notes, _("as long as this is so, it stays with the host: %s"),
			        why.message);
	}
}

static int make_hub(const struct usb_request *q, struct usb_assignment *out, struct err *err)
{
	out->rule.hub = choose_port(q, &out->device, err);
	if (!out->rule.hub)
		return -EINVAL;
	if (out->device && !out->device->hub) {
		err_set(err, -EINVAL, _("USB device %s in port %s is no hub"), out->device->sysname,
		        out->rule.hub);
		err_hint(err, _("to give away whatever is plugged into this port: --by port"));
		err_code(err, CODE_USB_RULE);
		return -EINVAL;
	}
	note_refused(q, out->rule.hub, &out->notes);
	return 0;
}

static int make_rule(const struct usb_request *q, struct usb_assignment *out, struct err *err)
{
	out->rule.vendor = out->rule.product = -1;
	switch (q->by) {
	case USB_BY_DEVICE:
	case USB_BY_SERIAL:
		return make_device(q, out, err);
	case USB_BY_PORT:
		return make_port(q, out, err);
	case USB_BY_HUB:
		return make_hub(q, out, err);
	case USB_BY_CONTROLLER:
		break;
	}
	return usb_assignment_controller(q, out, err);
}

/* --- how it is written --- */

static void write_keys(struct usb_assignment *a)
{
	const struct journal_rule *r = &a->rule;
	cleanup_free char *id = r->vendor < 0 ? xstrdup("")
	                                      : xasprintf("id=%04x:%04x\n", (unsigned)r->vendor,
	                                                (unsigned)r->product);
	const char *where = r->port ? "port=" : r->hub ? "hub=" : "";
	const char *port = r->port ? r->port : r->hub ? r->hub : "";

	a->keys = xasprintf("%s%s%s%s%s%s%s", id, r->serial ? "serial=" : "",
	        r->serial ? r->serial : "", r->serial ? "\n" : "", where, port, *port ? "\n" : "");
}

/* Small letters and digits of it, the rest as hyphens, cut at a word; "" where it has none. Caller frees. */
static char *slug(const char *label)
{
	char *name = xcalloc(NAME_ROOM + 2, 1);
	size_t n = 0, word = 0;

	for (; *label && n <= NAME_ROOM; label++) {
		unsigned char c = (unsigned char)*label;

		if (c < 0x80 && isalnum(c)) {
			name[n++] = (char)tolower(c);
		} else if (n && name[n - 1] != '-') {
			word = n;
			name[n++] = '-';
		}
	}
	if (n > NAME_ROOM)
		n = word ? word : NAME_ROOM;
	while (n && name[n - 1] == '-')
		n--;
	name[n] = '\0';
	return name;
}

static char *base_name(const struct usb_assignment *a)
{
	const struct journal_rule *r = &a->rule;
	const char *port = r->port ? r->port : r->hub;
	cleanup_free char *name =
	        !port && a->device->product_name ? slug(a->device->product_name) : NULL;
	cleanup_free char *made = NULL;

	if (name && *name)
		return take_ptr(name);
	made = port ? xasprintf("%s %s", r->port ? "port" : "hub", strchr(port, '/') + 1)
	            : xasprintf("device %04x %04x", (unsigned)r->vendor, (unsigned)r->product);
	return slug(made);
}

static const struct profile_usb *find_named(const struct profile *profile, const char *name)
{
	for (size_t i = 0; i < profile->n_usb; i++)
		if (streq(profile->usb[i].name, name))
			return &profile->usb[i];
	return NULL;
}

static char *free_name(const struct profile *profile, const char *base)
{
	char *name = xstrdup(base);

	for (unsigned i = 2; find_named(profile, name); i++) {
		free(name);
		name = xasprintf("%s-%u", base, i);
	}
	return name;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && streq(a, b));
}

static bool says(const struct profile_usb *u, const struct journal_rule *rule)
{
	return u->vendor == rule->vendor && u->product == rule->product &&
	       same_text(u->serial, rule->serial) && same_text(u->port, rule->port) &&
	       same_text(u->hub, rule->hub);
}

static int check_as(const struct usb_request *q, struct err *err)
{
	const struct profile_usb *taken = find_named(q->profile, q->as);

	if (!ini_is_section_name(q->as)) {
		err_set(err, -EINVAL, _("%s cannot be the name of a section"), ini_quote(q->as).s);
		err_hint(err,
		        _("a name is 1 to %u letters, digits, - _ or . and starts with a letter or "
		          "digit"),
		        INI_NAME_MAX);
		err_code(err, CODE_USB_RULE);
		return -EINVAL;
	}
	if (!taken)
		return 0;
	err_set(err, -EEXIST, _("%s has a section [usb %s] that says something else (%s:%d)"),
	        q->profile->name, q->as, taken->file ? taken->file : q->profile->file, taken->line);
	err_hint(err,
	        _("take another name, or remove that one first: playthrough usb unassign %s %s"),
	        q->profile->name, q->as);
	err_code(err, CODE_USB_RULE);
	return -EEXIST;
}

static char *label_of(const struct usb_device *d)
{
	cleanup_free char *raw = usb_name(d), *label = text_harmless(raw, false);
	size_t n = strlen(label);

	if (n > LABEL_MAX)
		for (n = LABEL_MAX; n && (label[n] & 0xc0) == 0x80;)
			n--;
	label[n] = '\0';
	return xstrdup(strip(label));
}

static int name_it(const struct usb_request *q, struct usb_assignment *a, struct err *err)
{
	cleanup_free char *base = NULL, *name = NULL;

	for (size_t i = 0; i < q->profile->n_usb; i++) {
		if (!says(&q->profile->usb[i], &a->rule))
			continue;
		a->there = true;
		a->section = usb_section("usb", q->profile->usb[i].name);
		return 0;
	}
	if (q->as && check_as(q, err) < 0)
		return err && err->number ? err->number : -EINVAL;
	base = q->as ? xstrdup(q->as) : base_name(a);
	name = free_name(q->profile, base);
	a->section = usb_section("usb", name);
	a->comment = a->device ? label_of(a->device)
	                       : xstrdup(a->rule.port ? a->rule.port : a->rule.hub);
	return 0;
}

int usb_assignment_make(
        const struct usb_request *request, struct usb_assignment *out, struct err *err)
{
	int r = check_text(request->device, err);

	*out = (struct usb_assignment){0};
	if (r == 0)
		r = make_rule(request, out, err);
	if (r == 0 && request->by != USB_BY_CONTROLLER) {
		write_keys(out);
		r = name_it(request, out, err);
	}
	if (r < 0)
		usb_assignment_finish(out);
	return r;
}
