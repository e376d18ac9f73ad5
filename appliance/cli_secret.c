/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli_secret.h"

#include "base/i18n.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

static int from_file(const char *file, char text[SECRET_MOST + 1], struct err *err)
{
	cleanup_close int fd = -1;

	if (streq(file, "-"))
		return secret_read_line(STDIN_FILENO, _("standard input"), text, err);
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? err_errno(err, -errno, "%s", file) : secret_read_line(fd, file, text, err);
}

static int ask(int terminal, const char *prompt, char text[SECRET_MOST + 1], struct err *err)
{
	struct termios before, silent;
	int r;

	if (tcgetattr(terminal, &before) < 0)
		return err_errno(err, -errno, "/dev/tty");
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	tcsetattr(terminal, TCSAFLUSH, &silent);
	dprintf(terminal, "%s", prompt);
	r = secret_read_line(terminal, "/dev/tty", text, err);
	tcsetattr(terminal, TCSAFLUSH, &before);
	dprintf(terminal, "\n");
	return r;
}

static int from_terminal(bool twice, char text[SECRET_MOST + 1], struct err *err)
{
	cleanup_close int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	char again[SECRET_MOST + 1];
	int r;

	if (terminal < 0) {
		err_set(err, -ENOTTY,
		        _("a passphrase is needed, and there is no terminal to ask on"));
		err_hint(err, _("say --passphrase-file FILE, or - for standard input"));
		err_code(err, CODE_IMAGE_SECRET);
		return -ENOTTY;
	}
	r = ask(terminal, _("Passphrase: "), text, err);
	if (r < 0 || !twice)
		return r;
	r = ask(terminal, _("Once more: "), again, err);
	if (r == 0 && !streq(text, again))
		r = err_set(err, -EINVAL, _("the two are not the same"));
	explicit_bzero(again, sizeof(again));
	return r;
}

int cli_secret_read(const char *file, bool twice, int *fd, struct err *err)
{
	char text[SECRET_MOST + 1] = "";
	int r = file ? from_file(file, text, err) : from_terminal(twice, text, err);

	r = r < 0 ? r : secret_keep(text, fd, err);
	explicit_bzero(text, sizeof(text));
	return r;
}
