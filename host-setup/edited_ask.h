/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asks what is to become of files that somebody edited since apply, before an undo touches anything. */
#ifndef SETUP_EDITED_ASK_H
#define SETUP_EDITED_ASK_H

#include "journal.h"

#include <stdio.h>

/*
 * Shows each such file on @out, as a diff. With @in it asks: restore, keep the version in its place (which takes the file
 * out of @journal), or stop: -ECANCELED with PT-SETUP-33. Whatever is no answer that was offered stops. @in NULL: nobody
 * is asked, and undo_run() puts their versions beside the files.
 */
int edited_ask(
        const struct root *root, struct journal *journal, FILE *in, FILE *out, struct err *err);

#endif
