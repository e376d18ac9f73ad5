/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much memory the guest has, and of which nodes. */
#include "memory.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define MAP   "/sys/firmware/memmap"
#define NODES "/sys/devices/system/node/node%zu/%s"
#define KEPT_BY \
	32 /* one part of so many, and this much more, may be the firmware's and the kernel's */
#define KEPT 32 /* MiB */

bool memory_parse(const char *text, struct memory_wish *wish)
{
	char *end;

	memset(wish, 0, sizeof *wish);
	wish->mib = strtoull(text, &end, 10);
	while (end != text && *end == ' ' && wish->nodes < MEMORY_NODES_MAX) {
		struct memory_node *node = &wish->node[wish->nodes++];
		size_t length = strcspn(++end, ": ");

		if (end[length] != ':' || length >= sizeof node->processors ||
		        !isdigit((unsigned char)end[length + 1]))
			return false;
		guest_copy(node->processors, length + 1, end);
		node->mib = strtoull(end + length + 1, &end, 10);
	}
	return end != text && *end == '\0' && wish->mib > 0;
}

bool memory_is_enough(uint64_t mib, uint64_t wanted)
{
	return mib <= wanted && mib + wanted / KEPT_BY + KEPT >= wanted;
}

/* --- all of it --- */

static uint64_t read_hex(const char *entry, const char *name)
{
	char path[PATH_MAX], text[40];

	snprintf(path, sizeof path, MAP "/%.40s/%s", entry, name);
	return guest_read_text(path, text, sizeof text) > 0 ? strtoull(text, NULL, 16) : 0;
}

/* What the firmware said that there is: the kernel's own is not taken off. */
static uint64_t memory_of_map(void)
{
	DIR *folder = opendir(MAP);
	struct dirent *entry;
	uint64_t bytes = 0;

	while (folder && (entry = readdir(folder))) {
		char path[PATH_MAX], type[40];

		snprintf(path, sizeof path, MAP "/%.40s/type", entry->d_name);
		if (guest_read_text(path, type, sizeof type) > 0 && strcmp(type, "System RAM") == 0)
			bytes += read_hex(entry->d_name, "end") - read_hex(entry->d_name, "start") +
			         1;
	}
	if (folder)
		closedir(folder);
	return (bytes + (1 << 20) - 1) >> 20;
}

static void test_size(struct probe *probe, const struct memory_wish *wish)
{
	uint64_t mib = memory_of_map();

	probe_waiting(probe, "size", "the firmware's memory map");
	if (!mib)
		probe_result(probe, "size", PROBE_NOT_TESTABLE, "%s is not readable", MAP);
	else if (memory_is_enough(mib, wish->mib))
		probe_result(probe, "size", PROBE_PASS,
		        "%lu MiB of %lu MiB are left by the firmware", (unsigned long)mib,
		        (unsigned long)wish->mib);
	else
		probe_result(probe, "size", PROBE_FAIL, "%lu MiB, and the plan is %lu MiB (%s)",
		        (unsigned long)mib, (unsigned long)wish->mib, MAP);
}

/* --- nodes --- */

/* "Node 0 MemTotal:  507904 kB" */
static uint64_t read_total(size_t number)
{
	char path[PATH_MAX], text[4096];
	const char *at;

	snprintf(path, sizeof path, NODES, number, "meminfo");
	if (guest_read_text(path, text, sizeof text) <= 0)
		return 0;
	at = strstr(text, "MemTotal:");
	return at ? strtoull(at + strlen("MemTotal:"), NULL, 10) >> 10 : 0;
}

static bool read_node(size_t number, struct memory_node *node)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, NODES, number, "cpulist");
	if (guest_read_text(path, node->processors, sizeof node->processors) < 0)
		return false;
	node->mib = read_total(number);
	return true;
}

/* What the kernel has for itself is not counted there: its code, this program's image, a table of all pages. */
static bool is_node(const struct memory_node *seen, const struct memory_node *wanted)
{
	return strcmp(seen->processors, wanted->processors) == 0 && seen->mib <= wanted->mib &&
	       seen->mib + wanted->mib / 16 + 128 >= wanted->mib;
}

static void test_nodes(struct probe *probe, const struct memory_wish *wish)
{
	size_t wanted = wish->nodes ? wish->nodes : 1, count = 0;
	char detail[400] = "";
	struct memory_node node;
	bool good = true;

	probe_waiting(probe, "nodes", "what the kernel knows of nodes of memory");
	for (; count < MEMORY_NODES_MAX && read_node(count, &node); count++) {
		guest_append(detail, sizeof detail, "%snode %zu: processors %s, %lu MiB",
		        count ? "; " : "", count, node.processors, (unsigned long)node.mib);
		good &= count >= wish->nodes || is_node(&node, &wish->node[count]);
	}
	if (count == 0)
		probe_result(probe, "nodes", PROBE_NOT_TESTABLE, "this kernel tells of no nodes");
	else if (count == wanted && good)
		probe_result(probe, "nodes", PROBE_PASS, "%s", detail);
	else
		probe_result(probe, "nodes", PROBE_FAIL, "%s; and the plan is %zu: %s", detail,
		        wanted, probe->item->where);
}

void memory_test(struct probe *probe)
{
	static struct memory_wish wish;

	if (!memory_parse(probe->item->where, &wish)) {
		probe_result(probe, "size", PROBE_NOT_TESTABLE, "the plan is not understood");
		return;
	}
	test_size(probe, &wish);
	test_nodes(probe, &wish);
}
