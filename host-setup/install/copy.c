/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "copy.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define TELL_EACH_MS 1000

/* rsync(1): some files vanished before they were copied */
#define VANISHED 24

uint64_t copy_used(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 ? (fs.f_blocks - fs.f_bfree) * fs.f_frsize : 0;
}

static void watch(
        pid_t pid, const char *to, uint64_t begun, uint64_t all, void (*tell)(unsigned percent))
{
	cleanup_close int fd = pidfd_open(pid, 0);
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	while (fd >= 0 && poll(&poll_fd, 1, TELL_EACH_MS) == 0) {
		uint64_t now = copy_used(to);
		uint64_t percent = now > begun && all ? (now - begun) * 100 / all : 0;

		tell(percent > 99 ? 99 : (unsigned)percent);
	}
}

int copy_folder(const char *from, const char *to, void (*tell)(unsigned percent), struct err *err)
{
	cleanup_free char *inside = xasprintf("%s/", from);
	char *argv[] = {"rsync", "--archive", "--hard-links", "--acls", "--xattrs", "--sparse",
	        "--numeric-ids", "--one-file-system", "--exclude=/tmp/*", "--exclude=/var/tmp/*",
	        "--exclude=/var/log/journal/*", "--", inside, (char *)to, NULL};
	uint64_t begun = copy_used(to);
	pid_t pid;
	int status, r = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);

	if (r)
		return err_errno(err, -r, "%s", argv[0]);
	watch(pid, to, begun, copy_used(from), tell);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == VANISHED)) {
		tell(100);
		return 0;
	}
	err_set(err, -EIO, _("copying %s to %s failed; rsync says why above"), from, to);
	err_code(err, CODE_INSTALL_FAILED);
	return -EIO;
}

int copy_flush(const char *path, struct err *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && syncfs(fd) == 0)
		return 0;
	err_errno(err, -errno, _("%s: not all of it could be written"), path);
	err_hint(err, _("the disk or its cable may be faulty; try another"));
	err_code(err, CODE_INSTALL_FAILED);
	return err->number;
}
