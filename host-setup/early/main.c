/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playthrough-bind: gives the listed PCI functions to vfio-pci before any host driver is loaded.
 *
 * It runs in Playthrough's initramfs, from conf/conf.d and so before every init-top script. Whatever
 * it finds, it ends with 0: the boot goes on. All it says goes to the kernel log.
 */
#include "bind.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOTICE 5
#define ERROR  3

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

static bool bound_to_vfio(const struct bind_device *d)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", d->address);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = '\0';
	return n > 0 && strrchr(target, '/') && !strcmp(strrchr(target, '/'), "/vfio-pci");
}

static void load_vfio_pci(void)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		/* The initramfs sets -b here, by which a blacklist would stop us too. */
		unsetenv("MODPROBE_OPTIONS");
		execl("/sbin/modprobe", "modprobe", "vfio-pci", (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		say(ERROR, "modprobe vfio-pci failed (status %d)", WEXITSTATUS(status));
}

static bool too_late(const struct bind_device *d)
{
	return d->driver[0] && strcmp(d->driver, "vfio-pci");
}

/* From here on no driver but vfio-pci can take the device. */
static void reserve(const struct bind_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct bind_device *d = &list->devices[i];

		if (too_late(d))
			say(ERROR,
			        "%s: TOO LATE: the host's driver %s has it already; left with the "
			        "host",
			        d->address, d->driver);
		else if (!set_override(d, "vfio-pci"))
			say(ERROR, "%s: driver_override cannot be written: %m", d->address);
	}
}

static void bind(const struct bind_device *d)
{
	if (!bound_to_vfio(d))
		poke("/sys/bus/pci/drivers_probe", d->address);
	if (bound_to_vfio(d)) {
		say(NOTICE, "%s (%s, %04x:%04x) is bound to vfio-pci", d->address, d->path,
		        d->vendor, d->device);
		return;
	}
	/* Without an IOMMU vfio-pci refuses; the host may have the device then. */
	set_override(d, "\n");
	say(ERROR, "%s: vfio-pci did not take it (is the IOMMU on?); left with the host",
	        d->address);
}

int main(void)
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
	reserve(&list);
	load_vfio_pci();
	for (size_t i = 0; i < list.n; i++) {
		if (!too_late(&list.devices[i]))
			bind(&list.devices[i]);
	}
	return 0;
}
