/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices the host did not get back, with the reason. The list is a file in the run directory: it ends with
 * a power cycle, or when somebody has given the device its driver again. A device that did not survive its reset
 * may well have its driver, which knows nothing of it: that one stays here as long as the file.
 */
#include "vm/vm_impl.h"

#include "base/log.h"

#include <errno.h>

static char *file_of(const struct vms *vms)
{
	return xasprintf("%s/quarantine.json", vms->env.run_dir);
}

static void save(struct vms *vms)
{
	cleanup_free char *file = file_of(vms), *text = NULL;
	json_t *all = json_array();
	struct err err;

	for (size_t i = 0; i < vms->n_quarantine; i++) {
		const struct vm_quarantine *q = &vms->quarantine[i];

		json_array_append_new(all,
		        json_pack("{s:s, s:s*, s:s, s:b}", "address", pci_addr_format(q->addr).s,
		                "previous", q->previous, "reason", q->reason, "dead", q->dead));
	}
	text = json_dumps(all, JSON_INDENT(1));
	json_decref(all);
	if (root_write(&vms->root, file, text, strlen(text), 0600, &err) < 0)
		log_error(&err, "quarantine");
}

static void add(
        struct vms *vms, struct pci_addr addr, const char *previous, const char *reason, bool dead)
{
	*list_append(vms->quarantine, vms->n_quarantine) = (struct vm_quarantine){.addr = addr,
	        .previous = xstrdup(previous),
	        .reason = xstrdup(reason),
	        .dead = dead};
}

static void drop(struct vms *vms, size_t i)
{
	struct vm_quarantine *q = &vms->quarantine[i];

	free(q->previous);
	free(q->reason);
	memmove(q, q + 1, (--vms->n_quarantine - i) * sizeof(*q));
}

/* Somebody may have repaired it by hand meanwhile. */
static bool is_home(const struct vms *vms, struct pci_addr addr, const char *previous)
{
	cleanup_free char *link =
	        xasprintf("/sys/bus/pci/devices/%s/driver", pci_addr_format(addr).s);
	cleanup_free char *driver = root_link_name(&vms->root, link);

	return driver && previous && streq(driver, previous);
}

int vms_quarantine_load(struct vms *vms, struct err *err)
{
	cleanup_free char *file = file_of(vms);
	cleanup_free char *text = root_read(&vms->root, file);
	json_t *all, *one;
	size_t i;

	if (!text && errno != ENOENT)
		return err_errno(err, -errno, "%s", file);
	all = text ? json_loads(text, 0, NULL) : NULL;
	json_array_foreach (all, i, one) {
		const char *address = NULL, *previous = NULL, *reason = NULL;
		struct pci_addr addr;
		int dead = false;

		if (json_unpack(one, "{s:s, s?s, s:s, s?b}", "address", &address, "previous",
		            &previous, "reason", &reason, "dead", &dead) == 0 &&
		        pci_addr_parse(address, &addr) == 0 &&
		        (dead || !is_home(vms, addr, previous)))
			add(vms, addr, previous, reason, dead);
	}
	json_decref(all);
	return 0;
}

void vms_quarantine_add(struct vms *vms, const struct journal_pci *p, const struct err *err)
{
	for (size_t i = 0; i < vms->n_quarantine; i++) {
		if (pci_addr_equal(vms->quarantine[i].addr, p->addr))
			drop(vms, i--);
	}
	/* The driver of one that had vfio-pci before says nothing of how it is. */
	add(vms, p->addr, p->previous, *err->told ? err->told : err->message,
	        p->home || err->number == -ENOTRECOVERABLE);
	save(vms);
}

const struct vm_quarantine *vms_quarantine_find(const struct vms *vms, struct pci_addr addr)
{
	for (size_t i = 0; i < vms->n_quarantine; i++) {
		const struct vm_quarantine *q = &vms->quarantine[i];

		if (pci_addr_equal(q->addr, addr) && (q->dead || !is_home(vms, addr, q->previous)))
			return q;
	}
	return NULL;
}

void vms_quarantine_finish(struct vms *vms)
{
	while (vms->n_quarantine)
		drop(vms, vms->n_quarantine - 1);
	free(vms->quarantine);
}
