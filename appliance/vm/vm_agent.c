/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to QEMU's agent in the guest, where the guest has one at its port; and the first rung of the ladder down, by it. */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <unistd.h>

#define ASK_MS 5000u

void vm_agent_connect(struct vm *vm)
{
	cleanup_free char *path = vm_file(vm, VM_AGENT_SOCKET);
	struct err err;

	if (!vm->agent && access(path, F_OK) == 0 &&
	        guest_agent_connect(vm->vms->env.event, path, &vm->agent, &err) < 0)
		log_error(&err, "VM %s: its agent is not reached", vm->name);
}

bool vm_agent_listens(json_t *chardevs)
{
	const json_t *chardev;
	size_t i;

	json_array_foreach (chardevs, i, chardev) {
		const char *label = json_string_value(json_object_get(chardev, "label"));

		if (label && streq(label, ARGS_GUEST_AGENT))
			return json_is_true(json_object_get(chardev, "frontend-open"));
	}
	return false;
}

static void go_on(struct vm *vm, const struct err *why)
{
	log_info("VM %s: %s", vm->name, why->message);
	vm_agent_refused(vm);
}

static void on_refused(void *user, const struct err *why)
{
	go_on(user, why);
}

static void on_chardevs(void *user, json_t *result, const struct err *err)
{
	struct vm *vm = user;
	struct err own;

	if (vm->rung != RUNG_AGENT || vm->releasing || !vm->agent ||
	        (err && (err->number == -EPIPE || err->number == -ECANCELED)))
		return; /* QEMU ends, or somebody else has gone on */
	if (!err && !vm_agent_listens(result)) {
		err = &own;
		err_set(&own, -ENOENT, _("no agent runs in the guest"));
	}
	if (!err && guest_agent_ask(vm->agent, GUEST_AGENT_SHUTDOWN, on_refused, vm, &own) < 0)
		err = &own;
	if (err)
		go_on(vm, err);
}

void vm_agent_ask(struct vm *vm)
{
	qmp_send(vm->qmp, "query-chardev", NULL, -1, ASK_MS, on_chardevs, vm);
}
