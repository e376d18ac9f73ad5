/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks the daemon about profiles, over the connection that a link keeps, and has it write them. Nothing waits: what it
 * answers becomes the model's `profiles`.
 */
#ifndef MODEL_LINK_PROFILES_H
#define MODEL_LINK_PROFILES_H

#include "model/link.h"

struct link_profiles;

/* All must outlive it, but the link, which must go first: then no answer comes any more. Of @ops only `changed` is called. */
struct link_profiles *link_profiles_create(
        struct link *link, struct model *model, const struct link_ops *ops, void *user);
void link_profiles_destroy(struct link_profiles *profiles); /* takes NULL */

/* While an answer is awaited already, nothing more is asked. */
void link_profiles_offers(struct link_profiles *profiles);
/* Of several, the last counts. */
void link_profiles_show(struct link_profiles *profiles, const char *name);
/* While another text is being looked at, this one waits; of several that wait, the last counts. */
void link_profiles_check(struct link_profiles *profiles, const char *name, const char *text);
/* @expected: the text it replaces; "": there must be none. */
void link_profiles_write(
        struct link_profiles *profiles, const char *name, const char *text, const char *expected);
void link_profiles_remove(struct link_profiles *profiles, const char *name, const char *expected);

#endif
