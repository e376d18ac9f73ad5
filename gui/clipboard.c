/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clipboard.h"

#include <linux/input-event-codes.h>

static void copy(struct shell *shell)
{
	const char *line = shell->drafts.keyboard.text;

	if (!*line)
		return;
	free(shell->copied);
	shell->copied = xstrdup(line);
}

bool clipboard_key(struct clipboard_keys *keys, struct shell *shell, unsigned key, bool down)
{
	if (key == KEY_LEFTCTRL)
		keys->left = down;
	if (key == KEY_RIGHTCTRL)
		keys->right = down;
	if (!down || !(keys->left || keys->right) || !shell_wants_text(shell) ||
	        (key != KEY_C && key != KEY_V))
		return false;
	if (key == KEY_C)
		copy(shell);
	else
		shell->paste_wanted = true;
	return true;
}

char *clipboard_copied(struct shell *shell)
{
	return take_ptr(shell->copied);
}

bool clipboard_is_wanted(struct shell *shell)
{
	bool wanted = shell->paste_wanted;

	shell->paste_wanted = false;
	return wanted;
}

/* Whether the character is one of those that end or set lines. */
static bool is_layout(char c)
{
	return c == '\t' || c == '\n' || c == '\r';
}

void clipboard_paste(struct shell *shell, const char *text)
{
	/* More has no room in any line. */
	cleanup_free char *line = xstrndup(text, KEYBOARD_MOST);
	size_t n = strlen(line);

	if (!shell_wants_text(shell))
		return;
	while (n && is_layout(line[n - 1]))
		line[--n] = '\0';
	for (char *c = line; *c; c++)
		*c = is_layout(*c) ? ' ' : *c;
	keyboard_type(&shell->drafts.keyboard, line);
	shell->drafts.typing_problem[0] = '\0';
	shell->dirty = true;
}
