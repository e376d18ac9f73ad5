/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keyboards and mice of this PC that a VM shares. Its user owns their nodes while it has them, for QEMU opens them itself;
 * what gives USB devices back takes these from QEMU and its user too, until the VM is started again.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>

#define COMMAND_MS 20000u

void vm_inputs_journal(struct vm *vm, const struct vm_plan *plan)
{
	struct journal *j = &vm->journal;

	for (size_t i = 0; i < plan->n_inputs; i++) {
		const struct vm_claim_input *c = &plan->inputs[i];

		*list_append(j->inputs, j->n_inputs) =
		        (struct journal_input){.name = xstrdup(c->name),
		                .node = xstrdup(c->node),
		                .input = xstrdup(c->input),
		                .usb = xstrdup(c->usb),
		                .busnum = c->busnum,
		                .devnum = c->devnum};
	}
}

int vms_check_input_free(
        const struct vms *vms, const struct vm_claim_input *wanted, struct err *err)
{
	for (const struct vm *vm = vms->list; vm; vm = vm->next) {
		for (size_t i = 0; i < vm->journal.n_inputs; i++) {
			const struct journal_input *has = &vm->journal.inputs[i];

			if (!streq(has->input, wanted->input) || (has->returned && !has->given))
				continue;
			err_set(err, -EBUSY, _("input %s: %s is in use by VM %s"), wanted->name,
			        wanted->device, vm->name);
			err_code(err, CODE_VM_CLAIMED);
			err_hint(err, _("stop that VM first: playthrough stop %s"), vm->name);
			return -EBUSY;
		}
	}
	return 0;
}

/* --- its owner --- */

int vm_input_open(struct vm *vm, size_t index, disposable_done done, struct err *err)
{
	const struct vm_claim_input *c = &vm->starting->plan.inputs[index];
	const struct act_input input = {c->node, c->input};

	return vms_act(vm->vms, ACT_INPUT_OPEN, &input, ACT_MS, done, vm, &vm->act, err);
}

int vm_input_give(struct vm *vm, size_t index, uid_t uid, disposable_done done, struct err *err)
{
	struct journal_input *i = &vm->journal.inputs[index];
	struct act_input input = {i->node, i->input};
	const struct act_inputs give = {&input, 1, uid};
	int r;

	i->given = true;
	r = vm_journal(vm, err);
	return r < 0 ? r : vms_act(vm->vms, ACT_INPUT_GIVE, &give, ACT_MS, done, vm, &vm->act, err);
}

int vm_input_release(struct vm *vm, size_t index, disposable_done done, struct err *err)
{
	const struct journal_input *i = &vm->journal.inputs[index];
	struct act_input input = {i->node, i->input};
	const struct act_inputs give = {&input, 1, 0};

	return !i->given ? 0
	                 : vms_act(vm->vms, ACT_INPUT_GIVE, &give, ACT_MS, done, vm, &vm->act, err);
}

/* --- given back while the VM runs --- */

/* QEMU has closed it. */
static bool is_to_be_taken(const struct journal_input *i)
{
	return i->returned && i->given && !i->asked;
}

static void take_back(struct vm *vm);

static void on_taken_back(void *user, int fd, const struct err *err)
{
	struct vm *vm = user;
	struct journal *j = &vm->journal;
	struct err own;

	(void)fd;
	vm->inputs = NULL;
	for (size_t i = 0; i < j->n_inputs; i++) {
		if (j->inputs[i].taking && !err)
			j->inputs[i].given = false;
		j->inputs[i].taking = false;
	}
	if (err || (!vm->releasing && vm_journal(vm, &own) < 0))
		log_error(err ? err : &own, "VM %s", vm->name); /* its end does it again */
	if (!err)
		take_back(vm);
}

static void take_back(struct vm *vm)
{
	struct journal *j = &vm->journal;
	struct act_inputs back = {0};
	struct err err;

	if (vm->inputs || vm->releasing)
		return;
	for (size_t i = 0; i < j->n_inputs; i++) {
		j->inputs[i].taking = is_to_be_taken(&j->inputs[i]);
		if (j->inputs[i].taking)
			*list_append(back.list, back.n) =
			        (struct act_input){j->inputs[i].node, j->inputs[i].input};
	}
	if (back.n && vms_act(vm->vms, ACT_INPUT_GIVE, &back, ACT_MS, on_taken_back, vm,
	                      &vm->inputs, &err) < 0)
		log_error(&err, "VM %s", vm->name);
	free(back.list);
}

