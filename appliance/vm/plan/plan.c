/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/plan.h"

#include "base/i18n.h"
#include "vm/plan/plan_parts.h"

#include <errno.h>
#include <stdio.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

int plan_refuse(struct err *err, enum code code)
{
	err_code(err, code);
	return err ? err->number : -EINVAL;
}

bool plan_exists(const struct vm_options *options, const char *path)
{
	return options->exists ? options->exists(path) : access(path, F_OK) == 0;
}

/* STATX_DIOALIGN is of Linux 6.1, and each file system has learnt it in its own time: no answer is no answer. */
static enum file_direct look_direct(const char *path)
{
	struct statfs fs;
	struct statx st;

	if (statfs(path, &fs) < 0)
		return FILE_DIRECT_UNKNOWN;
	if (fs.f_type == BTRFS_SUPER_MAGIC)
		return FILE_DIRECT_SUMMED;
	if (statx(AT_FDCWD, path, 0, STATX_DIOALIGN, &st) < 0 || !(st.stx_mask & STATX_DIOALIGN))
		return FILE_DIRECT_UNKNOWN;
	return st.stx_dio_mem_align ? FILE_DIRECT_YES : FILE_DIRECT_NO;
}

enum file_direct plan_direct(const struct vm_options *options, const char *path)
{
	return options->direct ? options->direct(path) : look_direct(path);
}

bool plan_direct_boot(const struct vm_options *options, const struct profile *profile)
{
	return options->test_drive || profile->kernel;
}

unsigned plan_add_fd(
        struct vm_plan *plan, enum vm_fd_kind kind, size_t index, const char *path, bool writable)
{
	struct vm_fd *fd = list_append(plan->fds, plan->n_fds);

	*fd = (struct vm_fd){
	        .kind = kind, .index = index, .path = xstrdup(path), .writable = writable};
	return VM_FD_FIRST + (unsigned)plan->n_fds - 1;
}

static int check_session(const struct planning *p, struct err *err)
{
	if (!p->options->session)
		return 0;
	if (p->profile->n_pci) {
		const struct profile_pci *pci = &p->profile->pci[0];

		err_set(err, -EPERM,
		        _("it owns the PCI function %s, which needs the system's daemon"),
		        pci_addr_format(pci->address).s);
		err_hint(err, _("start it without --session; a session has no passthrough"));
		return plan_refuse(err, CODE_VM_SESSION);
	}
	for (size_t i = 0; i < p->profile->n_disks; i++) {
		if (!p->profile->disks[i].device)
			continue;
		err_set(err, -EPERM,
		        _("its disk %s is the raw disk %s, which needs the system's daemon"),
		        p->profile->disks[i].name, p->profile->disks[i].device);
		err_hint(err, _("start it without --session, or use image= in the profile"));
		return plan_refuse(err, CODE_VM_SESSION);
	}
	return 0;
}

static int refuse_kvm(const struct cpu *cpu, struct err *err)
{
	if (!cpu->vmx && !cpu->svm) {
		err_set(err, -ENODEV,
		        _("it wants KVM, and this processor offers no virtualization "
		          "(/proc/cpuinfo: neither vmx nor svm)"));
		err_hint(err, _("switch on VT-x or SVM in the firmware setup; accel=auto in [cpu] "
		                "emulates where there is no KVM, slowly"));
		return plan_refuse(err, CODE_CPU_NONE);
	}
	if (cpu->kvm_device == ENOENT || !cpu->kvm_module) {
		err_set(err, -ENODEV,
		        _("it wants KVM, and /dev/kvm is not there (/sys/module: %s)"),
		        cpu->kvm_module ? _("its module is loaded")
		                        : _("kvm_intel, kvm_amd not loaded"));
		err_hint(err,
		        _("load it: modprobe %s; if that fails, switch on virtualization in the "
		          "firmware setup"),
		        cpu->svm ? "kvm_amd" : "kvm_intel");
		return plan_refuse(err, CODE_KVM_ABSENT);
	}
	err_set(err, -EACCES, _("it wants KVM, and /dev/kvm cannot be opened: %s"),
	        strerror(cpu->kvm_device));
	err_hint(err, _("add the user to group kvm: usermod -aG kvm USER, and log in again"));
	return plan_refuse(err, CODE_KVM_ACCESS);
}

