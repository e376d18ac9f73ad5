/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Undo: back to the bytes that were there before the first apply.
 *
 * First the loader forgets our entry, then the entry goes, then what it named: at every instant the PC boots.
 * A file that somebody edited since apply is put beside itself before (edited.h): nothing is lost.
 * Each act can be done twice, so an undo that was interrupted is simply run again.
 */
#ifndef SETUP_UNDO_H
#define SETUP_UNDO_H

#include "apply.h"

/* @journal is what journal_load() gave, in any state but none; it is none afterwards. */
int undo_run(const struct root *root, struct journal *journal, const struct apply_watch *watch,
        struct err *err);

#endif