/* Their nodes come back in any case; QEMU keeps what it has open, and what it has grabbed, until it ends. */
static void go_without_qemu(struct vm *vm)
{
	vm->inputs_asked = false;
	for (size_t i = 0; i < vm->journal.n_inputs; i++)
		vm->journal.inputs[i].asked = false;
	log_warning(
	        _("VM %s: QEMU cannot be asked to let go of keyboards and mice of this PC; where "
	          "they do nothing here: playthrough stop %s --force"),
	        vm->name, vm->name);
	take_back(vm);
}

static bool is_listed(json_t *objects, size_t index)
{
	cleanup_free char *id = xasprintf("input-%zu", index);
	json_t *object;
	size_t i;

	json_array_foreach (objects, i, object) {
		const char *name = json_string_value(json_object_get(object, "name"));

		if (name && streq(name, id))
			return true;
	}
	return false;
}

/* What QEMU has not let go of is not given back: the next chord tries again. */
static bool keep_given(struct vm *vm, json_t *objects, const struct err *err)
{
	struct journal *j = &vm->journal;
	bool kept = false;

	for (size_t i = 0; i < j->n_inputs; i++) {
		if (j->inputs[i].asked && (err || is_listed(objects, i))) {
			log_warning(_("QEMU does not let go of a keyboard or mouse: %s"),
			        err ? err->message : j->inputs[i].name);
			j->inputs[i].returned = false;
			kept = true;
		}
		j->inputs[i].asked = false;
	}
	return kept;
}

static void on_listed(void *user, json_t *objects, const struct err *err)
{
	struct vm *vm = user;
	struct err own;

	if (err && err->number == -ECANCELED)
		return;
	if (err && err->number == -EPIPE) {
		go_without_qemu(vm);
		return;
	}
	vm->inputs_asked = false;
	if (keep_given(vm, objects, err)) {
		if (vm_journal(vm, &own) < 0)
			log_error(&own, "VM %s", vm->name);
		vms_chord_refresh(vm->vms);
	}
	take_back(vm);
}

/* The keys of the chord that called them back are down in the guest, and nobody is left to say that they are up. */
static void release_keys(struct vm *vm)
{
	static const char *const keys[] = {"shift", "shift_r", "ctrl", "ctrl_r", "alt"};
	json_t *events = json_array();

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		json_array_append_new(
		        events, json_pack("{s:s, s:{s:b, s:{s:s, s:s}}}", "type", "key", "data",
		                        "down", 0, "key", "type", "qcode", "data", keys[i]));
	qmp_send(vm->qmp, "input-send-event", json_pack("{s:o}", "events", events), -1, COMMAND_MS,
	        NULL, NULL);
}

static void ask_qemu(struct vm *vm)
{
	struct journal *j = &vm->journal;

	vm->inputs_asked = true;
	for (size_t i = 0; i < j->n_inputs && vm->qmp; i++) {
		cleanup_free char *id = xasprintf("input-%zu", i);

		if (j->inputs[i].asked)
			qmp_send(vm->qmp, "object-del", json_pack("{s:s}", "id", id), -1,
			        COMMAND_MS, NULL, NULL);
	}
	if (vm->qmp)
		release_keys(vm);
	if (vm->qmp) /* it does one after the other: whatever is still there, it has not let go of */
		qmp_send(vm->qmp, "qom-list", json_pack("{s:s}", "path", "/objects"), -1,
		        COMMAND_MS, on_listed, vm);
	else
		go_without_qemu(vm);
}

void vm_inputs_let_go(struct vm *vm)
{
	struct journal *j = &vm->journal;
	bool any = false;

	if (vm->inputs_asked)
		return;
	for (size_t i = 0; i < j->n_inputs; i++) {
		j->inputs[i].asked =
		        j->inputs[i].returned && (j->inputs[i].given || vm->vms->env.session);
		any |= j->inputs[i].asked;
	}
	if (any && vm->qmp)
		ask_qemu(vm);
	else if (any)
		go_without_qemu(vm);
}

static unsigned give_back(struct vm *vm)
{
	struct journal *j = &vm->journal;
	struct err err;
	unsigned n = 0;

	for (size_t i = 0; i < j->n_inputs && !vm->inputs_asked; i++) {
		n += !j->inputs[i].returned;
		j->inputs[i].returned = true;
	}
	if (n && vm_journal(vm, &err) < 0)
		log_error(&err, "VM %s", vm->name);
	if (n)
		vm_inputs_let_go(vm);
	return n;
}

unsigned vms_inputs_give_back(struct vms *vms)
{
	unsigned all = 0;

	for (struct vm *vm = vms->list; vm; vm = vm->next)
		all += vm->state == VM_RUNNING ? give_back(vm) : 0;
	if (all)
		vms_chord_refresh(vms);
	return all;
}
