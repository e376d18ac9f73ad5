/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the check wants to know beside `struct host`: whether this PC has been set up already, and which
 * ways into it remain when a screen is given away. Read only, through a root directory.
 */
#ifndef SETUP_FACTS_H
#define SETUP_FACTS_H

#include "existing.h"

#include "base/root.h"

struct facts {
	bool applied;     /* FACTS_JOURNAL is there: an `apply` was done or begun */
	bool acpi_tables; /* /sys/firmware/acpi/tables can be listed: a missing table is truly absent */
	bool ssh;         /* something listens on TCP port 22: /proc/net/tcp, tcp6 */
	char *ssh_source;   /* the file that told, or NULL */
	struct strv serial; /* serial consoles: /proc/consoles, "ttyS0" */
	/*
	 * What the processor itself says (CPUID leaf 1 ECX bit 5 VMX, leaf 80000001h ECX bit 2 SVM), which
	 * the kernel hides where firmware locked it: 1, 0, or -1 on a captured machine.
	 */
	int cpuid;
	struct existing existing; /* what was configured by hand before us */
};

#define FACTS_JOURNAL "/var/lib/playthrough/setup/journal.json"

void facts_take(const struct root *root, struct facts *out);
void facts_finish(struct facts *facts);

#endif
