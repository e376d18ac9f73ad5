/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usb show: all about one device, as a page. */
#include "base/i18n.h"
#include "bus/text.h"
#include "cli.h"
#include "cli_usb.h"

#define INDENT 2
#define GAP    2

/* A line of the page, kept until the widest title is known. */
struct facts {
	struct fact {
		const char *title; /* translated */
		char *text;        /* harmless */
	} * list;
	size_t n;
};

/* Takes @text; nothing is said where it is empty or "-". */
static void add(struct facts *facts, const char *title, char *text)
{
	if (*text && !streq(text, "-"))
		*list_append(facts->list, facts->n) = (struct fact){title, text};
	else
		free(text);
}

static void add_member(
        struct facts *facts, const char *title, const json_t *object, const char *key)
{
	add(facts, title, cli_member(object, key));
}

/* "a socket within reach, usb1-port2 and usb2-port1" */
static char *socket_text(const json_t *socket)
{
	const char *words =
	        usb_connect_words(json_string_value(json_object_get(socket, "connect_type")));
	cleanup_free char *usb2 = cli_member(socket, "usb2"), *usb3 = cli_member(socket, "usb3");
	bool both = !streq(usb2, "-") && !streq(usb3, "-");

	return xasprintf("%s%s%s%s%s", words ? words : "", words ? ", " : "",
	        streq(usb2, "-") ? "" : usb2, both ? _(" and ") : "", streq(usb3, "-") ? "" : usb3);
}

static void add_place(struct facts *facts, const json_t *device, const json_t *socket)
{
	json_int_t cuts = json_integer_value(json_object_get(socket, "over_current"));
	cleanup_free char *bus = cli_member(device, "busnum");
	cleanup_free char *number = cli_member(device, "devnum");
	cleanup_free char *sysname = cli_member(device, "sysname");

	add_member(facts, _("port"), device, "port");
	if (socket)
		add(facts, _("socket"), socket_text(socket));
	if (cuts > 0)
		add(facts, _("over-current"),
		        xasprintf(_("the power of this socket was cut off %lld times since boot"),
		                (long long)cuts));
	add(facts, _("device"), xasprintf(_("%s, number %s on bus %s"), sysname, number, bus));
}

static void add_use(struct facts *facts, const json_t *device)
{
	add_member(facts, _("drivers"), device, "driver");
	add(facts, _("the host"), usb_join_words(json_object_get(device, "host_uses")));
	add_member(facts, _("VM"), device, "vm");
}

static void add_power(struct facts *facts, const json_t *descriptors)
{
	bool own = json_is_true(json_object_get(descriptors, "self_powered"));
	json_int_t ma = json_integer_value(json_object_get(descriptors, "power_ma"));

	add(facts, _("power"),
	        xasprintf(own ? _("its own, and up to %lld mA from the socket")
	                      : _("up to %lld mA from the socket"),
	                (long long)ma));
	if (json_is_true(json_object_get(descriptors, "remote_wakeup")))
		add(facts, _("wake-up"), xstrdup(_("it can wake this PC")));
}

static void add_nature(struct facts *facts, const json_t *device, const json_t *descriptors)
{
	const char *kind = json_string_value(json_object_get(device, "kind"));

	add(facts, _("kind"), xstrdup(usb_kind_words(kind)));
	add_member(facts, _("identity"), device, "id");
	add_member(facts, _("serial number"), device, "serial");
	add(facts, _("speed"), usb_speed_words(json_object_get(device, "speed_mbps")));
	if (descriptors) {
		add_member(facts, _("USB"), descriptors, "usb");
		add_power(facts, descriptors);
	}
	if (json_is_true(json_object_get(device, "isochronous")))
		add(facts, _("fixed-time streams"),
		        xstrdup(_("yes (isochronous), as sound and pictures need them")));
}

static size_t columns_of(const char *text)
{
	return page_columns(text, strlen(text));
}

static void put_facts(const struct page *page, struct facts *facts)
{
	size_t widest = 0;

	for (size_t i = 0; i < facts->n; i++) {
		size_t wide = columns_of(facts->list[i].title);

		widest = wide > widest ? wide : widest;
	}
	for (size_t i = 0; i < facts->n; i++) {
		const struct fact *f = &facts->list[i];
		size_t at = INDENT + widest + 1 + GAP;

		page_blank(page, INDENT);
		page_paint(page, PAGE_DIM, f->title);
		fputc(':', page->out);
		page_blank(page, widest - columns_of(f->title) + GAP);
		page_wrap(page, NULL, at, at, f->text);
		free(f->text);
	}
	free(facts->list);
}

static const char *transfer_of(const json_t *endpoint, const char *key)
{
	return usb_transfer_words(json_string_value(json_object_get(endpoint, key)));
}

static void put_endpoint(const struct page *page, const json_t *e)
{
	cleanup_free char *address = cli_member(e, "address");
	cleanup_free char *bytes = cli_member(e, "max_packet");
	cleanup_free char *interval = cli_member(e, "interval");

	fprintf(page->out, _("    endpoint %s: %s, %s, %s bytes, interval %s\n"), address,
	        transfer_of(e, "direction"), transfer_of(e, "type"), bytes, interval);
}

static void put_interface(const struct page *page, const json_t *interface)
{
	cleanup_free char *number = cli_member(interface, "number");
	cleanup_free char *alternate = cli_member(interface, "alternate");
	cleanup_free char *class = cli_member(interface, "class");
	const char *words = usb_class_words(class);
	const json_t *endpoint;
	size_t i;

	fprintf(page->out, _("  interface %s, setting %s: class %s%s%s\n"), number, alternate,
	        class, words ? ", " : "", words ? words : "");
	json_array_foreach (json_object_get(interface, "endpoints"), i, endpoint)
		put_endpoint(page, endpoint);
}

static void put_descriptors(
        const struct page *page, const json_t *descriptors, const struct err *err)
{
	const json_t *interface;
	size_t i;

	if (!descriptors) {
		cleanup_free char *why = text_harmless(err->message, false);

		page_blank(page, INDENT);
		page_wrap(page, PAGE_YELLOW, INDENT, INDENT, why);
		return;
	}
	json_array_foreach (json_object_get(descriptors, "interfaces"), i, interface)
		put_interface(page, interface);
}

void usb_page_print(const struct page *page, const json_t *device, const json_t *socket,
        const json_t *descriptors, const struct err *err)
{
	cleanup_free char *name = cli_member(device, "name");
	struct facts facts = {0};

	page_paint(page, PAGE_BOLD, name);
	fputc('\n', page->out);
	add_nature(&facts, device, descriptors);
	add_place(&facts, device, socket);
	add_use(&facts, device);
	put_facts(page, &facts);
	put_descriptors(page, descriptors, err);
}
