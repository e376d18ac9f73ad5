/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/plan/cpu_map.h"

#include "base/i18n.h"

#include <errno.h>

/* A core with its threads, in the order of their numbers. */
struct core {
	const struct processor *first;
	size_t threads;
};

/* The cores that share a last-level cache, best first. */
struct domain {
	unsigned cache;
	uint64_t cache_bytes;
	bool near, has_first, isolated; /* has the boot processor, which serves most interrupts */
	struct core *cores;
	size_t n, n_fast; /* of these, those that are no efficiency cores; they come first */
};

struct domains {
	const struct topology *topology;
	struct domain *list; /* best first */
	size_t n;
	size_t n_cores;
};

/* --- what there is --- */

static struct core *core_of(struct domain *d, const struct processor *p)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->cores[i].first->core == p->core)
			return &d->cores[i];
	*list_append(d->cores, d->n) = (struct core){.first = p};
	d->n_fast += p->kind != CORE_EFFICIENCY;
	return &d->cores[d->n - 1];
}

static struct domain *domain_of(
        struct domains *all, const struct processor *p, const struct cpu_map_wish *wish)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].cache == p->cache)
			return &all->list[i];
	*list_append(all->list, all->n) = (struct domain){.cache = p->cache,
	        .cache_bytes = p->cache_bytes,
	        .near = wish->node < 0 || p->node == (unsigned)wish->node};
	return &all->list[all->n - 1];
}

static bool is_small(const struct core *core)
{
	return core->first->kind == CORE_EFFICIENCY;
}

/*
 * Fast before small, what a person has kept free of the host's work before the rest, and the boot processor's own core
 * last: its interrupts are the host's.
 */
static int compare_cores(const void *a, const void *b)
{
	const struct core *left = a, *right = b;

	if (is_small(left) != is_small(right))
		return is_small(left) - is_small(right);
	if (left->first->isolated != right->first->isolated)
		return right->first->isolated - left->first->isolated;
	if (!left->first->number != !right->first->number)
		return !left->first->number - !right->first->number;
	return left->first->number < right->first->number ? -1 : 1;
}

static int compare_domains(const void *a, const void *b)
{
	const struct domain *left = a, *right = b;

	if (left->isolated != right->isolated)
		return right->isolated - left->isolated;
	if (left->near != right->near)
		return right->near - left->near;
	if (!left->n_fast != !right->n_fast)
		return !left->n_fast - !right->n_fast;
	if (left->cache_bytes != right->cache_bytes)
		return left->cache_bytes > right->cache_bytes ? -1 : 1;
	if (left->has_first != right->has_first)
		return left->has_first - right->has_first;
	return left->cache < right->cache ? -1 : 1;
}

static void find_domains(
        const struct topology *t, const struct cpu_map_wish *wish, struct domains *out)
{
	*out = (struct domains){.topology = t};
	for (size_t i = 0; i < t->n; i++) {
		struct domain *d = domain_of(out, &t->list[i], wish);

		core_of(d, &t->list[i])->threads++;
		d->has_first |= t->list[i].number == 0;
		d->isolated |= t->list[i].isolated;
	}
	for (size_t i = 0; i < out->n; i++) {
		struct domain *d = &out->list[i];

		qsort(d->cores, d->n, sizeof(*d->cores), compare_cores);
		out->n_cores += d->n;
	}
	if (out->n)
		qsort(out->list, out->n, sizeof(*out->list), compare_domains);
}

static void finish_domains(struct domains *all)
{
	for (size_t i = 0; i < all->n; i++)
		free(all->list[i].cores);
	free(all->list);
}

/* --- what is taken --- */

/* A core's next processor after @p; NULL at its end. */
static const struct processor *next_thread(const struct topology *t, const struct processor *p)
{
	for (const struct processor *q = p + 1; q < t->list + t->n; q++)
		if (q->core == p->core)
			return q;
	return NULL;
}

static void take_core(
        const struct topology *t, const struct core *core, size_t threads, struct cpu_map *out)
{
	for (const struct processor *p = core->first; p && threads--; p = next_thread(t, p))
		*list_append(out->guest, out->n) = p->number;
}

/* Cores of @d that a guest may have: fast ones; and where the PC has no other core, one stays the host's. */
static size_t usable(const struct domains *all, const struct domain *d)
{
	return d->n_fast == all->n_cores ? d->n_fast - 1 : d->n_fast;
}

/*
 * How many domains, in their order from @from, hold @cores in equal parts; 0: none do. A part of one core shares its
 * cache with nobody, and more parts than need be are no gain.
 */
