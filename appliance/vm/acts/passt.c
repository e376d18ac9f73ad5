/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/passt.h"

#include "host/links.h"
#include "profile/forward.h"

/* "127.0.0.1/2222:22", "47998-48000:47998-48000"; caller frees. */
static char *spec(const struct forward *f)
{
	const char *slash = *f->address ? "/" : "";

	if (f->count == 1)
		return xasprintf("%s%s%u:%u", f->address, slash, f->port, f->guest);
	return xasprintf("%s%s%u-%u:%u-%u", f->address, slash, f->port, f->port + f->count - 1,
	        f->guest, f->guest + f->count - 1);
}

static void add_forwards(const struct forwards *forwards, bool udp, struct strv *args)
{
	const char *option = udp ? "-u" : "-t";
	bool none = true;

	for (size_t i = 0; i < forwards->n; i++) {
		if (forwards->list[i].udp != udp)
			continue;
		strv_add(args, option);
		strv_take(args, spec(&forwards->list[i]));
		none = false;
	}
	if (none) {
		strv_add(args, option);
		strv_add(args, "none");
	}
}

void passt_arguments(const char *forward, struct strv *args)
{
	cleanup(forwards_finish) struct forwards forwards = {0};

	forwards_parse(forward, &forwards, NULL);
	strv_add(args, PASST_PROGRAM);
	strv_add(args, "--foreground");
	strv_add(args, "--quiet");
	strv_add(args, "--fd");
	strv_add(args, "0");
	add_forwards(&forwards, false, args);
	add_forwards(&forwards, true, args);
}
