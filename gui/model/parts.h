/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the model share: texts made harmless, members of JSON that may be missing. */
#ifndef MODEL_PARTS_H
#define MODEL_PARTS_H

#include "model/model.h"

#include <jansson.h>

#define cleanup_json cleanup(json_decrefp)

/* model_safe_text() of at most MODEL_TEXT_MOST bytes. */
char *model_text(const char *s);
/* "" where it is none; caller frees. */
char *model_member_text(const json_t *object, const char *key);
/* 0 where it is none, or negative. */
uint64_t model_member_number(const json_t *object, const char *key);
void model_replace(char **to, char *text);
void model_changed(struct model *model);
/* What the daemon answered to @member. NULL with @err; caller unrefs. */
json_t *model_parse_array(const char *text, const char *member, struct err *err);

void model_usb_finish(struct model *model);

#endif
