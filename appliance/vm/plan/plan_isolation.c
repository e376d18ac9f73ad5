/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processors the host's own work stays off while the VM runs. */
#include "vm/plan/plan_parts.h"

#include "base/i18n.h"

static bool is_wanted(const struct planning *p)
{
	switch (p->profile->isolate) {
	case PROFILE_ISOLATE_NO:
		return false;
	case PROFILE_ISOLATE_YES:
		return true;
	case PROFILE_ISOLATE_AUTO:
		break;
	}
	for (size_t i = 0; i < p->profile->n_pci; i++)
		if (p->profile->pci[i].kind == PROFILE_PCI_GPU)
			return p->plan->kvm && !streq(p->profile->cpu_pin, "no");
	return false;
}

static bool is_guests(const struct cpu_map *map, unsigned number)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->guest[i] == number)
			return true;
	return false;
}

/* Also the other threads of the guest's cores, unless QEMU's own threads have no other place. */
static struct cpulist find_kept(const struct topology *t, const struct cpu_map *map)
{
	cleanup_cpulist struct cpulist cores = {0}, all = {0};

	for (size_t i = 0; i < t->n; i++)
		if (is_guests(map, t->list[i].number))
			cpulist_add(&cores, t->list[i].core);
	for (size_t i = 0; i < t->n; i++)
		if (is_guests(map, t->list[i].number) || cpulist_has(&cores, t->list[i].core))
			cpulist_add(&all, t->list[i].number);
	return cpulist_without(&all, &map->others);
}

static char *why_not_pinned(const struct cpu_map *map)
{
	return map->why ? xasprintf(_("no processor is kept free of this PC's other work: %s"),
	                          map->why)
	                : xstrdup(_("no processor is kept free of this PC's other work, as "
	                            "the VM's are not pinned (pin= in [cpu])"));
}

/* Interrupts and workers can be told all the same. */
static char *why_units_stay(const struct placement_means *means)
{
	if (!means->systemd)
		return xstrdup(_("this PC's programs are not kept off the VM's processors: "
		                 "systemd does not run it (/run/systemd/system is not there)"));
	if (!means->cpusets)
		return xstrdup(
		        _("this PC's programs are not kept off the VM's processors: its control "
		          "groups are of version 1, or without cpusets "
		          "(/sys/fs/cgroup/cgroup.controllers)"));
	return NULL;
}

void plan_isolation(const struct planning *p)
{
	struct vm_plan *plan = p->plan;

	if (!is_wanted(p))
		return;
	if (p->options->session) {
		plan->not_kept = xstrdup(_("no processor is kept free of this PC's other work: the "
		                           "system's daemon alone can do that"));
		return;
	}
	if (!plan->cpus.n) {
		plan->not_kept = why_not_pinned(&plan->cpus);
		return;
	}
	plan->kept = find_kept(&p->host->topology, &plan->cpus);
	plan->not_kept = plan->kept.n ? why_units_stay(&p->host->placement)
	                              : xstrdup(_("no processor is kept free of this PC's other "
	                                          "work: the VM has all of them"));
}
