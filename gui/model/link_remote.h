/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks the daemon how this screen is seen from elsewhere, and changes it. Nothing waits; the model's `remote` is what it said. */
#ifndef MODEL_LINK_REMOTE_H
#define MODEL_LINK_REMOTE_H

#include "model/link.h"

struct link_remote;

/* All must outlive it. */
struct link_remote *link_remote_create(
        struct link *link, struct model *model, const struct link_ops *ops, void *user);
void link_remote_destroy(struct link_remote *remote); /* takes NULL */

/* How it is; a ticket that was shown is forgotten by that. From now on it is asked anew with each change. */
void link_remote_look(struct link_remote *remote);
void link_remote_enable(struct link_remote *remote, bool enable);
/* A new ticket; @minutes 0: until it is changed. */
void link_remote_ticket(struct link_remote *remote, unsigned minutes);

#endif
