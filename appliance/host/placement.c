/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/placement.h"
#include "host/attr.h"

#include <errno.h>

#define GROUPS     "/sys/fs/cgroup"
#define IRQS       "/proc/irq"
#define PROCESSORS "/sys/devices/system/cpu"

/* --- one place --- */

/* Our own units, but the VMs': the daemon, the console and what it shows. */
static bool is_of_ours(const char *name)
{
	return starts_with(name, "playthrough") && ends_with(name, ".service") &&
	       !starts_with(name, "playthrough-vm-");
}

char *place_path(enum place_kind kind, const char *name)
{
	switch (kind) {
	case PLACE_UNIT:
		return xasprintf(GROUPS "%s/%s/cpuset.cpus",
		        is_of_ours(name) ? "/" PLACEMENT_OUR_SLICE : "", name);
	case PLACE_IRQ_DEFAULT:
		return xstrdup(IRQS "/default_smp_affinity");
	case PLACE_IRQ:
		return xasprintf(IRQS "/%s/smp_affinity_list", name);
	case PLACE_WORKERS:
		break;
	}
	return xstrdup("/sys/devices/virtual/workqueue/cpumask");
}

static bool is_mask(enum place_kind kind)
{
	return kind == PLACE_IRQ_DEFAULT || kind == PLACE_WORKERS;
}

char *place_format(enum place_kind kind, const struct cpulist *cpus)
{
	return is_mask(kind) ? cpulist_format_mask(cpus) : cpulist_format(cpus);
}

int place_read(const struct root *root, enum place_kind kind, const char *name, struct cpulist *out)
{
	cleanup_free char *path = place_path(kind, name);
	cleanup_free char *text = root_read(root, path);

	*out = (struct cpulist){0};
	if (!text)
		return -errno;
	text[strcspn(text, "\n")] = '\0';
	return is_mask(kind) ? cpulist_parse_mask(text, out) : cpulist_parse(text, out);
}

/* --- all of them --- */

static struct place *add(struct placement *all, enum place_kind kind, const char *name)
{
	struct place *place = list_append(all->list, all->n);

	*place = (struct place){.kind = kind, .name = xstrdup(name)};
	return place;
}

/* Interrupts that the kernel keeps for itself, such as the timer's, are masks of none. */
static void take(
        const struct root *root, struct placement *all, enum place_kind kind, const char *name)
{
	struct cpulist cpus;

	if (place_read(root, kind, name, &cpus) == 0 && cpus.n)
		add(all, kind, name)->cpus = cpus;
	else
		cpulist_finish(&cpus);
}

static bool is_unit(const char *name)
{
	return (ends_with(name, ".slice") || ends_with(name, ".scope") ||
	               ends_with(name, ".service")) &&
	       !streq(name, PLACEMENT_OUR_SLICE);
}

/* One that has no cpuset has no file for it. The first three may be without a process now, and have some soon. */
static void take_units(const struct root *root, struct placement *all)
{
	cleanup_strv struct strv names = {0}, found = {0}, ours = {0};

	strv_add(&names, "init.scope");
	strv_add(&names, "system.slice");
	strv_add(&names, "user.slice");
	root_list(root, GROUPS, &found);
	strv_foreach (name, &found)
		if (is_unit(*name) && !strv_has(&names, *name))
			strv_add(&names, *name);
	root_list(root, GROUPS "/" PLACEMENT_OUR_SLICE, &ours);
	strv_foreach (name, &ours)
		if (is_of_ours(*name))
			strv_add(&names, *name);
	strv_foreach (name, &names)
		place_read(root, PLACE_UNIT, *name, &add(all, PLACE_UNIT, *name)->cpus);
}

static void take_interrupts(const struct root *root, struct placement *all)
{
	cleanup_strv struct strv names = {0};

	take(root, all, PLACE_IRQ_DEFAULT, "");
	root_list(root, IRQS, &names);
	strv_foreach (name, &names)
		if (is_numbered(*name, ""))
			take(root, all, PLACE_IRQ, *name);
}

static void take_processors(const struct root *root, const char *which, struct cpulist *out)
{
	cleanup_free char *text = attr_text(root, PROCESSORS "/%s", which);

	if (text)
		cpulist_parse(text, out);
}

struct placement_means placement_means_take(const struct root *root)
{
	cleanup_free char *controllers = attr_text(root, GROUPS "/cgroup.controllers");

	return (struct placement_means){.systemd = root_exists(root, "/run/systemd/system"),
	        .cpusets = controllers && text_has_word(controllers, "cpuset")};
}

void placement_take(const struct root *root, struct placement *out)
{
	*out = (struct placement){.means = placement_means_take(root)};
	take_processors(root, "online", &out->online);
	take_processors(root, "possible", &out->possible);
	out->balanced = root_exists(root, GROUPS "/system.slice/irqbalance.service");
	if (out->means.systemd && out->means.cpusets)
		take_units(root, out);
	take_interrupts(root, out);
	take(root, out, PLACE_WORKERS, "");
}

void placement_finish(struct placement *placement)
{
	for (size_t i = 0; i < placement->n; i++) {
		free(placement->list[i].name);
		cpulist_finish(&placement->list[i].cpus);
	}
	free(placement->list);
	cpulist_finish(&placement->online);
	cpulist_finish(&placement->possible);
	*placement = (struct placement){0};
}
