/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "health.h"
#include "journal.h"

#include <unistd.h>

#define SESSIONS "/run/systemd/sessions"

/* Where the loader cannot be asked, the entry may be the default: a restart could go round for ever. */
enum health_act health_decide(const struct health *health)
{
	if (!health->ours || !health->known || health->kept)
		return HEALTH_NOTHING;
	if (health->well)
		return HEALTH_KEEP;
	if (!health->late)
		return HEALTH_WAIT;
	if (health->person || health->logins || (health->opened && health->screen))
		return HEALTH_NOTHING;
	return health->given_up ? HEALTH_NOTHING : HEALTH_RESTART;
}

/* The value of "NAME=value" in the text of a session; caller frees, NULL: none. */
static char *session_value(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = text; *line; line += strspn(line, "\n")) {
		size_t length = strcspn(line, "\n");

		if (length > n && !strncmp(line, name, n) && line[n] == '=')
			return xstrndup(line + n + 1, length - n - 1);
		line += length;
	}
	return NULL;
}

enum session { SESSION_OTHER, SESSION_PERSON, SESSION_AUTOLOGIN };

static enum session session_kind(const char *text)
{
	cleanup_free char *class = session_value(text, "CLASS");
	cleanup_free char *state = session_value(text, "STATE");
	cleanup_free char *service = session_value(text, "SERVICE");

	if (!class || !starts_with(class, "user") || (state && streq(state, "closing")))
		return SESSION_OTHER;
	return service && ends_with(service, "-autologin") ? SESSION_AUTOLOGIN : SESSION_PERSON;
}

static unsigned count(const struct root *root, enum session kind)
{
	struct strv names = {0};
	unsigned n = 0;

	root_list(root, SESSIONS, &names);
	strv_foreach (name, &names) {
		cleanup_free char *text = NULL;

		/* A pipe that logind holds open: whoever reads it waits. */
		if (ends_with(*name, ".ref"))
			continue;
		text = root_readf(root, SESSIONS "/%s", *name);
		n += text && session_kind(text) == kind;
	}
	strv_finish(&names);
	return n;
}

unsigned health_logins(const struct root *root)
{
	return count(root, SESSION_PERSON);
}

unsigned health_autologins(const struct root *root)
{
	return count(root, SESSION_AUTOLOGIN);
}

/* A start that is not ours is nobody's to give up: nothing is left behind there. */
bool health_sees_person(const struct root *root)
{
	struct strv games = {0};
	bool runs;

	root_list(root, HEALTH_GAMES, &games);
	runs = games.n > 0;
	strv_finish(&games);
	return runs || root_exists(root, HEALTH_PERSON);
}

void health_note_person(const struct root *root)
{
	cleanup_free char *cmdline = root_read(root, "/proc/cmdline");

	if (geteuid())
		return;
	root_remove(root, HEALTH_GIVEN_UP, NULL);
	if (cmdline && strstr(cmdline, "playthrough="))
		root_write(root, HEALTH_PERSON, "", 0, 0644, NULL);
}

void health_note_verified(const struct root *root)
{
	cleanup_free char *cmdline = root_read(root, "/proc/cmdline");

	if (geteuid() == 0 && cmdline && strstr(cmdline, "playthrough="))
		root_write(root, HEALTH_VERIFIED, "", 0, 0644, NULL);
}

void health_note_given_up(const struct root *root)
{
	if (root_exists(root, JOURNAL_FILE))
		root_write(root, HEALTH_GIVEN_UP, "", 0, 0600, NULL);
}
