/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli_secret.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#define SECRET_MOST 512

static int keep(const char *text, int *fd, struct err *err)
{
	size_t n = strlen(text);
	cleanup_close int memory =
	        memfd_create("playthrough-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (memory < 0 || write(memory, text, n) != (ssize_t)n ||
	        fcntl(memory, F_ADD_SEALS,
	                F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return err_errno(err, errno ? -errno : -EIO, "memfd");
	*fd = take_fd(memory);
	return 0;
}

/* Up to the first line feed. */
static int read_line(int fd, const char *name, char text[SECRET_MOST], struct err *err)
{
	size_t used = 0;
	ssize_t n = 0;

	while (used + 1 < SECRET_MOST && !memchr(text, '\n', used)) {
		n = read(fd, text + used, SECRET_MOST - 1 - used);
		if (n <= 0)
			break;
		used += (size_t)n;
	}
	text[used] = '\0';
	text[strcspn(text, "\n")] = '\0';
	if (n < 0)
		return err_errno(err, -errno, "%s", name);
	if (text[0])
		return 0;
	err_set(err, -ENODATA, _("%s: its first line, which is to be a passphrase, is empty"),
	        name);
	err_code(err, CODE_IMAGE_SECRET);
	return -ENODATA;
}

static int from_file(const char *file, char text[SECRET_MOST], struct err *err)
{
	cleanup_close int fd = -1;

	if (streq(file, "-"))
		return read_line(STDIN_FILENO, _("standard input"), text, err);
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? err_errno(err, -errno, "%s", file) : read_line(fd, file, text, err);
}

static int ask(int terminal, const char *prompt, char text[SECRET_MOST], struct err *err)
{
	struct termios before, silent;
	int r;

	if (tcgetattr(terminal, &before) < 0)
		return err_errno(err, -errno, "/dev/tty");
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	tcsetattr(terminal, TCSAFLUSH, &silent);
	dprintf(terminal, "%s", prompt);
	r = read_line(terminal, "/dev/tty", text, err);
	tcsetattr(terminal, TCSAFLUSH, &before);
	dprintf(terminal, "\n");
	return r;
}

static int from_terminal(bool twice, char text[SECRET_MOST], struct err *err)
{
	cleanup_close int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
	char again[SECRET_MOST];
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
	char text[SECRET_MOST] = "";
	int r = file ? from_file(file, text, err) : from_terminal(twice, text, err);

	r = r < 0 ? r : keep(text, fd, err);
	explicit_bzero(text, sizeof(text));
	return r;
}
