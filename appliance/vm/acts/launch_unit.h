/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The transient systemd service a VM runs in, and how little it may do. */
#ifndef VM_LAUNCH_UNIT_H
#define VM_LAUNCH_UNIT_H

#include "vm/acts/launch.h"

/* A StartTransientUnit call for this request, ready to send. */
int launch_unit_message(
        const struct launch_request *request, sd_bus_message **out, struct err *err);

/* AllowedCPUs= of org.freedesktop.systemd1(5), as an element of "a(sv)"; none: any. 0 or -errno. */
int launch_unit_add_cpus(sd_bus_message *m, const struct cpulist *cpus);

#endif
