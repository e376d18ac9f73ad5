/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processors by their shape, and what VMs of some sizes get of each: tests/golden/cpu-map.txt. */
#include "vm/plan/cpu_map.h"

#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <cmocka.h>

#include "golden.h"

/* How Linux numbers the threads of a core: n and n + cores, or n and n + 1. */
enum numbering { APART, TOGETHER };

struct shape {
	const char *name;
	unsigned packages, caches, cores; /* caches of each package, cores of each cache */
	unsigned threads;
	unsigned small;  /* efficiency cores, of one thread, behind the last cache */
	unsigned mib[2]; /* of the first cache, of the others */
	unsigned nodes;  /* of memory, in each package */
	enum numbering numbering;
	unsigned island; /* low-power cores behind no shared cache */
};

static const struct shape shapes[] = {
        {"one core", 1, 1, 1, 1, 0, {4}, 1, APART, 0},
        {"2 cores (Celeron G1840)", 1, 1, 2, 1, 0, {2}, 1, APART, 0},
        {"2 cores, 4 threads (Pentium G4560)", 1, 1, 2, 2, 0, {3}, 1, APART, 0},
        {"4 cores (Core i5-2500K)", 1, 1, 4, 1, 0, {6}, 1, APART, 0},
        {"4 cores, 8 threads (Core i7-4770)", 1, 1, 4, 2, 0, {8}, 1, APART, 0},
        {"6 cores (Core i5-9400F)", 1, 1, 6, 1, 0, {9}, 1, APART, 0},
        {"6 cores, 12 threads (Core i7-8700K)", 1, 1, 6, 2, 0, {12}, 1, APART, 0},
        {"8 cores (Core i7-9700K)", 1, 1, 8, 1, 0, {12}, 1, APART, 0},
        {"8 cores, 16 threads (Core i9-9900K)", 1, 1, 8, 2, 0, {16}, 1, APART, 0},
        {"10 cores, 20 threads (Core i9-10900K)", 1, 1, 10, 2, 0, {20}, 1, APART, 0},
        {"6 performance cores (Core i5-12400)", 1, 1, 6, 2, 0, {18}, 1, TOGETHER, 0},
        {"6 + 4 (Core i5-12600K)", 1, 1, 6, 2, 4, {20}, 1, TOGETHER, 0},
        {"8 + 4 (Core i7-12700K)", 1, 1, 8, 2, 4, {25}, 1, TOGETHER, 0},
        {"8 + 8 (Core i9-12900K)", 1, 1, 8, 2, 8, {30}, 1, TOGETHER, 0},
        {"6 + 8 (Core i5-13600K)", 1, 1, 6, 2, 8, {24}, 1, TOGETHER, 0},
        {"8 + 16 (Core i9-14900K)", 1, 1, 8, 2, 16, {36}, 1, TOGETHER, 0},
        {"2 + 8 (Core i7-1255U)", 1, 1, 2, 2, 8, {12}, 1, TOGETHER, 0},
        {"6 + 8 + 2 (Core Ultra 7 155H)", 1, 1, 6, 2, 8, {24}, 1, TOGETHER, 2},
        {"8 + 16, one thread each (Core Ultra 9 285K)", 1, 1, 8, 1, 16, {36}, 1, TOGETHER, 0},
        {"2 x 2 cores, 8 threads (Ryzen 3 3100)", 1, 2, 2, 2, 0, {8, 8}, 1, APART, 0},
        {"2 x 2 cores (Ryzen 3 1200)", 1, 2, 2, 1, 0, {4, 4}, 1, APART, 0},
        {"2 x 3 cores (Ryzen 5 1600)", 1, 2, 3, 2, 0, {8, 8}, 1, APART, 0},
        {"2 x 4 cores (Ryzen 7 1700)", 1, 2, 4, 2, 0, {8, 8}, 1, APART, 0},
        {"2 x 3 cores (Ryzen 5 3600)", 1, 2, 3, 2, 0, {16, 16}, 1, APART, 0},
        {"4 x 3 cores (Ryzen 9 3900X)", 1, 4, 3, 2, 0, {16, 16}, 1, APART, 0},
        {"4 x 4 cores (Ryzen 9 3950X)", 1, 4, 4, 2, 0, {16, 16}, 1, APART, 0},
        {"6 cores (Ryzen 5 5600X)", 1, 1, 6, 2, 0, {32}, 1, APART, 0},
        {"8 cores (Ryzen 7 5800X3D)", 1, 1, 8, 2, 0, {96}, 1, APART, 0},
        {"2 x 6 cores (Ryzen 9 5900X)", 1, 2, 6, 2, 0, {32, 32}, 1, APART, 0},
        {"2 x 8 cores (Ryzen 9 5950X)", 1, 2, 8, 2, 0, {32, 32}, 1, APART, 0},
        {"2 x 6 cores, one large cache (Ryzen 9 7900X3D)", 1, 2, 6, 2, 0, {96, 32}, 1, APART, 0},
        {"2 x 8 cores, one large cache (Ryzen 9 7950X3D)", 1, 2, 8, 2, 0, {96, 32}, 1, APART, 0},
        {"8 cores (Ryzen 7 8700G)", 1, 1, 8, 2, 0, {16}, 1, APART, 0},
        {"2 nodes of 2 x 4 cores (Threadripper 1950X)", 1, 4, 4, 2, 0, {8, 8}, 2, APART, 0},
        {"8 x 3 cores (Threadripper 3960X)", 1, 8, 3, 2, 0, {16, 16}, 1, APART, 0},
        {"4 x 8 cores (Threadripper 7970X)", 1, 4, 8, 2, 0, {32, 32}, 1, APART, 0},
        {"2 x 6 cores (Xeon X5650)", 2, 1, 6, 2, 0, {12, 12}, 1, APART, 0},
        {"2 x 8 cores (Xeon E5-2670)", 2, 1, 8, 2, 0, {20, 20}, 1, APART, 0},
        {"2 x 14 cores (Xeon E5-2680 v4)", 2, 1, 14, 2, 0, {35, 35}, 1, APART, 0},
        {"2 x 4 x 4 cores (EPYC 7281)", 2, 8, 2, 2, 0, {4, 4}, 4, APART, 0},
        {"2 x 8 x 8 cores (EPYC 7763)", 2, 8, 8, 2, 0, {32, 32}, 1, APART, 0},
        {"6 cores, no shared cache told (a virtual machine)", 1, 6, 1, 1, 0, {0, 0}, 1, APART, 0},
        {"4 cores of an old processor (Core 2 Quad Q6600)", 1, 2, 2, 1, 0, {4, 4}, 1, APART, 0},
};

