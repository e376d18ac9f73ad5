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

/* On a private socket nobody has a name: there the connection is who speaks. */
static char *speaker_of(sd_bus_message *call)
{
	const char *sender = sd_bus_message_get_sender(call);

	return sender ? xstrdup(sender) : xasprintf("%p", (void *)sd_bus_message_get_bus(call));
}

int speakers_hear(struct speakers *speakers, sd_bus_message *call, struct err *err)
{
	cleanup_free char *speaker = speaker_of(call);
	const char *code;
	int r = sd_bus_message_read(call, "s", &code);

	if (r >= 0)
		r = speakers_set(speakers, speaker, code, err);
	return r < 0 ? r : sd_bus_reply_method_return(call, NULL);
}

void speakers_speak(const struct speakers *speakers, sd_bus_message *call, const char *otherwise)
{
	cleanup_free char *speaker = speaker_of(call);
	const char *code = speakers_code(speakers, speaker);

	i18n_speak(code ? code : otherwise);
}
