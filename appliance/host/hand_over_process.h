/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of systemd's units a process ends with: by its control group, and by who let its person in. */
#ifndef HOST_HAND_OVER_PROCESS_H
#define HOST_HAND_OVER_PROCESS_H

#include "base/root.h"

/* A session of logind's with a screen: /run/systemd/sessions/N, sd-login's private format, read as its library does. */
struct seat_session {
	char *id, *user, *uid, *leader;
	struct strv devices; /* "226:0": what logind has opened for it */
	bool graphical;      /* Type x11, wayland or mir */
};

/* Those at a seat that have not ended. */
void seat_sessions_take(const struct root *root, struct seat_session **list, size_t *n);
void seat_sessions_finish(struct seat_session **list, size_t *n);

/*
 * Adds the services that @pid is part of, and those that started the session it belongs to; the front end's for a
 * session of its user. @seen gets the session it is in (may be NULL). What a user's own manager runs ends with a session
 * only where that is the user's last one and nobody has asked for lingering; else none are added.
 */
void process_units(const struct root *root, const struct seat_session *list, size_t n,
        const char *pid, struct strv *units, const struct seat_session **seen);
/* The same for all of a session. */
void session_units(const struct root *root, const struct seat_session *session, struct strv *units);
/* By its control group: any program may call itself so. */
bool process_is_logind(const struct root *root, const char *pid);

/* "gdm.service" of "display-manager.service": caller frees. */
char *unit_real_name(const struct root *root, const char *unit);
/* Whether processes of it run, by its control group. */
bool unit_runs(const struct root *root, const char *unit);

#endif
