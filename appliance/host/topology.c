/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/topology.h"

#include "host/attr.h"

#include <errno.h>

#define CPUS  "/sys/devices/system/cpu"
#define NODES "/sys/devices/system/node"

/* An attribute that is a list. False, and an empty list, where there is none. */
static bool take_list(const struct root *root, const char *path, struct cpulist *out)
{
	cleanup_free char *text = attr_text(root, "%s", path);

	*out = (struct cpulist){0};
	return text && cpulist_parse(text, out) == 0 && out->n;
}

/* The lowest processor of the list in either attribute, the newer name first; the processor itself where neither is. */
static unsigned lowest(
        const struct root *root, unsigned cpu, const char *attribute, const char *older)
{
	const char *const names[] = {attribute, older};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cleanup_free char *path = xasprintf(CPUS "/cpu%u/topology/%s", cpu, names[i]);
		cleanup_cpulist struct cpulist list = {0};

		if (take_list(root, path, &list) && cpulist_has(&list, cpu))
			return list.list[0];
	}
	return cpu;
}

/* "32768K" */
static uint64_t cache_size(const struct root *root, const char *folder)
{
	cleanup_free char *text = attr_text(root, "%s/size", folder);
	size_t digits = text ? strspn(text, "0123456789") : 0;
	bool kib = text && streq(text + digits, "K");
	uint64_t size;

	if (!kib)
		return 0;
	text[digits] = '\0';
	return parse_u64(text, 10, UINT64_MAX >> 10, &size) < 0 ? 0 : size << 10;
}

/* The last level: 3, but 2 for some; and some have one of level 4 that all of the package share. */
static void take_cache(const struct root *root, struct processor *p)
{
	cleanup_free char *folder = xasprintf(CPUS "/cpu%u/cache", p->number);
	cleanup_strv struct strv names = {0};
	uint64_t highest = 1;

	p->cache = p->package;
	root_list(root, folder, &names);
	strv_foreach (name, &names) {
		cleanup_free char *index = xasprintf("%s/%s", folder, *name);
		cleanup_free char *shared = xasprintf("%s/shared_cpu_list", index);
		uint64_t level = attr_u64(root, 10, 4, 0, "%s/level", index);
		cleanup_cpulist struct cpulist list = {0};

		if (!is_numbered(*name, "index") || level <= highest ||
		        !take_list(root, shared, &list) || !cpulist_has(&list, p->number))
			continue;
		highest = level;
		p->cache = list.list[0];
		p->cache_bytes = cache_size(root, index);
	}
}

static void take_nodes(const struct root *root, struct topology *t)
{
	cleanup_strv struct strv names = {0};

	root_list(root, NODES, &names);
	strv_foreach (name, &names) {
		cleanup_free char *path = xasprintf(NODES "/%s/cpulist", *name);
		cleanup_cpulist struct cpulist cpus = {0};
		uint64_t node;

		if (!is_numbered(*name, "node") ||
		        parse_u64(*name + strlen("node"), 10, CPULIST_MOST, &node) < 0 ||
		        !take_list(root, path, &cpus))
			continue;
		for (size_t i = 0; i < t->n; i++)
			if (cpulist_has(&cpus, t->list[i].number))
				t->list[i].node = (unsigned)node;
	}
}

/* Only a processor that has both kinds of cores has both of these: arch/x86/events/intel/core.c, hybrid PMUs. */
static void take_kinds(const struct root *root, struct topology *t)
{
	cleanup_cpulist struct cpulist fast = {0}, small = {0};

	if (!take_list(root, "/sys/devices/cpu_core/cpus", &fast) ||
	        !take_list(root, "/sys/devices/cpu_atom/cpus", &small))
		return;
	for (size_t i = 0; i < t->n; i++) {
		if (cpulist_has(&fast, t->list[i].number))
			t->list[i].kind = CORE_PERFORMANCE;
		else if (cpulist_has(&small, t->list[i].number))
			t->list[i].kind = CORE_EFFICIENCY;
	}
}

int topology_take(const struct root *root, struct topology *out, struct err *err)
{
	cleanup_cpulist struct cpulist online = {0}, isolated = {0};

	*out = (struct topology){0};
	if (!take_list(root, CPUS "/online", &online))
		return err_errno(err, -ENOENT, "%s" CPUS "/online", root->path);
	take_list(root, CPUS "/isolated", &isolated);
	out->list = xcalloc(online.n, sizeof(*out->list));
	for (out->n = 0; out->n < online.n; out->n++) {
		struct processor *p = &out->list[out->n];

		p->number = online.list[out->n];
		p->core = lowest(root, p->number, "core_cpus_list", "thread_siblings_list");
		p->package = lowest(root, p->number, "package_cpus_list", "core_siblings_list");
		p->isolated = cpulist_has(&isolated, p->number);
		take_cache(root, p);
	}
	take_nodes(root, out);
	take_kinds(root, out);
	return 0;
}

void topology_finish(struct topology *topology)
{
	free(topology->list);
	*topology = (struct topology){0};
}
