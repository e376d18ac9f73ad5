/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A monitor on its own wire: see acts.h. */
#include "base/i18n.h"
#include "host/attr.h"
#include "vm/acts/acts.h"
#include "vm/acts/ddc.h"
#include "vm/acts/shut_in.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define I2C_MAJOR 89

static ssize_t say(void *user, const void *bytes, size_t size)
{
	return write(*(int *)user, bytes, size);
}

static ssize_t hear(void *user, void *bytes, size_t size)
{
	return read(*(int *)user, bytes, size);
}

static void rest(void *user, unsigned ms)
{
	(void)user;
	nanosleep(&(struct timespec){.tv_nsec = (long)ms * 1000000}, NULL);
}

static int open_bus(const struct root *root, const char *bus, int *fd, struct err *err)
{
	cleanup_free char *path = xasprintf("/dev/%s", bus);
	cleanup_close int opened = -1;
	struct stat st;
	int r;

	if (!is_numbered(bus, "i2c-"))
		return err_set(err, -EINVAL, _("\"%s\" is not the name of such a node"), bus);
	opened = root_openat(root, path, O_RDWR | O_NOFOLLOW | O_NOCTTY, 0);
	if (opened < 0 || fstat(opened, &st) < 0)
		return err_errno(err, opened < 0 ? opened : -errno, "%s", path);
	if (!S_ISCHR(st.st_mode) || major(st.st_rdev) != I2C_MAJOR)
		return err_set(err, -ENODEV, _("%s is not a device"), path);
	if (ioctl(opened, I2C_SLAVE, DDC_ADDRESS) < 0)
		return err_errno(err, -errno, "%s", path);
	r = shut_in(err);
	if (r == 0)
		*fd = take_fd(opened);
	return r;
}

int act_monitor_get(const struct root *root, const char *bus, uint8_t *input, struct err *err)
{
	cleanup_close int fd = -1;
	const struct ddc ddc = {say, hear, rest, &fd};
	int r = open_bus(root, bus, &fd, err);

	r = r < 0 ? r : ddc_get(&ddc, DDC_INPUT, input, err);
	return r < 0 ? err_prefix(err, "/dev/%s", bus) : 0;
}

int act_monitor_set(const struct root *root, const char *bus, uint8_t input, struct err *err)
{
	cleanup_close int fd = -1;
	const struct ddc ddc = {say, hear, rest, &fd};
	int r = open_bus(root, bus, &fd, err);

	r = r < 0 ? r : ddc_set(&ddc, DDC_INPUT, input, err);
	return r < 0 ? err_prefix(err, "/dev/%s", bus) : 0;
}
