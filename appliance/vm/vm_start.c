/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A start, from the refusals to the claimed PCI functions. Each act's undo is in the journal before it is done. */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "base/told.h"
#include "vm/acts/hand_over.h"
#include "vm/plan/plan_hand_over.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- refusals: nothing is touched --- */

static void make_nonce(char nonce[17])
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		abort();
	snprintf(nonce, 17, "%016llx", (unsigned long long)number);
}

static int refuse_claimed(const struct vm *vm, struct pci_addr addr, struct err *err)
{
	err_set(err, -EBUSY, _("PCI device %s is in use by VM %s"), pci_addr_format(addr).s,
	        vm->name);
	err_code(err, CODE_VM_CLAIMED);
	err_hint(err, _("stop that VM first: playthrough stop %s"), vm->name);
	return -EBUSY;
}

int vms_check_pci_free(const struct vms *vms, struct pci_addr wanted, struct err *err)
{
	const struct vm_quarantine *q = vms_quarantine_find(vms, wanted);
	struct pci_addr_text addr = pci_addr_format(wanted);

	if (q) {
		cleanup_free char *reason = told_now(q->reason);

		err_set(err, -EUCLEAN, _("PCI device %s is quarantined: %s"), addr.s, reason);
		err_code(err, CODE_VM_QUARANTINE);
		err_hint(
		        err, _("switch this PC off and on again; a warm reboot may not be enough"));
		return -EUCLEAN;
	}
	for (const struct vm *vm = vms->list; vm; vm = vm->next)
		for (size_t i = 0; i < vm->journal.n_pci; i++)
			if (pci_addr_equal(vm->journal.pci[i].addr, wanted))
				return refuse_claimed(vm, wanted, err);
	return 0;
}

/* Nobody takes a function that another VM's parts are of. While those are being made, sysfs does not tell of them. */
static int check_no_parent(
        const struct vms *vms, const char *name, struct pci_addr wanted, struct err *err)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next)
		for (size_t i = 0; !streq(vm->name, name) && i < vm->journal.n_shares; i++)
			if (pci_addr_equal(vm->journal.shares[i].parent, wanted))
				return refuse_claimed(vm, wanted, err);
	return 0;
}

int vms_check_disk_free(const struct vms *vms, const char *device, struct err *err)
{
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		for (size_t i = 0; i < vm->journal.n_disks; i++) {
			if (!streq(vm->journal.disks[i].device, device))
				continue;
			err_set(err, -EBUSY, _("disk %s is in use by VM %s"), device, vm->name);
			err_code(err, CODE_VM_CLAIMED);
			err_hint(err, _("stop that VM first: playthrough stop %s"), vm->name);
			return -EBUSY;
		}
	}
	return 0;
}

static int refuse_port(const char *vm, const struct forward *f, unsigned port, struct err *err)
{
	cleanup_free char *text = forward_format(f);

	err_set(err, -EADDRINUSE, _("forward=%s: port %u of this PC leads to VM %s already"), text,
	        port, vm);
	err_code(err, CODE_VM_PORT);
	err_hint(err,
	        _("stop that VM first: playthrough stop %s; or forward from another port of this "
	          "PC in one of the two profiles"),
	        vm);
	return -EADDRINUSE;
}

int vms_check_forwards_free(const struct vms *vms, const struct forwards *wanted, struct err *err)
{
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		cleanup(forwards_finish) struct forwards has = {0};

		if (vm->state == VM_STOPPED)
			continue;
		forwards_parse(vm->journal.forward, &has, NULL);
		for (size_t i = 0; i < has.n * wanted->n; i++) {
			const struct forward *f = &wanted->list[i % wanted->n];
			unsigned port = forward_meets(&has.list[i / wanted->n], f);

			if (port)
				return refuse_port(vm->name, f, port, err);
		}
	}
	return 0;
}

static int check_forwards(const struct vms *vms, const struct profile *profile, struct err *err)
{
	cleanup(forwards_finish) struct forwards wanted = {0};
	cleanup_free char *text = profile_forwards(profile);
	int r = forwards_parse(text, &wanted, err);

	return r < 0 ? r : vms_check_forwards_free(vms, &wanted, err);
}

static int check_claim_free(struct vms *vms, const struct vm_plan *plan,
        const struct vm_claim_pci *claim, struct err *err)
{
	int r = vms_check_share_free(vms, plan->name, &claim->share, err);

	if (r < 0 || !vm_claim_has(claim, claim->addr))
		return r;
	r = check_no_parent(vms, plan->name, claim->addr, err);
	return r < 0 ? r : vms_check_pci_free(vms, claim->addr, err);
}

