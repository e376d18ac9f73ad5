/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a source is a secret, by what it means there: passwords, keys, cookies, and data that its owner handed to the guest alone.
 * People pass on what an import tells, so that none is told or written. What a format has no known meaning for is told by its
 * name without its value; that is the caller's to do.
 *
 * Sources: qemu(1) with its secrets (https://www.qemu.org/docs/master/system/secrets.html), rbd(8), RFC 3986 3.2.1 and RFC 7143 with
 * QEMU's "%" before an iSCSI password, https://libvirt.org/formatdomain.html.
 */
#ifndef MOVE_IMPORT_SECRETS_H
#define MOVE_IMPORT_SECRETS_H

#include "base/util.h"

#define SECRET_HIDDEN "***"

/* Of an option of QEMU: "password", "file.password", "isa-applesmc.osk". */
bool secret_is_key(const char *key);
/* The value of @key as it may be told: nothing of a secret, and of an address what is no secret. Caller frees. */
char *secret_hide(const char *key, const char *value);
const char *secret_hide_key(const char *key);
/* The same of "first,key=value"; it stays as it is where nothing is secret in it. Caller frees. */
char *secret_hide_options(const char *options);
/* The first word of a command, whose others may be anything. Caller frees. */
char *secret_hide_command(const char *command);
/* Of an element at @path below <domain>; @attribute NULL: its text. */
bool secret_is_xml(const char *path, const char *attribute);
/* Of a line of a .vmx: a password, or what was written for the guest or its owner alone. */
bool secret_is_vmx(const char *key);
/*
 * Of words of a person, which have no keys: what stands behind "password:" and the like becomes ***. In place; it finds what it can,
 * and such words are told nowhere but in a comment of the profile.
 */
void secret_hide_words(char *text);

#endif
