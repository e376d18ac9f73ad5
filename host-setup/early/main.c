/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playthrough-bind: keeps the listed PCI functions for vfio-pci before any host driver is loaded.
 *
 * Our boot entry names it as the first program (rdinit=), so that it runs before anything of the stock
 * initramfs, whoever made that one. What it sets, driver_override, is obeyed by the kernel from then on;
 * vfio-pci itself is loaded by the system that boots, as the command line of our entry asks (modules_load=).
 *
 * As process 1 it does nothing itself: a child, in a mount namespace of its own, does the work, so that a
 * crash or a hang there costs the devices and not the boot, and nothing of it is left when /init of the stock
 * initramfs takes over. Whatever is found, the boot goes on. All it says goes to the kernel log.
 */
#include "bind.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOTICE   5
#define ERROR    3
#define INIT     "/init" /* where every initramfs has it: the kernel looks nowhere else */
#define LIMIT_MS 10000
#define PAUSE_MS 5

static void say(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(int level, const char *fmt, ...)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	char line[640];
	int n = snprintf(line, sizeof(line), "<%d>playthrough-bind: ", level);
	va_list ap;

	va_start(ap, fmt);
	n += vsnprintf(line + n, sizeof(line) - (size_t)n - 1, fmt, ap);
	va_end(ap);
	n = n > (int)sizeof(line) - 2 ? (int)sizeof(line) - 2 : n;
	line[n++] = '\n';
	if (write(fd < 0 ? STDERR_FILENO : fd, line, (size_t)n) < 0 && fd >= 0)
		n = (int)write(STDERR_FILENO, line, (size_t)n);
	if (fd >= 0)
		close(fd);
}

/* One write(2) into a file of sysfs. */
static bool poke(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

static bool set_override(const struct bind_device *d, const char *driver)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override", d->address);
	return poke(path, driver);
}

static bool too_late(const struct bind_device *d)
{
	return d->driver[0] && strcmp(d->driver, "vfio-pci");
}

/* From here on no driver but vfio-pci can take the device. */
static void reserve(const struct bind_device *d)
{
	if (too_late(d)) {
		say(ERROR, "%s: TOO LATE: the host's driver %s has it already; left with the host",
		        d->address, d->driver);
		return;
	}
	if (!set_override(d, "vfio-pci")) {
		say(ERROR, "%s: driver_override cannot be written: %m", d->address);
		return;
	}
	/* Where vfio-pci is a part of the kernel; else it takes the device as soon as it is loaded. */
	poke("/sys/bus/pci/drivers_probe", d->address);
	say(NOTICE, "%s (%s, %04x:%04x) is kept for vfio-pci", d->address, d->path, d->vendor,
	        d->device);
}

static int bind_all(void)
{
	static struct bind_list list;
	char why[512];

	switch (bind_decide("", &list, why, sizeof(why))) {
	case BIND_NOT_ASKED:
		return 0;
	case BIND_REFUSED:
		say(ERROR, "nothing is bound: %s", why);
		return 0;
	case BIND_GO:
		break;
	}
	for (size_t i = 0; i < list.n; i++)
		reserve(&list.devices[i]);
	return 0;
}

/* What the kernel has not mounted yet, seen by this process only. */
static void mount_kernel_files(void)
{
	static const struct {
		const char *type, *folder;
	} mounts[] = {{"devtmpfs", "/dev"}, {"proc", "/proc"}, {"sysfs", "/sys"}};

	if (unshare(CLONE_NEWNS) < 0)
		_exit(1);
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].folder, 0755);
		mount(mounts[i].type, mounts[i].folder, mounts[i].type, 0, NULL);
	}
}

/* Waits for @child, but not for ever. */
static void wait_for(pid_t child)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000};

	for (int ms = 0; ms < LIMIT_MS; ms += PAUSE_MS) {
		if (waitpid(child, NULL, WNOHANG) != 0)
			return;
		nanosleep(&pause, NULL);
	}
}

int main(int argc, char **argv)
{
	char *bare[] = {(char *)INIT, NULL};
	pid_t child;

	if (getpid() != 1 && argc == 2 && strcmp(argv[1], "--version") == 0)
		return puts("playthrough-bind (Playthrough) " PLAYTHROUGH_VERSION) < 0;
	if (getpid() != 1)
		return bind_all();
	child = fork();
	if (child == 0) {
		mount_kernel_files();
		_exit(bind_all());
	}
	if (child > 0)
		wait_for(child);
	/* The words that the kernel hands on ("single", typed behind our arguments) are for the real one. */
	if (argc > 0)
		argv[0] = (char *)INIT;
	execv(INIT, argc > 0 ? argv : bare);
	/* The kernel ends here, and panic= on our command line starts the stock entry. */
	return 1;
}