static int check_image(const struct vms *vms, const struct vm_fd *image, struct err *err)
{
	int r = vms_check_image_free(vms, image->path, err);

	return r < 0 || !image->writable ? r : vms_check_image_base(vms, image->path, err);
}

static int check_free(struct vms *vms, const struct vm_plan *plan, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < plan->n_pci && r == 0; i++)
		r = check_claim_free(vms, plan, &plan->pci[i], err);
	for (size_t i = 0; i < plan->n_disks && r == 0; i++)
		r = vms_check_disk_free(vms, plan->disks[i].device, err);
	for (size_t i = 0; i < plan->n_fds && r == 0; i++)
		if (plan->fds[i].kind == VM_FD_IMAGE)
			r = check_image(vms, &plan->fds[i], err);
	for (size_t i = 0; i < plan->n_inputs && r == 0; i++)
		r = vms_check_input_free(vms, &plan->inputs[i], err);
	if (r == 0 && plan->glass)
		r = vms_check_glass_free(vms, plan->glass, err);
	return r;
}

/* Whoever looks at a card whose driver hangs may hang with it. */
static int check_cards_free(struct vms *vms, const struct profile *profile, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < profile->n_pci && r == 0; i++)
		r = vms_check_pci_free(vms, profile->pci[i].address, err);
	return r;
}

static int check_stopped(struct vms *vms, const char *name, struct err *err)
{
	struct vm *vm = vms_find(vms, name);

	if (!vm || vm->state == VM_STOPPED)
		return 0;
	err_set(err, -EALREADY,
	        vm->state == VM_STOPPING ? _("VM %s is still stopping")
	                                 : _("VM %s is running already"),
	        name);
	err_code(err, CODE_VM_RUNNING);
	err_hint(err, _("see: playthrough status %s"), name);
	return -EALREADY;
}

void vms_plan_options(const struct vms *vms, struct vm_options *options)
{
	options->session = vms->env.session;
	options->exists = vms->env.session ? NULL : vms_exists;
	options->qemu = vms->env.qemu;
	options->data_dir = vms->env.data_dir;
	options->state_dir = vms->state_dir;
	vms_network_options(options);
	vms_pages_promised(vms, options);
}

static void take_ports(struct vms *vms, const struct profile *profile, struct host *host)
{
	cleanup(forwards_finish) struct forwards forwards = {0};
	cleanup_free struct port_range *wanted = NULL;
	cleanup_free char *text = profile_forwards(profile);
	size_t n;

	forwards_parse(text, &forwards, NULL);
	vm_plan_ports(&forwards, &wanted, &n);
	ports_take(&vms->root, wanted, n, &host->ports);
}

/* Of VMs that run, start, or have not ended yet. */
static struct cpulist pinned_by_vms(const struct vms *vms)
{
	struct cpulist sum = {0};

	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		cleanup_cpulist struct cpulist pinned = {0}, before = sum;

		if (vm->journal.pinned)
			cpulist_parse(vm->journal.pinned, &pinned);
		sum = cpulist_both(&before, &pinned);
	}
	return sum;
}

static int make_plan(struct vms *vms, const struct profile *profile, struct vm_options *options,
        struct vm_plan *plan, struct err *err)
{
	cleanup(host_finish) struct host host = {0};
	cleanup_cpulist struct cpulist taken = pinned_by_vms(vms);
	cleanup_free struct vm_taken_pci *others = NULL;
	int r = vm_plan_needs_disks(profile) ? host_take(&vms->root, &host, err)
	                                     : host_take_without_disks(&vms->root, &host, err);

	if (r < 0)
		return r;
	take_ports(vms, profile, &host);
	vms_plan_options(vms, options);
	options->taken = &taken;
	vms_taken_pci(vms, profile->name, &others, &options->n_taken_pci);
	options->taken_pci = others;
	if (plan_hands_over(profile))
		plan_take_hand_over(&vms->root, profile, &host);
	r = vm_plan_make(&host, profile, options, plan, err);
	options->taken = NULL;
	options->taken_pci = NULL;
	if (r == 0 && (r = plan_disks_known(&host, profile, err)) < 0)
		vm_plan_finish(plan);
	return r < 0 ? err_prefix(err, _("VM %s"), profile->name) : 0;
}

/* --- claim --- */

