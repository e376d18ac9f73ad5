/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The known word that a mistyped one is nearest to: "did you mean ...?". */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include "base/util.h"

struct nearest {
	const char *word; /* as it was typed; the caller's */
	const char *best; /* of the words considered; NULL while none is near enough to be meant */
	size_t distance;  /* of @best */
};

/* @known must outlive @nearest. */
void nearest_consider(struct nearest *nearest, const char *known);

#endif
