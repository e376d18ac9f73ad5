/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * EFI load options from firmware of any maker: any bytes are read or refused, and the text that leaves is clean.
 * clang -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iappliance -I. tests/fuzz/efi_boot_fuzz.c
 *	host-setup/efi_boot.c host-setup/boot_chain.c appliance/host/attr.c, and of appliance/base what they need
 */
#include "host-setup/boot_chain.h"
#include "host/attr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_clean(const char *text)
{
	cleanup_free char *again = xstrdup(text);

	if (text && (!streq(text_clean(again), text) || strchr(text, '\n')))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct efi_option option;

	boot_program_of_image(data, size);
	if (efi_option_parse(data, size, &option) < 0)
		return 0;
	expect_clean(option.description);
	expect_clean(option.file);
	expect_clean(option.arguments);
	if (option.file)
		boot_program_of_file(option.file);
	efi_option_finish(&option);
	return 0;
}
