/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What shell_drafts.c and shell_edit.c share. */
#ifndef GUI_SHELL_PARTS_H
#define GUI_SHELL_PARTS_H

#include "shell.h"

/* Has something done outside of the shell; all texts may be NULL, and are borrowed until it was sent. */
void draft_act(struct shell *shell, enum intent_kind kind, const char *vm, const char *text,
        const char *expected);
void draft_forget_focus(struct shell *shell, enum screen screen);
/* The screen and all that was opened from it go. */
void draft_close(struct shell *shell, enum screen screen);
/* Does what is wished of a line or of the profile that is edited; returns whether it was that. */
bool draft_edit(struct shell *shell, const struct intent *intent);

#endif