static size_t equal_parts(const struct domains *all, size_t from, size_t to, size_t cores)
{
	size_t held = 0, fewest = 0;

	if (cores >= all->n_cores) /* the host needs one, too */
		return 0;
	while (from + fewest < to && held < cores)
		held += usable(all, &all->list[from + fewest++]);
	for (size_t k = fewest; k <= fewest + 1 && k <= to - from; k++) {
		bool fits = held >= cores && cores % k == 0 && (k == 1 || cores / k > 1);

		for (size_t i = from; fits && i < from + k; i++)
			fits = usable(all, &all->list[i]) >= cores / k;
		if (fits)
			return k;
	}
	return 0;
}

struct choice {
	size_t from, parts;
};

/* One domain near the card, then any one; then parts of those near, then of all. */
static struct choice choose_domains(const struct domains *all, size_t cores)
{
	size_t n_near = 0;

	while (n_near < all->n && all->list[n_near].near)
		n_near++;
	for (size_t i = 0; i < n_near; i++)
		if (equal_parts(all, i, i + 1, cores))
			return (struct choice){i, 1};
	if (n_near && equal_parts(all, 0, n_near, cores))
		return (struct choice){0, equal_parts(all, 0, n_near, cores)};
	for (size_t i = n_near; i < all->n; i++)
		if (equal_parts(all, i, i + 1, cores))
			return (struct choice){i, 1};
	return (struct choice){0, equal_parts(all, 0, all->n, cores)};
}

static void forget(struct cpu_map *out)
{
	free(take_ptr(out->guest));
	out->n = 0;
}

/* Whole cores, of which the guest sees @threads each. */
static bool take_whole(
        const struct domains *all, unsigned count, unsigned threads, struct cpu_map *out)
{
	size_t cores = count / threads;
	struct choice choice = choose_domains(all, cores);

	for (size_t i = choice.from; i < choice.from + choice.parts; i++)
		for (size_t c = 0; c < cores / choice.parts; c++)
			take_core(all->topology, &all->list[i].cores[c], threads, out);
	if (!choice.parts)
		return false;
	out->dies = (unsigned)choice.parts;
	out->cores = (unsigned)(cores / choice.parts);
	out->threads = threads;
	out->same_caches = true;
	return true;
}

/* Whole cores as they come, best domain first: the guest knows which threads share a core, and of no caches. */
static bool take_uneven(
        const struct domains *all, unsigned count, unsigned threads, struct cpu_map *out)
{
	size_t left = count / threads;

	if (left >= all->n_cores)
		return false;
	for (size_t i = 0; i < all->n; i++)
		for (size_t c = 0; c < all->list[i].n_fast && left; c++, left--)
			take_core(all->topology, &all->list[i].cores[c], threads, out);
	if (left) {
		forget(out);
		return false;
	}
	out->dies = 1;
	out->cores = count / threads;
	out->threads = threads;
	return true;
}

/* Whatever is there, fast cores first, as long as a core is left to the host; the guest is told nothing of it. */
static bool take_mixed(const struct domains *all, unsigned count, struct cpu_map *out)
{
	size_t left = all->n_cores ? all->n_cores - 1 : 0;

	for (int small = 0; small < 2; small++) {
		for (size_t i = 0; i < all->n; i++) {
			const struct domain *d = &all->list[i];

			for (size_t c = 0; c < d->n && left && out->n < count; c++) {
				size_t wanted = count - out->n;

				if (is_small(&d->cores[c]) != small)
					continue;
				take_core(all->topology, &d->cores[c], wanted, out);
				left--;
			}
		}
	}
	out->dies = out->threads = 1;
	out->cores = count;
	return out->n == count;
}

/* Threads of a core that holds two or more, where the count comes out even. */
static unsigned threads_each(const struct domains *all, unsigned count)
{
	size_t threads = all->n ? all->list[0].cores[0].threads : 1;

	return threads > 1 && count % threads == 0 ? (unsigned)threads : 1;
}

static void give_up(const struct topology *t, const struct cpu_map_wish *wish, struct cpu_map *out)
{
	forget(out);
	out->dies = out->threads = 1;
	out->cores = wish->count;
	out->why = t->n ? xasprintf(_("%u of this PC's %zu processors would leave no core to the "
	                              "host"),
	                          wish->count, t->n)
	                : xstrdup(_("the processors of this PC are not known "
	                            "(/sys/devices/system/cpu/online)"));
}

static bool choose_of(
        const struct topology *t, const struct cpu_map_wish *wish, struct cpu_map *out)
{
	struct domains all;
	unsigned threads;
	bool found;

	find_domains(t, wish, &all);
	threads = threads_each(&all, wish->count);
	found = take_whole(&all, wish->count, threads, out) ||
	        take_uneven(&all, wish->count, threads, out) || take_mixed(&all, wish->count, out);
	finish_domains(&all);
	if (!found)
		forget(out);
	return found;
}

static bool is_core_taken(
        const struct topology *t, const struct cpulist *taken, const struct processor *p)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].core == p->core && cpulist_has(taken, t->list[i].number))
			return true;
	return false;
}

