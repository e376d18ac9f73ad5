/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The address of a disk on the network, as a profile that somebody brought may have it. No part of it may hold a comma. */
#include "profile/disk_url.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *part)
{
	if (part && strpbrk(part, ",=?&%\"\n"))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);
	struct disk_url url;
	struct err err;

	if (disk_url_parse(text, &url, &err) < 0)
		return 0;
	check(url.host);
	check(url.socket);
	check(url.name);
	check(url.pool);
	check(url.user);
	disk_url_finish(&url);
	return 0;
}
