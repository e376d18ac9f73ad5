/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saves a report: asks the daemon what only it knows, writes the file, and says where it is. */
#ifndef GUI_REPORTER_H
#define GUI_REPORTER_H

#include "model/link.h"
#include "shell.h"

struct reporter;

/* All must outlive it. */
struct reporter *reporter_create(struct link *link, const struct model *model, struct shell *shell);
void reporter_destroy(struct reporter *reporter); /* takes NULL */
/* @vm "": of this PC and the connection. Nothing more is begun while one is under way. */
void reporter_save(struct reporter *reporter, const char *vm);

#endif
