/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many processors the guest has and how they are grouped, as its kernel read it from CPUID. */
#include "processors.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define FOLDER "/sys/devices/system/cpu/cpu%zu/topology/%s"

bool processors_parse(const char *text, struct processors_shape *shape)
{
	char rest;

	return sscanf(text, "%u %u %u %u %u%c", &shape->count, &shape->sockets, &shape->dies,
	               &shape->cores, &shape->threads, &rest) == 5;
}

enum level { LEVEL_PACKAGE, LEVEL_DIE, LEVEL_CORE };

/* Numbers of dies count within their package, numbers of cores within their die. */
static bool same(const struct processor_place *a, const struct processor_place *b, enum level level)
{
	return a->package == b->package && (level < LEVEL_DIE || a->die == b->die) &&
	       (level < LEVEL_CORE || a->core == b->core);
}

/* Whether none before it is in the same group. */
static bool is_first(const struct processor_place *places, size_t at, enum level level)
{
	for (size_t i = 0; i < at; i++)
		if (same(&places[i], &places[at], level))
			return false;
	return true;
}

static unsigned groups(const struct processor_place *places, size_t count, enum level level)
{
	unsigned n = 0;

	for (size_t i = 0; i < count; i++)
		n += is_first(places, i, level);
	return n;
}

static unsigned largest_core(const struct processor_place *places, size_t count)
{
	unsigned most = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned n = 0;

		for (size_t k = 0; k < count; k++)
			n += same(&places[i], &places[k], LEVEL_CORE);
		most = n > most ? n : most;
	}
	return most;
}

static unsigned share(unsigned all, unsigned of)
{
	return of ? (all + of - 1) / of : 0;
}

bool processors_shape_of(
        const struct processor_place *places, size_t count, struct processors_shape *shape)
{
	unsigned dies = groups(places, count, LEVEL_DIE);
	unsigned cores = groups(places, count, LEVEL_CORE);

	*shape = (struct processors_shape){.count = (unsigned)count,
	        .sockets = groups(places, count, LEVEL_PACKAGE),
	        .threads = largest_core(places, count)};
	shape->dies = share(dies, shape->sockets);
	shape->cores = share(cores, dies);
	return shape->sockets * shape->dies * shape->cores * shape->threads == shape->count;
}

static bool read_number(size_t processor, const char *name, unsigned *number)
{
	char path[PATH_MAX], text[32];

	snprintf(path, sizeof path, FOLDER, processor, name);
	if (guest_read_text(path, text, sizeof text) <= 0)
		return false;
	*number = (unsigned)strtoul(text, NULL, 10);
	return true;
}

/* Kernels before 5.2 know no dies. */
static bool read_place(size_t processor, struct processor_place *place)
{
	place->die = 0;
	read_number(processor, "die_id", &place->die);
	return read_number(processor, "physical_package_id", &place->package) &&
	       read_number(processor, "core_id", &place->core);
}

static void write_shape(const struct processors_shape *shape, char *text, size_t size)
{
	text[0] = '\0';
	guest_append(text, size,
	        "%u (%u socket%s, %u die%s each, %u core%s each, %u thread%s each)", shape->count,
	        shape->sockets, shape->sockets == 1 ? "" : "s", shape->dies,
	        shape->dies == 1 ? "" : "s", shape->cores, shape->cores == 1 ? "" : "s",
	        shape->threads, shape->threads == 1 ? "" : "s");
}

static void judge(struct probe *probe, const struct processors_shape *wanted,
        const struct processors_shape *seen, bool even)
{
	char told[120], has[120];

	write_shape(wanted, told, sizeof told);
	write_shape(seen, has, sizeof has);
	if (even && memcmp(wanted, seen, sizeof *seen) == 0)
		probe_result(probe, "topology", PROBE_PASS, "%s", has);
	else
		probe_result(probe, "topology", PROBE_FAIL,
		        "the kernel finds %s%s, and the plan is %s (/sys/devices/system/cpu)", has,
		        even ? "" : ", in groups of different size", told);
}

void processors_test(struct probe *probe)
{
	static struct processor_place places[PROCESSORS_MAX];
	struct processors_shape wanted, seen;
	size_t count = 0;
	bool even;

	probe_waiting(probe, "topology", "what the kernel knows of its processors");
	if (!processors_parse(probe->item->where, &wanted)) {
		probe_result(probe, "topology", PROBE_NOT_TESTABLE, "the plan is not understood");
		return;
	}
	while (count < PROCESSORS_MAX && read_place(count, &places[count]))
		count++;
	even = processors_shape_of(places, count, &seen);
	judge(probe, &wanted, &seen, even);
}
