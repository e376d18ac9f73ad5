/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles: read, checked, written and removed; and what there is for them. */
#include "bus/service_parts.h"

int service_disk_list(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return service_answer_text(call, service->ops->disk_list(service->user, err));
}

int service_profile_offers(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	return service_answer_text(call, service->ops->profile_offers(service->user, err));
}

int service_profile_show(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *name;
	int r = sd_bus_message_read(call, "s", &name);

	return r < 0 ? r
	             : service_answer_text(
	                       call, service->ops->profile_show(service->user, name, err));
}

int service_profile_check(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *name, *text;
	int r = sd_bus_message_read(call, "ss", &name, &text);

	if (r < 0)
		return r;
	return service_answer_text(
	        call, service->ops->profile_check(service->user, name, text, err));
}

int service_profile_write(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *name, *text, *expected;
	int r = sd_bus_message_read(call, "sss", &name, &text, &expected);

	if (r < 0)
		return r;
	return service_answer_text(
	        call, service->ops->profile_write(service->user, name, text, expected, err));
}

int service_profile_remove(struct bus_service *service, sd_bus_message *call, struct err *err)
{
	const char *name, *expected;
	int r = sd_bus_message_read(call, "ss", &name, &expected);

	if (r < 0)
		return r;
	return service_answer_text(
	        call, service->ops->profile_remove(service->user, name, expected, err));
}
