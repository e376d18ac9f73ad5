/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/reach.h"

#include "base/i18n.h"
#include "bus/text.h"

#include <stdio.h>

#define ROWS_MOST 64u /* a daemon of another version is no reason for an endless list */

/* Programs that ask for an address and know their ports themselves. */
static const struct {
	const char *service, *name;
	bool bare;
} services[] = {
        {"rdp", "RDP", false},
        {"ssh", "SSH", false},
        {"sunshine", "Sunshine", true},
        {"steam", "Steam", true},
};

struct row {
	const char *service, *protocol, *address;
	unsigned port, guest, count;
};

static bool take_port(const json_t *json, const char *key, unsigned *out)
{
	json_int_t n = json_integer_value(json_object_get(json, key));

	*out = n > 0 && n <= 65535 ? (unsigned)n : 0;
	return *out;
}

static const char *take_text(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "";
}

static bool take_row(const json_t *json, struct row *r)
{
	*r = (struct row){.service = take_text(json, "service"),
	        .protocol = take_text(json, "protocol"),
	        .address = take_text(json, "address")};
	return take_port(json, "port", &r->port) && take_port(json, "guest_port", &r->guest) &&
	       take_port(json, "count", &r->count);
}

static char *ports_of(const struct row *r)
{
	return r->count == 1 ? xasprintf("%u", r->port)
	                     : xasprintf("%u-%u", r->port, r->port + r->count - 1);
}

/* The name of what is there by what the guest's port is for; else the port. Caller frees. */
static char *name_of(const struct row *r, bool *bare)
{
	bool tcp = streq(r->protocol, "tcp");
	cleanup_free char *ports = ports_of(r);

	*bare = false;
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		if (!streq(services[i].service, r->service))
			continue;
		*bare = services[i].bare;
		return xstrdup(services[i].name);
	}
	if (tcp && r->count == 1 && (r->guest == 3389 || r->guest == 22))
		return xstrdup(r->guest == 22 ? "SSH" : "RDP");
	return xasprintf("%s %s", tcp ? "TCP" : "UDP", ports);
}

static void add_at(const struct row *r, const char *address, bool bare, struct strv *out)
{
	cleanup_free char *ports = ports_of(r), *clean = text_harmless(address, false);
	bool here = starts_with(address, "127.");

	strv_addf(out, "%s%s%s%s", clean, bare ? "" : ":", bare ? "" : ports,
	        here ? _(" (this PC only)") : "");
}

static void add_row(const struct row *r, const struct strv *addresses, struct reaches *out)
{
	bool bare;
	cleanup_free char *name = name_of(r, &bare);
	struct reach *reach;

	/* The first of a program's ports stands for all of them. */
	for (size_t i = 0; *r->service && i < out->n; i++)
		if (streq(out->list[i].name, name))
			return;
	reach = list_append(out->list, out->n);
	reach->name = take_ptr(name);
	if (*r->address) {
		add_at(r, r->address, bare, &reach->at);
		return;
	}
	strv_foreach (address, addresses)
		add_at(r, *address, bare, &reach->at);
}

void reaches_make(const json_t *forwards, const struct strv *addresses, struct reaches *out)
{
	const json_t *one;
	size_t i;

	*out = (struct reaches){0};
	json_array_foreach (forwards, i, one) {
		struct row row;

		if (out->n < ROWS_MOST && take_row(one, &row))
			add_row(&row, addresses, out);
	}
}

void reaches_finish(struct reaches *reaches)
{
	for (size_t i = 0; i < reaches->n; i++) {
		free(reaches->list[i].name);
		strv_finish(&reaches->list[i].at);
	}
	free(reaches->list);
	*reaches = (struct reaches){0};
}

char *reach_text(const struct reach *reach)
{
	return reach->at.n ? strv_join(&reach->at, ", ") : xstrdup(_("this PC is on no network"));
}
