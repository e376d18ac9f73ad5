/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "copy.h"

#include "base/i18n.h"

#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define TELL_EACH_MS 1000

static uint64_t used(const char *path)
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
		uint64_t now = used(to);
		uint64_t percent = now > begun && all ? (now - begun) * 100 / all : 0;

		tell(percent > 99 ? 99 : (unsigned)percent);
	}
}

int copy_folder(const char *from, const char *to, void (*tell)(unsigned percent), struct err *err)
{
	cleanup_free char *inside = xasprintf("%s/.", from);
	char *argv[] = {"cp", "-a", "--one-file-system", "--", inside, (char *)to, NULL};
	uint64_t begun = used(to);
	pid_t pid;
	int status, r = posix_spawnp(&pid, "cp", NULL, NULL, argv, environ);

	if (r)
		return err_errno(err, -r, "cp");
	watch(pid, to, begun, used(from), tell);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status == 0) {
		tell(100);
		return 0;
	}
	err_set(err, -EIO, _("copying %s to %s failed; cp says why above"), from, to);
	err_code(err, CODE_INSTALL_FAILED);
	return -EIO;
}
