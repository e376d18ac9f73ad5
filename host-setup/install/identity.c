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

int identity_read(const char *fstab, struct identity *out, struct err *err)
{
	cleanup_strv struct strv lines = {0};

	*out = (struct identity){0};
	strv_split(&lines, fstab, "\n");
	strv_foreach (line, &lines)
		read_line(*line, out);
	if (out->root[0] && out->esp[0])
		return 0;
	err_set(err, -ENOENT,
	        _("/etc/fstab does not name / and /boot/efi by PARTUUID, as that of an image "
	          "does"));
	err_hint(err,
	        _("start this PC from a stick with Playthrough's image, and install from there"));
	err_code(err, CODE_INSTALL_IMAGE);
	return -ENOENT;
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
