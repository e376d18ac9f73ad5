/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/codes.h"

#include "base/err.h"
#include "base/nearest.h"

#include <errno.h>
#include <strings.h>

static const struct {
	const char *text, *meaning;
} codes[CODE_COUNT] = {{NULL, NULL},
#define CODE_ROW(name, text, meaning) {text, meaning},
        CODES(CODE_ROW)
#undef CODE_ROW
};

const char *code_text(enum code code)
{
	return codes[code].text;
}

const char *code_meaning(enum code code)
{
	return codes[code].meaning ? _(codes[code].meaning) : NULL;
}

enum code code_find(const char *text, struct err *err)
{
	struct nearest nearest = {.word = text};

	for (enum code code = CODE_NONE + 1; code < CODE_COUNT; code++) {
		if (strcasecmp(codes[code].text, text) == 0)
			return code;
		nearest_consider(&nearest, codes[code].text);
	}
	err_set(err, -EINVAL, _("help: unknown code %s"), text);
	if (nearest.best)
		err_hint(err, _("did you mean %s? playthrough-codes(7) lists all codes"),
		        nearest.best);
	else
		err_hint(err, _("the manual page playthrough-codes(7) lists all codes"));
	return CODE_NONE;
}

char *code_help(enum code code)
{
	return xasprintf(_("%s: %s\nWhat to do about it: man 7 playthrough-codes"), code_text(code),
	        code_meaning(code));
}
