/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's processors on those of this PC that the plan has for them, before the first of them runs; QEMU's other
 * threads, and those that they start later, beside them.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>

#define COMMAND_MS 20000u
#define PIN_MS     2000u

/* --- QEMU's threads --- */

static bool is_of(const struct vm *vm, pid_t thread)
{
	cleanup_free char *path = xasprintf("/proc/%d/task/%d", vm->journal.pid, thread);

	return thread > 0 && root_exists(&vm->vms->root, path);
}

/* The thread of each of the guest's processors, as QEMU tells; false where it tells something else. */
static bool read_threads(const struct vm *vm, const json_t *cpus, pid_t *threads, size_t n)
{
	const json_t *cpu;
	size_t i;

	if (json_array_size(cpus) != n)
		return false;
	json_array_foreach (cpus, i, cpu) {
		json_int_t index = -1, thread = 0;

		if (json_unpack((json_t *)cpu, "{s:I, s:I}", "cpu-index", &index, "thread-id",
		            &thread) < 0 ||
		        index < 0 || index >= (json_int_t)n || thread > INT32_MAX ||
		        !is_of(vm, (pid_t)thread))
			return false;
		threads[index] = (pid_t)thread;
	}
	return true;
}

static int order_pins(struct vm *vm, const pid_t *threads, struct err *err)
{
	const struct cpu_map *map = &vm->starting->plan.cpus;
	const struct acts acts = vms_acts(vm->vms);
	struct act_pins pins = {.process = vm->journal.pid, .n = map->n, .others = map->others};
	int fd, r;

	pins.list = xcalloc(map->n, sizeof(*pins.list));
	for (size_t i = 0; i < map->n; i++)
		pins.list[i] = (struct act_pin){threads[i], {&map->guest[i], 1}};
	r = acts_call_now(&acts, ACT_PIN, &pins, PIN_MS, &fd, err);
	free(pins.list);
	return r;
}

/* The game runs without it, somewhat worse: no reason to end it. Soon done, and waited for: no processor runs yet. */
static void pin(struct vm *vm, const json_t *cpus)
{
	const struct cpu_map *map = &vm->starting->plan.cpus;
	cleanup_free pid_t *threads = xcalloc(map->n, sizeof(*threads));
	struct err err;
	int r = read_threads(vm, cpus, threads, map->n)
	                ? order_pins(vm, threads, &err)
	                : err_errno(&err, -EPROTO, "query-cpus-fast");

	if (r < 0)
		log_warning(
		        _("VM %s: its processors could not be pinned: %s"), vm->name, err.message);
}

static void on_cpus(void *user, json_t *result, const struct err *err)
{
	struct vm *vm = user;

	if (vm->state != VM_STARTING || (err && err->number == -ECANCELED))
		return;
	if (err)
		log_error(err, "VM %s: query-cpus-fast", vm->name);
	else
		pin(vm, result);
	vm_isolate(vm);
}

void vm_pin(struct vm *vm)
{
	const struct cpu_map *map = &vm->starting->plan.cpus;

	if (map->why)
		log_info(_("VM %s: its processors are not pinned: %s"), vm->name, map->why);
	if (map->n)
		qmp_send(vm->qmp, "query-cpus-fast", NULL, -1, COMMAND_MS, on_cpus, vm);
	else
		vm_isolate(vm);
}
