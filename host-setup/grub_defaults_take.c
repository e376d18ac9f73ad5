/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files grub-mkconfig would source on this PC, and by which shell. */
#include "grub_defaults.h"

static enum grub_shell find_shell(const struct root *root)
{
	cleanup_free char *name = root_link_name(root, "/bin/sh");

	if (!name)
		name = root_link_name(root, "/usr/bin/sh");
	if (!name)
		return GRUB_SHELL_UNKNOWN;
	return streq(name, "dash")   ? GRUB_SHELL_DASH
	       : streq(name, "bash") ? GRUB_SHELL_BASH
	                             : GRUB_SHELL_UNKNOWN;
}

static void take_file(
        const struct root *root, const char *path, enum grub_shell shell, struct grub_defaults *out)
{
	cleanup_free char *text = root_read(root, path);

	if (text)
		grub_defaults_read(out, text, path, shell);
}

/* Debian's grub-mkconfig reads the folder, others' do not. */
static bool reads_folder(const struct root *root)
{
	static const char *const paths[] = {
	        "/usr/sbin/grub-mkconfig", "/usr/sbin/grub2-mkconfig", "/usr/bin/grub-mkconfig"};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		cleanup_free char *script = root_read(root, paths[i]);

		if (script && *script)
			return strstr(script, "default/grub.d");
	}
	return true;
}

void grub_defaults_take(const struct root *root, struct grub_defaults *out)
{
	enum grub_shell shell = find_shell(root);
	struct strv cleanup_strv names = {0};

	*out = (struct grub_defaults){0};
	take_file(root, GRUB_DEFAULTS, shell, out);
	if (!reads_folder(root))
		return;
	root_list(root, GRUB_DEFAULTS_FOLDER, &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf(GRUB_DEFAULTS_FOLDER "/%s", *name);

		if (ends_with(*name, ".cfg") && **name != '.')
			take_file(root, path, shell, out);
	}
}

void grub_defaults_finish(struct grub_defaults *defaults)
{
	for (size_t i = 0; i < defaults->n; i++) {
		free(defaults->list[i].name);
		free(defaults->list[i].value);
		free(defaults->list[i].why);
		free(defaults->list[i].source);
	}
	free(defaults->list);
	free(defaults->doubt);
	free(defaults->broken);
	*defaults = (struct grub_defaults){0};
}

const struct grub_default *grub_defaults_get(const struct grub_defaults *defaults, const char *name)
{
	for (size_t i = 0; i < defaults->n; i++) {
		if (streq(defaults->list[i].name, name))
			return &defaults->list[i];
	}
	return NULL;
}
