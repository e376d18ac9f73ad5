/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this PC offers a game: graphics cards, USB controllers, disks, memory and processors, each with the sections of a
 * profile that would take it, and whether a start would have it.
 *
 * Whether it would is asked of the planner itself (vm_plan_make()), with a profile that has nothing else in it. Pure:
 * from facts alone.
 */
#ifndef VM_OFFER_H
#define VM_OFFER_H

#include "host/host.h"

#include <jansson.h>

struct vms;

struct offer_request {
	const struct host *host;
	bool session;             /* there is no passthrough: no devices are offered */
	bool makes_links;         /* of a session: see struct vm_options */
	const struct strv *names; /* of the profiles there are */
	/* What no fact of the PC tells: another VM has it, or it is quarantined. NULL: nothing keeps it. */
	int (*pci_free)(const struct vms *vms, struct pci_addr addr, struct err *err);
	int (*disk_free)(const struct vms *vms, const char *device, struct err *err);
	const struct vms *vms; /* for these */
};

/*
 * {"gpus": [{"address", "id", "name", "verdict", "reasons", "code", "with", "loses", "proposed", "sections": [{"section",
 * "keys": [[key, value]]}]}], "usb_controllers": [the same and "devices"], "disks": [{"path", "name", "serial", "size",
 * "removable", "contents", "verdict", "reasons", "code", "proposed", "sections"}], "start": {"verdict", "reasons",
 * "code"}, "networks": [{"type", "link", "name", "verdict", "reasons", "code", "proposed", "sections"}], "memory": {"total", "proposed", "least", "most"}, "cpus": {"total", "proposed", "most"}, "guests", "names"}.
 * "start" is of any VM at all, whatever it has. No two of the sections have the same name. New reference.
 */
json_t *offers_json(const struct offer_request *request);

/* Half of it for the guest, within what is good for both; with nothing known, what a profile has that says nothing. */
struct offer_memory {
	uint64_t total, proposed, least, most; /* bytes */
};
struct offer_memory offer_memory_of(const struct memory *memory);

/* All but a fair share for the host. */
struct offer_cpus {
	unsigned total, proposed, most;
};
struct offer_cpus offer_cpus_of(const struct cpu *cpu);

#endif
