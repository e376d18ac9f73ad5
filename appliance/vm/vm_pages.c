/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Huge pages for VMs. Those in the kernel's pool that nobody has are used first, and whose they will be only QEMU's own start
 * tells: so VMs which want such pages start one after the other until their QEMU has them, and count anew when it is their
 * turn. The pool is read and written again, so that one act on it goes on at a time; giving back does not wait for a start.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"
#include "vm/vm_usage.h"

#include <errno.h>

#define MIB (1ull << 20)

static void next(struct vms *vms);

static int run(struct vm *vm, bool take, disposable_done done, struct err *err)
{
	struct vms *vms = vm->vms;
	const struct journal *j = &vm->journal;
	const struct act_pages pages = {.bytes = j->page_bytes,
	        .before = j->pages_before,
	        .count = j->pages,
	        .taken = j->pages_taken};
	int r = vms_act(vms, take ? ACT_PAGES_TAKE : ACT_PAGES_BACK, &pages, PAGES_MS, done, vm,
	        &vm->act, err);

	vms->pages_act = r < 0 ? NULL : vm;
	return r;
}

/* --- taking --- */

static void on_taken(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;
	struct err own;

	(void)fd;
	vm->act = NULL;
	vm->vms->pages_act = NULL;
	vm->journal.pages_taken = !err;
	if (!err && vm_journal(vm, &own) < 0)
		err = &own;
	if (err || vm->state == VM_STOPPING)
		vm_start_fail(vm, err);
	else
		vm_claim(vm);
	next(vm->vms);
}

/* How many the pool lacks now, which others may have changed since the plan was made. */
static uint64_t count_missing(struct vm *vm, const struct memory *memory)
{
	const struct vm_plan *plan = &vm->starting->plan;
	const struct page_pool *pool = memory_pool(memory, plan->page_bytes);
	uint64_t idle;

	if (!pool)
		return plan->pages;
	vm->journal.pages_before = pool->pages;
	idle = pool->free > pool->reserved ? pool->free - pool->reserved : 0;
	return plan->pages_all > idle ? plan->pages_all - idle : 0;
}

/* As the plan does, which was made before others took theirs. */
static int check_floor(
        const struct vm *vm, const struct memory *memory, uint64_t missing, struct err *err)
{
	const uint64_t bytes = missing * vm->starting->plan.page_bytes;
	const uint64_t others = vms_memory_promised(vm->vms, vm);
	const uint64_t available =
	        memory->available_bytes > others ? memory->available_bytes - others : 0;

	if (!missing || !memory->available_bytes || bytes + PAGES_FLOOR <= available)
		return 0;
	err_set(err, -ENOMEM,
	        _("it wants %llu MiB in huge pages, and this PC can spare %llu MiB (/proc/meminfo "
	          "MemAvailable, less %llu MiB for the host)"),
	        (unsigned long long)(bytes / MIB),
	        (unsigned long long)(available > PAGES_FLOOR ? (available - PAGES_FLOOR) / MIB : 0),
	        (unsigned long long)(PAGES_FLOOR / MIB));
	err_prefix(err, _("VM %s"), vm->name);
	err_hint(err, _("close programs, stop another VM, or write hugepages=no in [memory] of its "
	                "profile"));
	err_code(err, CODE_MEM_PAGES);
	return -ENOMEM;
}

/* False: there is nothing to add. */
static bool begin_taking(struct vm *vm, struct err *err)
{
	struct memory memory;
	uint64_t missing;

	memory_take(&vm->vms->root, &memory, NULL);
	missing = count_missing(vm, &memory);
	if (check_floor(vm, &memory, missing, err) < 0)
		return false;
	vm->journal.pages = vm->starting->plan.pages = missing;
	if (!vm->journal.pages || vm_journal(vm, err) < 0)
		return false;
	return run(vm, true, on_taken, err) == 0;
}

static void take(struct vm *vm)
{
	struct err err = {0};

	vm->pages = (struct vm_pages){.turn = true};
	if (begin_taking(vm, &err))
		return;
	if (err.number)
		vm_start_fail(vm, &err);
	else
		vm_claim(vm);
}

void vm_pages_take(struct vm *vm)
{
	if (!vm->journal.page_bytes) {
		vm_claim(vm);
		return;
	}
	vm->pages.wait = PAGES_TAKE;
	next(vm->vms);
}

