/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's way to write numbers of processors and nodes: "0-3,8", ascending. cpuset(7), "Formats". */
#ifndef BASE_CPULIST_H
#define BASE_CPULIST_H

#include "base/util.h"

#define CPULIST_MOST    8192u /* CONFIG_NR_CPUS of x86 goes no further */
#define cleanup_cpulist cleanup(cpulist_finish)

struct cpulist {
	unsigned *list; /* ascending, each once */
	size_t n;
};

/* "" is an empty list. -EINVAL for anything that is none, also one out of order or past CPULIST_MOST. */
int cpulist_parse(const char *text, struct cpulist *out);
bool cpulist_has(const struct cpulist *cpus, unsigned number);
/* Adds it at its place; one that is there stays there once. */
void cpulist_add(struct cpulist *cpus, unsigned number);
char *cpulist_format(const struct cpulist *cpus); /* caller frees */
/*
 * The kernel's other way, hexadecimal in groups of 32 bits from the highest: "3,00000000" is 32-33. Documentation/core-api/irq/
 * irq-affinity.rst. -EINVAL as above.
 */
int cpulist_parse_mask(const char *text, struct cpulist *out);
char *cpulist_format_mask(const struct cpulist *cpus); /* caller frees */
bool cpulist_equal(const struct cpulist *a, const struct cpulist *b);
struct cpulist cpulist_copy(const struct cpulist *cpus);
struct cpulist cpulist_both(const struct cpulist *a, const struct cpulist *b); /* what either has */
struct cpulist cpulist_without(const struct cpulist *a, const struct cpulist *b);
void cpulist_finish(struct cpulist *cpus);

#endif
