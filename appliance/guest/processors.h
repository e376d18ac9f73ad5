/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many processors the guest has and how they are grouped, as its kernel read it from CPUID
 * (Documentation/admin-guide/cputopology.rst). Windows licenses and schedules by the same groups.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "probe.h"

#define PROCESSORS_MAX 1024

struct processor_place {
	unsigned package, die, core;
};

/* Sockets; dies of each; cores of each of these; threads of each of these. */
struct processors_shape {
	unsigned count, sockets, dies, cores, threads;
};

/* Reads "8 1 1 4 2" in that order; false where it is something else. */
bool processors_parse(const char *text, struct processors_shape *shape);

/* False where the groups are not of equal size: then the numbers are those of the largest. */
bool processors_shape_of(
        const struct processor_place *places, size_t count, struct processors_shape *shape);

/* Tells "topology". */
void processors_test(struct probe *probe);
