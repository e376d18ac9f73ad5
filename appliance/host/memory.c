/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host/memory.h"
#include "host/attr.h"

#include <errno.h>
#include <sys/resource.h>

/* "  16384 kB" or "12". The kernel means KiB where it writes kB. */
static uint64_t amount(char *text)
{
	char *unit, *number = strip(text);
	uint64_t value, scale = 1;

	unit = strpbrk(number, " \t");
	if (unit) {
		*unit = '\0';
		if (!streq(strip(unit + 1), "kB"))
			return 0;
		scale = 1024;
	}
	return parse_u64(number, 10, UINT64_MAX / 1024, &value) == 0 ? value * scale : 0;
}

static void take_line(struct memory *memory, const char *key, char *value)
{
	const struct {
		const char *key;
		uint64_t *field;
	} fields[] = {
	        {"MemTotal", &memory->total_bytes},
	        {"MemAvailable", &memory->available_bytes},
	        {"HugePages_Total", &memory->hugepages_total},
	        {"HugePages_Free", &memory->hugepages_free},
	        {"Hugepagesize", &memory->hugepage_bytes},
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (streq(key, fields[i].key))
			*fields[i].field = amount(value);
	}
}

#define POOLS "/sys/kernel/mm/hugepages"

/* "hugepages-2048kB"; 0: something else */
static uint64_t pool_bytes(const char *name)
{
	static const char prefix[] = "hugepages-";
	cleanup_free char *number = NULL;
	uint64_t kib;

	if (!starts_with(name, prefix) || !ends_with(name, "kB"))
		return 0;
	number = xstrndup(name + strlen(prefix), strlen(name) - strlen(prefix) - strlen("kB"));
	return parse_u64(number, 10, UINT64_MAX >> 10, &kib) == 0 ? kib << 10 : 0;
}

static void take_pools(const struct root *root, struct memory *memory)
{
	cleanup_strv struct strv names = {0};

	root_list(root, POOLS, &names);
	strv_foreach (name, &names) {
		const uint64_t bytes = pool_bytes(*name);

		if (!bytes || memory->n_pools == PAGE_POOLS_MOST)
			continue;
		memory->pools[memory->n_pools++] = (struct page_pool){.bytes = bytes,
		        .pages = attr_u64(root, 10, UINT64_MAX, 0, POOLS "/%s/nr_hugepages", *name),
		        .free = attr_u64(
		                root, 10, UINT64_MAX, 0, POOLS "/%s/free_hugepages", *name),
		        .reserved = attr_u64(
		                root, 10, UINT64_MAX, 0, POOLS "/%s/resv_hugepages", *name)};
	}
}

const struct page_pool *memory_pool(const struct memory *memory, uint64_t page_bytes)
{
	for (size_t i = 0; i < memory->n_pools; i++)
		if (memory->pools[i].bytes == page_bytes)
			return &memory->pools[i];
	return NULL;
}

#define NODES "/sys/devices/system/node"

/* "Node 0 MemFree:  16384 kB" */
static void take_node_line(struct memory_node *node, char *line)
{
	char *colon = strchr(line, ':'), *key;

	if (!colon)
		return;
	*colon = '\0';
	key = strrchr(line, ' ');
	key = key ? key + 1 : line;
	if (streq(key, "MemTotal"))
		node->total_bytes = amount(colon + 1);
	else if (streq(key, "MemFree") || streq(key, "Active(file)") ||
	         streq(key, "Inactive(file)"))
		node->available_bytes += amount(colon + 1);
}

static void take_nodes(const struct root *root, struct memory *memory)
{
	for (unsigned number = 0; number < MEMORY_NODES_MOST; number++) {
		cleanup_free char *text = root_readf(root, NODES "/node%u/meminfo", number);
		struct memory_node *node = &memory->nodes[memory->n_nodes];
		char *rest = text;

		if (!text)
			continue;
		node->number = number;
		for (char *line; (line = text_next_line(&rest));)
			take_node_line(node, line);
		memory->n_nodes++;
	}
}

int memory_take(const struct root *root, struct memory *out, struct err *err)
{
	cleanup_free char *text = root_read(root, "/proc/meminfo");
	char *rest = text;
	struct rlimit limit;
	int r = text ? 0 : -errno;

	*out = (struct memory){0};
	if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0)
		out->memlock_bytes =
		        limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : (uint64_t)limit.rlim_cur;
	take_pools(root, out);
	take_nodes(root, out);
	if (r < 0)
		return err_errno(err, r, "%s/proc/meminfo", root->path);
	for (char *line; (line = text_next_line(&rest));) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		take_line(out, strip(line), colon + 1);
	}
	return 0;
}
