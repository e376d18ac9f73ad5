/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the service share: service.c has the table of methods, the others the methods by what they are about. */
#ifndef BUS_SERVICE_PARTS_H
#define BUS_SERVICE_PARTS_H

#include "bus/service.h"
#include "bus/speakers.h"

struct bus_service {
	const struct bus_service_ops *ops;
	void *user;
	struct bus_jobs jobs;
	struct link *links;
	struct speakers speakers;
	char own_language[4];
};

/* Answers @call and returns >= 0, or returns -errno with @err, and nothing was answered. */
typedef int service_act(struct bus_service *service, sd_bus_message *call, struct err *err);

/* Frees @text; NULL: the act has failed. */
int service_answer_text(sd_bus_message *call, char *text);
int service_answer_job(struct bus_service *service, sd_bus_message *call, unsigned id);

service_act service_list_vms, service_status, service_vm_log, service_start, service_stop,
        service_pause_vm, service_resume_vm, service_sleep_vm, service_test_drive,
        service_screenshot, service_cd_change, service_press, service_usb_list, service_usb_ports,
        service_usb_attach, service_usb_detach, service_usb_give_back, service_usb_why,
        service_usb_assign, service_usb_unassign, service_disk_act, service_disk_list,
        service_profile_offers, service_profile_show, service_profile_check, service_profile_write,
        service_profile_remove, service_console_show, service_console_status,
        service_console_enable, service_console_disable, service_console_ticket, service_sound_open;

#endif
