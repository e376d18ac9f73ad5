/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the model share. */
#ifndef MODEL_SAFE_H
#define MODEL_SAFE_H

#include <stddef.h>

/* Harmless and at most @most bytes: cut between two characters. Takes NULL. Caller frees. */
char *model_safe_text(const char *s, size_t most);

#endif
