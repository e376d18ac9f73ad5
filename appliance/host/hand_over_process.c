/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/hand_over_process.h"

#include "host/attr.h"
#include "host/hand_over.h"

#define SESSIONS     "/run/systemd/sessions"
#define LINGER       "/var/lib/systemd/linger"
#define LOGIND       "/system.slice/systemd-logind.service"
#define FRONT_USER   "playthrough-seat"
#define MOST_LINKS   8
#define MOST_PARENTS 16 /* of a process; a loop in a captured tree ends here */

/* --- sessions --- */

/* The value of KEY=value; caller frees. NULL: it is not there. */
static char *value_of(const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *line = text; line && *line; line += *line == '\n') {
		if (starts_with(line, key) && line[n] == '=')
			return text_clean(xstrndup(line + n + 1, strcspn(line + n + 1, "\n")));
		line += strcspn(line, "\n");
	}
	return NULL;
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (size_t i = 0; word && words[i]; i++) {
		if (streq(word, words[i]))
			return true;
	}
	return false;
}

static void take_session(
        const struct root *root, const char *id, struct seat_session **list, size_t *n)
{
	static const char *const screens[] = {"x11", "wayland", "mir", NULL};
	static const char *const ended[] = {"closing", NULL};
	cleanup_free char *text = root_readf(root, SESSIONS "/%s", id);
	cleanup_free char *seat = value_of(text, "SEAT"), *state = value_of(text, "STATE");
	cleanup_free char *type = value_of(text, "TYPE"), *devices = value_of(text, "DEVICES");
	struct seat_session *s;

	if (!seat || is_one_of(state, ended))
		return;
	s = list_append(*list, *n);
	*s = (struct seat_session){.id = xstrdup(id),
	        .user = value_of(text, "USER"),
	        .uid = value_of(text, "UID"),
	        .leader = value_of(text, "LEADER"),
	        .graphical = is_one_of(type, screens)};
	strv_split(&s->devices, devices ? devices : "", " ");
}

void seat_sessions_take(const struct root *root, struct seat_session **list, size_t *n)
{
	cleanup_strv struct strv names = {0};

	*list = NULL;
	*n = 0;
	root_list(root, SESSIONS, &names);
	strv_foreach (name, &names) {
		if (!ends_with(*name, ".ref"))
			take_session(root, *name, list, n);
	}
}

void seat_sessions_finish(struct seat_session **list, size_t *n)
{
	for (size_t i = 0; i < *n; i++) {
		free((*list)[i].id);
		free((*list)[i].user);
		free((*list)[i].uid);
		free((*list)[i].leader);
		strv_finish(&(*list)[i].devices);
	}
	free(take_ptr(*list));
	*n = 0;
}

/* --- control groups --- */

/* "/system.slice/gdm.service" of "0::/system.slice/gdm.service", or of the line of "name=systemd"; caller frees. */
static char *group_of(const struct root *root, const char *pid)
{
	cleanup_free char *text = root_readf(root, "/proc/%s/cgroup", pid);
	char *line, *rest = text;

	while (rest && (line = text_next_line(&rest))) {
		char *path = strchr(line, '/');

		if (path && (starts_with(line, "0::") || strstr(line, ":name=systemd:")))
			return xstrdup(path);
	}
	return NULL;
}

static void add_services(const char *group, struct strv *units)
{
	cleanup_strv struct strv parts = {0};

	strv_split(&parts, group ? group : "", "/");
	strv_foreach (part, &parts) {
		/* What a user's own manager starts ends with that person's session. */
		if (starts_with(*part, "user@"))
			return;
		if (ends_with(*part, ".service") && !strv_has(units, *part))
			strv_add(units, *part);
	}
}

/* "7" of "/user.slice/user-1000.slice/session-7.scope"; "1000" of ".../user@1000.service/...". Caller frees. */
static char *word_in(const char *group, const char *before, const char *after)
{
	const char *at = group ? strstr(group, before) : NULL;
	const char *end = at ? strstr(at, after) : NULL;

	at = at ? at + strlen(before) : NULL;
	return end && end > at && !memchr(at, '/', (size_t)(end - at))
	               ? xstrndup(at, (size_t)(end - at))
	               : NULL;
}

