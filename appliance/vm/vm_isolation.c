/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processors kept for VMs, all at once: a round makes this PC as the VMs that run now want it. Whatever changes while one goes
 * on waits for the next. The journal says what a round does before it begins: units by systemd, which writes them into the
 * kernel and would write over what others write there; the rest in a child.
 */
#include "vm/acts/launch_unit.h"
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>

#define CALL_USEC    10000000u
#define NO_SUCH_UNIT "org.freedesktop.systemd1.NoSuchUnit"

/* What systemd was asked for one entry of the list. */
struct isolation_call {
	struct vms *vms;
	size_t entry;
	sd_bus_slot *slot;
};

static void begin_round(struct vms *vms);

static char *journal_file(const struct vms *vms)
{
	return xasprintf("%s/isolation.json", vms->env.run_dir);
}

static int save(struct vms *vms, struct err *err)
{
	cleanup_free char *file = journal_file(vms);

	return isolation_save(&vms->root, file, &vms->isolation.changes, err);
}

static void load(struct vms *vms)
{
	cleanup_free char *file = journal_file(vms);
	struct err err;

	isolation_finish(&vms->isolation.changes);
	if (isolation_load(&vms->root, file, &vms->isolation.changes, &err) < 0)
		log_error(&err, "isolation");
}

static struct cpulist sum_of_kept(const struct vms *vms)
{
	struct cpulist sum = {0};

	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		cleanup_cpulist struct cpulist kept = {0}, before = sum;

		if (vm->journal.kept_processors)
			cpulist_parse(vm->journal.kept_processors, &kept);
		sum = cpulist_both(&before, &kept);
	}
	return sum;
}

/* --- the end of a round --- */

static void go_on(struct vm *vm, enum vm_isolation_wait over)
{
	switch (over) {
	case ISOLATION_NO_WAIT:
		break;
	case ISOLATION_BEFORE_RUN:
		if (vm->state == VM_STARTING && vm->qmp)
			vm_run(vm);
		break;
	case ISOLATION_IN_RELEASE:
		vm_isolation_ended(vm);
		break;
	}
}

/* A game runs without it, somewhat worse: no reason to end it. */
static void tell_failure(struct vm *vm, const struct err *err)
{
	if (!err->number || vm->isolation.wait != ISOLATION_BEFORE_RUN)
		return;
	free(vm->isolation.why);
	vm->isolation.why = xasprintf(
	        _("this PC's own work is not all kept off the VM's processors: %s"), err->message);
}

static void end_waits(struct vms *vms, const struct err *failed)
{
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		if (vm->isolation.next)
			continue;
		tell_failure(vm, failed);
		vm->isolation.over = vm->isolation.wait;
		vm->isolation.wait = ISOLATION_NO_WAIT;
	}
}

static void forget_calls(struct vms_isolation *i)
{
	for (size_t k = 0; k < i->n_calls; k++) {
		sd_bus_slot_unref(i->calls[k]->slot);
		free(i->calls[k]);
	}
	free(take_ptr(i->calls));
	i->n_calls = i->pending = 0;
}

/* Whoever waited goes on once the next round has begun: it may want another, which waits for that one then. */
static void end_round(struct vms *vms)
{
	struct vms_isolation *i = &vms->isolation;
	struct err err, failed = i->failed;

	forget_calls(i);
	isolation_done(&i->changes);
	if (save(vms, &err) < 0)
		log_error(&err, "isolation");
	if (failed.number)
		log_error(&failed, "isolation");
	i->failed = (struct err){0};
	i->busy = false;
	end_waits(vms, &failed);
	if (i->again)
		begin_round(vms);
	for (struct vm *vm = vms->list; vm; vm = vm->next) {
		enum vm_isolation_wait over = vm->isolation.over;

		vm->isolation.over = ISOLATION_NO_WAIT;
		go_on(vm, over);
	}
}

