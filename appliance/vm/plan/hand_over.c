/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of acts, and their words in the journal. */
#include "vm/plan/hand_over.h"

#include "base/util.h"

#include <errno.h>

static const char *const words[] = {[HAND_STOP] = "stop",
        [HAND_FREE] = "free",
        [HAND_CONSOLE] = "console",
        [HAND_BUFFER] = "buffer"};

const char *hand_kind_word(enum hand_kind kind)
{
	return words[kind];
}

int hand_kind_parse(const char *word, enum hand_kind *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!streq(word, words[i]))
			continue;
		*out = (enum hand_kind)i;
		return 0;
	}
	return -EINVAL;
}

struct hand_act *hand_acts_add(
        struct hand_act **list, size_t *n, enum hand_kind kind, const char *what)
{
	struct hand_act *act = list_append(*list, *n);

	*act = (struct hand_act){.kind = kind, .what = xstrdup(what)};
	return act;
}

void hand_acts_finish(struct hand_act **list, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		free((*list)[i].what);
	free(take_ptr(*list));
	*n = 0;
}
