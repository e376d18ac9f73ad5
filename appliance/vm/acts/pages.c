/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Huge pages of the kernel's pool, Documentation/admin-guide/mm/hugetlbpage.rst: taken while the guest starts, and given
 * back when it has ended. Others may change the pool meanwhile, so numbers are added to it and subtracted from it.
 */
#include "vm/acts/acts.h"

#include "base/i18n.h"

#include <errno.h>

static char *pool_path(uint64_t bytes)
{
	return xasprintf("/sys/kernel/mm/hugepages/hugepages-%llukB/nr_hugepages",
	        (unsigned long long)(bytes >> 10));
}

static int read_pool(const struct root *root, const char *path, uint64_t *pages, struct err *err)
{
	int r = root_read_u64(root, path, 10, pages);

	return r < 0 ? err_errno(err, r, "%s", path) : 0;
}

static int write_pool(const struct root *root, const char *path, uint64_t pages, struct err *err)
{
	cleanup_free char *text = xasprintf("%llu\n", (unsigned long long)pages);

	return root_poke(root, path, text, err);
}

/* The kernel gives as many as it finds, and no error. */
int act_pages_take(const struct root *root, const struct act_pages *pages, struct err *err)
{
	cleanup_free char *path = pool_path(pages->bytes);
	uint64_t before, after = 0;
	int r = read_pool(root, path, &before, err);

	if (r < 0)
		return r;
	root_poke(root, "/proc/sys/vm/compact_memory", "1", NULL); /* the rest finds less without */
	r = write_pool(root, path, before + pages->count, err);
	r = r < 0 ? r : read_pool(root, path, &after, err);
	if (r < 0 || after >= before + pages->count)
		return r;
	write_pool(root, path, before, NULL);
	after = after > before ? after - before : 0;
	err_set(err, -ENOMEM,
	        _("this PC's memory is in pieces: of the %llu huge pages of %llu MiB that are "
	          "missing only %llu could be made (%s)"),
	        (unsigned long long)pages->count, (unsigned long long)(pages->bytes >> 20),
	        (unsigned long long)after, path);
	err_hint(err, _("close programs, start the VM soon after this PC, or write hugepages=no in "
	                "[memory] of its profile"));
	err_code(err, CODE_MEM_PAGES);
	return -ENOMEM;
}

int act_pages_return(const struct root *root, const struct act_pages *pages, struct err *err)
{
	cleanup_free char *path = pool_path(pages->bytes);
	uint64_t now, back = pages->count;
	int r = read_pool(root, path, &now, err);

	if (r < 0)
		return r;
	/* It may have been cut off before or after they came: then what is there beyond those from before. */
	if (!pages->taken && now < pages->before + back)
		back = now > pages->before ? now - pages->before : 0;
	return back ? write_pool(root, path, now > back ? now - back : 0, err) : 0;
}
