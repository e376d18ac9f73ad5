/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/net_name.h"

#include "base/util.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define MAC_LENGTH 17 /* of its text */
#define PREFIX     "pt-"
#define KEPT       6 /* letters of a name that is too long */

int net_link_check(const char *name)
{
	size_t n = strlen(name);

	if (!n || n > NET_LINK_MAX || *name == '-' || streq(name, ".") || streq(name, ".."))
		return -EINVAL;
	for (; *name; name++) {
		/* The kernel lets all but these pass; with a quote or a control nobody names one. */
		if (!isgraph((unsigned char)*name) || strchr("/:,\"'\\%", *name))
			return -EINVAL;
	}
	return 0;
}

char *net_mac_parse(const char *text)
{
	char *mac;

	if (strlen(text) != MAC_LENGTH)
		return NULL;
	for (size_t i = 0; i < MAC_LENGTH; i++) {
		if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			return NULL;
	}
	/* The lowest bit of the first byte: a group's. All zeroes is nobody's. */
	if (strchr("13579bdfBDF", text[1]) || streq(text, "00:00:00:00:00:00"))
		return NULL;
	mac = xstrdup(text);
	for (char *c = mac; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return mac;
}

char *net_link_of_vm(const char *vm)
{
	if (strlen(vm) <= NET_LINK_MAX - strlen(PREFIX))
		return xasprintf(PREFIX "%s", vm);
	return xasprintf(PREFIX "%.*s%06x", KEPT, vm, (unsigned)(text_hash(vm, 0) & 0xffffff));
}

char *net_mac_of_vm(const char *vm, uint64_t seed)
{
	unsigned sum = (unsigned)text_hash(vm, seed);

	return xasprintf("52:54:00:%02x:%02x:%02x", sum >> 16 & 0xff, sum >> 8 & 0xff, sum & 0xff);
}
