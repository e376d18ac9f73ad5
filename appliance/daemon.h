/* SPDX-License-Identifier: GPL-2.0-or-later */
/* playthroughd: one loop that ties the bus (bus/) to the VMs (vm/). */
#ifndef DAEMON_H
#define DAEMON_H

#include "bus/console_start.h"
#include "bus/console_wire.h"
#include "bus/paths.h"
#include "bus/service.h"
#include "vm/acts/call.h"
#include "vm/vm.h"

struct daemon {
	sd_event *event;
	struct paths paths;
	char *qemu;
	sd_bus *bus; /* system mode */
	struct bus_service *service;
	struct vms *vms;
	/* session mode */
	int listener;
	sd_event_source *listener_source, *idle_timer;
	struct daemon_peer *peers;
	struct daemon_console *console; /* NULL: none is installed */
	struct daemon_access *access;   /* NULL: likewise */
};

/* daemon_leave.c: whom acts of root are asked of; valid as long as the daemon. */
struct acts daemon_acts_of(const struct daemon *daemon);

/* daemon_acts.c: what each call of the bus does. User data is the daemon. */
extern const struct bus_service_ops daemon_acts;
/* Tells the bus what the VMs report; for vms_create(). */
struct vm_listener daemon_listener(struct daemon *daemon);

/* daemon_session.c: the private socket, and the end when nobody has needed the daemon for a while. */
int daemon_session_start(struct daemon *daemon, struct err *err);
/* A VM or a job is not what it was: whether the daemon is still needed is asked anew in a while. */
void daemon_session_changed(struct daemon *daemon);
void daemon_session_stop(struct daemon *daemon);

/* daemon_console.c: what playthrough-console is told. */
void daemon_console_start(struct daemon *daemon);
/* After vms_destroy(), whose last words may still come to it. */
void daemon_console_stop(struct daemon *daemon);
void daemon_console_vm_changed(struct daemon *daemon, const char *name);
/* A person wants to see this VM there; "": the front end. */
void daemon_console_show(struct daemon *daemon, const char *name);
bool daemon_console_there(const struct daemon *daemon);
/* Says it to the console that is there, if any; @fd stays the caller's. */
void daemon_console_tell(struct daemon *daemon, const struct console_message *m, int fd);
/* For a front end at the seat: @fd is its end of bus/sound_wire.h. The console is started where it does not run. */
int daemon_console_sound(struct daemon *daemon, int *fd, struct err *err);

/* daemon_access.c: the console on the network. */
struct daemon_access;
/* After daemon_console_start(): where it is enabled, listens and has the console run. */
void daemon_access_start(struct daemon *daemon);
void daemon_access_stop(struct daemon *daemon);
bool daemon_access_enabled(const struct daemon *daemon);
/* Has the console run where it does not. Nobody waits for it: it connects by itself. */
int daemon_access_run(struct daemon *daemon, enum console_start_for what, struct err *err);
/* To a console that has just come. */
void daemon_access_tell(struct daemon *daemon);
/* NULL: the console is gone. */
void daemon_access_heard(struct daemon *daemon, const struct console_report *report);
int daemon_access_enable(
        struct daemon *daemon, const char *listen, const char *web, struct err *err);
int daemon_access_disable(struct daemon *daemon, struct err *err);
char *daemon_access_ticket(struct daemon *daemon, unsigned minutes, struct err *err);
json_t *daemon_access_status(struct daemon *daemon);

/* daemon_disks.c */
int daemon_disk_act(struct daemon *daemon, const struct bus_disk_act *act, struct vm_job **job,
        struct err *err);

/* daemon_leave.c: whether the daemon that ends now is stopped for good, with no game running; takes back what it had told udev. */
bool daemon_leaves(struct daemon *daemon);
void daemon_leave(const struct daemon *daemon); /* after vms_destroy() */
#endif
