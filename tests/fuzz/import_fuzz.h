/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A machine from a stranger: it is refused with a line, or what is made of it is a profile that can be read. */
#ifndef IMPORT_FUZZ_H
#define IMPORT_FUZZ_H

#include "move/import.h"
#include "profile/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void import_any(enum import_format format, const uint8_t *data, size_t size)
{
	static struct import_pc_function functions[] = {{.address = {0, 1, 0, 0},
	                                                        .vendor = 0x10de,
	                                                        .device = 0x1e07,
	                                                        .class_code = 0x30000},
	        {.address = {0, 1, 0, 1},
	                .vendor = 0x10de,
	                .device = 0x10f7,
	                .class_code = 0x40300},
	        {.address = {0, 0, 2, 0},
	                .vendor = 0x8086,
	                .device = 0x3e92,
	                .class_code = 0x30000}};
	const struct import_pc pc = {.functions = functions, .n_functions = 3, .processors = 16};
	const struct import_source source = {
	        .file = "fuzz", .folder = "/srv", .as = "fuzz", .format = format};
	struct profile profile;
	struct import import;
	struct err err = {0};

	if (import_read((const char *)data, size, &source, &pc, &import, &err) < 0) {
		if (!err.message[0] || !starts_with(err.message, "fuzz"))
			abort();
		return;
	}
	if (profile_parse(import.text, "fuzz.profile", &profile, &err) < 0)
		abort();
	profile_finish(&profile);
	for (size_t i = 0; i < import.n_notes; i++)
		if (import.notes[i].fate != IMPORT_CARRIED && !import.notes[i].why)
			abort();
	import_finish(&import);
}

#endif
