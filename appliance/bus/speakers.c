/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/speakers.h"
#include "base/i18n.h"
#include "base/util.h"

#include <errno.h>
#include <stdio.h>

/* It becomes part of a file's name where catalogues are looked for. */
static bool is_code(const char *code)
{
	size_t n = strspn(code, "abcdefghijklmnopqrstuvwxyz");

	return (n == 2 || n == 3) && !code[n];
}

static struct speaker *find(struct speakers *speakers, const char *name)
{
	struct speaker *oldest = &speakers->list[0];

	for (size_t i = 0; i < SPEAKERS_MOST; i++) {
		struct speaker *speaker = &speakers->list[i];

		if (speaker->said && streq(speaker->name, name))
			return speaker;
		if (speaker->said < oldest->said)
			oldest = speaker;
	}
	return oldest;
}

int speakers_set(struct speakers *speakers, const char *name, const char *code, struct err *err)
{
	struct speaker *speaker;

	if (!is_code(code) || strlen(name) > SPEAKER_NAME_MOST)
		return err_set(err, -EINVAL, _("a language is two or three letters, such as ru"));
	speaker = find(speakers, name);
	snprintf(speaker->name, sizeof(speaker->name), "%s", name);
	snprintf(speaker->code, sizeof(speaker->code), "%s", code);
	speaker->said = ++speakers->clock;
	return 0;
}

const char *speakers_code(const struct speakers *speakers, const char *name)
{
	for (size_t i = 0; i < SPEAKERS_MOST; i++)
		if (speakers->list[i].said && streq(speakers->list[i].name, name))
			return speakers->list[i].code;
	return NULL;
}
