/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The drop-ins of a profile (NAME.profile.d/x.conf), which speak after its own file: each key that one of them has counts in place
 * of the profile's. They are shown beside the profile, and edited elsewhere. Pure.
 */
#ifndef MODEL_DROP_INS_H
#define MODEL_DROP_INS_H

#include "base/strv.h"

#include <jansson.h>

#define DROP_INS_MOST 32u

struct drop_in {
	char *file;
	char *text; /* NULL: it is not for everybody to read */
};

/* In the order in which they are read: the last one that says something counts. */
struct drop_ins {
	struct drop_in list[DROP_INS_MOST];
	size_t n;
};

/* [{"file", "text"}]; garbage is left out. */
void drop_ins_read(const json_t *json, struct drop_ins *out);
void drop_ins_copy(const struct drop_ins *from, struct drop_ins *out);
void drop_ins_finish(struct drop_ins *drop_ins);

/* What counts in place of what the profile says; NULL: the profile counts. @file, which is not the caller's, is who says it. Caller frees. */
char *drop_ins_value(
        const struct drop_ins *drop_ins, const char *section, const char *key, const char **file);
/* Of all keys in that section: the first that has one; NULL: none. */
const char *drop_ins_file(const struct drop_ins *drop_ins, const char *section);
/* The sections that are in a drop-in, and not in @text. */
void drop_ins_sections(const struct drop_ins *drop_ins, const char *text, struct strv *out);

#endif
