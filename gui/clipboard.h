/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is copied and pasted in a line that is typed, whoever has the clipboard: a desktop, or a viewer far away. It is
 * never looked at but when a person pastes.
 */
#ifndef GUI_CLIPBOARD_H
#define GUI_CLIPBOARD_H

#include "shell.h"

/* Keys that are down and matter: KEY_* of linux/input-event-codes.h. */
struct clipboard_keys {
	bool left, right; /* Ctrl */
};

/*
 * A key goes down or up while the shell wants text: Ctrl+C copies the line, Ctrl+V wants one pasted. Whether that was all
 * there is to it.
 */
bool clipboard_key(struct clipboard_keys *keys, struct shell *shell, unsigned key, bool down);

/* What was copied since this was asked last: caller frees. NULL: nothing. */
char *clipboard_copied(struct shell *shell);
/* Whether a person wants to paste, since this was asked last. */
bool clipboard_is_wanted(struct shell *shell);
/* Into the line, if one is still typed: as much as has room, with spaces for tabs and ends of lines. */
void clipboard_paste(struct shell *shell, const char *text);

#endif
