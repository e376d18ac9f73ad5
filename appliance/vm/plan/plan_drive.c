/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of the machine itself the guest of a test drive is to see; its words are those of guest/plan.h. */
#include "vm/plan/plan_parts.h"

#include "base/crc32.h"
#include "host/rom.h"

#define MIB (1ull << 20)

static void add_processors(const struct planning *p)
{
	const struct cpu_map *map = &p->plan->cpus;

	strv_addf(&p->plan->drive, "processors processors %u 1 %u %u %u", p->profile->cpus,
	        map->dies, map->cores, map->threads);
}

/* Of what QEMU emulates by itself, only the name is looked for. */
static void add_hypervisor(const struct planning *p)
{
	cleanup_strv struct strv words = {0};
	cleanup_free char *text = NULL;

	if (p->plan->kvm)
		args_hypervisor_words(p, &words);
	else
		strv_add(&words, "kvm=no vendor=TCGTCGTCGTCG");
	text = strv_join(&words, " ");
	strv_addf(&p->plan->drive, "hypervisor hypervisor %s", text);
}

/* Several nodes are told to the guest; memory of one is its memory. */
static void add_memory(const struct planning *p)
{
	const struct vm_plan *plan = p->plan;
	cleanup_strv struct strv words = {0};
	cleanup_free char *text = NULL;

	strv_addf(&words, "%llu", (unsigned long long)(plan->memory_bytes / MIB));
	for (size_t i = 0; plan->n_nodes > 1 && i < plan->n_nodes; i++) {
		cleanup_free char *cpus = cpulist_format(&plan->nodes[i].cpus);

		strv_addf(&words, "%s:%llu", cpus,
		        (unsigned long long)(plan->nodes[i].memory_bytes / MIB));
	}
	text = strv_join(&words, " ");
	strv_addf(&p->plan->drive, "memory memory %s", text);
}

void plan_drive(const struct planning *p)
{
	add_processors(p);
	add_hypervisor(p);
	add_memory(p);
}

/* What Linux lets be read of it: up to the end of its last image (pci_get_rom_size(), drivers/pci/rom.c). */
static size_t end_of_images(const void *bytes, size_t size)
{
	struct rom rom;
	size_t end = 0;

	if (rom_parse(bytes, size, &rom, NULL) < 0)
		return 0;
	if (rom.complete && rom.list[0].offset == 0)
		end = rom.list[rom.n - 1].offset + rom.list[rom.n - 1].length;
	rom_finish(&rom);
	return end;
}

void plan_drive_rom(
        const struct planning *p, const struct profile_pci *pci, const void *bytes, size_t size)
{
	const size_t end = end_of_images(bytes, size);

	for (size_t i = 0; end && i < p->plan->n_pci; i++) {
		const struct vm_claim_pci *claim = &p->plan->pci[i];

		if (claim->pass && pci_addr_equal(claim->addr, pci->address))
			strv_addf(&p->plan->drive, "rom %s %s %zu %08x",
			        pci_addr_format(claim->addr).s, claim->guest_path, end,
			        crc32_of(bytes, end));
	}
}