static int plan_kvm(const struct planning *p, struct err *err)
{
	switch (p->profile->accel) {
	case PROFILE_ACCEL_TCG:
		p->plan->kvm = false;
		return 0;
	case PROFILE_ACCEL_AUTO:
		p->plan->kvm = cpu_kvm_is_usable(&p->host->cpu);
		return 0;
	case PROFILE_ACCEL_KVM:
		p->plan->kvm = true;
		break;
	}
	return cpu_kvm_is_usable(&p->host->cpu) ? 0 : refuse_kvm(&p->host->cpu, err);
}

/* Memory of the node that the first card is on. */
static int node_of_card(const struct planning *p)
{
	for (size_t i = 0; i < p->profile->n_pci; i++) {
		const struct pci_device *d = pci_find(&p->host->pci, p->profile->pci[i].address);

		if (d && p->profile->pci[i].kind == PROFILE_PCI_GPU)
			return d->numa_node;
	}
	return -1;
}

/* Emulated processors gain nothing by a place of their own, unless a person wants it. */
static int plan_cpus(const struct planning *p, struct err *err)
{
	const char *pin = p->profile->cpu_pin;
	bool chosen = streq(pin, "auto");
	const struct cpu_map_wish wish = {.count = p->profile->cpus,
	        .node = node_of_card(p),
	        .taken = p->options->taken,
	        .list = chosen ? NULL : pin};
	struct cpu_map *map = &p->plan->cpus;

	if (streq(pin, "no") || (chosen && !p->plan->kvm)) {
		*map = (struct cpu_map){.dies = 1, .cores = wish.count, .threads = 1};
		return 0;
	}
	if (cpu_map_make(&p->host->topology, &wish, map, err) == 0)
		return 0;
	err_hint(err, _("change pin= in [cpu] of %s; auto chooses"), p->profile->file);
	return plan_refuse(err, CODE_CPU_PIN);
}

static int make(const struct planning *p, struct err *err)
{
	int r = check_session(p, err);

	if (r == 0)
		r = plan_pci(p, err);
	if (r == 0)
		r = plan_primary(p, err);
	if (r == 0)
		r = plan_bars(p, err);
	if (r == 0)
		r = plan_resets(p, err);
	if (r == 0)
		r = plan_roms(p, err);
	if (r == 0)
		r = plan_disks(p, err);
	if (r == 0)
		r = plan_cdroms(p, err);
	if (r == 0)
		r = plan_boot_order(p, err);
	if (r == 0)
		r = plan_inputs(p, err);
	if (r == 0)
		r = plan_glass(p, err);
	if (r == 0)
		r = plan_firmware(p, err);
	if (r == 0)
		r = plan_network(p, err);
	if (r == 0)
		r = plan_link(p, err);
	if (r == 0)
		r = plan_kvm(p, err);
	if (r == 0)
		r = plan_cpus(p, err);
	if (r == 0)
		plan_isolation(p);
	if (r == 0)
		plan_monitor(p);
	if (r == 0)
		r = plan_memory(p, err);
	if (r == 0)
		plan_numa(p);
	if (r == 0 && p->options->test_drive)
		plan_drive(p);
	if (r == 0)
		r = plan_args(p, err);
	p->plan->firmware = NULL; /* @host's, which may go before the plan does */
	return r;
}

int vm_plan_make(const struct host *host, const struct profile *profile,
        const struct vm_options *options, struct vm_plan *out, struct err *err)
{
	const struct planning planning = {host, profile, options, out};
	int r;

	*out = (struct vm_plan){.name = xstrdup(profile->name)};
	r = make(&planning, err);
	if (r < 0)
		vm_plan_finish(out);
	return r;
}

bool vm_plan_is_whole(const struct vm_plan *plan)
{
	for (size_t i = 0; i < plan->n_pci; i++)
		if (plan->pci[i].share.kind != VM_SHARE_NO && !plan->pci[i].share.there)
			return false;
	return true;
}

