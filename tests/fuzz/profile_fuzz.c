/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles from a stranger: any text is read or refused, and what was read is written back the same.
 * clang -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iappliance tests/fuzz/profile_fuzz.c
 *	all C files of appliance/profile, and of appliance/base what they need
 */
#include "profile/problems.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_edit(const char *text, size_t size)
{
	struct err err = {0};
	/* The end of the input serves as a value. */
	const char *value = text + size - size % 40;
	cleanup_free char *edited = profile_edit(text, "disk games", "serial", value, &err);
	cleanup_free char *removed =
	        edited ? profile_edit(edited, "disk games", "serial", NULL, &err) : NULL;

	if (edited && !removed)
		abort();
}

/* A whole section goes in and comes out, and every byte of others stays. */
static void try_section(const char *text)
{
	struct err err = {0};
	cleanup_free char *added =
	        profile_add_section(text, "Wheel", "usb wheel", "id=046d:c24f\n", &err);
	cleanup_free char *removed =
	        added ? profile_remove_section(added, "usb wheel", &err) : NULL;

	if (added ? !removed || !streq(removed, text) : !err.message[0])
		abort();
}

/* Good for both, or with faults for both, each with a place. */
static void try_problems(const char *text, bool good)
{
	char *files[] = {(char *)"fuzz.profile", NULL};
	const struct strv all = {files, 1};
	struct profile_problems problems = {0};
	struct profile profile;

	if ((profile_problems_find(&all, text, &profile, &problems) == 0) != good)
		abort();
	if (good)
		profile_finish(&profile);
	for (size_t i = 0; i < problems.n; i++)
		if (problems.list[i].line < 0 || !problems.list[i].err.message[0])
			abort();
	if (problems.n > PROFILE_PROBLEMS_MAX || !problems.n != good)
		abort();
	profile_problems_finish(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);
	struct profile profile, again;
	struct err err = {0};

	try_edit(text, strlen(text));
	try_section(text);
	if (profile_parse(text, "fuzz.profile", &profile, &err) < 0) {
		if (!err.message[0] || !err.hint[0])
			abort();
		try_problems(text, false);
		return 0;
	}
	try_problems(text, true);
	{
		cleanup_free char *first = profile_write(&profile), *second = NULL;

		if (profile_parse(first, "fuzz.profile", &again, &err) < 0)
			abort();
		second = profile_write(&again);
		if (!streq(first, second))
			abort();
		profile_finish(&again);
	}
	profile_finish(&profile);
	return 0;
}
