/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens.h"

#include "answers.h"
#include "base/i18n.h"
#include "base/strv.h"

#include <newt.h>

#define WIDTH 60

/* newt takes texts that it does not write to as char *. */
static char *text_of(const char *s)
{
	return (char *)(uintptr_t)s;
}

void screens_begin(void)
{
	newtInit();
	newtCls();
}

void screens_end(void)
{
	newtFinished();
}

size_t screens_choose(
        const char *title, const char *text, const char *const *items, size_t n, size_t at)
{
	cleanup_strv struct strv copy = {0}; /* newt wants them writable */
	int place = (int)at;

	for (size_t i = 0; i < n; i++)
		strv_add(&copy, items[i]);
	newtWinMenu(text_of(title), text_of(text), WIDTH, 5, 5, 14, copy.list, &place,
	        text_of(_("OK")), NULL);
	return (size_t)place;
}

void screens_user(char **name, char **password)
{
	char *again = NULL;
	struct newtWinEntry entries[] = {{text_of(_("Name")), name, 0},
	        {text_of(_("Password")), password, NEWT_FLAG_PASSWORD},
	        {text_of(_("Password again")), &again, NEWT_FLAG_PASSWORD}, {0}};
	const char *what =
	        _("This user may log in, here and by ssh, and may change everything by sudo. "
	          "Playing needs nobody to log in.");
	struct err err = {0};

	*name = *password = NULL;
	for (;;) {
		newtWinEntries(text_of(_("Who looks after this PC?")), text_of(what), WIDTH, 5, 5,
		        24, entries, text_of(_("OK")), NULL);
		if (first_check_user(*name ? *name : "", *password ? *password : "",
		            again ? again : "", &err) == 0)
			break;
		screens_tell(_("Once more"), err.message);
	}
	explicit_bzero(again, strlen(again));
	free(again);
}

void screens_tell(const char *title, const char *text)
{
	newtWinMessage(text_of(title), text_of(_("OK")), "%s", text);
}

bool screens_ask(const char *title, const char *text, const char *yes, const char *no)
{
	int columns, rows;
	newtComponent form, box, first;
	bool answer;

	newtGetScreenSize(&columns, &rows);
	newtCenteredWindow((unsigned)columns - 8, (unsigned)rows - 6, title);
	box = newtTextbox(1, 0, columns - 10, rows - 11, NEWT_FLAG_WRAP | NEWT_FLAG_SCROLL);
	newtTextboxSetText(box, text);
	first = newtButton(4, rows - 10, yes);
	form = newtForm(NULL, NULL, 0);
	newtFormAddComponent(form, first);
	if (no)
		newtFormAddComponent(form, newtButton(columns / 2, rows - 10, no));
	newtFormAddComponent(form, box);
	answer = newtRunForm(form) == first;
	newtFormDestroy(form);
	newtPopWindow();
	return answer;
}

void screens_wait(const char *text)
{
	newtComponent label = newtLabel(2, 1, text), form = newtForm(NULL, NULL, 0);

	newtCenteredWindow(WIDTH, 3, NULL);
	newtFormAddComponent(form, label);
	newtDrawForm(form);
	newtRefresh();
	newtFormDestroy(form);
}

void screens_waited(void)
{
	newtPopWindow();
}
