/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's processors on those of this PC that the plan has for them, before the first of them runs; QEMU's other
 * threads, and those that they start later, beside them.
 */
#include "vm/vm_impl.h"

#include "base/i18n.h"
#include "base/log.h"

#include <errno.h>
#include <sched.h>

#define COMMAND_MS 20000u

/* --- one thread --- */

static int set_affinity(pid_t thread, const struct cpulist *cpus)
{
	size_t size = CPU_ALLOC_SIZE(CPULIST_MOST);
	cleanup_free cpu_set_t *set = xcalloc(1, size);

	for (size_t i = 0; i < cpus->n; i++)
		CPU_SET_S(cpus->list[i], size, set);
	return sched_setaffinity(thread, size, set) < 0 ? -errno : 0;
}

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

static bool is_guests(const pid_t *threads, size_t n, pid_t thread)
{
	for (size_t i = 0; i < n; i++)
		if (threads[i] == thread)
			return true;
	return false;
}

static int pin_guest(const struct cpu_map *map, const pid_t *threads)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < map->n; i++)
		r = set_affinity(threads[i], &(struct cpulist){&map->guest[i], 1});
	return r;
}

/* A thread may end while we look; the next one that is started inherits. */
static int pin_others(const struct vm *vm, const struct cpu_map *map, const pid_t *threads)
{
	cleanup_free char *folder = xasprintf("/proc/%d/task", vm->journal.pid);
	cleanup_strv struct strv tasks = {0};
	int r = root_list(&vm->vms->root, folder, &tasks);

	strv_foreach (task, &tasks) {
		uint64_t thread;

		if (r < 0 || parse_u64(*task, 10, INT32_MAX, &thread) < 0 ||
		        is_guests(threads, map->n, (pid_t)thread))
			continue;
		r = set_affinity((pid_t)thread, &map->others);
		r = r == -ESRCH ? 0 : r;
	}
	return r;
}

/* --- at a start --- */

/* The game runs without it, somewhat worse: no reason to end it. */
static void pin(struct vm *vm, const json_t *cpus)
{
	const struct cpu_map *map = &vm->starting->plan.cpus;
	cleanup_free pid_t *threads = xcalloc(map->n, sizeof(*threads));
	int r = read_threads(vm, cpus, threads, map->n) ? pin_guest(map, threads) : -EPROTO;

	r = r < 0 ? r : pin_others(vm, map, threads);
	if (r < 0)
		log_warning(
		        _("VM %s: its processors could not be pinned: %s"), vm->name, strerror(-r));
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
