/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what stands on disks is known at all: what could not be looked at is no "free". */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>

#define CLASS_STORAGE 0x01u

/* The disk, or the controller with disks on it, that the profile takes; caller frees. NULL: none. */
static char *first_disk(const struct host *host, const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_disks; i++)
		if (profile->disks[i].device)
			return xstrdup(profile->disks[i].device);
	for (size_t i = 0; i < profile->n_pci; i++) {
		const struct pci_device *d = pci_find(&host->pci, profile->pci[i].address);

		if (d && d->class_code >> 16 == CLASS_STORAGE)
			return xstrdup(pci_addr_format(d->addr).s);
	}
	return NULL;
}

int plan_disks_known(const struct host *host, const struct profile *profile, struct err *err)
{
	cleanup_free char *what = host->disks.partly ? first_disk(host, profile) : NULL;

	if (!what)
		return 0;
	err_set(err, -EACCES,
	        _("whether this PC uses %s is not known: the open files and mounts of some "
	          "programs "
	          "could not be read (/proc/PID/fd, /proc/PID/mountinfo)"),
	        what);
	err_hint(err, _("playthrough-opens.socket reads them for the daemon: systemctl status "
	                "playthrough-opens.socket; then start the VM again"));
	return plan_refuse(err, CODE_DISK_UNKNOWN);
}
