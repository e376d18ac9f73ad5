/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first process of an emulated PC whose NVMe controller can have virtual functions: loads the modules of /modules in the
 * order of their names, has a virtual function made, bound, given back and removed, and says on each line what came of it.
 */
#include "host/pci.h"
#include "vm/acts/share.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NVME    0x0108
#define TRIES   600 /* a busy PC is slow */
#define STEP_US 100000

static const struct act_share share = {.kind = VM_SHARE_VIRTUAL,
        .parent = {.addr = {0, 1, 0, 0}, .vendor = 0x1b36, .device = 0x0010},
        .vf = 1,
        .vfs = 2,
        .autoprobe = true};

static void load_modules(const struct root *root)
{
	cleanup_strv struct strv names = {0};

	root_list(root, "/modules", &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf("/modules/%s", *name);
		cleanup_close int fd = root_openat(root, path, O_RDONLY, 0);

		if (syscall(SYS_finit_module, fd, "", 0) < 0)
			printf("module %s: %m\n", *name);
	}
}

static void tell(const char *what, int r, const struct err *err)
{
	printf("%s %d%s%s\n", what, r, r < 0 ? " " : "", r < 0 ? err->message : "");
}

static void show(const struct root *root, const char *when)
{
	cleanup(pci_finish) struct pci pci = {0};

	pci_take(root, &pci, NULL);
	for (size_t i = 0; i < pci.n; i++) {
		const struct pci_device *d = &pci.list[i];

		if (d->class_code >> 8 == NVME)
			printf("%s: %s %s %u/%u%s\n", when, pci_addr_format(d->addr).s,
			        d->driver ? d->driver : "-", d->vfs, d->vfs_total,
			        d->is_virtual ? " virtual" : "");
	}
}

/* Until the driver has the controller. */
static void await_driver(const struct root *root)
{
	for (unsigned i = 0; i < TRIES; i++) {
		if (root_exists(root, "/sys/bus/pci/devices/0000:01:00.0/driver"))
			return;
		usleep(STEP_US);
	}
}

static void use(const struct root *root)
{
	cleanup(pci_finish) struct pci pci = {0};
	const struct pci_device *d;
	struct act_function f;
	struct err err = {0};

	pci_take(root, &pci, NULL);
	d = pci_find_virtual(&pci, share.parent.addr, share.vf);
	if (!d)
		return;
	f = (struct act_function){.addr = d->addr,
	        .vendor = d->vendor,
	        .device = d->device,
	        .subsystem_vendor = d->subsystem_vendor,
	        .subsystem_device = d->subsystem_device,
	        .path = d->path,
	        .group = d->iommu_group};
	tell("bind", act_bind(root, &f, &err), &err);
	tell("viable", act_group_viable(root, d->iommu_group, &err), &err);
	show(root, "bound");
	tell("remove-used", act_share_remove(root, &share, &err), &err);
	tell("restore", act_restore(root, &f, NULL, &err), &err);
}

int main(void)
{
	struct act_share many = share;
	struct root root;
	struct err err = {0};

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (mount("sysfs", "/sys", "sysfs", 0, NULL) < 0 ||
	        mount("proc", "/proc", "proc", 0, NULL) < 0 ||
	        mount("devtmpfs", "/dev", "devtmpfs", 0, NULL) < 0 ||
	        root_open(&root, "/", &err) < 0)
		printf("mount: %m\n");
	load_modules(&root);
	await_driver(&root);
	show(&root, "before");
	tell("make", act_share_make(&root, &share, &err), &err);
	tell("make-again", act_share_make(&root, &share, &err), &err);
	show(&root, "made");
	use(&root);
	tell("remove", act_share_remove(&root, &share, &err), &err);
	show(&root, "removed");
	many.vfs = 9;
	tell("too-many", act_share_make(&root, &many, &err), &err);
	puts("done");
	return reboot(RB_POWER_OFF);
}
