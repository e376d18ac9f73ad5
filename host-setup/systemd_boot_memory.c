/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "systemd_boot_memory.h"
#include "efi_boot.h"
#include "own_entries.h"

#include "base/child.h"
#include "base/i18n.h"

#include <errno.h>
#include <strings.h>

#define TOOL_TIMEOUT_MS (60u * 1000)

bool systemd_boot_remembers(const struct root *root, char **why)
{
	*why = NULL;
	if (root_exists(root, EFIVAR_INFO))
		return true;
	*why = xasprintf(_("systemd-boot has left no variables in %s"), EFI_VARIABLES);
	return false;
}

static int bootctl(const char *verb, const char *what, struct err *err)
{
	char *argv[] = {(char *)"bootctl", (char *)verb, (char *)what, NULL};

	return child_check(argv, NULL, TOOL_TIMEOUT_MS, err);
}

/* Ours @own was made from the unified image that the loader names @image. */
static bool is_of_image(const char *own, const char *image)
{
	size_t n = strlen(image);

	return ends_with(image, ".efi") && own[0] == '~' && !strncasecmp(own + 1, image, n) &&
	       (own[1 + n] == '~' || own[1 + n] == '-');
}

/* Our counterpart of the entry that this system was started by; NULL: there is none. Caller frees. */
static char *own_of_booted(const struct root *root, const char *folder)
{
	cleanup_free char *booted = efivar_text(root, EFIVAR_BOOTED);
	cleanup_free char *name = booted && !loader_entry_is_own(booted)
	                                  ? loader_entry_own_name(booted)
	                                  : xstrdup(booted);
	struct strv cleanup_strv own = {0};

	own_entries_list(root, folder, &own);
	strv_foreach (path, &own) {
		const char *file = strrchr(*path, '/') + 1;

		/* The loader tells it in small letters. */
		if (name && !strcasecmp(file, name))
			return xstrdup(name);
		if (booted && is_of_image(file, booted))
			return xstrdup(file);
	}
	return NULL;
}

int systemd_boot_try_once(const struct root *root, const char *folder, struct err *err)
{
	cleanup_free char *name = own_of_booted(root, folder);

	if (!name)
		name = own_entries_newest(root, folder, NULL);
	if (!name)
		return err_set(err, -ENOENT, _("there is no entry of ours to be tried"));
	return bootctl("set-oneshot", name, err);
}

/* The kernel that our entry @name starts, as far as the entry or its name tell. */
static bool starts_kernel(
        const struct root *root, const char *folder, const char *name, const char *kernel)
{
	cleanup_free char *text = folder ? root_readf(root, "%s/%s", folder, name) : NULL;
	struct loader_entry entry;
	const char *version;
	bool is;

	if (!text)
		return false;
	loader_entry_parse(text, &entry);
	version = loader_entry_get(&entry, "version");
	/* An entry written by hand names a file whose kernel changes below it: it is the one that ran. */
	is = !version || streq(version, kernel);
	loader_entry_finish(&entry);
	return is;
}

int systemd_boot_keep(
        const struct root *root, const char *folder, const char *kernel, struct err *err)
{
	cleanup_free char *booted = efivar_text(root, EFIVAR_BOOTED);

	/* The very one that was found well: try_new() sees to those that come later. */
	if (booted && loader_entry_is_own(booted) && starts_kernel(root, folder, booted, kernel))
		return bootctl("set-default", booted, err);
	err_set(err, -EINVAL,
	        _("this start took kernel %s, and the entry \"Playthrough\" that would become the "
	          "default starts another one"),
	        kernel);
	err_hint(err, _("start that entry and run verify there; until then the stock entry is the "
	                "default"));
	err_code(err, CODE_BOOT_KERNEL);
	return -EINVAL;
}

static bool is_own_variable(const struct root *root, const char *path)
{
	cleanup_free char *value = efivar_text(root, path);

	return value && strstr(value, "~playthrough");
}

bool systemd_boot_is_kept(const struct root *root, const char *folder)
{
	cleanup_free char *kept = efivar_text(root, EFIVAR_DEFAULT);
	cleanup_free char *booted = efivar_text(root, EFIVAR_BOOTED);
	bool newer = kept && booted && loader_entry_is_own(booted) &&
	             loader_entry_same_line(booted, kept) && loader_entry_compare(booted, kept) > 0;
	bool gone = kept && folder && !own_entries_holds(root, folder, kept);

	return is_own_variable(root, EFIVAR_DEFAULT) && !newer && !gone;
}

int systemd_boot_try_new(const struct root *root, const char *folder, struct err *err)
{
	cleanup_free char *kept = efivar_text(root, EFIVAR_DEFAULT);
	cleanup_free char *newest = own_entries_newest(root, folder, kept);

	if (!kept || !loader_entry_is_own(kept) || !newest || !strcasecmp(kept, newest))
		return 0;
	return bootctl("set-oneshot", newest, err);
}

char *systemd_boot_choice(const struct root *root)
{
	return is_own_variable(root, EFIVAR_DEFAULT) ? NULL : efivar_text(root, EFIVAR_DEFAULT);
}

int systemd_boot_forget(const struct root *root, const char *before, struct err *err)
{
	int r = 0;

	if (is_own_variable(root, EFIVAR_ONCE))
		r = bootctl("set-oneshot", "", err);
	if (r == 0 && is_own_variable(root, EFIVAR_DEFAULT))
		r = bootctl("set-default", before ? before : "", err);
	return r;
}
