/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/net_name.h"

#include "base/util.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#define MAC_LENGTH 17 /* of its text */
#define PREFIX     "pt-"
#define KEPT       6   /* letters of a name that is too long */
#define BETWEEN    "_" /* VM and card: in no VM's name */

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

char *net_card_of_vm(const char *vm, const char *card)
{
	return xasprintf("%s%s%s", vm, *card ? BETWEEN : "", card);
}

char *net_link_of_vm(const char *vm, const char *card)
{
	cleanup_free char *name = net_card_of_vm(vm, card);
	const char *mark = *card ? BETWEEN : "";

	if (strlen(name) <= NET_LINK_MAX - strlen(PREFIX))
		return xasprintf(PREFIX "%s", name);
	return xasprintf(PREFIX "%.*s%s%06x", (int)(KEPT - strlen(mark)), vm, mark,
	        (unsigned)(text_hash(name, 0) & 0xffffff));
}

char *net_mac_of_vm(const char *vm, const char *card, uint64_t seed)
{
	cleanup_free char *name = net_card_of_vm(vm, card);
	unsigned sum = (unsigned)text_hash(name, seed);

	return xasprintf("52:54:00:%02x:%02x:%02x", sum >> 16 & 0xff, sum >> 8 & 0xff, sum & 0xff);
}
