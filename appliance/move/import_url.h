/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks on the network, as url= of a profile names them (profile/disk_url.h), from what libvirt and QEMU say of them. Passwords stay
 * behind: a profile names a file with one.
 *
 * Sources: https://libvirt.org/formatdomain.html (disk, protocol), https://www.qemu.org/docs/master/system/qemu-block-drivers.html.
 */
#ifndef MOVE_IMPORT_URL_H
#define MOVE_IMPORT_URL_H

#include "move/import_options.h"

/* Where a disk is, in parts; NULL: not said. All are the caller's. */
struct import_place {
	const char *protocol; /* "nbd", "iscsi", "rbd", "nfs"; others have no url= */
	const char *host, *port, *socket, *user;
	const char *name; /* export, "TARGET/LUN", "POOL/IMAGE" or path */
};

/* Whether a file's name is an address of the network. */
bool import_is_url(const char *text);
/* The url= of it. Caller frees; NULL with @why (not translated): a profile has none. */
char *import_url_of_place(const struct import_place *place, const char **why);
/* Of "nbd://...", "nbd:HOST:PORT", "rbd:POOL/IMAGE:id=USER", "iscsi://USER%PASSWORD@..." and so on. */
char *import_url_of_text(const char *text, const char **why);
/* Of the options of -blockdev or "-drive file.driver=". NULL with @why also NULL: they say no such place. */
char *import_url_of_options(struct import_options *o, const char **why);
/* Whether a driver of QEMU reads from the network, by a protocol of its own. */
bool import_is_network_driver(const char *driver);
/* Whether options are in it that url= cannot say. */
bool import_url_has_more(const char *text);
/* Whether a user is in it, whose password is wanted. */
bool import_url_has_user(const char *url);

#endif
