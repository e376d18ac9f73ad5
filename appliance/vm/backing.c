/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/backing.h"

#include "base/i18n.h"
#include "vm/vm_usage.h"

#define MIB (1ull << 20)

static bool of_cgroup(const struct root *root, pid_t pid, const char *unit, struct backing *out)
{
	cleanup_free char *folder = vm_usage_cgroup(root, pid, unit);
	cleanup_free char *text = folder ? root_readf(root, "%s/memory.stat", folder) : NULL;

	return vm_usage_number(text, "anon_thp", &out->transparent_bytes) &&
	       vm_usage_number(text, "anon", &out->all);
}

static bool of_process(const struct root *root, pid_t pid, struct backing *out)
{
	cleanup_free char *text = root_readf(root, "/proc/%d/smaps_rollup", (int)pid);

	if (!vm_usage_number(text, "AnonHugePages", &out->transparent_bytes) ||
	        !vm_usage_number(text, "Anonymous", &out->all))
		return false;
	out->transparent_bytes <<= 10;
	out->all <<= 10;
	return true;
}

void backing_take(const struct root *root, pid_t pid, const char *unit, struct backing *out)
{
	*out = (struct backing){.pool_bytes = vm_usage_huge_bytes(root, pid)};
	out->transparent_known =
	        (unit && of_cgroup(root, pid, unit, out)) || of_process(root, pid, out);
}

static char *words_of_pool(const struct backing *b, uint64_t memory_bytes, uint64_t page_bytes)
{
	return xasprintf(
	        _("%llu MiB of its %llu MiB are in huge pages of %llu MiB (/proc/PID/status "
	          "of QEMU, HugetlbPages)"),
	        (unsigned long long)(b->pool_bytes / MIB), (unsigned long long)(memory_bytes / MIB),
	        (unsigned long long)(page_bytes / MIB));
}

static char *words_of_ordinary(const struct backing *b)
{
	if (!b->transparent_known)
		return xstrdup(_("ordinary pages; how many of them the kernel has put together to "
		                 "large ones it does not tell (memory.stat of the cgroup, "
		                 "/proc/PID/smaps_rollup)"));
	return xasprintf(_("ordinary pages: of %llu MiB that QEMU has, %llu MiB are in transparent "
	                   "large ones (memory.stat of the cgroup, anon_thp; or "
	                   "/proc/PID/smaps_rollup, AnonHugePages)"),
	        (unsigned long long)(b->all / MIB),
	        (unsigned long long)(b->transparent_bytes / MIB));
}

static const char *verdict(const struct backing *b, uint64_t memory_bytes, uint64_t page_bytes)
{
	if (page_bytes)
		return b->pool_bytes >= memory_bytes ? "pass" : "fail";
	return b->transparent_known ? "pass" : "not-testable";
}

json_t *backing_line(const struct backing *b, uint64_t memory_bytes, uint64_t page_bytes)
{
	cleanup_free char *detail =
	        page_bytes ? words_of_pool(b, memory_bytes, page_bytes) : words_of_ordinary(b);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "event", "result", "device", "memory",
	        "kind", "memory", "capability", "pages", "status",
	        verdict(b, memory_bytes, page_bytes), "detail", detail);
}
