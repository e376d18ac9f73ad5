/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much memory the guest has, and of which nodes. What pages of the host are below it a guest cannot know: the host tells
 * that.
 *
 * Wanted is "MIB", and where there are several nodes one word more for each: "0-3:MIB", the processors as the kernel writes
 * them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe.h"

#define MEMORY_NODES_MAX 64

struct memory_node {
	char processors[128];
	uint64_t mib;
};

struct memory_wish {
	uint64_t mib;
	size_t nodes; /* 0: one, of which nothing more is said */
	struct memory_node node[MEMORY_NODES_MAX];
};

/* False where the words are something else. */
bool memory_parse(const char *text, struct memory_wish *wish);

/* Whether that much of what is wanted is what the firmware and the kernel leave of it. */
bool memory_is_enough(uint64_t mib, uint64_t wanted);

/* Tells "size" and "nodes". */
void memory_test(struct probe *probe);
