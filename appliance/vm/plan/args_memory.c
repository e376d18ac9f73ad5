/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's memory, and its nodes. */
#include "vm/plan/plan_parts.h"

#include <stdio.h>

#define MIB (1ull << 20)

/* Which node of this PC it is to be of; caller frees. */
static char *placed(const struct vm_node *node)
{
	return node ? xasprintf(",host-nodes=%u,policy=%s", node->host,
	                      node->bound ? "bind" : "preferred")
	            : xstrdup("");
}

/*
 * Anonymous memory, of which QEMU says to the kernel that it would like it in large pages (transparent ones); those of a
 * memfd would be small ones, as /sys/kernel/mm/transparent_hugepage/shmem_enabled is set almost everywhere. Where devices
 * are passed all of it is pinned before the guest starts: several threads clear it faster than one.
 */
static void add_backend(
        const struct planning *p, const char *id, uint64_t bytes, const struct vm_node *node)
{
	const struct vm_plan *plan = p->plan;
	const unsigned long long mib = bytes / MIB;
	cleanup_free char *touch = NULL, *place = placed(node);

	touch = plan->n_pci || plan->page_bytes
	                ? xasprintf(",prealloc=on,prealloc-threads=%u", p->profile->cpus)
	                : xstrdup("");
	if (plan->page_bytes)
		args_option(&p->plan->args, "-object",
		        "memory-backend-memfd,id=%s,size=%lluM,share=off,hugetlb=on,"
		        "hugetlbsize=%lluM%s%s",
		        id, mib, (unsigned long long)(plan->page_bytes / MIB), touch, place);
	else
		args_option(&p->plan->args, "-object", "memory-backend-ram,id=%s,size=%lluM%s%s",
		        id, mib, touch, place);
}

/* "cpus=0-3,cpus=8": a list would end the value at its comma. */
static char *cpus_of(const struct vm_node *node)
{
	cleanup_free char *list = cpulist_format(&node->cpus);
	cleanup_strv struct strv ranges = {0}, words = {0};

	strv_split(&ranges, list, ",");
	strv_foreach (range, &ranges)
		strv_addf(&words, "cpus=%s", *range);
	return strv_join(&words, ",");
}

static void add_node(const struct planning *p, size_t i)
{
	const struct vm_node *node = &p->plan->nodes[i];
	cleanup_free char *cpus = cpus_of(node);
	cleanup_free char *id = xasprintf("ram%zu", i);

	add_backend(p, id, node->memory_bytes, node);
	args_option(&p->plan->args, "-numa", "node,nodeid=%zu,%s,memdev=%s", i, cpus, id);
}

void args_memory(const struct planning *p)
{
	const struct vm_plan *plan = p->plan;

	args_option(
	        &p->plan->args, "-m", "size=%lluM", (unsigned long long)(plan->memory_bytes / MIB));
	if (plan->n_nodes < 2)
		add_backend(p, "ram", plan->memory_bytes, plan->n_nodes ? plan->nodes : NULL);
	for (size_t i = 0; plan->n_nodes > 1 && i < plan->n_nodes; i++)
		add_node(p, i);
}

/*
 * A root of PCI on a node, for its cards. The bus has the number that they are told by to the test drive's guest; buses of
 * root ports below it follow.
 */
void args_buses(const struct planning *p)
{
	unsigned slot = SLOT_CARDS_END;

	for (size_t i = 0; i < p->plan->n_nodes; i++) {
		const struct vm_node *node = &p->plan->nodes[i];

		if (node->bus)
			args_option(&p->plan->args, "-device",
			        "pxb-pcie,id=node%u,bus=pcie.0,addr=%02x.0,bus_nr=%u,numa_node=%zu",
			        node->host, --slot, node->bus, i);
	}
}
