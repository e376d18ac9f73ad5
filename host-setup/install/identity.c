/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "identity.h"

#include "base/i18n.h"
#include "base/strv.h"

#include <ctype.h>
#include <errno.h>

#define PARTUUID "PARTUUID="

static bool is_uuid(const char *s)
{
	return strlen(s) == 36 && strspn(s, "0123456789abcdefABCDEF-") == 36;
}

static void keep(const char *uuid, char out[37])
{
	for (size_t i = 0; i < 37; i++)
		out[i] = (char)tolower((unsigned char)uuid[i]);
}

static void read_line(const char *line, struct identity *out)
{
	cleanup_strv struct strv words = {0};
	const char *uuid;

	strv_split(&words, line, " \t");
	if (words.n < 2 || !starts_with(words.list[0], PARTUUID))
		return;
	uuid = words.list[0] + strlen(PARTUUID);
	if (!is_uuid(uuid))
		return;
	if (streq(words.list[1], "/"))
		keep(uuid, out->root);
	else if (streq(words.list[1], "/boot/efi"))
		keep(uuid, out->esp);
}

static int not_ours(struct err *err, const char *why)
{
	err_set(err, -ENOENT, "%s", why);
	err_hint(err,
	        _("start this PC from a stick with Playthrough's image, and install from there"));
	err_code(err, CODE_INSTALL_IMAGE);
	return -ENOENT;
}

int identity_read(const char *fstab, struct identity *out, struct err *err)
{
	cleanup_strv struct strv lines = {0};

	*out = (struct identity){0};
	strv_split(&lines, fstab, "\n");
	strv_foreach (line, &lines)
		read_line(*line, out);
	if (out->root[0] && out->esp[0])
		return 0;
	return not_ours(
	        err, _("/etc/fstab does not name / and /boot/efi by PARTUUID, as that of an image "
	               "does"));
}

int identity_take(const struct root *root, struct identity *out, struct err *err)
{
	cleanup_free char *fstab = root_read(root, "/etc/fstab");
	cleanup_free char *token = root_read(root, "/etc/kernel/entry-token");

	if (!root_exists(root, "/etc/playthrough-image"))
		return not_ours(err, _("there is no /etc/playthrough-image, which an image has"));
	if (!token || !streq(token, "playthrough"))
		return not_ours(err, _("/etc/kernel/entry-token does not say \"playthrough\", as "
		                       "that of an image does"));
	return identity_read(fstab ? fstab : "", out, err);
}

static char *replace(const char *text, const char *old, const char *new)
{
	char *out = xstrdup(text);

	for (char *at = out; (at = strcasestr(at, old)); at += 36)
		memcpy(at, new, 36);
	return out;
}

char *identity_replace(const char *text, const struct identity *old, const struct identity *new)
{
	cleanup_free char *root = replace(text, old->root, new->root);

	return replace(root, old->esp, new->esp);
}
