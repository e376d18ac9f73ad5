/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kind of machine this is, and what that means for every other answer: a container sees the PC around it
 * but can change none of it; a virtual machine can pass devices only where its hypervisor gives it an IOMMU.
 */
#include "checks.h"

static void show(const struct environment_fact *fact, struct check_result *r)
{
	if (fact->name)
		result_evidence(r, fact->source, "%s", fact->value);
}

static void judge_container(const struct environment *e, struct check_result *r)
{
	result_fail(r, CODE_HOST_CONTAINER, CHECK_CURE_PERSON,
	        _("this is a container (%s): it sees the hardware of the system around it and can "
	          "change none of it"),
	        e->container.name);
	result_fix(r, _("The facts below are that system's, as far as they show in here. Install "
	                "Playthrough there: apply, verify and the daemon work on the host alone."));
}

static void judge_guest(const struct check_context *c, struct check_result *r)
{
	const struct environment *e = &c->host->environment;
	const char *name = e->hypervisor.name ? e->hypervisor.name : _("of an unknown kind");

	if (e->wsl) {
		result_fail(r, CODE_HOST_GUEST, CHECK_CURE_IMPOSSIBLE,
		        _("this is Linux inside Windows (WSL), which owns no device it could "
		          "pass"));
		result_fix(r, _("Install Linux on the PC itself, on a disk of its own."));
	} else if (iommu_is_on(c->host) || iommu_in_firmware(c->host)) {
		result_pass(r,
		        _("this is a virtual machine (%s) that was given an IOMMU: it can pass "
		          "on the devices it owns"),
		        name);
	} else {
		result_warn(r, CODE_HOST_GUEST,
		        _("this is a virtual machine (%s) without an IOMMU: it can pass no device"),
		        name);
		result_fix(
		        r, _("Run Playthrough on the PC itself; what is said below of a firmware "
		             "setup means that of the PC. Else give this VM a virtual IOMMU with "
		             "interrupt remapping and nested virtualization (QEMU: -machine "
		             "q35,kernel-irqchip=split -device intel-iommu,intremap=on)."));
	}
}

void check_environment(const struct check_context *c, struct check_result *r)
{
	const struct host *host = c->host;
	const struct environment *e = &host->environment;
	bool guest = e->hypervisor.name || host->cpu.hypervisor;

	show(&e->container, r);
	show(&e->hypervisor, r);
	if (host->cpu.threads)
		result_evidence(r, "/proc/cpuinfo", "flags: %shypervisor",
		        host->cpu.hypervisor ? "" : "no ");
	if (e->container.name) {
		judge_container(e, r);
	} else if (guest) {
		judge_guest(c, r);
	} else if (host->cpu.threads) {
		result_pass(r, _("this is a PC itself, neither a container nor a virtual machine"));
	} else {
		result_evidence(r, "/proc/cpuinfo", "not readable");
		result_unknown(r, CODE_NONE,
		        _("nothing tells whether this is a PC, a virtual machine or a container"));
	}
}
