/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the readers of the daemon's answers about profiles share. */
#ifndef MODEL_PROFILES_PARTS_H
#define MODEL_PROFILES_PARTS_H

#include "model/parts.h"

void refusal_init(struct refusal *refusal);
void refusal_finish(struct refusal *refusal);
void refusal_set(struct refusal *refusal, const struct err *why);
void offers_finish(struct offers *offers);

/* The object that the call answered; NULL with @err. Caller unrefs. */
json_t *profiles_parse(const char *json, const char *member, struct err *err);
/* Texts made harmless, at most so many. */
void profiles_read_texts(const json_t *array, size_t most, struct strv *out);
/* A member as it is, for a profile; "" where it is none. Caller frees. */
char *profiles_raw_member(const json_t *object, const char *key);

#endif
