/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where daemon and client find their files, in system mode and in session mode.
 *
 * Session mode is one user's own daemon without root, on a private socket. There, and only there, the
 * environment may point to a build tree: PLAYTHROUGH_DATA_DIR, PLAYTHROUGH_LIBEXEC_DIR and
 * PLAYTHROUGH_PROFILE_PATH (folders between colons, in place of all others).
 */
#ifndef BUS_PATHS_H
#define BUS_PATHS_H

#include "base/err.h"
#include "base/strv.h"

struct paths {
	bool session;
	char *run_dir; /* /run/playthrough; session: $XDG_RUNTIME_DIR/playthrough or /tmp/playthrough-UID */
	char *socket;                /* run_dir/bus, of session mode */
	char *data_dir;              /* guest/, profiles/ */
	char *libexec_dir;           /* playthroughd, playthrough-launch */
	struct strv profile_folders; /* the first that has a profile wins */
	char *console_settings;      /* file; what the daemon knows of the console on the network */
	char *console_state;         /* folder of the console's own: its key and certificate */
};

/* @run_dir may be NULL. Nothing is touched. */
void paths_init(struct paths *paths, bool session, const char *run_dir);
void paths_finish(struct paths *paths);

/*
 * Where the firmware's variables of each VM are kept, in a folder of its name: the system's place, or the user's by the XDG
 * specification. Caller frees.
 */
char *paths_state_dir(bool session);
/* The folder in which the TPM of VM @vm keeps what it stores. Caller frees. */
char *paths_tpm_dir(bool session, const char *vm);

/*
 * Session mode: makes the run directory (0700), or refuses one that is a link, belongs to another user
 * or is open to others: in /tmp anybody could have made it first.
 */
int paths_make_run_dir(const struct paths *paths, struct err *err);

/*
 * One daemon alone: a lock in the run directory, which must be there, that the kernel drops when the process ends, however it
 * does. -EALREADY: another session daemon of this user has it; -EEXIST: another daemon of this PC.
 */
int paths_lock(const struct paths *paths, struct err *err);

#endif