static struct processor *add(struct topology *t, unsigned number)
{
	struct processor *p = list_append(t->list, t->n);

	p->number = p->core = p->cache = number;
	return p;
}

static unsigned number_of(const struct shape *s, unsigned core, unsigned thread)
{
	unsigned cores = s->packages * s->caches * s->cores;

	return s->numbering == TOGETHER ? core * s->threads + thread : core + thread * cores;
}

static void add_core(const struct shape *s, struct topology *t, unsigned core, unsigned thread)
{
	struct processor *p = add(t, number_of(s, core, thread));
	unsigned cache = core / s->cores, package = cache / s->caches;

	p->core = number_of(s, core, 0);
	p->package = number_of(s, package * s->caches * s->cores, 0);
	p->cache_bytes = (uint64_t)s->mib[cache > 0] << 20;
	p->cache = p->cache_bytes ? number_of(s, cache * s->cores, 0) : p->package;
	p->node = cache * s->nodes / s->caches;
	p->kind = s->small ? CORE_PERFORMANCE : CORE_ALIKE;
}

static int by_number(const void *a, const void *b)
{
	const struct processor *left = a, *right = b;

	return left->number < right->number ? -1 : 1;
}

static void build(const struct shape *s, struct topology *t)
{
	unsigned cores = s->packages * s->caches * s->cores;

	*t = (struct topology){0};
	for (unsigned thread = 0; thread < s->threads; thread++)
		for (unsigned core = 0; core < cores; core++)
			add_core(s, t, core, thread);
	for (unsigned i = 0; i < s->small + s->island; i++) {
		struct processor *p = add(t, cores * s->threads + i);

		p->kind = CORE_EFFICIENCY;
		if (i < s->small) {
			p->cache = t->list[0].cache;
			p->cache_bytes = t->list[0].cache_bytes;
		}
	}
	qsort(t->list, t->n, sizeof(*t->list), by_number);
}

