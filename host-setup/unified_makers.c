/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unified_makers.h"
#include "unified.h"

#include <strings.h>

/* What stands right of "=" in @line is a file named @file. */
static bool names_file(const char *line, const char *file)
{
	const char *value = strchr(line, '=') + 1;
	cleanup_free char *path = xstrdup(value + strspn(value, "\"'"));
	const char *slash;

	path[strcspn(path, "\"'# \t")] = '\0';
	slash = strrchr(path, '/');
	return slash && !strcasecmp(slash + 1, file);
}

/* Of mkinitcpio's presets (mkinitcpio(8)): "default_uki=/efi/EFI/Linux/arch-linux.efi", earlier default_efi_image=. */
static bool preset_makes(const struct root *root, const char *preset, const char *file)
{
	cleanup_free char *text = root_readf(root, "/etc/mkinitcpio.d/%s", preset);
	struct strv cleanup_strv lines = {0};

	strv_split(&lines, text ? text : "", "\n");
	strv_foreach (line, &lines) {
		const char *name = strip(*line), *equals = strchr(name, '=');
		cleanup_free char *key = equals ? xstrndup(name, (size_t)(equals - name)) : NULL;

		if (key && *key != '#' &&
		        (ends_with(key, "_uki") || ends_with(key, "_efi_image")) &&
		        names_file(name, file))
			return true;
	}
	return false;
}

bool unified_made_by_mkinitcpio(const struct root *root, const char *file)
{
	struct strv cleanup_strv names = {0};

	root_list(root, "/etc/mkinitcpio.d", &names);
	strv_foreach (name, &names) {
		if (ends_with(*name, ".preset") && preset_makes(root, *name, file))
			return true;
	}
	return false;
}

static bool says_uki(const struct root *root, const char *path)
{
	cleanup_free char *text = root_read(root, path);
	struct strv cleanup_strv lines = {0};

	strv_split(&lines, text ? text : "", "\n");
	strv_foreach (line, &lines) {
		if (streq(strip(*line), "layout=uki"))
			return true;
	}
	return false;
}

/* kernel-install(8): install.conf and its drop-ins. */
bool unified_made_by_kernel_install(const struct root *root)
{
	static const char *const places[] = {
	        "/etc/kernel", "/run/kernel", "/usr/local/lib/kernel", "/usr/lib/kernel"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		cleanup_free char *main = xasprintf("%s/install.conf", places[i]);
		cleanup_free char *folder = xasprintf("%s.d", main);
		struct strv cleanup_strv names = {0};

		if (says_uki(root, main))
			return true;
		root_list(root, folder, &names);
		strv_foreach (name, &names) {
			cleanup_free char *path = xasprintf("%s/%s", folder, *name);

			if (ends_with(*name, ".conf") && says_uki(root, path))
				return true;
		}
	}
	return false;
}

bool unified_by_mkinitcpio(const struct root *root, const char *boot)
{
	cleanup_free char *folder = xasprintf("%s" UNIFIED_FOLDER, boot);
	struct strv cleanup_strv names = {0};

	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		if (unified_made_by_mkinitcpio(root, *name))
			return true;
	}
	return false;
}
