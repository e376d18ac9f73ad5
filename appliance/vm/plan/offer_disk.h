/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a disk or a partition can be given to a game: what offers and the list of disks share. */
#ifndef VM_OFFER_DISK_H
#define VM_OFFER_DISK_H

#include "vm/plan/offer_parts.h"

/* Begins the offer of a disk or partition: its section, and the verdict of the planner with all reasons. */
void offer_judge_disk(const struct offer_request *q, struct offer *offer, struct disk_part part,
        struct strv *taken);
/* The link that names it for good; NULL: nothing does. */
const char *offer_disk_path(struct disk_part part);

/*
 * All disks, given or not, with what is on them: {"disks": [{"path", "links", "name", "model", "serial", "size", "bus",
 * "rotational", "removable", "read_only", "usb", "controller", "table", "content", "fs_type", "label", "uuid", "contents",
 * "verdict", "reasons", "code", "sections", "partitions": [{"path", "links", "name", "size", "type", "content", "fs_type",
 * "label", "uuid", "verdict", "reasons", "code", "sections"}]}], "partly"}. "partly": not all programs and mount
 * namespaces could be looked at. New reference.
 */
json_t *offer_disk_list(const struct offer_request *q);

#endif
