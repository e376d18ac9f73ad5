/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/vm_places.h"

#define GUEST_MOST 255u

/* "Cpus_allowed_list:\t0-3", proc(5). Caller frees. */
static char *allowed(const struct root *root, pid_t pid, const char *task)
{
	cleanup_free char *text = root_readf(root, "/proc/%d/task/%s/status", (int)pid, task);
	const char *at = text ? strstr(text, "\nCpus_allowed_list:\t") : NULL;

	if (!at)
		return NULL;
	at = strchr(at, '\t') + 1;
	return xstrndup(at, strcspn(at, "\n"));
}

/* "CPU 3/KVM" is the guest's processor 3. */
static bool is_guests(const struct root *root, pid_t pid, const char *task, uint64_t *number)
{
	cleanup_free char *name = root_readf(root, "/proc/%d/task/%s/comm", (int)pid, task);
	char *slash = name && starts_with(name, "CPU ") ? strchr(name, '/') : NULL;

	if (!slash)
		return false;
	*slash = '\0';
	return parse_u64(name + strlen("CPU "), 10, GUEST_MOST - 1, number) == 0;
}

json_t *vm_places_json(const struct root *root, pid_t pid)
{
	cleanup_free char *folder = xasprintf("/proc/%d/task", (int)pid);
	cleanup_free char *main_thread = xasprintf("%d", (int)pid), *others = NULL;
	cleanup_strv struct strv tasks = {0};
	char *places[GUEST_MOST] = {0};
	json_t *guest = json_array();
	uint64_t number;

	root_list(root, folder, &tasks);
	strv_foreach (task, &tasks)
		if (is_guests(root, pid, *task, &number) && !places[number])
			places[number] = allowed(root, pid, *task);
	for (size_t i = 0; i < GUEST_MOST; i++) {
		cleanup_free char *place = places[i];

		if (place)
			json_array_append_new(guest, json_string(place));
	}
	if (!json_array_size(guest)) {
		json_decref(guest);
		return NULL;
	}
	others = allowed(root, pid, main_thread);
	return json_pack("{s:o, s:s?}", "guest", guest, "others", others);
}
