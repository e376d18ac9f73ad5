/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/usb/return.h"

#include "base/i18n.h"
#include "base/strv.h"

#include <errno.h>
#include <time.h>

#define DEVICES   "/sys/bus/usb/devices/"
#define CLOSED_MS 2000 /* the descriptor of a QEMU that is gone is closed before its end is told */

/* "" where it cannot be read; caller frees. */
static char *usb_text(const struct root *root, const char *sysname, const char *name)
{
	char *text = root_readf(root, DEVICES "%s/%s", sysname, name);

	return text ? text : xstrdup("");
}

/*
 * A device without a configuration has no interfaces. Being authorized anew, it gets the one that the kernel chooses
 * when it is plugged in, if any (usb_authorize_device(), drivers/usb/core/hub.c). One that a person has forbidden
 * (authorized: 0) stays so.
 */
static int usb_configure(const struct root *root, const char *sysname, struct err *err)
{
	cleanup_free char *configuration =
	        root_readf(root, DEVICES "%s/bConfigurationValue", sysname);
	cleanup_free char *authorized = usb_text(root, sysname, "authorized");
	cleanup_free char *path = xasprintf(DEVICES "%s/authorized", sysname);
	int r;

	if (!configuration || !streq(authorized, "1"))
		return 0; /* unknown, or forbidden */
	if (configuration[0] && !streq(configuration, "0"))
		return 0;
	r = root_poke(root, path, "0", err);
	return r < 0 ? r : root_poke(root, path, "1", err);
}

/* Whose it is once usbfs, which is how QEMU has it, has let go; NULL: nobody's. Caller frees. */
static char *usb_driver_after_close(const struct root *root, const char *name)
{
	cleanup_free char *link = xasprintf(DEVICES "%s/driver", name);
	char *driver = root_link_name(root, link);

	for (long waited = 0; driver && streq(driver, "usbfs") && waited < CLOSED_MS;
	        waited += 20) {
		nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
		free(driver);
		driver = root_link_name(root, link);
	}
	return driver;
}

/* The interfaces of "1-2" are named "1-2:1.0". One that a person has forbidden is not probed. */
static int usb_probe_interface(const struct root *root, const char *name, struct err *err)
{
	cleanup_free char *driver = usb_driver_after_close(root, name);
	cleanup_free char *authorized = usb_text(root, name, "authorized");
	int r;

	if (driver && streq(driver, "usbfs"))
		return err_set(err, -EBUSY,
		        _("USB interface %s is still held by a program (%s%s/driver)"), name,
		        DEVICES, name);
	if (driver || streq(authorized, "0"))
		return 0;
	r = root_poke(root, "/sys/bus/usb/drivers_probe", name, err);
	/* -EINVAL: no driver of the host wants this interface. */
	return r == -EINVAL || r == -ENODEV ? 0 : r;
}

int usb_return(const struct root *root, const char *sysname, struct err *err)
{
	cleanup_free char *prefix = xasprintf("%s:", sysname);
	cleanup_strv struct strv names = {0};
	int r = usb_configure(root, sysname, err);

	root_list(root, "/sys/bus/usb/devices", &names);
	strv_foreach (name, &names) {
		/* Each for itself: of a headset the keys come back also when the sound does not. */
		if (starts_with(*name, prefix)) {
			int one = usb_probe_interface(root, *name, r < 0 ? NULL : err);

			r = r < 0 ? r : one;
		}
	}
	return r;
}
