/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the /init of a small guest of the tests does before its own work; small_guest.py packs it. Included once a program. */
#ifndef SMALL_GUEST_H
#define SMALL_GUEST_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static char guest_line[4096]; /* the kernel's command line */

/* Each in the order of the names, as small_guest.py numbers them. */
static void load_modules(void)
{
	struct dirent **names;
	int n = scandir("/modules", &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[512];
		int fd;

		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/modules/%s", names[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0)
			perror(path);
		close(fd);
	}
}

static void guest_begin(void)
{
	int fd;

	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, guest_line, sizeof(guest_line) - 1) < 0)
		perror("/proc/cmdline");
	close(fd);
	load_modules();
}

/* What follows "KEY=" there; "" where it is not said. */
static void guest_word(const char *key, char *out, size_t size)
{
	const char *at = strstr(guest_line, key);

	at = at ? at + strlen(key) : "";
	snprintf(out, size, "%.*s", (int)strcspn(at, " \n"), at);
}

#endif
