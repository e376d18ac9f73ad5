/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/block_opens.h"
#include "host/attr.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define OPENS_MAX 4096 /* that are told; a PC has some tens of them */

/* Our VMs' services are playthrough-vm-NAME.service (vm/acts/launch.h); cgroups(7): "0::/a/b". */
static char *vm_of(const struct root *root, const char *process)
{
	static const char mark[] = "/playthrough-vm-";
	cleanup_free char *text = root_readf(root, "/proc/%s/cgroup", process);
	const char *at = text ? strstr(text, mark) : NULL;
	const char *end = at ? strstr(at, ".service") : NULL;

	if (!end)
		return NULL;
	at += strlen(mark);
	return end > at ? text_clean(xstrndup(at, (size_t)(end - at))) : NULL;
}

/* It opens a disk to read what is on it, whenever something changes, and lets go. */
static bool is_udev(const char *program)
{
	return program && (streq(program, "(udev-worker)") || streq(program, "systemd-udevd"));
}

/*
 * The number of the open file behind a link of /proc/PID/fd. Nothing is asked of a file system that may be far away or
 * the owner's own (AT_STATX_DONT_SYNC). In a captured PC there is nothing to be asked.
 */
static bool is_block(const struct root *root, int folder, const char *name, struct block_place *p)
{
	struct statx st;

	if (!root_is_host(root))
		return starts_with(p->path, "/dev/");
	if (statx(folder, name, AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0 || !S_ISBLK(st.stx_mode))
		return false;
	p->major = st.stx_rdev_major;
	p->minor = st.stx_rdev_minor;
	return true;
}

/* A folder of descriptors may be read by whoever may not see where they lead: -EACCES. */
static int take_open(const struct root *root, int folder, const char *process, const char *name,
        struct block_opens *out)
{
	char target[4096];
	ssize_t n = readlinkat(folder, name, target, sizeof(target) - 1);
	struct block_place place = {.path = target};
	struct block_open *open;

	if (n < 0)
		return -errno;
	/* Sockets and pipes are "socket:[1]". */
	if (n == 0 || *target != '/' || out->n >= OPENS_MAX)
		return 0;
	target[n] = '\0';
	if (!is_block(root, folder, name, &place))
		return 0;
	open = list_append(out->list, out->n);
	open->process = xstrdup(process);
	open->program = attr_text(root, "/proc/%s/comm", process);
	if (!open->program)
		open->program = xstrdup("?");
	open->vm = vm_of(root, process);
	open->place = place;
	open->place.path = text_clean(xstrdup(target));
	return 0;
}

static void open_finish(struct block_open *open)
{
	free(open->process);
	free(open->program);
	free(open->vm);
	free(open->place.path);
}

static bool process_is_there(const struct root *root, const char *process)
{
	cleanup_free char *path = xasprintf("/proc/%s", process);

	return root_exists(root, path);
}

/* Some programs have thousands of files open, and hardly one a block device: no list of names is made. */
static int take_process(const struct root *root, const char *process, struct block_opens *out)
{
	cleanup_free char *path = xasprintf("/proc/%s/fd", process);
	int fd = root_openat(root, path, O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	size_t first = out->n;
	int r = 0;

	if (!dir) {
		close_fd(&fd);
		return fd < 0 ? fd : -errno;
	}
	while ((entry = readdir(dir))) {
		int one = *entry->d_name == '.' ? 0
		                                : take_open(root, fd, process, entry->d_name, out);

		if (one == -EACCES || one == -EPERM)
			r = one;
	}
	closedir(dir);
	/* Of a process that has ended meanwhile the kernel says EACCES, too (proc_fd_access_allowed() in fs/proc/base.c). */
	if (r < 0 && !process_is_there(root, process))
		r = 0;
	while (out->n > first && is_udev(out->list[out->n - 1].program))
		open_finish(&out->list[--out->n]);
	return r;
}

bool block_opens_scan(const struct root *root, struct block_opens *out)
{
	cleanup_free char *self = xasprintf("%d", (int)getpid());
	cleanup_strv struct strv processes = {0};
	bool all = true;

	*out = (struct block_opens){0};
	root_list(root, "/proc", &processes);
	strv_foreach (process, &processes) {
		int r;

		if (!is_numbered(*process, "") || (root_is_host(root) && streq(*process, self)))
			continue;
		r = take_process(root, *process, out);
		all &= r != -EACCES && r != -EPERM;
	}
	return all;
}

void block_opens_finish(struct block_opens *opens)
{
	for (size_t i = 0; i < opens->n; i++)
		open_finish(&opens->list[i]);
	free(opens->list);
	*opens = (struct block_opens){0};
}
