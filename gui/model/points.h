/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Points of a check, as check and verify both tell them, what is most urgent first. */
#ifndef MODEL_POINTS_H
#define MODEL_POINTS_H

#include "model/pc.h"

#include <jansson.h>

void points_read(const json_t *array, struct pc_point **points, size_t *n);
void points_finish(struct pc_point *points, size_t n);

/* A member of at most PC_TEXT_MOST bytes, harmless; "" where it is none. Caller frees. */
char *points_text(const json_t *object, const char *key);
/* A word that is none of them counts as the first. */
int points_word(const json_t *object, const char *key, const char *const *words, size_t n);
enum pc_status points_status(const json_t *object, const char *key);

#endif
