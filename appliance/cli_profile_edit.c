/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile edit: a person's own editor on a copy. What comes back is checked, and written only as a whole, by the daemon,
 * and only where the profile still is what was copied.
 */
#include "base/i18n.h"
#include "bus/text.h"
#include "cli.h"
#include "profile/store.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

struct editing {
	struct cli *cli;
	const char *name;
	char *folder, *file; /* of the copy */
	char *before, *text;
	bool keep; /* the copy holds what is nowhere else */
};

/* --- the copy --- */

static int write_copy(const char *file, const char *text, struct err *err)
{
	FILE *out = fopen(file, "wxe");

	if (out && fputs(text, out) >= 0 && fclose(out) == 0)
		return 0;
	return err_errno(err, -errno, "%s", file);
}

/* A folder of our own, so that the editor finds its own files beside the copy, and nobody else any. */
static int make_copy(struct editing *e, struct err *err)
{
	const char *folder = getenv("TMPDIR");

	e->folder = xasprintf("%s/playthrough-XXXXXX", folder && *folder == '/' ? folder : "/tmp");
	if (!mkdtemp(e->folder)) {
		int r = err_errno(err, -errno, "%s", e->folder);

		free(take_ptr(e->folder));
		return r;
	}
	e->file = xasprintf("%s/%s.profile", e->folder, e->name);
	return write_copy(e->file, e->before, err);
}

/* Caller frees. NULL with @err. */
static char *read_copy(const char *file, struct err *err)
{
	cleanup_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	cleanup_free char *text = xcalloc(PROFILE_TEXT_MAX + 2, 1), *valid = NULL;
	size_t size = 0;
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0 && size <= PROFILE_TEXT_MAX) {
		n = read(fd, text + size, PROFILE_TEXT_MAX + 1 - size);
		size += n > 0 ? (size_t)n : 0;
	}
	if (n < 0) {
		err_errno(err, -errno, "%s", file);
		return NULL;
	}
	valid = text_utf8(text);
	if (size <= PROFILE_TEXT_MAX && strlen(text) == size && streq(valid, text))
		return take_ptr(text);
	err_set(err, -EINVAL, _("%s: it is no UTF-8 text of at most %u bytes"), file,
	        PROFILE_TEXT_MAX);
	err_hint(err, _("save it as UTF-8 text"));
	err_code(err, CODE_PROFILE_BAD);
	return NULL;
}

static void finish(struct editing *e)
{
	if (e->file && !e->keep)
		unlink(e->file);
	if (e->folder && !e->keep)
		rmdir(e->folder); /* what an editor left beside it stays */
	free(e->file);
	free(e->folder);
	free(e->before);
	free(e->text);
}

/* --- the editor --- */

static const char *editor(void)
{
	const char *visual = getenv("VISUAL"), *plain = getenv("EDITOR");

	return visual && *visual ? visual : plain && *plain ? plain : "editor";
}

/* $EDITOR may hold options, so the shell splits it, as it does for all programs that start one. */
static pid_t spawn(const char *file)
{
	cleanup_free char *script = xasprintf("exec %s \"$1\"", editor());
	pid_t pid = fork();

	if (pid)
		return pid;
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	execl("/bin/sh", "sh", "-c", script, "sh", file, (char *)NULL);
	_exit(127);
}

/* Ctrl-C is the editor's while it runs. */
static int run_editor(const char *file, struct err *err)
{
	void (*interrupt)(int) = signal(SIGINT, SIG_IGN), (*quit)(int) = signal(SIGQUIT, SIG_IGN);
	cleanup_free char *harmless = text_harmless(editor(), false);
	pid_t pid = spawn(file);
	int status = -1, r = 0;

	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	signal(SIGINT, interrupt);
	signal(SIGQUIT, quit);
	if (pid < 0)
		r = err_errno(err, -errno, _("the editor %s"), harmless);
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		r = err_set(err, -ECANCELED, _("the editor %s failed, so nothing is written"),
		        harmless);
	if (r < 0)
		err_hint(err, _("set EDITOR to the editor you want"));
	return r;
}

/* --- again or drop --- */

static bool ask_again(void)
{
	char answer[16];

	if (!isatty(STDIN_FILENO))
		return false;
	fputs(_("Edit it again (Enter), or drop what you changed (d)? "), stderr);
	return fgets(answer, sizeof(answer), stdin) && answer[0] != 'd' && answer[0] != 'D';
}

static int refuse(struct editing *e, struct err *err)
{
	e->keep = true;
	err_set(err, -EINVAL, _("%s: no good profile, so it is not written"), e->name);
	err_hint(err, _("what is wrong stands above; your text is kept in %s"), e->file);
	err_code(err, CODE_PROFILE_BAD);
	return -EINVAL;
}

static void tell(const json_t *checked)
{
	cli_put_lines(stdout, "  ", json_object_get(checked, "summary"));
	cli_put_lines(stdout, "  ", json_object_get(checked, "notes"));
}

/* 1: it is to be edited again; 0: it is good. */
static int check(struct editing *e, struct err *err)
{
	cleanup(json_decrefp) json_t *checked = NULL;

	free(take_ptr(e->text));
	e->text = read_copy(e->file, err);
	if (!e->text) {
		e->keep = true;
		return err->number;
	}
	if (streq(e->text, e->before))
		return 0;
	checked = cli_profile_check(e->cli, e->name, e->text, err);
	if (!checked) {
		e->keep = true;
		return err->number;
	}
	if (!cli_profile_problems(stderr, checked)) {
		tell(checked);
		return 0;
	}
	return ask_again() ? 1 : refuse(e, err);
}

static int edit(struct editing *e, struct err *err)
{
	int r;

	do {
		r = run_editor(e->file, err);
		if (r == 0)
			r = check(e, err);
	} while (r > 0);
	if (r < 0)
		return r;
	if (streq(e->text, e->before)) {
		printf(_("%s: nothing was changed\n"), e->name);
		return 0;
	}
	r = cli_profile_write(e->cli, e->name, e->text, e->before, err);
	e->keep = r < 0;
	if (r < 0)
		fprintf(stderr, _("playthrough: your text is kept in %s\n"), e->file);
	return r;
}

int command_profile_edit(struct cli *cli, struct err *err)
{
	struct editing e = {.cli = cli, .name = cli->args[0]};
	int r;

	e.before = cli_profile_text(cli, e.name, NULL, err);
	if (!e.before)
		return err->number;
	r = make_copy(&e, err);
	if (r == 0)
		r = edit(&e, err);
	finish(&e);
	return r;
}
