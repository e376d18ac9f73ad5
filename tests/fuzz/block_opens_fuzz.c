/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer of playthrough-opens, in which programs have chosen their names; what is read is what is written again. */
#include "host/block_opens.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);
	struct block_opens opens, again;
	bool all = false, all_again = false;
	cleanup_free char *written = NULL;

	if (block_opens_parse(text, "1", &opens, &all) < 0)
		return 0;
	written = block_opens_format(&opens, all);
	assert(block_opens_parse(written, "1", &again, &all_again) == 0);
	assert(again.n == opens.n && all == all_again);
	block_opens_finish(&again);
	block_opens_finish(&opens);
	return 0;
}
