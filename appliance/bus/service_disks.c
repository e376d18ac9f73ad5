/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Image files: one method, whose options are texts and yes or no, beside a passphrase, which is an open file. */
#include "bus/service_parts.h"
#include "base/i18n.h"

#include <errno.h>
#include <fcntl.h>

static const struct option {
	const char *key;
	char type;
	size_t offset;
} options[] = {
        {"vm", 's', offsetof(struct bus_disk_act, vm)},
        {"disk", 's', offsetof(struct bus_disk_act, disk)},
        {"file", 's', offsetof(struct bus_disk_act, file)},
        {"format", 's', offsetof(struct bus_disk_act, format)},
        {"backing", 's', offsetof(struct bus_disk_act, backing)},
        {"target", 's', offsetof(struct bus_disk_act, target)},
        {"target-format", 's', offsetof(struct bus_disk_act, target_format)},
        {"size", 's', offsetof(struct bus_disk_act, size)},
        {"tag", 's', offsetof(struct bus_disk_act, tag)},
        {"repair", 's', offsetof(struct bus_disk_act, repair)},
        {"shrink", 'b', offsetof(struct bus_disk_act, shrink)},
        {"encrypt", 'b', offsetof(struct bus_disk_act, encrypt)},
        {"incremental", 'b', offsetof(struct bus_disk_act, incremental)},
        {"passphrase", 'h', offsetof(struct bus_disk_act, passphrase)},
};

/* Only a file in memory, which nobody can make wait; what is in it stays as it is. */
static int take_passphrase(int borrowed, int *out, struct err *err)
{
	const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK;
	int has = fcntl(borrowed, F_GET_SEALS);

	if (has < 0 || (has & seals) != seals) {
		err_set(err, -EINVAL,
		        _("a passphrase comes in a sealed file in memory (memfd_create)"));
		err_code(err, CODE_IMAGE_SECRET);
		return -EINVAL;
	}
	close_fd(out);
	*out = fcntl(borrowed, F_DUPFD_CLOEXEC, 3);
	return *out < 0 ? err_errno(err, -errno, "dup") : 0;
}

static int read_option(
        sd_bus_message *call, const char *key, struct bus_disk_act *act, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		const struct option *o = &options[i];
		void *field = (char *)act + o->offset;
		int value = -1, r;

		if (!streq(o->key, key))
			continue;
		if (o->type == 's')
			return sd_bus_message_read(call, "v", "s", field);
		r = sd_bus_message_read(call, "v", o->type == 'b' ? "b" : "h", &value);
		if (r < 0)
			return r;
		if (o->type == 'h')
			return take_passphrase(value, field, err);
		*(bool *)field = value;
		return 0;
	}
	return err_set(err, -EINVAL, _("work on a disk: unknown option %s"), key);
}

static int read_options(sd_bus_message *call, struct bus_disk_act *act, struct err *err)
{
	const char *key;
	int r = sd_bus_message_enter_container(call, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
		r = sd_bus_message_read(call, "s", &key);
		if (r >= 0)
			r = read_option(call, key, act, err);
		if (r >= 0)
			r = sd_bus_message_exit_container(call);
	}
	return r;
}

int service_disk_act(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	struct bus_disk_act act = {.passphrase = -1};
	unsigned job;
	int r = sd_bus_message_read(call, "s", &act.verb);

	if (r >= 0)
		r = read_options(call, &act, err);
	if (r < 0) {
		close_fd(&act.passphrase);
		return r;
	}
	r = service->ops->disk_act(service->user, &act, &job, err);
	return r < 0 ? r : service_answer_job(service, call, job);
}
