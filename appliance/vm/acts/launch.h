/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gets one QEMU running that is no child of the daemon: a transient systemd service, or in session mode a
 * process of its own session. Either way playthrough-launch calls back on a socket, is looked at, gets its
 * descriptors and arguments, and becomes QEMU.
 */
#ifndef VM_LAUNCH_H
#define VM_LAUNCH_H

#include "base/cpulist.h"
#include "base/err.h"
#include "base/strv.h"

#include <sys/types.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

struct launch;

struct launch_request {
	sd_event *event;
	sd_bus *bus;         /* NULL: session mode */
	const char *program; /* the launcher's path */
	const char *socket;  /* where the launcher calls back */
	const char *vm, *title;
	bool kvm, network;
	uint64_t memlock_bytes;
	const struct cpulist *cpus; /* the only ones that it may run on; NULL or none: any */
	const int *groups;          /* IOMMU groups it may open */
	size_t n_groups;
	const struct strv *nodes; /* other nodes it may open, by their paths; NULL: none */
};

struct launch_handler {
	/* The launcher waits for launch_send(). @pidfd is the callee's. */
	void (*connected)(void *user, pid_t pid, int pidfd, uid_t uid);
	void (*failed)(void *user, const struct err *err);
	void *user;
};

/* "playthrough-vm-NAME.service", which none of our own units is called, whatever the VM is. Caller frees. */
char *launch_unit_name(const char *vm);

int launch_create(const struct launch_request *request, const struct launch_handler *handler,
        struct launch **out, struct err *err);
/* @log becomes stdout and stderr, @fds VM_FD_FIRST and up; all stay the caller's. */
int launch_send(struct launch *launch, const struct strv *args, int log, const int *fds,
        size_t n_fds, struct err *err);
/* A launcher that was sent nothing ends by itself. Takes NULL. */
void launch_destroy(struct launch *launch);

/* Has systemd kill everything in the unit (SIGKILL); the answer is not waited for. */
void launch_kill_unit(sd_bus *bus, const char *unit);

#endif