void vm_pages_settled(struct vm *vm)
{
	bool had_turn = vm->pages.turn;

	vm->pages = (struct vm_pages){.settled = true};
	if (had_turn)
		next(vm->vms);
}

/* --- giving back --- */

static void on_returned(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;
	struct vms *vms = vm->vms;

	(void)fd;
	vm->act = NULL;
	vms->pages_act = NULL;
	vm_pages_returned(vm, err);
	next(vms);
}

static int on_failed(sd_event_source *source, void *user)
{
	struct vm *vm = user;
	struct vms *vms = vm->vms;

	(void)source;
	vm->soon = sd_event_source_disable_unref(vm->soon);
	vm->pages.wait = PAGES_NO_WAIT;
	vm_pages_returned(vm, NULL);
	next(vms);
	return 0;
}

/* A daemon that is killed in the midst of this must not have the next one take as many from the pool again. */
static void give_back(struct vm *vm)
{
	struct journal *j = &vm->journal;
	bool taken = j->pages_taken;
	struct err err;

	vm->pages.wait = PAGES_NO_WAIT;
	j->pages_taken = false;
	if (vm_journal(vm, &err) < 0)
		log_error(&err, "VM %s", vm->name);
	j->pages_taken = taken;
	if (run(vm, false, on_returned, &err) == 0)
		return;
	log_error(&err, "VM %s", vm->name);
	vm->pages.wait = PAGES_FAILED;
	vm_soon(vm, on_failed);
}

void vm_pages_return(struct vm *vm)
{
	if (!vm->journal.pages)
		return;
	vm->pages.wait = PAGES_RETURN;
	next(vm->vms);
}

/* --- whose turn it is --- */

static struct vm *find(struct vms *vms, enum vm_pages_wait wait)
{
	for (struct vm *vm = vms->list; vm; vm = vm->next)
		if (vm->pages.wait == wait)
			return vm;
	return NULL;
}

static bool is_turn_taken(const struct vms *vms)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next)
		if (vm->pages.turn)
			return true;
	return false;
}

static void next(struct vms *vms)
{
	struct vm *vm;

	if (vms->pages_act)
		return;
	vm = find(vms, PAGES_RETURN);
	if (vm) {
		give_back(vm);
		return;
	}
	vm = find(vms, PAGES_TAKE);
	if (vm && !is_turn_taken(vms))
		take(vm);
}

/* --- for plans --- */

/* What is pinned or has been used is no part of MemAvailable any more; what ends takes no more. */
static uint64_t untouched(const struct vm *vm)
{
	const struct journal *j = &vm->journal;
	const struct root *root = &vm->vms->root;
	uint64_t resident = 0;

	if (j->page_bytes || (vm->state != VM_STARTING && vm->state != VM_RUNNING))
		return 0;
	if (j->pid > 0 && process_start_time(root, j->pid) == j->pid_start)
		resident = vm_usage_resident_bytes(root, j->pid);
	return vm_plan_untouched(j->memory_bytes, resident);
}

uint64_t vms_memory_promised(const struct vms *vms, const struct vm *but)
{
	uint64_t sum = 0;

	for (const struct vm *vm = vms->list; vm; vm = vm->next)
		sum += vm == but ? 0 : untouched(vm);
	return sum;
}

static void promise(const struct vm *vm, struct vm_promised *out)
{
	const struct vm_plan *plan = &vm->starting->plan;
	uint64_t to_come = vm->journal.pages_taken ? 0 : plan->pages;
	uint64_t pages = plan->pages_all - to_come;
	uint64_t has = vm->journal.pid > 0 ? vm_usage_huge_bytes(&vm->vms->root, vm->journal.pid) /
	                                             plan->page_bytes
	                                   : 0;

	out->bytes = plan->page_bytes;
	out->pages += pages > has ? pages - has : 0;
	out->to_come += to_come;
}

void vms_pages_promised(const struct vms *vms, struct vm_options *options)
{
	options->promised_bytes = vms_memory_promised(vms, NULL);
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		size_t i = 0;

		if (!vm->starting || !vm->starting->plan.page_bytes || vm->pages.settled)
			continue;
		while (i < PAGE_POOLS_MOST && options->promised[i].bytes &&
		        options->promised[i].bytes != vm->starting->plan.page_bytes)
			i++;
		if (i < PAGE_POOLS_MOST)
			promise(vm, &options->promised[i]);
	}
}
