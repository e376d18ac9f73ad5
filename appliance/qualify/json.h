/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was measured and what is said of it, as members of a JSON document. */
#ifndef QUALIFY_JSON_H
#define QUALIFY_JSON_H

#include "qualify/verdict.h"

#include <jansson.h>

/* Adds "verdict", "good", "findings", "loads", "slices". A number that is not known is null. */
void qualify_json_add(json_t *document, const struct qualify_measured *measured,
        const struct qualify_facts *facts, const struct qualify_opinion *opinion);

#endif
