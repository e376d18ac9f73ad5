/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel command lines and modprobe.d as anybody may have left them.
 * clang -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iappliance -I. tests/fuzz/existing_fuzz.c
 *	host-setup/existing.c host-setup/grub_defaults.c appliance/host/attr.c, and of appliance/base what they need
 */
#include "host-setup/existing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);
	struct existing existing = {0};

	existing_read_cmdline(&existing, text, "/proc/cmdline");
	existing_read_modprobe(&existing, text, "a.conf");
	for (size_t i = 0; i < existing.n; i++) {
		if (!existing.list[i].source || !existing.list[i].text)
			abort();
	}
	existing_finish(&existing);
	return 0;
}
