/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "codes.h"

#include <stddef.h>

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