static void on_claimed(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;
	struct journal *j = &vm->journal;
	struct err own;

	(void)fd;
	vm->act = NULL;
	if (err && vm->starting->step < j->n_pci)
		err = vm_hand_over_stuck(&j->pci[vm->starting->step], err, &own);
	if (err || vm->state == VM_STOPPING) {
		vm_start_fail(vm, err);
		return;
	}
	vm->starting->step++;
	vm_claim(vm);
}

static int claim_function(struct vm *vm, struct journal_pci *p, struct err *err)
{
	const struct act_claim claim = {.bar = p->bar,
	        .bar_will = p->bar_will,
	        .reset = p->reset_will,
	        .function = {.addr = p->addr,
	                .vendor = p->vendor,
	                .device = p->device,
	                .subsystem_vendor = p->subsystem_vendor,
	                .subsystem_device = p->subsystem_device,
	                .path = p->path,
	                .group = p->group}};
	int r = 0;

	if (!p->home || p->bar >= 0 || p->reset_will) {
		p->touched = true;
		r = vm_journal(vm, err);
	}
	return r < 0 ? r
	             : vms_act(vm->vms, ACT_CLAIM, &claim, p->handed ? HAND_MS : ACT_MS, on_claimed,
	                       vm, &vm->act, err);
}

/* Frees the cards that the host itself shows something on, walks the functions, then their groups. */
void vm_claim(struct vm *vm)
{
	struct journal *j = &vm->journal;
	size_t step = vm->starting->step;
	struct err err;
	int r;

	if (vm_share_next(vm) || vm_hand_over_next(vm))
		return;
	if (step < j->n_pci) {
		r = claim_function(vm, &j->pci[step], &err);
	} else if (step < j->n_pci + j->n_groups) {
		const struct act_group group = {.group = j->groups[step - j->n_pci].id};

		r = vms_act(vm->vms, ACT_VIABLE, &group, ACT_MS, on_claimed, vm, &vm->act, &err);
	} else {
		vm->starting->step = 0;
		vm_open_next(vm);
		return;
	}
	if (r < 0)
		vm_start_fail(vm, &err);
}

/* What the plan wants is there: pages and then devices are taken. */
void vm_take(struct vm *vm)
{
	vm_job_stage(vm->start_job, "claim", 5);
	vm_pages_take(vm);
}

/* --- parts of functions, and the plan with them --- */

static void set_plan(struct vm_starting *s, struct vm_plan *plan)
{
	vm_plan_finish(&s->plan);
	free(s->fds);
	s->plan = *plan;
	*plan = (struct vm_plan){0};
	s->fds = xcalloc(s->plan.n_fds, sizeof(*s->fds));
	for (size_t i = 0; i < s->plan.n_fds; i++)
		s->fds[i] = -1;
}

/* What auto has meant in the first plan, it means in the second. */
static void settle_shares(struct profile *profile, const struct vm_plan *plan)
{
	for (size_t i = 0; i < profile->n_pci; i++)
		if (plan->pci[i].share.kind == VM_SHARE_VIRTUAL)
			profile->pci[i].virtual_function = PROFILE_VIRTUAL(plan->pci[i].share.vf);
}

/* As a start with everything there would have been planned: the same refusals, and nothing of it is claimed yet. */
static int plan_again(struct vm *vm, struct err *err)
{
	struct vm_options options = {.test_drive = vm->journal.test_drive};
	struct vm_starting *s = vm->starting;
	struct vm_plan plan;
	int r;

	strcpy(options.nonce, vm->journal.nonce);
	settle_shares(s->profile, &s->plan);
	r = make_plan(vm->vms, s->profile, &options, &plan, err);
	if (r < 0)
		return r;
	r = check_free(vm->vms, &plan, err);
	if (r == 0 && !vm_plan_is_whole(&plan))
		r = err_set(err, -EIO, _("VM %s: what was made for it is not there"), vm->name);
	if (r == 0) {
		set_plan(s, &plan);
		vm_journal_plan(vm, &s->plan);
		r = vm_journal(vm, err);
	}
	vm_plan_finish(&plan);
	return r;
}

void vm_start_planned(struct vm *vm)
{
	struct err err;

	if (!vm_plan_is_whole(&vm->starting->plan) && plan_again(vm, &err) < 0)
		vm_start_fail(vm, &err);
	else if (vm_devices_ready(vm))
		vm_take(vm);
}

static int begin(sd_event_source *source, void *user)
{
	struct vm *vm = user;

	(void)source;
	vm_job_stage(vm->start_job, "check", 2);
	if (vm_plan_is_whole(&vm->starting->plan))
		vm_start_planned(vm);
	else
		vm_shares_make(vm);
	return 0;
}

