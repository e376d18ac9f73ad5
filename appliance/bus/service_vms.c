/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VMs: what they are, and everything that is done with one. */
#include "bus/service_parts.h"
#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int service_list_vms(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return service_answer_text(call, service->ops->list_vms(service->user, err));
}

int service_status(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	int r = sd_bus_message_read(call, "s", &vm);

	return r < 0 ? r : service_answer_text(call, service->ops->status(service->user, vm, err));
}

int service_vm_log(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	int r = sd_bus_message_read(call, "s", &vm);

	return r < 0 ? r : service_answer_text(call, service->ops->log(service->user, vm, err));
}

int service_start(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	unsigned job;
	int r = sd_bus_message_read(call, "s", &vm);

	if (r >= 0)
		r = service->ops->start(service->user, vm, &job, err);
	return r < 0 ? r : service_answer_job(service, call, job);
}

int service_stop(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	int force, r = sd_bus_message_read(call, "sb", &vm, &force);
	unsigned job;

	if (r >= 0)
		r = service->ops->stop(service->user, vm, force, &job, err);
	return r < 0 ? r : service_answer_job(service, call, job);
}

static int pause_or_resume(
        struct bus_service *service, sd_bus_message *call, bool pause, struct err *err)
{
	const char *vm;
	int r = sd_bus_message_read(call, "s", &vm);

	if (r < 0)
		return r;
	sd_bus_message_ref(call);
	r = service->ops->pause(service->user, vm, pause, call, err);
	if (r < 0)
		sd_bus_message_unref(call);
	return r;
}

int service_pause_vm(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return pause_or_resume(service, call, true, err);
}

int service_resume_vm(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return pause_or_resume(service, call, false, err);
}

int service_sleep_vm(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	int r = sd_bus_message_read(call, "s", &vm);

	if (r < 0)
		return r;
	sd_bus_message_ref(call);
	r = service->ops->sleep(service->user, vm, call, err);
	if (r < 0)
		sd_bus_message_unref(call);
	return r;
}

/*
 * A descriptor of our own for the file a client wants a picture in, or -errno. Only a regular file that
 * is open for writing: a pipe or a socket could make the writer wait for its reader.
 */
static int take_picture_fd(int borrowed, struct err *err)
{
	struct stat st;
	int flags = fcntl(borrowed, F_GETFL), fd;

	if (flags < 0 || fstat(borrowed, &st) < 0)
		return err_errno(err, -errno, _("the picture's descriptor"));
	if (!S_ISREG(st.st_mode) || (flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH)) {
		err_set(err, -EINVAL,
		        _("a picture is written only into a regular file that is open for "
		          "writing"));
		err_hint(err, _("name a file, not a device or pipe"));
		return -EINVAL;
	}
	fd = fcntl(borrowed, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? err_errno(err, -errno, _("the picture's descriptor")) : fd;
}

static int read_test_drive_option(
        sd_bus_message *call, const char *key, struct bus_test_drive *options, struct err *err)
{
	int value, r;

	if (streq(key, "keep")) {
		r = sd_bus_message_read(call, "v", "b", &value);
		options->keep = r > 0 && value;
		return r;
	}
	if (streq(key, "picture")) {
		r = sd_bus_message_read(call, "v", "h", &value);
		if (r < 0)
			return r;
		close_fd(&options->picture);
		options->picture = take_picture_fd(value, err);
		return options->picture;
	}
	return err_set(
	        err, -EINVAL, _("test drive: unknown option %s (known: keep, picture)"), key);
}

static int read_test_drive(sd_bus_message *call, struct bus_test_drive *options, struct err *err)
{
	const char *key;
	int r = sd_bus_message_enter_container(call, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
		r = sd_bus_message_read(call, "s", &key);
		if (r >= 0)
			r = read_test_drive_option(call, key, options, err);
		if (r >= 0)
			r = sd_bus_message_exit_container(call);
	}
	return r;
}

int service_test_drive(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	struct bus_test_drive options = {.picture = -1};
	const char *vm;
	unsigned job;
	int r = sd_bus_message_read(call, "s", &vm);

	if (r >= 0)
		r = read_test_drive(call, &options, err);
	if (r < 0) {
		close_fd(&options.picture);
		return r;
	}
	r = service->ops->test_drive(service->user, vm, &options, &job, err);
	return r < 0 ? r : service_answer_job(service, call, job);
}

int service_screenshot(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	int borrowed, fd, r = sd_bus_message_read(call, "sh", &vm, &borrowed);

	if (r < 0)
		return r;
	fd = take_picture_fd(borrowed, err);
	if (fd < 0)
		return fd;
	sd_bus_message_ref(call);
	r = service->ops->screenshot(service->user, vm, fd, call, err);
	if (r < 0)
		sd_bus_message_unref(call);
	return r;
}

int service_press(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm, *keys;
	int r = sd_bus_message_read(call, "ss", &vm, &keys);

	if (r < 0)
		return r;
	sd_bus_message_ref(call);
	r = service->ops->press(service->user, vm, keys, call, err);
	if (r < 0)
		sd_bus_message_unref(call);
	return r;
}
