/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All facts about this PC, kept for some seconds. Whoever looks may ask as often as they like; to read thousands of files
 * each time would let any user keep the daemon busy. A start never uses them: it takes its own.
 */
#include "vm/usb/impl.h"

#define KEPT_US 5000000u

struct vm_facts {
	struct host host;
	uint64_t taken_us;
};

void vms_facts_drop(struct vms *vms)
{
	if (!vms->facts)
		return;
	host_finish(&vms->facts->host);
	free(take_ptr(vms->facts));
}

const struct host *vms_facts(struct vms *vms, struct err *err)
{
	uint64_t now = usb_now(vms);

	if (vms->facts && now - vms->facts->taken_us < KEPT_US)
		return &vms->facts->host;
	vms_facts_drop(vms);
	vms->facts = xcalloc(1, sizeof(*vms->facts));
	vms->facts->taken_us = now;
	if (host_take(&vms->root, &vms->facts->host, err) == 0)
		return &vms->facts->host;
	free(take_ptr(vms->facts));
	return NULL;
}
