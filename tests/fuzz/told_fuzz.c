/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A sentence that was kept, as a file may have it after anything. */
#include "base/told.h"
#include "base/util.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);

	free(told_now(text));
	free(told_plain(text));
	return 0;
}
