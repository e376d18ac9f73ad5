/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The remote console: who may come, and what is seen and heard. */
#include "bus/service_parts.h"

int service_console_show(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *vm;
	int r = sd_bus_message_read(call, "s", &vm);

	r = r < 0 ? r : service->ops->console_show(service->user, vm, err);
	return r < 0 ? r : sd_bus_reply_method_return(call, NULL);
}

int service_sound_open(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	cleanup_close int fd = -1;
	int r = service->ops->sound_open(service->user, &fd, err);

	return r < 0 ? r : sd_bus_reply_method_return(call, "h", fd);
}

int service_console_status(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return service_answer_text(call, service->ops->console_status(service->user, err));
}

int service_console_enable(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *listen, *web;
	int r = sd_bus_message_read(call, "ss", &listen, &web);

	r = r < 0 ? r : service->ops->console_enable(service->user, listen, web, err);
	return r < 0 ? r : sd_bus_reply_method_return(call, NULL);
}

int service_console_disable(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	int r = service->ops->console_disable(service->user, err);

	return r < 0 ? r : sd_bus_reply_method_return(call, NULL);
}

int service_console_ticket(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	unsigned minutes;
	int r = sd_bus_message_read(call, "u", &minutes);

	if (r < 0)
		return r;
	sd_bus_message_sensitive(call);
	return service_answer_text(call, service->ops->console_ticket(service->user, minutes, err));
}
