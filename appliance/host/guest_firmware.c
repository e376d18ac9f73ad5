/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/guest_firmware.h"

#include <fnmatch.h>
#include <jansson.h>

/* Later ones have precedence; an empty file there hides one of the same name. */
static const char *const folders[] = {"/usr/share/qemu/firmware", "/etc/qemu/firmware"};

#define MACHINE "pc-q35-7.2" /* stands for any: the descriptions hold patterns */

static bool has_word(const json_t *list, const char *word)
{
	const json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		const char *text = json_string_value(item);

		if (text && streq(text, word))
			return true;
	}
	return false;
}

static bool fits_machine(const json_t *targets)
{
	const json_t *target, *pattern;
	size_t i, j;

	json_array_foreach (targets, i, target) {
		const char *architecture =
		        json_string_value(json_object_get(target, "architecture"));

		if (!architecture || !streq(architecture, "x86_64"))
			continue;
		json_array_foreach (json_object_get(target, "machines"), j, pattern) {
			const char *text = json_string_value(pattern);

			if (text && fnmatch(text, MACHINE, 0) == 0)
				return true;
		}
	}
	return false;
}

/* {"filename": PATH, "format": "raw"} */
static const char *raw_file(const json_t *mapping, const char *part)
{
	const json_t *file = json_object_get(mapping, part);
	const char *format = json_string_value(json_object_get(file, "format"));
	const char *name = json_string_value(json_object_get(file, "filename"));

	return format && streq(format, "raw") && name && *name == '/' ? name : NULL;
}

/* In flash, with the variables in a file of their own, which is so where nothing is said. */
static bool is_split_flash(const json_t *mapping)
{
	const char *device = json_string_value(json_object_get(mapping, "device"));
	const char *mode = json_string_value(json_object_get(mapping, "mode"));

	return device && streq(device, "flash") && (!mode || streq(mode, "split"));
}

static bool read_description(const json_t *all, struct guest_firmware *out)
{
	const json_t *mapping = json_object_get(all, "mapping");
	const json_t *features = json_object_get(all, "features");
	const char *code = raw_file(mapping, "executable");
	const char *variables = raw_file(mapping, "nvram-template");

	if (!has_word(json_object_get(all, "interface-types"), "uefi") ||
	        !is_split_flash(mapping) || !code || !variables ||
	        !fits_machine(json_object_get(all, "targets")))
		return false;
	*out = (struct guest_firmware){.code = xstrdup(code),
	        .variables = xstrdup(variables),
	        .secure_boot = has_word(features, "secure-boot"),
	        .enrolled = has_word(features, "enrolled-keys"),
	        .smm = has_word(features, "requires-smm")};
	return true;
}

static void take_file(const struct root *root, const char *name, struct guest_firmwares *out)
{
	struct guest_firmware firmware;

	for (size_t i = ARRAY_SIZE(folders); i-- > 0;) {
		cleanup_free char *path = xasprintf("%s/%s", folders[i], name);
		cleanup_free char *text = root_read(root, path);
		json_t *all = text ? json_loads(text, 0, NULL) : NULL;

		if (read_description(all, &firmware)) {
			firmware.descriptor = take_ptr(path);
			*list_append(out->list, out->n) = firmware;
		}
		json_decref(all);
		if (text)
			return;
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void guest_firmwares_take(const struct root *root, struct guest_firmwares *out)
{
	cleanup_strv struct strv names = {0};

	*out = (struct guest_firmwares){0};
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		cleanup_strv struct strv here = {0};

		root_list(root, folders[i], &here);
		strv_foreach (name, &here)
			if (ends_with(*name, ".json") && !strv_has(&names, *name))
				strv_add(&names, *name);
	}
	if (names.n)
		qsort(names.list, names.n, sizeof(*names.list), by_name);
	strv_foreach (name, &names)
		take_file(root, *name, out);
}

void guest_firmwares_finish(struct guest_firmwares *firmwares)
{
	for (size_t i = 0; i < firmwares->n; i++) {
		free(firmwares->list[i].descriptor);
		free(firmwares->list[i].code);
		free(firmwares->list[i].variables);
	}
	free(firmwares->list);
	*firmwares = (struct guest_firmwares){0};
}
