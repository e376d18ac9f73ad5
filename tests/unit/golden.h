/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TEST_GOLDEN_H
#define TEST_GOLDEN_H

#include "base/root.h"

#include <stdlib.h>

/* tests/golden/@name must be @text; PLAYTHROUGH_GOLDEN_UPDATE=1 writes it instead. */
static inline void expect_golden(const char *name, const char *text)
{
	cleanup_free char *path = xasprintf("/tests/golden/%s", name), *golden = NULL;
	struct root here;
	size_t size;

	assert_int_equal(root_open(&here, ".", NULL), 0);
	if (getenv("PLAYTHROUGH_GOLDEN_UPDATE"))
		assert_int_equal(root_write(&here, path, text, strlen(text), 0644, NULL), 0);
	golden = root_read_bytes(&here, path, &size);
	root_close(&here);
	assert_non_null(golden);
	assert_string_equal(text, golden);
}

#endif
