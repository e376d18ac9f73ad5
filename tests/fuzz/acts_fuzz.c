/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon that was taken over may ask of playthrough-acts: what is read is what is written again, and can be judged. */
#include "vm/acts/serve.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says which act. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wire_struct *table =
	        size ? act_kind(data[0] % (ACT_LAST + 1))->argument : NULL;
	char *value = table ? xcalloc(1, table->size) : NULL;
	struct wire_buffer back = {0};
	struct act_head head;
	void *argument;

	if (act_parse(data, size, &head, &argument, NULL) == 0)
		act_argument_free(&head, argument);
	if (!table)
		return 0;
	if (wire_decode(table, data + 1, size - 1, value) == 0) {
		if (wire_encode(table, value, &back) < 0 || back.n != size - 1 ||
		        (back.n && memcmp(back.bytes, data + 1, back.n) != 0))
			abort();
		act_check(data[0] % (ACT_LAST + 1), value, true, NULL);
	}
	wire_finish(table, value);
	free(back.bytes);
	free(value);
	return 0;
}
