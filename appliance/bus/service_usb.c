/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices of the PC and of its VMs, and the rules that give them away. */
#include "bus/service_parts.h"
#include "base/i18n.h"

#include <errno.h>

int service_usb_list(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return service_answer_text(call, service->ops->usb_list(service->user, err));
}

int service_usb_ports(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return service_answer_text(call, service->ops->usb_ports(service->user, err));
}

int service_usb_attach(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm, *device;
	unsigned job;
	int r = sd_bus_message_read(call, "ss", &vm, &device);

	if (r >= 0)
		r = service->ops->usb_attach(service->user, vm, device, &job, err);
	return r < 0 ? r : service_answer_job(service, call, job);
}

int service_usb_detach(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm, *device;
	unsigned job;
	int r = sd_bus_message_read(call, "ss", &vm, &device);

	if (r >= 0)
		r = service->ops->usb_detach(service->user, vm, device, &job, err);
	return r < 0 ? r : service_answer_job(service, call, job);
}

int service_usb_give_back(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	unsigned n;
	int r = service->ops->usb_give_back(service->user, &n, err);

	return r < 0 ? r : sd_bus_reply_method_return(call, "u", n);
}

int service_usb_why(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return service_answer_text(call, service->ops->usb_why(service->user, err));
}

static int read_assign_option(
        sd_bus_message *call, const char *key, struct bus_usb_assign *options, struct err *err)
{
	if (streq(key, "by"))
		return sd_bus_message_read(call, "v", "s", &options->by);
	if (streq(key, "as"))
		return sd_bus_message_read(call, "v", "s", &options->as);
	return err_set(err, -EINVAL, _("USB rule: unknown option %s (known: by, as)"), key);
}

static int read_assign(sd_bus_message *call, struct bus_usb_assign *options, struct err *err)
{
	const char *key;
	int r = sd_bus_message_enter_container(call, 'a', "{sv}");

	while (r >= 0 && (r = sd_bus_message_enter_container(call, 'e', "sv")) > 0) {
		r = sd_bus_message_read(call, "s", &key);
		if (r >= 0)
			r = read_assign_option(call, key, options, err);
		if (r >= 0)
			r = sd_bus_message_exit_container(call);
	}
	return r;
}

int service_usb_assign(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	struct bus_usb_assign options = {0};
	const char *vm, *device;
	int r = sd_bus_message_read(call, "ss", &vm, &device);

	if (r >= 0)
		r = read_assign(call, &options, err);
	if (r < 0)
		return r;
	return service_answer_text(
	        call, service->ops->usb_assign(service->user, vm, device, &options, err));
}

int service_usb_unassign(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm, *what;
	int r = sd_bus_message_read(call, "ss", &vm, &what);

	if (r < 0)
		return r;
	return service_answer_text(call, service->ops->usb_unassign(service->user, vm, what, err));
}
