/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * USB devices: opened for a VM, and back to the host's drivers.
 *
 * When QEMU ends in order it gives the interfaces back itself. When it was killed, the kernel takes them from usbfs as
 * the last descriptor is closed, and then nobody drives them; the guest may have left the device unconfigured.
 */
#include "vm/acts.h"

#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <time.h>

#define DEVICES   "/sys/bus/usb/devices/"
#define USB_MAJOR 189
#define CLOSED_MS 2000 /* the descriptor of a QEMU that is gone is closed before its end is told */

static int usb_number(
        const struct root *root, const char *sysname, const char *name, int base, uint64_t *out)
{
	cleanup_free char *path = xasprintf("/sys/bus/usb/devices/%s/%s", sysname, name);

	return root_read_u64(root, path, base, out);
}

static int compare_usb(const struct root *root, const struct act_usb *usb, struct err *err)
{
	uint64_t bus = 0, number = 0, vendor = 0, product = 0;

	if (strspn(usb->sysname, "0123456789-.") != strlen(usb->sysname) ||
	        !strchr(usb->sysname, '-'))
		return err_set(
		        err, -EINVAL, _("\"%s\" is not the name of a USB device"), usb->sysname);
	if (usb_number(root, usb->sysname, "busnum", 10, &bus) < 0 ||
	        usb_number(root, usb->sysname, "devnum", 10, &number) < 0 ||
	        usb_number(root, usb->sysname, "idVendor", 16, &vendor) < 0 ||
	        usb_number(root, usb->sysname, "idProduct", 16, &product) < 0 ||
	        bus != usb->busnum || number != usb->devnum || vendor != usb->vendor ||
	        product != usb->product)
		return err_set(err, -ENODEV, _("USB device %s (%04x:%04x) is not there any more"),
		        usb->sysname, usb->vendor, usb->product);
	return 0;
}

int act_usb_open(const struct root *root, const struct act_usb *usb, int *fd, struct err *err)
{
	cleanup_free char *path = xasprintf("/dev/bus/usb/%03u/%03u", usb->busnum, usb->devnum);
	cleanup_close int opened = -1;
	struct stat st;
	int r = compare_usb(root, usb, err);

	if (r < 0)
		return r;
	opened = root_openat(root, path, O_RDWR | O_NOFOLLOW, 0);
	if (opened < 0 || fstat(opened, &st) < 0) {
		r = err_errno(err, opened < 0 ? opened : -errno, _("USB device %s: %s"),
		        usb->sysname, path);
		if (r == -EACCES)
			err_hint(err, _("the system's daemon can open it; this session's cannot"));
		return r;
	}
	if (!S_ISCHR(st.st_mode) || major(st.st_rdev) != USB_MAJOR)
		return err_set(err, -ENODEV, _("%s is not the node of a USB device"), path);
	*fd = take_fd(opened);
	return 0;
}

/* --- back --- */

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
	cleanup_free char *configuration = usb_text(root, sysname, "bConfigurationValue");
	cleanup_free char *authorized = usb_text(root, sysname, "authorized");
	cleanup_free char *path = xasprintf(DEVICES "%s/authorized", sysname);
	int r;

	if ((configuration[0] && !streq(configuration, "0")) || !streq(authorized, "1"))
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

int act_usb_return(const struct root *root, const struct act_usb *usb, struct err *err)
{
	cleanup_free char *prefix = xasprintf("%s:", usb->sysname);
	cleanup_strv struct strv names = {0};
	int r = compare_usb(root, usb, err);

	if (r < 0)
		return r == -ENODEV ? 0 : r;
	r = usb_configure(root, usb->sysname, err);
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