static void describe(FILE *f, const struct cpu_map_wish *wish, const struct cpu_map *map)
{
	cleanup_free char *others = cpulist_format(&map->others);

	fprintf(f, "  %3u", wish->count);
	if (wish->node > 0)
		fprintf(f, " near node %d", wish->node);
	if (map->why) {
		fprintf(f, ": not pinned: %s\n", map->why);
		return;
	}
	fprintf(f, ": dies=%u,cores=%u,threads=%u%s on ", map->dies, map->cores, map->threads,
	        map->same_caches ? "" : " (caches unlike)");
	for (size_t i = 0; i < map->n; i++)
		fprintf(f, "%s%u", i ? "," : "", map->guest[i]);
	fprintf(f, "; QEMU on %s\n", others);
}

/* What must hold for whichever processor and size. */
static void expect_sane(const struct cpu_map_wish *wish, const struct cpu_map *map)
{
	assert_int_equal(map->dies * map->cores * map->threads, wish->count);
	assert_true(map->n == 0 || map->n == wish->count);
	assert_int_equal(map->n == 0, map->why != NULL);
	assert_true(map->n == 0 || map->others.n > 0);
	for (size_t i = 0; i < map->n; i++) {
		assert_false(cpulist_has(&map->others, map->guest[i]));
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(map->guest[i], map->guest[j]);
	}
}

static void print_maps(FILE *f, const struct shape *shape)
{
	static const unsigned counts[] = {1, 2, 3, 4, 6, 8, 12, 14, 16, 24};
	struct topology t;

	build(shape, &t);
	fprintf(f, "%s\n", shape->name);
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct cpu_map_wish wish = {.count = counts[i], .node = -1};
		struct cpu_map map;

		if (counts[i] > t.n)
			break;
		for (int node = 0; node < (int)shape->packages * (int)shape->nodes && node < 2;
		        node++) {
			wish.node = node;
			assert_int_equal(cpu_map_make(&t, &wish, &map, NULL), 0);
			expect_sane(&wish, &map);
			describe(f, &wish, &map);
			cpu_map_finish(&map);
		}
	}
	topology_finish(&t);
}

static void shapes_and_sizes(void **state)
{
	cleanup_free char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		print_maps(f, &shapes[i]);
	fclose(f);
	expect_golden("cpu-map.txt", text);
}

/* --- a person's own list --- */

static void expect_list(
        const struct shape *shape, unsigned count, const char *list, const char *what)
{
	const struct cpu_map_wish wish = {.count = count, .node = -1, .list = list};
	struct topology t;
	struct cpu_map map;
	struct err err;
	char text[128];

	build(shape, &t);
	if (cpu_map_make(&t, &wish, &map, &err) < 0) {
		assert_string_equal(err.message, what);
	} else {
		snprintf(text, sizeof(text), "%u %u %u %d", map.dies, map.cores, map.threads,
		        map.same_caches);
		assert_string_equal(text, what);
		cpu_map_finish(&map);
	}
	topology_finish(&t);
}

