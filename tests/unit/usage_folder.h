/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder that stands for this PC, with a VM's QEMU, process 42, in its cgroup. */
#ifndef USAGE_FOLDER_H
#define USAGE_FOLDER_H

#include "base/root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define UNIT   "playthrough-vm-games.service"
#define CGROUP "/sys/fs/cgroup/playthrough.slice/" UNIT

struct fixture {
	char folder[64];
	struct root root;
};

static inline void put(struct fixture *f, const char *path, const char *text)
{
	assert_int_equal(root_write(&f->root, path, text, strlen(text), 0644, NULL), 0);
}

static inline struct fixture *make_folder(void)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	strcpy(f->folder, "/tmp/playthrough-usage-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	assert_int_equal(root_open(&f->root, f->folder, NULL), 0);
	put(f, "/proc/42/cgroup", "0::/playthrough.slice/" UNIT "\n");
	return f;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", f->folder);

	root_close(&f->root);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

#endif