static char *parent_of(const struct root *root, const char *pid)
{
	cleanup_free char *text = root_readf(root, "/proc/%s/status", pid);
	const char *at = text ? strstr(text, "\nPPid:") : NULL;

	if (!at)
		return NULL;
	at += strlen("\nPPid:");
	at += strspn(at, " \t");
	return xstrndup(at, strspn(at, "0123456789"));
}

void session_units(const struct root *root, const struct seat_session *s, struct strv *units)
{
	cleanup_free char *pid = xstrdup(s->leader);

	if (s->user && streq(s->user, FRONT_USER) && !strv_has(units, HAND_OVER_FRONT_END))
		strv_add(units, HAND_OVER_FRONT_END);
	for (unsigned i = 0; pid && *pid && !streq(pid, "0") && i < MOST_PARENTS; i++) {
		cleanup_free char *group = group_of(root, pid);
		char *parent = parent_of(root, pid);

		add_services(group, units);
		free(pid);
		pid = parent;
	}
}

bool process_is_logind(const struct root *root, const char *pid)
{
	cleanup_free char *group = group_of(root, pid);

	return group && streq(group, LOGIND);
}

/* Whether @id keeps the manager of the user @uid; the manager's own session does not. */
static bool keeps_user(const struct root *root, const char *id, const char *uid)
{
	cleanup_free char *text = root_readf(root, SESSIONS "/%s", id);
	cleanup_free char *user = value_of(text, "UID"), *state = value_of(text, "STATE");
	cleanup_free char *class = value_of(text, "CLASS");

	return user && streq(user, uid) && !(state && streq(state, "closing")) &&
	       !(class && starts_with(class, "manager"));
}

/* Those who log in by ssh have sessions without a seat. */
static bool is_users_last(const struct root *root, const struct seat_session *s)
{
	cleanup_free char *linger = xasprintf(LINGER "/%s", s->user ? s->user : "");
	cleanup_strv struct strv names = {0};

	if (!s->user || root_exists(root, linger))
		return false;
	root_list(root, SESSIONS, &names);
	strv_foreach (name, &names) {
		if (!streq(*name, s->id) && !ends_with(*name, ".ref") &&
		        keeps_user(root, *name, s->uid))
			return false;
	}
	return true;
}

void process_units(const struct root *root, const struct seat_session *list, size_t n,
        const char *pid, struct strv *units, const struct seat_session **seen)
{
	cleanup_free char *group = group_of(root, pid);
	cleanup_free char *session = word_in(group, "/session-", ".scope");
	cleanup_free char *user = word_in(group, "/user@", ".service");

	add_services(group, units);
	for (size_t i = 0; i < n; i++) {
		const struct seat_session *s = &list[i];
		bool is_in = session && streq(session, s->id);

		if (!is_in && !(user && s->uid && streq(user, s->uid)))
			continue;
		if (is_in || is_users_last(root, s))
			session_units(root, s, units);
		if (seen && (!*seen || s->graphical))
			*seen = s;
	}
}

/* --- units --- */

/* What a link of that name leads to; NULL: there is none. Caller frees. */
static char *next_name(const struct root *root, const char *unit)
{
	static const char *const folders[] = {"/etc/systemd/system", "/run/systemd/system",
	        "/usr/lib/systemd/system", "/lib/systemd/system"};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		cleanup_free char *path = xasprintf("%s/%s", folders[i], unit);
		char *name = root_link_name(root, path);

		/* A template's link leads to the template, /dev/null is a unit that is masked. */
		if (name && ends_with(name, ".service") && !strstr(name, "@.") &&
		        !streq(name, unit))
			return name;
		free(name);
	}
	return NULL;
}

char *unit_real_name(const struct root *root, const char *unit)
{
	char *name = xstrdup(unit), *next;

	for (unsigned i = 0; i < MOST_LINKS && (next = next_name(root, name)); i++) {
		free(name);
		name = next;
	}
	return name;
}

bool unit_runs(const struct root *root, const char *unit)
{
	static const char *const hierarchies[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/systemd"};
	const char *at = strchr(unit, '@');
	/* Instances of a template are in a slice of their own: system-getty.slice. */
	cleanup_free char *slice =
	        at ? xasprintf("/system-%.*s.slice", (int)(at - unit), unit) : xstrdup("");

	for (size_t i = 0; i < ARRAY_SIZE(hierarchies); i++) {
		cleanup_free char *path =
		        xasprintf("%s/system.slice%s/%s", hierarchies[i], slice, unit);

		if (root_exists(root, path))
			return true;
	}
	return false;
}
