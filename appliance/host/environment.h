/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kind of machine this is: a PC, a virtual machine, a container on either. Each with what told so.
 *
 * A container sees the /sys of the PC around it, so that all other facts look like that PC's own.
 */
#ifndef HOST_ENVIRONMENT_H
#define HOST_ENVIRONMENT_H

#include "base/root.h"

/* One finding; @name is NULL where there is none. */
struct environment_fact {
	char *name;   /* "docker", "lxc"; "QEMU", "VMware" */
	char *source; /* the file that told */
	char *value;  /* and what stood there */
};

struct environment {
	struct environment_fact container;
	struct environment_fact hypervisor;
	bool wsl; /* Linux on Windows: a virtual machine that can be given no device */
};

void environment_take(const struct root *root, struct environment *out);
void environment_finish(struct environment *environment);

#endif
