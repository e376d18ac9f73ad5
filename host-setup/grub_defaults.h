/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/default/grub and what is read after it: what grub-mkconfig's shell would make of it, as far as that
 * can be known without running it.
 *
 * A value that hangs on a command, a condition or a variable from elsewhere is "not known", never guessed.
 * POSIX.1-2017, volume "Shell & Utilities", chapter 2.
 */
#ifndef SETUP_GRUB_DEFAULTS_H
#define SETUP_GRUB_DEFAULTS_H

#include "base/root.h"

#define GRUB_DEFAULTS        "/etc/default/grub"
#define GRUB_DEFAULTS_FOLDER "/etc/default/grub.d"

/* What /bin/sh is: `NAME+=` appends in bash and is an error in dash. */
enum grub_shell { GRUB_SHELL_UNKNOWN, GRUB_SHELL_DASH, GRUB_SHELL_BASH };

struct grub_default {
	char *name;
	char *value;  /* NULL: not known */
	char *why;    /* why it is not known, a sentence without full stop; NULL */
	char *source; /* the line that counts: "/etc/default/grub:6" */
};

struct grub_defaults {
	struct grub_default *list;
	size_t n;
	char *doubt; /* something there may have set any variable: one not in the list is not known either */
	char *broken; /* where the shell would stop with an error; then nothing is known */
};

/* Reads one more file on top of what was read; @file names it in messages. */
void grub_defaults_read(
        struct grub_defaults *defaults, const char *text, const char *file, enum grub_shell shell);
/* All files, in the order in which grub-mkconfig reads them. */
void grub_defaults_take(const struct root *root, struct grub_defaults *out);
void grub_defaults_finish(struct grub_defaults *defaults);

/* NULL: not set, unless @defaults doubts or is broken. */
const struct grub_default *grub_defaults_get(
        const struct grub_defaults *defaults, const char *name);

#endif
