/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interrupts and the kernel's workers go where they are wanted. Units are systemd's, which is asked for that. */
#include "vm/acts/acts.h"
#include "vm/plan/isolation.h"

static int act_place(const struct root *root, const struct isolation_entry *entry, struct err *err)
{
	cleanup_free char *path = place_path(entry->kind, entry->name);
	cleanup_free char *value = place_format(entry->kind, &entry->now);
	cleanup_free char *text = xasprintf("%s\n", value);
	cleanup_cpulist struct cpulist cpus = {0};
	int r = place_read(root, entry->kind, entry->name, &cpus);

	if (r < 0 || !entry->now.n || cpulist_equal(&cpus, &entry->now) ||
	        isolation_is_foreign(entry, &cpus))
		return 0;
	r = root_poke(root, path, text, err);
	/* The kernel places some by itself (irqd_affinity_is_managed(): -EIO), and there may be no vector left: so be it. */
	return entry->kind == PLACE_IRQ ? 0 : r;
}

int act_isolate(const struct root *root, const struct isolation *changes, struct err *err)
{
	int worst = 0;

	for (size_t i = 0; i < changes->n; i++) {
		int r = 0;

		if (changes->list[i].kind != PLACE_UNIT)
			r = act_place(root, &changes->list[i], err);
		worst = r < 0 ? r : worst;
	}
	return worst;
}
