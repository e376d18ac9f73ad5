/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A boot entry that somebody else wrote: ours is made from it or not, and is read back with our parts in it.
 */
#include "base/util.h"
#include "host-setup/loader_entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void derive(const struct loader_entry *stock)
{
	cleanup_free char *text =
	        loader_entry_derive(stock, "stock.conf", "/playthrough.cpio", "playthrough=1");
	struct loader_entry own;
	cleanup_free char *options = NULL;

	if (!text)
		return;
	loader_entry_parse(text, &own);
	options = loader_entry_options(&own);
	if (!ends_with(options, "playthrough=1") || !strstr(text, "initrd /playthrough.cpio\n") ||
	        !streq(loader_entry_get(&own, "linux"), loader_entry_get(stock, "linux")))
		abort();
	loader_entry_finish(&own);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);
	cleanup_free char *name = loader_entry_own_name(text);
	struct loader_entry stock;

	if (!loader_entry_is_own(name))
		abort();
	loader_entry_parse(text, &stock);
	derive(&stock);
	loader_entry_finish(&stock);
	return 0;
}