static int on_soon(sd_event_source *source, void *user)
{
	struct vms *vms = user;

	(void)source;
	vms->isolation.soon = sd_event_source_disable_unref(vms->isolation.soon);
	end_round(vms);
	return 0;
}

/* Never from within the call of who wanted it. */
static void fail_round(struct vms *vms, const struct err *err)
{
	if (!vms->isolation.failed.number)
		vms->isolation.failed = *err;
	sd_event_add_defer(vms->env.event, &vms->isolation.soon, on_soon, vms);
}

/* --- interrupts and workers --- */

static void note_failed_act(struct vms_isolation *i, const struct err *err)
{
	for (size_t k = 0; k < i->changes.n; k++)
		if (i->changes.list[k].kind != PLACE_UNIT)
			i->changes.list[k].failed = true;
	if (!i->failed.number)
		i->failed = *err;
}

static void on_acted(void *user, int fd, const struct err *err)
{
	struct vms *vms = user;

	(void)fd;
	vms->isolation.act = NULL;
	if (err)
		note_failed_act(&vms->isolation, err);
	end_round(vms);
}

static void act(struct vms *vms)
{
	struct err err;

	if (vms_act(vms, ACT_ISOLATE, &vms->isolation.changes, ACT_MS, on_acted, vms,
	            &vms->isolation.act, &err) == 0)
		return;
	note_failed_act(&vms->isolation, &err);
	fail_round(vms, &err);
}

/* --- units --- */

static void note_failed_unit(struct vms_isolation *i, size_t entry, int r, const char *text)
{
	struct isolation_entry *e = &i->changes.list[entry];

	e->failed = true;
	if (!i->failed.number)
		err_set(&i->failed, r, "systemd: %s: %s", e->name, text);
}

static int on_reply(sd_bus_message *reply, void *user, sd_bus_error *unused)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);
	struct isolation_call *call = user;
	struct vms *vms = call->vms;
	struct isolation_entry *entry = &vms->isolation.changes.list[call->entry];

	(void)unused;
	if (entry->gone && sd_bus_error_has_name(error, NO_SUCH_UNIT))
		isolation_forget(entry);
	else if (error)
		note_failed_unit(&vms->isolation, call->entry, -EREMOTEIO,
		        error->message ? error->message : error->name);
	if (--vms->isolation.pending == 0)
		act(vms);
	return 0;
}

