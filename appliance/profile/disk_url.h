/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a disk on the network is, as url= says it. QEMU gets each part by itself and never the text, so that nothing in it
 * can become an option; there are no %XX and no passwords in it.
 *
 * Forms: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/uri.md, RFC 7143 for iSCSI names, and QEMU's own manual
 * (https://www.qemu.org/docs/master/system/qemu-block-drivers.html) for rbd: and nfs:.
 */
#ifndef PROFILE_DISK_URL_H
#define PROFILE_DISK_URL_H

#include "base/err.h"

enum disk_url_kind {
	DISK_URL_NBD,
	DISK_URL_NBD_UNIX,
	DISK_URL_ISCSI,
	DISK_URL_RBD,
	DISK_URL_NFS,
};

struct disk_url {
	enum disk_url_kind kind;
	char *host;    /* without the brackets of IPv6; not of nbd+unix and rbd */
	unsigned port; /* where none is written that of the protocol; 0: has none */
	char *socket;  /* of nbd+unix */
	char *name;    /* export, target, image, or file on the server; "" is an export too */
	char *pool;    /* of rbd */
	char *user;    /* of iscsi and rbd; NULL: none */
	unsigned lun;  /* of iscsi */
};

/* -EINVAL with @err ("url=TEXT: why") and nothing to finish. */
int disk_url_parse(const char *text, struct disk_url *out, struct err *err);
void disk_url_finish(struct disk_url *url);
/* QEMU's name of what reads it: "nbd", "iscsi", "rbd", "nfs". */
const char *disk_url_driver(enum disk_url_kind kind);

#endif
