/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/default/grub as anybody may have left it: any text is read, and each variable is known or says why not.
 * clang -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iappliance -I. tests/fuzz/grub_defaults_fuzz.c
 *	host-setup/grub_defaults.c, and of appliance/base what it needs
 */
#include "host-setup/grub_defaults.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);

	for (enum grub_shell shell = GRUB_SHELL_UNKNOWN; shell <= GRUB_SHELL_BASH; shell++) {
		struct grub_defaults defaults = {0};

		grub_defaults_read(&defaults, text, "grub", shell);
		grub_defaults_read(&defaults, text, "again.cfg", shell);
		for (size_t i = 0; i < defaults.n; i++) {
			const struct grub_default *d = &defaults.list[i];

			if (!*d->name || !d->source || !d->value == !d->why)
				abort();
			if (defaults.broken && d->value)
				abort();
		}
		grub_defaults_finish(&defaults);
	}
	return 0;
}
