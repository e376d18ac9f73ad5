/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where this PC has several nodes of memory: the guest's memory is to be of those that its processors are on, and where
 * these are several the guest is told, so that it puts its own programs near theirs. Its cards are on the node that they are on
 * in this PC, by an expander bridge (docs/pcie.txt and docs/pci_expander_bridge.txt of QEMU).
 */
#include "vm/plan/plan_parts.h"

#define MIB        (1ull << 20)
#define GIB        (1ull << 30)
#define FIRST_BUS  0x40u /* the root ports of the root of all have those below it */
#define BUSES      0x18u /* for each node: one of its own, and those of its root ports */
#define NODES_MOST ((0x100u - FIRST_BUS) / BUSES)

static const struct processor *find(const struct topology *t, unsigned number)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].number == number)
			return &t->list[i];
	return NULL;
}

static bool has_several(const struct topology *t)
{
	for (size_t i = 1; i < t->n; i++)
		if (t->list[i].node != t->list[0].node)
			return true;
	return false;
}

static struct vm_node *node_of(struct vm_plan *plan, unsigned host)
{
	for (size_t i = 0; i < plan->n_nodes; i++)
		if (plan->nodes[i].host == host)
			return &plan->nodes[i];
	*list_append(plan->nodes, plan->n_nodes) = (struct vm_node){.host = host};
	return &plan->nodes[plan->n_nodes - 1];
}

static void forget(struct vm_plan *plan)
{
	for (size_t i = 0; i < plan->n_nodes; i++)
		cpulist_finish(&plan->nodes[i].cpus);
	free(take_ptr(plan->nodes));
	plan->n_nodes = 0;
}

static void find_nodes(const struct planning *p)
{
	const struct cpu_map *map = &p->plan->cpus;

	for (unsigned i = 0; i < map->n; i++) {
		const struct processor *processor = find(&p->host->topology, map->guest[i]);

		if (processor)
			cpulist_add(&node_of(p->plan, processor->node)->cpus, i);
	}
}

/* In whole pages; the first has what does not come out even. False: a node would have nothing. */
static bool share_memory(struct vm_plan *plan)
{
	const uint64_t unit = plan->page_bytes ? plan->page_bytes : 2 * MIB;
	uint64_t left = plan->memory_bytes;

	for (size_t i = plan->n_nodes; i-- > 1;) {
		struct vm_node *node = &plan->nodes[i];

		node->memory_bytes = plan->memory_bytes * node->cpus.n / plan->cpus.n / unit * unit;
		if (!node->memory_bytes)
			return false;
		left -= node->memory_bytes;
	}
	plan->nodes[0].memory_bytes = left;
	return true;
}

/* What maps the guest's memory is on its node too, and the host's programs there need some more soon. */
static bool fits(const struct memory_node *m, uint64_t bytes)
{
	const uint64_t slack = m->total_bytes / 16 < GIB ? m->total_bytes / 16 : GIB;

	return bytes + bytes / TABLES_SHARE + slack <= m->available_bytes;
}

/*
 * A node without room would have QEMU killed. Which node the pages of the pool are on is the kernel's choice, so that these
 * are only asked for.
 */
static bool has_room(const struct planning *p, const struct vm_node *node)
{
	const struct memory *memory = &p->host->memory;

	for (size_t i = 0; i < memory->n_nodes; i++)
		if (memory->nodes[i].number == node->host)
			return !p->plan->page_bytes && fits(&memory->nodes[i], node->memory_bytes);
	return false;
}

/* --- cards --- */

static struct vm_node *node_of_card(const struct planning *p, const struct vm_claim_pci *claim)
{
	const struct pci_device *d = pci_find(&p->host->pci, claim->addr);

	for (size_t i = 0; d && d->numa_node >= 0 && i < p->plan->n_nodes; i++)
		if (p->plan->nodes[i].host == (unsigned)d->numa_node)
			return &p->plan->nodes[i];
	return NULL;
}

/* The bridges have the last slots, as long as no card needs these. */
static bool has_slots(const struct planning *p)
{
	size_t cards = 0;

	for (size_t i = 0; i < p->plan->n_pci; i++)
		cards += p->plan->pci[i].pass && ends_with(p->plan->pci[i].guest_path, "/00.0");
	return SLOT_CARDS + cards + p->plan->n_nodes <= SLOT_CARDS_END;
}

static void place_cards(const struct planning *p)
{
	struct vm_plan *plan = p->plan;

	for (size_t i = 0; i < plan->n_pci; i++) {
		struct vm_claim_pci *claim = &plan->pci[i];
		struct vm_node *node = claim->pass ? node_of_card(p, claim) : NULL;
		char *path = claim->guest_path;

		if (!node)
			continue;
		node->bus = FIRST_BUS + (unsigned)(node - plan->nodes) * BUSES;
		claim->guest_path = xasprintf("%02x%s", node->bus, strchr(path, ':'));
		free(path);
	}
}

const struct vm_node *plan_node_of(const struct vm_plan *plan, const struct vm_claim_pci *claim)
{
	for (size_t i = 0; i < plan->n_nodes; i++) {
		cleanup_free char *start = xasprintf("%02x:", plan->nodes[i].bus);

		if (plan->nodes[i].bus && starts_with(claim->guest_path, start))
			return &plan->nodes[i];
	}
	return NULL;
}

void plan_numa(const struct planning *p)
{
	struct vm_plan *plan = p->plan;

	if (p->profile->numa == PROFILE_NUMA_NO || !has_several(&p->host->topology))
		return;
	find_nodes(p);
	if (!plan->n_nodes)
		return;
	if (plan->n_nodes > NODES_MOST || !share_memory(plan)) {
		forget(plan);
		return;
	}
	if (plan->n_nodes == 1)
		return; /* near it, and elsewhere where there is no room */
	for (size_t i = 0; i < plan->n_nodes; i++)
		plan->nodes[i].bound = has_room(p, &plan->nodes[i]);
	if (has_slots(p))
		place_cards(p);
}