/* The cores that no other VM runs on, for @t; caller frees the list. */
static struct topology free_cores(const struct topology *t, const struct cpulist *taken)
{
	struct topology rest = {0};

	for (size_t i = 0; i < t->n; i++)
		if (!is_core_taken(t, taken, &t->list[i]))
			*list_append(rest.list, rest.n) = t->list[i];
	return rest;
}

/* Two VMs on the same cores are slow, and yet better than none. */
static void choose(const struct topology *t, const struct cpu_map_wish *wish, struct cpu_map *out)
{
	bool found = false;

	if (wish->taken && wish->taken->n) {
		struct topology rest = free_cores(t, wish->taken);

		found = rest.n && choose_of(&rest, wish, out);
		free(rest.list);
	}
	if (!found && !choose_of(t, wish, out))
		give_up(t, wish, out);
}

/* --- a person's own list --- */

static const struct processor *find(const struct topology *t, unsigned number)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->list[i].number == number)
			return &t->list[i];
	return NULL;
}

static bool is_taken(const struct cpu_map *map, unsigned number)
{
	for (size_t i = 0; i < map->n; i++)
		if (map->guest[i] == number)
			return true;
	return false;
}

static int take_range(const struct topology *t, const char *text, struct cpu_map *out)
{
	cleanup_cpulist struct cpulist range = {0};
	int r = cpulist_parse(text, &range);

	for (size_t i = 0; r == 0 && i < range.n; i++) {
		if (!find(t, range.list[i]))
			return -ENOENT;
		if (is_taken(out, range.list[i]))
			return -EEXIST;
		*list_append(out->guest, out->n) = range.list[i];
	}
	return r;
}

/* The guest may be told of threads where each pair in the list is a whole core. */
static bool in_pairs(const struct topology *t, const struct cpu_map *map)
{
	for (size_t i = 0; i + 1 < map->n; i += 2)
		if (find(t, map->guest[i])->core != find(t, map->guest[i + 1])->core)
			return false;
	return map->n % 2 == 0;
}

static bool in_one_cache(const struct topology *t, const struct cpu_map *map)
{
	for (size_t i = 1; i < map->n; i++)
		if (find(t, map->guest[i])->cache != find(t, map->guest[0])->cache)
			return false;
	return true;
}

static int take_list(const struct topology *t, const struct cpu_map_wish *wish, struct cpu_map *out,
        struct err *err)
{
	cleanup_strv struct strv parts = {0};

	strv_split(&parts, wish->list, ",");
	strv_foreach (part, &parts) {
		int r = take_range(t, *part, out);

		if (r == -ENOENT)
			return err_set(err, -EINVAL,
			        _("pin=%s: this PC has no processor %s online"), wish->list, *part);
		if (r < 0)
			return err_set(
			        err, -EINVAL, _("pin=%s: %s is there twice"), wish->list, *part);
	}
	if (out->n != wish->count)
		return err_set(err, -EINVAL, _("pin=%s names %zu processors, and count= has %u"),
		        wish->list, out->n, wish->count);
	out->threads = in_pairs(t, out) ? 2 : 1;
	out->cores = wish->count / out->threads;
	out->dies = 1;
	out->same_caches = in_one_cache(t, out);
	return 0;
}

/* --- the rest --- */

static bool shares_core(
        const struct topology *t, const struct cpu_map *map, const struct processor *p)
{
	for (size_t i = 0; i < map->n; i++)
		if (find(t, map->guest[i])->core == p->core)
			return true;
	return false;
}

/*
 * Best those that neither disturb a core of the guest's, or of another VM's, nor are kept free by a person; else any that are
 * left.
 */
static void find_others(const struct topology *t, const struct cpulist *taken, struct cpu_map *map)
{
	for (int strict = 3; strict >= 0 && !map->others.n; strict--)
		for (size_t i = 0; i < t->n; i++) {
			const struct processor *p = &t->list[i];

			if ((strict == 3 && taken && is_core_taken(t, taken, p)) ||
			        (strict >= 2 && (p->isolated || shares_core(t, map, p))) ||
			        (strict && is_taken(map, p->number)))
				continue;
			cpulist_add(&map->others, p->number);
		}
}

int cpu_map_make(const struct topology *topology, const struct cpu_map_wish *wish,
        struct cpu_map *out, struct err *err)
{
	int r = 0;

	*out = (struct cpu_map){0};
	if (wish->list)
		r = take_list(topology, wish, out, err);
	else
		choose(topology, wish, out);
	if (r < 0)
		cpu_map_finish(out);
	else if (out->n)
		find_others(topology, wish->taken, out);
	return r;
}

void cpu_map_finish(struct cpu_map *map)
{
	free(map->guest);
	cpulist_finish(&map->others);
	free(map->why);
	*map = (struct cpu_map){0};
}
