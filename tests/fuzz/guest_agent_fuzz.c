/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an agent in a hostile guest may say: it is bounded, and no answer is one before the mark. */
#include "vm/guest_agent.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest_agent_reader reader = {.id = 7};
	enum guest_agent_news news = GUEST_AGENT_NOTHING;

	for (size_t i = 0; i < size && news != GUEST_AGENT_FLOOD; i++) {
		news = guest_agent_read(&reader, data[i]);
		if (reader.used > sizeof(reader.line) ||
		        (news == GUEST_AGENT_SYNCED && !memchr(data, 0xff, i)) ||
		        (news == GUEST_AGENT_REFUSED && !reader.synced))
			abort();
	}
	return 0;
}
