/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listings from a stranger: any text is read, each function once, and the report on it can be written.
 * clang -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iappliance -I. tests/fuzz/listing_fuzz.c
 *	host-setup/{listing*,explain,explain_gpus,check*}.c, all C files of appliance/host and appliance/base,
 *	-lpci -ljansson
 */
#include "host-setup/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_order(const struct listing *listing)
{
	for (size_t i = 1; i < listing->n; i++) {
		if (pci_addr_compare(listing->list[i - 1].addr, listing->list[i].addr) >= 0)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strv cleanup_strv names = {0}, texts = {0};
	struct explained explained;
	json_t *document;

	strv_add(&names, "-");
	strv_take(&texts, xstrndup((const char *)data, size));
	explain_run(&names, &texts, &explained);
	check_order(&explained.listing);
	document = explain_json(&explained);
	if (!document || check_exit_code(&explained.report) == 1)
		abort();
	json_decref(document);
	explain_finish(&explained);
	return 0;
}
