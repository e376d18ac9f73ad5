/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody is making and has not written yet: a new game, an edit, a line of text. Screens read it. */
#ifndef SCREENS_DRAFTS_H
#define SCREENS_DRAFTS_H

#include "model/editor.h"
#include "model/model.h"
#include "model/wizard.h"
#include "ui/keyboard.h"

/* What a line of text is for. */
enum typing {
	TYPING_NOTHING,
	TYPING_TITLE, /* of the new game */
	TYPING_KEY,   /* of a section of the edited profile */
	TYPING_LINE   /* of it, which cannot be read otherwise */
};

struct drafts {
	struct wizard wizard;
	char *wizard_name, *wizard_text; /* what it would write; "": nothing yet */
	struct err wizard_err;           /* why it is none */
	struct editor editor;
	struct err key_err;                         /* why the last value was not taken */
	char key_err_of[2 * (MODEL_TEXT_MOST + 1)]; /* "section/key" */
	struct keyboard keyboard;
	enum typing typing;
	char typing_section[MODEL_TEXT_MOST + 1], typing_key[MODEL_TEXT_MOST + 1];
	unsigned typing_line;
	char typing_problem[1500];
	char made[32];        /* a game whose card is waited for; "" */
	bool writing;         /* an answer is awaited */
	bool reread;          /* whether it is another profile than was edited is to be seen */
	unsigned offers_seen; /* their version */
	bool link_up;         /* the daemon answered when it was last looked at */
};

#endif