/* --- failing and freeing --- */

void vm_starting_free(struct vm_starting *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->plan.n_fds; i++)
		close_fd(&s->fds[i]);
	close_fd(&s->log);
	launch_destroy(s->launch);
	side_free(s->tpm);
	for (size_t i = 0; i < ARRAY_SIZE(s->passt); i++)
		side_free(s->passt[i]);
	vm_plan_finish(&s->plan);
	if (s->profile)
		profile_finish(s->profile);
	free(s->profile);
	free(s->fds);
	free(s);
}

void vm_start_fail(struct vm *vm, const struct err *err)
{
	vm_end(vm, RUNG_KILL, err);
}

static void cancel_start(struct vm_job *job)
{
	struct err err;

	err_set(&err, -ECANCELED, _("the start of VM %s was cancelled"), job->vm->name);
	vm_end(job->vm, job->vm->rung ? job->vm->rung : RUNG_QUIT, &err);
}

/* --- the call --- */

static struct vm_starting *new_starting(struct vm_plan *plan)
{
	struct vm_starting *s = xcalloc(1, sizeof(*s));

	set_plan(s, plan);
	s->log = -1;
	return s;
}

static int make_folder(struct vm *vm, struct err *err)
{
	cleanup_free char *folder = vm_file(vm, "");
	mode_t mode = vm->vms->env.session ? 0700 : 0711;

	/* The VM's user must reach the launcher's socket in it, and see nothing else. */
	if ((mkdir(folder, mode) < 0 && errno != EEXIST) || chmod(folder, mode) < 0)
		return err_errno(err, -errno, "%s", folder);
	return 0;
}

static struct vm_job *start(struct vms *vms, struct profile *profile, struct vm_plan *plan,
        const struct vm_start_options *options, const char *nonce, int *picture, struct err *err)
{
	struct vm *vm = vms_get(vms, profile->name);

	vm_journal_begin(vm, plan, profile);
	vm->journal.test_drive = options->test_drive;
	vm->journal.forward = profile_forwards(profile);
	vm->journal.keep = options->keep;
	strcpy(vm->journal.nonce, nonce);
	if (make_folder(vm, err) < 0 || vm_journal(vm, err) < 0) {
		journal_finish(&vm->journal);
		return NULL;
	}
	vm->starting = new_starting(plan);
	vm->starting->profile = xcalloc(1, sizeof(*profile));
	*vm->starting->profile = *profile;
	*profile = (struct profile){0};
	vm->picture = take_fd(*picture);
	vm->end = vm->lost = (struct err){0};
	vm->reported = vm->guest_off = vm->releasing = false;
	vm->pause = (struct vm_pause){0};
	vm->asleep = vm->trouble_ends = false;
	vm->trouble = (struct err){0};
	vm->trouble_usec = 0;
	vm->pages = (struct vm_pages){0};
	vm->rung = RUNG_NONE;
	if (!options->by_rule)
		vm_recover_forget(vm);
	vm->recover.by_rule = options->by_rule;
	vm->start_job =
	        vm_job_create(vm, options->test_drive ? "test-drive" : "start", cancel_start);
	vm_set_state(vm, VM_STARTING);
	vm_soon(vm, begin);
	return vm->start_job;
}

struct vm_job *vms_start(
        struct vms *vms, const char *name, const struct vm_start_options *options, struct err *err)
{
	cleanup_close int picture = options->picture_fd;
	struct vm_options plan_options = {.test_drive = options->test_drive};
	struct vm *sleeping = options->test_drive ? NULL : vms_find(vms, name);
	struct vm_job *job = sleeping ? vm_sleep_wake(sleeping) : NULL;
	struct profile profile;
	struct vm_plan plan;

	if (job)
		return job;
	if (check_stopped(vms, name, err) < 0 || vm_recover_check(vms_find(vms, name), err) < 0 ||
	        profile_find(vms->env.profile_folders, name, &profile, err) < 0)
		return NULL;
	if (options->test_drive)
		make_nonce(plan_options.nonce);
	if (check_forwards(vms, &profile, err) == 0 && check_cards_free(vms, &profile, err) == 0 &&
	        make_plan(vms, &profile, &plan_options, &plan, err) == 0) {
		if (check_free(vms, &plan, err) == 0)
			job = start(
			        vms, &profile, &plan, options, plan_options.nonce, &picture, err);
		vm_plan_finish(&plan);
	}
	profile_finish(&profile);
	return job;
}
