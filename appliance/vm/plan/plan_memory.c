/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's memory, and what of this PC's it may take. MemAvailable of /proc/meminfo is what can be had without swapping,
 * Documentation/filesystems/proc.rst of Linux: what the host's programs use now is theirs already. Huge pages of the pool are
 * not part of it.
 */
#include "vm/plan/plan_parts.h"

#include "base/i18n.h"

#include <errno.h>

#define MIB                   (1ull << 20)
#define GIB                   (1ull << 30)
#define MEMLOCK_SLACK         (64 * MIB)
#define MEMLOCK_SLACK_PER_PCI (8 * MIB)
#define FLOOR_LEAST           GIB
#define FLOOR_MOST            (4 * GIB)
#define QEMU_OWN              (256 * MIB)
#define SIZE_LEAST            (64 * MIB)

/* --- this PC's --- */

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

uint64_t vm_plan_untouched(uint64_t promised, uint64_t resident)
{
	const uint64_t all = promised + QEMU_OWN;

	return all > resident ? all - resident : 0;
}

/*
 * Memory that is there beside what other VMs take sooner or later: those that are starting for their pages in a moment, and
 * those that have ordinary memory when their guests come to use it.
 */
static uint64_t available_beside(const struct planning *p)
{
	uint64_t available = less(p->host->memory.available_bytes, p->options->promised_bytes);

	for (size_t i = 0; i < PAGE_POOLS_MOST; i++) {
		const struct vm_promised *promised = &p->options->promised[i];
		uint64_t taken = promised->bytes * promised->to_come;

		available = available > taken ? available - taken : 0;
	}
	return available;
}

/* What the kernel keeps for whoever has asked for it may be what we have promised already, and may not. */
static uint64_t idle_pages(const struct planning *p, const struct page_pool *pool)
{
	uint64_t spoken_for = pool->reserved;

	for (size_t i = 0; i < PAGE_POOLS_MOST; i++) {
		const struct vm_promised *promised = &p->options->promised[i];

		if (promised->bytes == pool->bytes && promised->pages > spoken_for)
			spoken_for = promised->pages;
	}
	return pool->free > spoken_for ? pool->free - spoken_for : 0;
}

/*
 * What the host needs beyond what its programs have now, so that they may grow and files are still read from memory: an
 * eighth of this PC's memory, within bounds.
 */
static uint64_t host_floor(const struct memory *memory)
{
	uint64_t floor = memory->total_bytes / 8;

	if (floor > FLOOR_MOST)
		return FLOOR_MOST;
	if (floor >= FLOOR_LEAST)
		return floor;
	return memory->total_bytes && memory->total_bytes / 2 < FLOOR_LEAST
	               ? memory->total_bytes / 2
	               : FLOOR_LEAST;
}

/* What must be left in any case where a VM's memory cannot be taken back from it, as devices write into it. */
static uint64_t pinned_floor(const struct memory *memory)
{
	uint64_t floor = memory->total_bytes / 16;

	return floor < GIB ? floor : GIB;
}

/* --- its size --- */

static int refuse_max(const struct planning *p, uint64_t available, uint64_t floor, struct err *err)
{
	if (!p->host->memory.available_bytes) {
		err_set(err, -ENODATA,
		        _("it wants all the memory that the host does not need, and how much there "
		          "is "
		          "is not known (/proc/meminfo MemAvailable)"));
		err_hint(err, _("write a number, such as size=8G, in [memory] of %s"),
		        p->profile->file);
		return plan_refuse(err, CODE_MEM_SHORT);
	}
	err_set(err, -ENOMEM,
	        _("it wants all the memory that the host does not need: of the %llu MiB that are "
	          "available (/proc/meminfo MemAvailable) the host needs %llu MiB"),
	        (unsigned long long)(available / MIB), (unsigned long long)(floor / MIB));
	err_hint(err, _("close programs, or write a number, such as size=2G, in [memory] of %s"),
	        p->profile->file);
	return plan_refuse(err, CODE_MEM_SHORT);
}

/* Pages of the pool are there for it beside all else; what maps it grows with it. */
static int take_max(const struct planning *p, uint64_t page_bytes, struct err *err)
{
	const struct page_pool *pool = memory_pool(&p->host->memory, page_bytes);
	const uint64_t available = available_beside(p), usual = host_floor(&p->host->memory);
	const uint64_t floor = page_bytes && usual < PAGES_FLOOR ? PAGES_FLOOR : usual;
	const uint64_t unit = page_bytes ? page_bytes : 2 * MIB;
	uint64_t size = less(available, floor + QEMU_OWN + p->plan->glass_bytes);

	size -= size / TABLES_SHARE;
	size += pool && page_bytes ? idle_pages(p, pool) * page_bytes : 0;
	size -= size % unit;
	if (size < SIZE_LEAST)
		return refuse_max(p, available, floor, err);
	p->plan->memory_bytes = size;
	p->plan->floor_bytes = floor;
	return 0;
}

static int plan_size(const struct planning *p, uint64_t page_bytes, struct err *err)
{
	uint64_t wanted = p->profile->memory_bytes;

	p->plan->memory_bytes = wanted;
	return wanted == PROFILE_MEMORY_MAX ? take_max(p, page_bytes, err) : 0;
}

/* --- huge pages --- */

static int refuse_pages(const struct planning *p, uint64_t fits, struct err *err)
{
	if (fits >= SIZE_LEAST)
		err_hint(err, _("write hugepages=no, or size=%lluM or less, in [memory] of %s"),
		        (unsigned long long)(fits / MIB), p->profile->file);
	else
		err_hint(err, _("write hugepages=no or lower size= in [memory] of %s"),
		        p->profile->file);
	return plan_refuse(err, CODE_MEM_PAGES);
}

