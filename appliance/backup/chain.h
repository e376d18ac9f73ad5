/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a qcow2 image stands on, from its head (QEMU, docs/interop/qcow2.txt). A guest or a stranger may have written it. Pure.
 */
#ifndef BACKUP_CHAIN_H
#define BACKUP_CHAIN_H

#include "base/util.h"

#define CHAIN_HEAD 65536u /* bytes of an image's beginning that are looked at */

enum chain_format { CHAIN_UNSAID, CHAIN_RAW, CHAIN_QCOW2, CHAIN_OTHER };

struct chain {
	bool is_qcow2;
	bool elsewhere;           /* its data are in a file of their own */
	char backing[1024];       /* as it is written there; "": it stands on nothing */
	enum chain_format format; /* of that */
};

/* -EINVAL: it is a qcow2 image, and its head makes no sense. */
int chain_read(const unsigned char *head, size_t n, struct chain *out);

#endif
