/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drives for CDs. The caller opens the image: what he may not read, no VM gets for him. */
#include "bus/service_parts.h"
#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* A descriptor of our own, or -errno. Only a regular file: anything else could make QEMU wait. */
static int take_image(int borrowed, struct err *err)
{
	struct stat st;
	int flags = fcntl(borrowed, F_GETFL), fd;

	if (flags < 0 || fstat(borrowed, &st) < 0)
		return err_errno(err, -errno, _("the image's descriptor"));
	if (!S_ISREG(st.st_mode) || (flags & O_ACCMODE) != O_RDONLY || (flags & O_PATH)) {
		err_set(err, -EINVAL,
		        _("only a regular file that is open for reading is put into a drive"));
		err_code(err, CODE_CD_FILE);
		return -EINVAL;
	}
	fd = fcntl(borrowed, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? err_errno(err, -errno, _("the image's descriptor")) : fd;
}

static int read_option(
        sd_bus_message *call, const char *key, struct bus_cd_change *change, struct err *err)
{
	int value, r;

	if (streq(key, "force")) {
		r = sd_bus_message_read(call, "v", "b", &value);
		change->force = r > 0 && value;
		return r;
	}
	if (!streq(key, "file"))
		return err_set(
		        err, -EINVAL, _("drive: unknown option %s (known: file, force)"), key);
	r = sd_bus_message_read(call, "v", "h", &value);
	if (r < 0)
		return r;
	close_fd(&change->file);
	change->file = take_image(value, err);
	return change->file;
}

int service_cd_change(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	struct bus_cd_change change = {.file = -1};
	const char *key;
	int r = sd_bus_message_read(call, "ss", &change.vm, &change.drive);

	r = r < 0 ? r : sd_bus_message_enter_container(call, 'a', "{sv}");
	while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
		r = sd_bus_message_read(call, "s", &key);
		if (r >= 0)
			r = read_option(call, key, &change, err);
		if (r >= 0)
			r = sd_bus_message_exit_container(call);
	}
	if (r < 0) {
		close_fd(&change.file);
		return r;
	}
	sd_bus_message_ref(call);
	r = service->ops->cd_change(service->user, &change, call, err);
	if (r < 0)
		sd_bus_message_unref(call);
	return r;
}