static int refuse_many(
        const struct planning *p, uint64_t bytes, uint64_t idle, uint64_t missing, struct err *err)
{
	const uint64_t spare = less(available_beside(p), PAGES_FLOOR);

	err_set(err, -ENOMEM,
	        _("it wants %llu MiB in huge pages, and this PC can spare %llu MiB (/proc/meminfo "
	          "MemAvailable, less %llu MiB for the host)"),
	        (unsigned long long)(missing * bytes / MIB), (unsigned long long)(spare / MIB),
	        (unsigned long long)(PAGES_FLOOR / MIB));
	return refuse_pages(p, (idle + spare / bytes) * bytes, err);
}

/* The pages of the pool that nobody has are used; what is missing is made, as long as the host keeps enough. */
static int plan_pages(const struct planning *p, uint64_t bytes, struct err *err)
{
	const struct page_pool *pool = memory_pool(&p->host->memory, bytes);
	uint64_t count = (p->plan->memory_bytes + bytes - 1) / bytes, idle, missing;

	if (!pool) {
		err_set(err, -ENOENT,
		        _("it wants huge pages of %llu MiB, and the kernel has none of "
		          "that size (/sys/kernel/mm/hugepages)"),
		        (unsigned long long)(bytes / MIB));
		return refuse_pages(p, 0, err);
	}
	idle = idle_pages(p, pool);
	missing = less(count, idle);
	if (missing && p->options->session) {
		err_set(err, -EPERM,
		        _("it wants huge pages, which the system's daemon alone can set "
		          "aside: %llu of %llu are free"),
		        (unsigned long long)idle, (unsigned long long)count);
		return refuse_pages(p, idle * bytes, err);
	}
	if (missing && p->host->memory.available_bytes &&
	        missing * bytes + PAGES_FLOOR > available_beside(p))
		return refuse_many(p, bytes, idle, missing, err);
	p->plan->page_bytes = bytes;
	p->plan->pages_all = count;
	p->plan->pages = missing;
	return 0;
}

/* --- what stays in memory --- */

static int refuse_short(const struct planning *p, uint64_t fits, struct err *err)
{
	if (fits >= SIZE_LEAST)
		err_hint(err, _("close programs, or write size=%lluM or less in [memory] of %s"),
		        (unsigned long long)(fits / MIB), p->profile->file);
	else
		err_hint(err, _("close programs, or lower size= in [memory] of %s"),
		        p->profile->file);
	return plan_refuse(err, CODE_MEM_SHORT);
}

static int check_pinned(const struct planning *p, uint64_t available, struct err *err)
{
	const uint64_t floor = pinned_floor(&p->host->memory), limit = p->plan->memlock_bytes;
	const uint64_t more = limit - p->plan->memory_bytes;

	if (limit + floor <= available)
		return 0;
	err_set(err, -ENOMEM,
	        _("with passed devices %llu MiB must stay in memory (its own and QEMU's, "
	          "RLIMIT_MEMLOCK), and of the %llu MiB that are available (/proc/meminfo "
	          "MemAvailable) the host keeps %llu MiB"),
	        (unsigned long long)(limit / MIB), (unsigned long long)(available / MIB),
	        (unsigned long long)(floor / MIB));
	return refuse_short(p, less(available, floor + more), err);
}

static int check_available(const struct planning *p, struct err *err)
{
	const uint64_t wanted = p->plan->memory_bytes, available = available_beside(p);

	if (!p->host->memory.available_bytes || p->plan->page_bytes)
		return 0;
	if (wanted <= available)
		return p->plan->memlock_bytes ? check_pinned(p, available, err) : 0;
	err_set(err, -ENOMEM,
	        _("it wants %llu MiB of memory, and %llu MiB are available (/proc/meminfo "
	          "MemAvailable)"),
	        (unsigned long long)(wanted / MIB), (unsigned long long)(available / MIB));
	return refuse_short(p,
	        p->plan->n_pci ? less(available, pinned_floor(&p->host->memory) +
	                                                 p->plan->memlock_bytes - wanted)
	                       : available,
	        err);
}

static int plan_all(const struct planning *p, struct err *err)
{
	static const uint64_t sizes[] = {
	        [PROFILE_PAGES_NO] = 0, [PROFILE_PAGES_2M] = 2 * MIB, [PROFILE_PAGES_1G] = GIB};
	const uint64_t page_bytes = sizes[p->profile->hugepages];
	struct vm_plan *plan = p->plan;
	int r = plan_size(p, page_bytes, err);

	if (r == 0 && page_bytes)
		r = plan_pages(p, page_bytes, err);
	if (r == 0 && plan->n_pci)
		plan->memlock_bytes = plan->glass_bytes + plan->memory_bytes + MEMLOCK_SLACK +
		                      MEMLOCK_SLACK_PER_PCI * plan->n_pci;
	return r < 0 ? r : check_available(p, err);
}

/* Where others are the reason, they are named: MemAvailable alone would look as if there were enough. */
int plan_memory(const struct planning *p, struct err *err)
{
	int r = plan_all(p, err);

	if (r == -ENOMEM && p->options->promised_bytes)
		err_prefix(err,
		        _("other VMs have been promised %llu MiB that they do not use yet, which "
		          "are "
		          "not counted as available"),
		        (unsigned long long)(p->options->promised_bytes / MIB));
	return r;
}