static int fill(sd_bus_message *m, const char *unit, const struct cpulist *cpus)
{
	int r = sd_bus_message_append(m, "sb", unit, 1); /* until the next boot */

	r = r < 0 ? r : sd_bus_message_open_container(m, 'a', "(sv)");
	r = r < 0 ? r : launch_unit_add_cpus(m, cpus);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static void set_unit(struct vms *vms, size_t entry, const struct cpulist *cpus)
{
	struct vms_isolation *i = &vms->isolation;
	struct isolation_call *call = xcalloc(1, sizeof(*call));
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(vms->env.bus, &m, "org.freedesktop.systemd1",
	        "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
	        "SetUnitProperties");

	*call = (struct isolation_call){.vms = vms, .entry = entry};
	r = r < 0 ? r : fill(m, i->changes.list[entry].name, cpus);
	r = r < 0 ? r : sd_bus_call_async(vms->env.bus, &call->slot, m, on_reply, call, CALL_USEC);
	sd_bus_message_unref(m);
	if (r < 0) {
		note_failed_unit(i, entry, r, strerror(-r));
		free(call);
		return;
	}
	*list_append(i->calls, i->n_calls) = call;
	i->pending++;
}

/*
 * A unit that had nothing to say of it gets all processors first: systemd takes an empty list into the kernel only where
 * another unit keeps cpusets in use, and by then it makes no difference.
 */
static void set_units(struct vms *vms, const struct cpulist *possible)
{
	const struct isolation *changes = &vms->isolation.changes;

	for (size_t k = 0; vms->env.bus && k < changes->n; k++) {
		const struct isolation_entry *entry = &changes->list[k];

		if (entry->kind != PLACE_UNIT)
			continue;
		if (!entry->now.n && possible->n)
			set_unit(vms, k, possible);
		set_unit(vms, k, &entry->now);
	}
}

/* --- a round --- */

static void begin_round(struct vms *vms)
{
	cleanup(placement_finish) struct placement facts = {0};
	cleanup_cpulist struct cpulist kept = sum_of_kept(vms);
	struct vms_isolation *i = &vms->isolation;
	struct err err;

	i->busy = true;
	i->again = false;
	for (struct vm *vm = vms->list; vm; vm = vm->next)
		vm->isolation.next = false;
	placement_take(&vms->root, &facts);
	isolation_decide(&i->changes, &facts, &kept);
	if (save(vms, &err) < 0) {
		load(vms); /* nothing was done: what is there is as it was */
		fail_round(vms, &err);
		return;
	}
	set_units(vms, &facts.possible);
	if (!i->pending)
		act(vms);
}

static void want_round(struct vm *vm, enum vm_isolation_wait wait)
{
	struct vms_isolation *i = &vm->vms->isolation;

	vm->isolation.wait = wait;
	vm->isolation.over = ISOLATION_NO_WAIT;
	vm->isolation.next = i->again = i->busy;
	if (!i->busy)
		begin_round(vm->vms);
}

/* --- one VM --- */

static void set_why(struct vm *vm, const char *why)
{
	free(vm->isolation.why);
	vm->isolation.why = xstrdup(why);
	if (why)
		log_info("VM %s: %s", vm->name, why);
}

bool vm_isolation_is_possible(struct vm *vm, const struct cpulist *wanted)
{
	cleanup(placement_finish) struct placement facts = {0};
	cleanup_cpulist struct cpulist others = sum_of_kept(vm->vms), sum = {0};

	placement_take(&vm->vms->root, &facts);
	sum = cpulist_both(&others, wanted);
	if (!isolation_leaves_some(&facts, &sum)) {
		set_why(vm,
		        _("no processor is kept free of this PC's other work: with those of other "
		          "VMs none would be left to it"));
		return false;
	}
	if (facts.balanced && !vm->isolation.why)
		set_why(vm,
		        _("irqbalance runs, and may bring interrupts back to the VM's processors "
		          "(its IRQBALANCE_BANNED_CPULIST keeps it from that)"));
	return true;
}

void vm_isolate(struct vm *vm)
{
	const struct vm_plan *plan = &vm->starting->plan;
	struct err err;

	set_why(vm, plan->not_kept);
	if (!plan->kept.n || !vm_isolation_is_possible(vm, &plan->kept)) {
		vm_run(vm);
		return;
	}
	vm->journal.kept_processors = cpulist_format(&plan->kept);
	if (vm_journal(vm, &err) == 0) {
		want_round(vm, ISOLATION_BEFORE_RUN);
		return;
	}
	free(take_ptr(vm->journal.kept_processors));
	set_why(vm, err.message);
	vm_run(vm);
}

void vm_isolation_end(struct vm *vm)
{
	struct err err;

	if (!vm->journal.kept_processors)
		return;
	free(take_ptr(vm->journal.kept_processors));
	if (vm_journal(vm, &err) < 0)
		log_error(&err, "VM %s", vm->name);
	want_round(vm, ISOLATION_IN_RELEASE);
}

/* --- all of them --- */

void vms_isolation_create(struct vms *vms)
{
	load(vms);
}

void vms_isolation_settle(struct vms *vms)
{
	if (vms->isolation.changes.n && !vms->isolation.busy)
		begin_round(vms);
}

void vms_isolation_finish(struct vms *vms)
{
	struct vms_isolation *i = &vms->isolation;

	disposable_forget(take_ptr(i->act));
	sd_event_source_disable_unref(i->soon);
	forget_calls(i);
	isolation_finish(&i->changes);
	*i = (struct vms_isolation){0};
}
