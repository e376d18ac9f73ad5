/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that a person pasted: logs and listings that went through mail programs, forums and terminals.
 *
 * Nothing here knows what the text is about; it takes away what the way added, line by line.
 */
#ifndef HOST_PASTED_H
#define HOST_PASTED_H

#include "base/util.h"

struct pasted_line {
	char *text; /* cleaned; owned by the struct */
	const char *
	        words; /* into text: behind time stamp, host, "kernel:" and level; text itself where there is none */
	bool stamped;  /* there was such a prefix */
	size_t indent; /* columns of white space right before its text */
	bool soft_break; /* it ended in quoted-printable's "=": the next line goes on without a blank */
	bool note;       /* it begins with "#": a poster's note, a title, or a command of root */
	size_t number; /* from 1 */
};

/*
 * The next line from *@rest on: quotation marks of mails, carriage returns, escape sequences, tags of forums and
 * HTML and a list's bullet are taken away, white space becomes single blanks.
 * False at the end. @line is finished first, so that one can serve a whole text; begin with a zeroed one.
 */
bool pasted_next(const char **rest, struct pasted_line *line);
void pasted_finish(struct pasted_line *line);

#endif