bool vm_claim_has(const struct vm_claim_pci *claim, struct pci_addr addr)
{
	switch (claim->share.kind) {
	case VM_SHARE_NO:
		break;
	case VM_SHARE_VIRTUAL:
		if (!claim->share.there)
			return false;
		break;
	case VM_SHARE_MEDIATED:
		return false;
	}
	return pci_addr_equal(claim->addr, addr);
}

void vm_plan_finish(struct vm_plan *plan)
{
	for (size_t i = 0; i < plan->n_pci; i++) {
		free(plan->pci[i].path);
		free(plan->pci[i].name);
		free(plan->pci[i].guest_path);
		free(plan->pci[i].reset_was);
		plan_share_finish(&plan->pci[i].share);
	}
	for (size_t i = 0; i < plan->n_disks; i++) {
		free(plan->disks[i].name);
		free(plan->disks[i].device);
		free(plan->disks[i].serial);
	}
	for (size_t i = 0; i < plan->n_inputs; i++) {
		free(plan->inputs[i].name);
		free(plan->inputs[i].device);
		free(plan->inputs[i].node);
		free(plan->inputs[i].input);
		free(plan->inputs[i].usb);
	}
	free(plan->attach);
	strv_finish(&plan->drivers);
	free(plan->inputs);
	free(plan->glass);
	free(plan->monitor_bus);
	free(plan->monitor_not);
	for (size_t i = 0; i < plan->n_fds; i++) {
		free(plan->fds[i].path);
		free(plan->fds[i].from);
	}
	hand_acts_finish(&plan->hand, &plan->n_hand);
	free(plan->pci);
	free(plan->disks);
	free(plan->fds);
	free(plan->name);
	free(plan->display_path);
	for (size_t i = 0; i < plan->n_nets; i++) {
		free(plan->nets[i].name);
		free(plan->nets[i].forward);
		free(plan->nets[i].tap);
		free(plan->nets[i].link);
		free(plan->nets[i].mac);
	}
	free(plan->nets);
	for (size_t i = 0; i < plan->n_nodes; i++)
		cpulist_finish(&plan->nodes[i].cpus);
	free(plan->nodes);
	cpu_map_finish(&plan->cpus);
	cpulist_finish(&plan->kept);
	free(plan->not_kept);
	strv_finish(&plan->guest_disks);
	strv_finish(&plan->drive);
	strv_finish(&plan->cpu_words);
	strv_finish(&plan->args);
	*plan = (struct vm_plan){0};
}

static const char *testplan_word(const struct vm_claim_pci *claim)
{
	switch (claim->kind) {
	case PROFILE_PCI_GPU:
		return "gpu";
	case PROFILE_PCI_AUDIO:
		return "audio";
	case PROFILE_PCI_USB:
		return "usb-controller";
	case PROFILE_PCI_OTHER:
		break;
	}
	return claim->class_code >> 8 == 0x0108 ? "nvme" : "pci";
}

char *vm_plan_testplan(const struct vm_plan *plan, const char *nonce)
{
	cleanup_strv struct strv lines = {0};
	cleanup_free char *text = NULL;

	strv_addf(&lines, "nonce %s", nonce);
	for (size_t i = 0; i < plan->n_pci; i++) {
		const struct vm_claim_pci *claim = &plan->pci[i];

		if (claim->pass)
			strv_addf(&lines, "%s %s %s", testplan_word(claim),
			        pci_addr_format(claim->addr).s, claim->guest_path);
	}
	if (plan->display_path)
		strv_addf(&lines, "display display %s", plan->display_path);
	strv_foreach (disk, &plan->guest_disks)
		strv_addf(&lines, "disk %s", *disk);
	strv_foreach (line, &plan->drive)
		strv_add(&lines, *line);
	text = strv_join(&lines, "\n");
	return xasprintf("%s\n", text);
}

bool vm_plan_needs_disks(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_disks; i++) {
		if (profile->disks[i].device)
			return true;
	}
	return profile->n_pci;
}
