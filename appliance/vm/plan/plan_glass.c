/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that the guest and Looking Glass on this PC share: the host application in the guest writes its pictures there, and the
 * client shows them. https://looking-glass.io/docs/stable/install_libvirt/ (determining memory, permissions, kvmfr)
 */
#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>

#define MIB     (1ull << 20)
#define KVMFR   "/dev/kvmfr0"
#define OPTIONS "/etc/modprobe.d/kvmfr.conf"

static int refuse_kvmfr(const struct planning *p, uint64_t need, struct err *err)
{
	unsigned long long want = need / MIB, have = p->host->kvmfr_bytes / MIB;

	if (have)
		err_set(err, -ENOSPC,
		        _("looking-glass: a picture of %s needs %llu MiB, and /dev/kvmfr0 has %llu "
		          "MiB (/sys/module/kvmfr/parameters/static_size_mb)"),
		        p->profile->glass_resolution, want, have);
	else
		err_set(err, -ENODEV,
		        _("looking-glass: /dev/kvmfr0 is not there: the kernel module kvmfr is not "
		          "loaded, or has no memory "
		          "(/sys/module/kvmfr/parameters/static_size_mb)"));
	err_hint(err,
	        _("write \"options kvmfr static_size_mb=%llu\" into %s and load the module anew, "
	          "or "
	          "write memory=file in [looking-glass]"),
	        want, OPTIONS);
	return plan_refuse(err, CODE_GLASS_MEMORY);
}

int plan_glass(const struct planning *p, struct err *err)
{
	struct vm_plan *plan = p->plan;
	bool kvmfr = p->profile->glass_memory != PROFILE_GLASS_FILE;

	if (!p->profile->glass_resolution)
		return 0;
	plan->glass_bytes = profile_glass_bytes(p->profile);
	if (kvmfr && p->host->kvmfr_bytes >= plan->glass_bytes) {
		plan->glass_bytes =
		        p->host->kvmfr_bytes; /* the module lends all of it or nothing */
		plan->glass = xstrdup(KVMFR);
		return 0;
	}
	if (p->profile->glass_memory == PROFILE_GLASS_KVMFR)
		return refuse_kvmfr(p, plan->glass_bytes, err);
	plan->glass = xasprintf("/dev/shm/looking-glass-%s", p->profile->name);
	return 0;
}

/* QEMU opens it by a plain open(), as it does what is of evdev. Beside a tablet it is the second function of its slot. */
void args_glass(const struct planning *p)
{
	struct vm_plan *plan = p->plan;
	bool tablet = plan->display_path && !profile_is_windows(p->profile);
	unsigned fd;

	if (!plan->glass)
		return;
	fd = plan_add_fd(plan, VM_FD_GLASS, 0, plan->glass, true);
	args_option(&plan->args, "-object",
	        "memory-backend-file,id=glass,share=on,mem-path=/proc/self/fd/%u,size=%lluM", fd,
	        (unsigned long long)(plan->glass_bytes / MIB));
	args_option(&plan->args, "-device",
	        "ivshmem-plain,id=looking-glass,memdev=glass,bus=pcie.0,addr=%02x.%u", SLOT_TABLET,
	        tablet ? 1u : 0u);
}
