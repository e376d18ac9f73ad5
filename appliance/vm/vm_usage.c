/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/vm_usage.h"

#include <unistd.h>

/* proc(5): in /proc/PID/stat, counted behind the name, which may hold anything. */
enum { STAT_UTIME = 11, STAT_STIME = 12, STAT_START = 19, STAT_RSS = 21, STAT_COUNT };

static bool read_stat(const struct root *root, pid_t pid, uint64_t *fields)
{
	cleanup_free char *text = root_readf(root, "/proc/%d/stat", (int)pid);
	const char *at = text ? strrchr(text, ')') : NULL;
	cleanup_strv struct strv words = {0};

	if (!at)
		return false;
	strv_split(&words, at + 1, " ");
	if (words.n < STAT_COUNT)
		return false;
	for (size_t i = 0; i < STAT_COUNT; i++)
		if (parse_u64(words.list[i], 10, UINT64_MAX, &fields[i]) < 0)
			fields[i] = 0;
	return true;
}

bool vm_usage_number(const char *text, const char *name, uint64_t *out)
{
	cleanup_strv struct strv lines = {0};

	strv_split(&lines, text ? text : "", "\n");
	strv_foreach (line, &lines) {
		cleanup_strv struct strv words = {0};

		strv_split(&words, *line, ": \t");
		if (words.n >= 2 && streq(words.list[0], name))
			return parse_u64(words.list[1], 10, UINT64_MAX >> 11, out) == 0;
	}
	return false;
}

char *vm_usage_cgroup(const struct root *root, pid_t pid, const char *unit)
{
	cleanup_free char *text = root_readf(root, "/proc/%d/cgroup", (int)pid);
	cleanup_free char *end = xasprintf("/%s", unit);
	cleanup_strv struct strv lines = {0};

	strv_split(&lines, text ? text : "", "\n");
	strv_foreach (line, &lines)
		if (starts_with(*line, "0::/") && ends_with(*line, end))
			return xasprintf("/sys/fs/cgroup%s", *line + strlen("0::"));
	return NULL;
}

static bool read_cgroup(const struct root *root, const char *folder, struct vm_usage *out)
{
	cleanup_free char *cpu = root_readf(root, "%s/cpu.stat", folder);
	cleanup_free char *memory = xasprintf("%s/memory.current", folder);

	return vm_usage_number(cpu, "usage_usec", &out->cpu_usec) &&
	       root_read_u64(root, memory, 10, &out->memory_bytes) == 0;
}

/* Of a cgroup the kernel counts them in files of their own, one for each size. */
uint64_t vm_usage_huge_bytes(const struct root *root, pid_t pid)
{
	cleanup_free char *status = root_readf(root, "/proc/%d/status", (int)pid);
	uint64_t kib;

	return vm_usage_number(status, "HugetlbPages", &kib) ? kib << 10 : 0;
}

uint64_t vm_usage_resident_bytes(const struct root *root, pid_t pid)
{
	cleanup_free char *status = root_readf(root, "/proc/%d/status", (int)pid);
	uint64_t kib;

	return vm_usage_number(status, "VmRSS", &kib) ? kib << 10 : 0;
}

bool vm_usage_take(
        const struct root *root, pid_t pid, uint64_t start, const char *unit, struct vm_usage *out)
{
	const uint64_t ticks = (uint64_t)sysconf(_SC_CLK_TCK);
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	cleanup_free char *folder = NULL;
	uint64_t stat[STAT_COUNT];

	if (pid <= 0 || !read_stat(root, pid, stat) || stat[STAT_START] != start)
		return false;
	folder = unit ? vm_usage_cgroup(root, pid, unit) : NULL;
	if (!folder || !read_cgroup(root, folder, out)) {
		out->cpu_usec = (stat[STAT_UTIME] + stat[STAT_STIME]) * (1000000 / ticks);
		out->memory_bytes = stat[STAT_RSS] * page;
	}
	out->memory_bytes += vm_usage_huge_bytes(root, pid);
	out->at_usec = monotonic_us();
	return true;
}