static void own_list(void **state)
{
	const struct shape ryzen = {"", 1, 2, 4, 2, 0, {16, 16}, 1, APART, 0};

	(void)state;
	expect_list(&ryzen, 4, "4-7", "1 4 1 1");
	expect_list(&ryzen, 4, "4,12,5,13", "1 2 2 1");
	expect_list(&ryzen, 4, "3,11,4,12", "1 2 2 0");
	expect_list(&ryzen, 4, "7,6,5,4", "1 4 1 1");
	expect_list(&ryzen, 4, "4-6", "pin=4-6 names 3 processors, and count= has 4");
	expect_list(&ryzen, 4, "14-17", "pin=14-17: this PC has no processor 14-17 online");
	expect_list(&ryzen, 3, "4,5,4", "pin=4,5,4: 4 is there twice");
}

/* isolcpus= of a person who wants the VM there. */
static void isolated_first(void **state)
{
	const struct shape intel = {"", 1, 1, 8, 2, 0, {16}, 1, APART, 0};
	const struct cpu_map_wish wish = {.count = 4, .node = -1};
	cleanup_free char *others = NULL;
	struct topology t;
	struct cpu_map map;

	(void)state;
	build(&intel, &t);
	for (unsigned i = 0; i < t.n; i++)
		t.list[i].isolated = t.list[i].core >= 5;
	assert_int_equal(cpu_map_make(&t, &wish, &map, NULL), 0);
	assert_int_equal(map.guest[0], 5);
	assert_int_equal(map.guest[3], 14);
	others = cpulist_format(&map.others);
	assert_string_equal(others, "0-4,8-12");
	cpu_map_finish(&map);
	topology_finish(&t);
}

/* Another VM runs already: this one leaves its cores alone as long as there are others. */
static void beside_another_vm(void **state)
{
	static const struct {
		unsigned count;
		const char *taken, *guest, *others;
	} cases[] = {{4, "1-3,9-11", "4,12,5,13", "0,6-8,14-15"}, /* 8 cores of two threads */
	        {4, "1", "2,10,3,11", "0,4-8,12-15"},             /* not its other thread either */
	        {8, "1-3,9-11", "4,12,5,13,6,14,7,15", "0,8"},
	        {12, "1-3,9-11", "1,9,2,10,3,11,4,12,5,13,6,14", "0,7-8,15"}, /* too many for it */
	        {2, "0-15", "1,9", "0,2-8,10-15"}};
	const struct shape intel = {"", 1, 1, 8, 2, 0, {16}, 1, APART, 0};
	struct topology t;

	(void)state;
	build(&intel, &t);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_cpulist struct cpulist taken;
		struct cpu_map_wish wish = {.count = cases[i].count, .node = -1, .taken = &taken};
		cleanup_strv struct strv guest = {0};
		cleanup_free char *text = NULL, *others = NULL;
		struct cpu_map map;

		assert_int_equal(cpulist_parse(cases[i].taken, &taken), 0);
		assert_int_equal(cpu_map_make(&t, &wish, &map, NULL), 0);
		expect_sane(&wish, &map);
		for (size_t k = 0; k < map.n; k++)
			strv_addf(&guest, "%u", map.guest[k]);
		text = strv_join(&guest, ",");
		others = cpulist_format(&map.others);
		assert_string_equal(text, cases[i].guest);
		assert_string_equal(others, cases[i].others);
		cpu_map_finish(&map);
	}
	topology_finish(&t);
}

static void nothing_known(void **state)
{
	const struct cpu_map_wish wish = {.count = 4, .node = -1};
	const struct topology none = {0};
	struct cpu_map map;

	(void)state;
	assert_int_equal(cpu_map_make(&none, &wish, &map, NULL), 0);
	assert_int_equal(map.n, 0);
	assert_int_equal(map.cores, 4);
	assert_non_null(map.why);
	cpu_map_finish(&map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(shapes_and_sizes),
	        cmocka_unit_test(own_list),
	        cmocka_unit_test(isolated_first),
	        cmocka_unit_test(beside_another_vm),
	        cmocka_unit_test(nothing_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
