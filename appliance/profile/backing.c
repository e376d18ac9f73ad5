/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile/backing.h"

#include "base/i18n.h"
#include "base/strv.h"

#include <errno.h>

static int parse_one(const char *word, struct profile_backings *out, struct err *err)
{
	static const char *const formats[] = {"raw", "qcow2"};
	const char *colon = strchr(word, ':');

	if (out->n == PROFILE_BACKING_MOST)
		return err_set(err, -EINVAL, _("an image stands on at most %d others"),
		        PROFILE_BACKING_MOST);
	for (size_t i = 0; colon && i < ARRAY_SIZE(formats); i++) {
		size_t n = strlen(formats[i]);

		if ((size_t)(colon - word) != n || strncmp(word, formats[i], n) != 0 ||
		        colon[1] != '/')
			continue;
		*list_append(out->list, out->n) =
		        (struct profile_backing){xstrdup(formats[i]), xstrdup(colon + 1)};
		return 0;
	}
	err_set(err, -EINVAL, _("\"%s\" is not FORMAT:FILE"), word);
	err_hint(err, _("write qcow2:/a/file or raw:/a/file, the file by its whole path, and | "
	                "between several"));
	return -EINVAL;
}

int profile_backings_parse(const char *text, struct profile_backings *out, struct err *err)
{
	cleanup_strv struct strv words = {0};
	int r = 0;

	*out = (struct profile_backings){0};
	if (!text)
		return 0;
	strv_split(&words, text, "|");
	strv_foreach (word, &words)
		r = r < 0 ? r : parse_one(*word, out, err);
	if (r < 0)
		profile_backings_finish(out);
	return r;
}

void profile_backings_finish(struct profile_backings *backings)
{
	for (size_t i = 0; i < backings->n; i++) {
		free(backings->list[i].format);
		free(backings->list[i].path);
	}
	free(backings->list);
	*backings = (struct profile_backings){0};
}

char *profile_backings_add(const char *format, const char *path, const char *rest)
{
	if (strpbrk(path, "|\n\r"))
		return NULL;
	return xasprintf("%s:%s%s%s", format, path, rest ? "|" : "", rest ? rest : "");
}
