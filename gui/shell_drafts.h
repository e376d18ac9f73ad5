/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the shell does about new games, edited profiles and typed lines. */
#ifndef GUI_SHELL_DRAFTS_H
#define GUI_SHELL_DRAFTS_H

#include "shell.h"

void shell_drafts_finish(struct shell *shell);
/* A screen is opened: what it needs is begun, and asked for. */
void shell_drafts_open(struct shell *shell, enum screen screen, const char *vm);
void shell_drafts_intent(struct shell *shell, const struct intent *intent);
/* The model is another. */
void shell_drafts_changed(struct shell *shell);

#endif
