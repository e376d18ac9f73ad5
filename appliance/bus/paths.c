/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/paths.h"
#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_RUN_DIR          "/run/playthrough"
#define SYSTEM_PROFILES         "/etc/playthrough/profiles"
#define SYSTEM_STATE            "/var/lib/playthrough"
#define SYSTEM_TPM              "/var/lib/playthrough-tpm" /* StateDirectory= of its unit, vm/vm_side.c */
#define SYSTEM_CONSOLE_SETTINGS "/etc/playthrough/console.conf"
#define SYSTEM_CONSOLE_STATE    "/var/lib/playthrough-console" /* StateDirectory= of its unit */

/* A folder named by the environment; only an absolute one counts, as the XDG specification says. */
static const char *env_dir(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] == '/' ? value : NULL;
}

static char *session_run_dir(void)
{
	const char *runtime = env_dir("XDG_RUNTIME_DIR");

	return runtime ? xasprintf("%s/playthrough", runtime)
	               : xasprintf("/tmp/playthrough-%u", getuid());
}

static void session_profiles(struct paths *paths)
{
	const char *only = getenv("PLAYTHROUGH_PROFILE_PATH"), *config = env_dir("XDG_CONFIG_HOME");
	const char *home = env_dir("HOME");

	if (only && *only) {
		strv_split(&paths->profile_folders, only, ":");
		return;
	}
	if (config)
		strv_addf(&paths->profile_folders, "%s/playthrough/profiles", config);
	else if (home)
		strv_addf(&paths->profile_folders, "%s/.config/playthrough/profiles", home);
	strv_add(&paths->profile_folders, SYSTEM_PROFILES);
	strv_addf(&paths->profile_folders, "%s/profiles", paths->data_dir);
}

/* A folder of the user's by the XDG specification; without a home, of this session alone. Caller frees. */
static char *user_dir(const struct paths *paths, const char *variable, const char *in_home)
{
	const char *folder = env_dir(variable), *home = env_dir("HOME");

	if (folder)
		return xasprintf("%s/playthrough", folder);
	return home ? xasprintf("%s/%s/playthrough", home, in_home) : xstrdup(paths->run_dir);
}

static void console_paths(struct paths *paths)
{
	cleanup_free char *config = NULL, *state = NULL;

	if (!paths->session) {
		paths->console_settings = xstrdup(SYSTEM_CONSOLE_SETTINGS);
		paths->console_state = xstrdup(SYSTEM_CONSOLE_STATE);
		return;
	}
	config = user_dir(paths, "XDG_CONFIG_HOME", ".config");
	state = user_dir(paths, "XDG_STATE_HOME", ".local/state");
	paths->console_settings = xasprintf("%s/console.conf", config);
	paths->console_state = xasprintf("%s/console", state);
}

void paths_init(struct paths *paths, bool session, const char *run_dir)
{
	const char *data = session ? env_dir("PLAYTHROUGH_DATA_DIR") : NULL;
	const char *libexec = session ? env_dir("PLAYTHROUGH_LIBEXEC_DIR") : NULL;

	*paths = (struct paths){.session = session};
	paths->run_dir = run_dir   ? xstrdup(run_dir)
	                 : session ? session_run_dir()
	                           : xstrdup(SYSTEM_RUN_DIR);
	paths->socket = xasprintf("%s/bus", paths->run_dir);
	paths->data_dir = xstrdup(data ? data : DATADIR);
	paths->libexec_dir = xstrdup(libexec ? libexec : LIBEXECDIR);
	console_paths(paths);
	if (session) {
		session_profiles(paths);
		return;
	}
	strv_add(&paths->profile_folders, SYSTEM_PROFILES);
	strv_addf(&paths->profile_folders, "%s/profiles", paths->data_dir);
}

char *paths_state_dir(bool session)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (!session || !home)
		return xstrdup(SYSTEM_STATE);
	if (state && state[0] == '/')
		return xasprintf("%s/playthrough", state);
	return xasprintf("%s/.local/state/playthrough", home);
}

char *paths_tpm_dir(bool session, const char *vm)
{
	cleanup_free char *state = paths_state_dir(session);

	return session ? xasprintf("%s/%s/tpm", state, vm) : xasprintf(SYSTEM_TPM "/%s", vm);
}

void paths_finish(struct paths *paths)
{
	free(paths->run_dir);
	free(paths->socket);
	free(paths->data_dir);
	free(paths->libexec_dir);
	strv_finish(&paths->profile_folders);
	free(paths->console_settings);
	free(paths->console_state);
	*paths = (struct paths){0};
}

int paths_make_run_dir(const struct paths *paths, struct err *err)
{
	struct stat st;

	if (mkdir(paths->run_dir, 0700) < 0 && errno != EEXIST) {
		err_errno(err, -errno, _("%s: cannot be made"), paths->run_dir);
		err_hint(err,
		        _("set XDG_RUNTIME_DIR to a folder of your own, such as /run/user/%u"),
		        getuid());
		err_code(err, CODE_SESSION_FOLDER);
		return err ? err->number : -EIO;
	}
	if (lstat(paths->run_dir, &st) < 0)
		return err_errno(err, -errno, "%s", paths->run_dir);
	if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 077))
		return 0;
	err_set(err, -EPERM,
	        _("%s is not a folder of user %u alone (owner %u, mode %04o): others could listen "
	          "there"),
	        paths->run_dir, geteuid(), st.st_uid, st.st_mode & 07777u);
	err_hint(err, _("remove it, or set XDG_RUNTIME_DIR to a folder of your own"));
	err_code(err, CODE_SESSION_FOLDER);
	return -EPERM;
}

/* The descriptor is left open on purpose. */
int paths_lock(const struct paths *paths, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/lock", paths->run_dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_errno(err, -errno, "%s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	close(fd);
	if (paths->session)
		return err_set(
		        err, -EALREADY, _("a session daemon of this user already runs (%s)"), path);
	err_set(err, -EEXIST, _("another playthroughd runs already (%s)"), path);
	err_hint(err, _("see systemctl status playthroughd; only one can own this PC's devices"));
	err_code(err, CODE_BUS_NAME_TAKEN);
	return -EEXIST;
}
