/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playthrough-bind: keeps the listed PCI functions for vfio-pci before any host driver is loaded.
 *
 * It runs in Playthrough's initramfs before anything there loads a driver. What it sets, driver_override, is
 * obeyed by the kernel from then on; vfio-pci itself is loaded by the system that boots, as the kernel command
 * line of our entry asks (modules_load=). Whatever it finds, it ends with 0: the boot goes on. All it says
 * goes to the kernel log.
 */
#include "bind.h"

#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
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
	for (size_t i = 0; i < list.n; i++)
		reserve(&list.devices[i]);
	return 0;
}
