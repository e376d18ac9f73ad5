/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service side: org.playthrough.Appliance1 and its jobs on any number of connections.
 *
 * One table in service.c describes every method: signature, names, and the polkit action it needs. What is
 * not in it does not exist, and a method without an action only looks. The acts are the owner's.
 */
#ifndef BUS_SERVICE_H
#define BUS_SERVICE_H

#include "bus/job.h"

struct bus_service;

/* What a person wants of a test drive. */
struct bus_test_drive {
	bool keep;   /* the VM goes on after its report */
	int picture; /* an open file that gets the PNG of the screen, or -1; the callee owns it */
};

/* What is to be in a drive for CDs of a VM. Borrowed from the call, but the file. */
struct bus_cd_change {
	const char *vm, *drive;
	int file; /* open for reading, or -1: nothing is to be in it; the callee owns it */
	bool force;
};

/* How a USB rule is made; NULL: not said. Borrowed from the call. */
struct bus_usb_assign {
	const char *by, *as;
};

/* Work on an image file; NULL: not said. Borrowed from the call, but the passphrase, an open file (-1: none). */
struct bus_disk_act {
	const char *verb, *vm, *disk, *file, *format, *backing, *target, *target_format, *size,
	        *tag, *repair;
	bool shrink, encrypt, incremental;
	int passphrase;
};

/*
 * The acts. Texts are returned to be freed by the service, NULL or a negative errno with @err. Those that
 * start a job put its id in @job, after it was reported by bus_service_job_changed(). All are
 * called from the loop and never block.
 */
struct bus_service_ops {
	char *(*list_vms)(void *user, struct err *err); /* JSON */
	char *(*status)(void *user, const char *vm, struct err *err);
	char *(*usb_list)(void *user, struct err *err);
	char *(*usb_ports)(void *user, struct err *err);
	char *(*log)(void *user, const char *vm, struct err *err);
	int (*start)(void *user, const char *vm, unsigned *job, struct err *err);
	int (*stop)(void *user, const char *vm, bool force, unsigned *job, struct err *err);
	/* On success calls bus_service_answer(@call) once, later. */
	int (*pause)(void *user, const char *vm, bool pause, sd_bus_message *call, struct err *err);
	/* Likewise. */
	int (*sleep)(void *user, const char *vm, sd_bus_message *call, struct err *err);
	int (*test_drive)(void *user, const char *vm, const struct bus_test_drive *options,
	        unsigned *job, struct err *err);
	int (*usb_attach)(
	        void *user, const char *vm, const char *device, unsigned *job, struct err *err);
	int (*usb_detach)(
	        void *user, const char *vm, const char *device, unsigned *job, struct err *err);
	/* How many devices are on their way is put in @n. */
	int (*usb_give_back)(void *user, unsigned *n, struct err *err);
	char *(*usb_why)(void *user, struct err *err); /* JSON */
	char *(*usb_assign)(void *user, const char *vm, const char *device,
	        const struct bus_usb_assign *options, struct err *err);
	char *(*usb_unassign)(void *user, const char *vm, const char *what, struct err *err);
	char *(*disk_list)(void *user, struct err *err);                      /* JSON */
	char *(*profile_offers)(void *user, struct err *err);                 /* JSON */
	char *(*profile_show)(void *user, const char *name, struct err *err); /* JSON */
	char *(*profile_check)(void *user, const char *name, const char *text, struct err *err);
	/* Both return the file's path. */
	char *(*profile_write)(void *user, const char *name, const char *text, const char *expected,
	        struct err *err);
	char *(*profile_remove)(
	        void *user, const char *name, const char *expected, struct err *err);
	/* Owns @fd. On success calls bus_service_answer(@call) once, later. */
	int (*screenshot)(
	        void *user, const char *vm, int fd, sd_bus_message *call, struct err *err);
	/* On success calls bus_service_answer(@call) once, later. */
	int (*cd_change)(void *user, const struct bus_cd_change *change, sd_bus_message *call,
	        struct err *err);
	/* Answers @call with bus_service_answer() once this returned 0, as screenshot does. */
	int (*press)(void *user, const char *vm, const char *keys, sd_bus_message *call,
	        struct err *err);
	/* What the console shows; "": the front end. */
	int (*console_show)(void *user, const char *vm, struct err *err);
	/* The console on the network. "" of @listen is the default, of @web none. */
	char *(*console_status)(void *user, struct err *err); /* JSON */
	int (*console_enable)(void *user, const char *listen, const char *web, struct err *err);
	int (*console_disable)(void *user, struct err *err);
	/* The new ticket; 0 @minutes: until there is another. */
	char *(*console_ticket)(void *user, unsigned minutes, struct err *err);
	/* A socket of bus/sound_wire.h, which the service closes. Returns 0 or -errno. */
	int (*sound_open)(void *user, int *fd, struct err *err);
	/* Owns the passphrase, also when it refuses. */
	int (*disk_act)(void *user, const struct bus_disk_act *act, unsigned *job, struct err *err);
	void (*cancel)(void *user, void *handle);
};

/* @ops must outlive the service. */
struct bus_service *bus_service_create(
        sd_event *event, const struct bus_service_ops *ops, void *user);
/* All connections must have been detached. Takes NULL. */
void bus_service_destroy(struct bus_service *service);

/*
 * Shows the objects on @bus, which must be attached to the loop. @trusted: the peer was proven to be the
 * daemon's own user, so that polkit is not asked; never for the system bus.
 */
int bus_service_attach(struct bus_service *service, sd_bus *bus, bool trusted, struct err *err);
void bus_service_detach(struct bus_service *service, sd_bus *bus);
/* Whether any job still runs. */
bool bus_service_busy(const struct bus_service *service);

void bus_service_vm_changed(struct bus_service *service, const char *name, const char *state);
void bus_service_usb_changed(struct bus_service *service);
void bus_service_console_changed(struct bus_service *service);
void bus_service_job_changed(struct bus_service *service, const struct bus_job_facts *facts);

/* Ends a call and drops the reference that `screenshot`, `pause` or `sleep` took; @err NULL: it worked. */
void bus_service_answer(sd_bus_message *call, const struct err *err);

#endif
