/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/i18n.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void i18n_init(void)
{
	const char *catalogues = getenv("PLAYTHROUGH_LOCALE_DIR");

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	bindtextdomain("playthrough", catalogues ? catalogues : LOCALEDIR);
	bind_textdomain_codeset("playthrough", "UTF-8");
	textdomain("playthrough");
}

/* gettext's own counter: changing it makes it look at LANGUAGE again (its manual, "gettext grok"). */
extern int _nl_msg_cat_cntr;

void i18n_language(const char *code)
{
	const char *now = setlocale(LC_MESSAGES, NULL);

	if (!now || strcmp(now, "C") == 0 || strcmp(now, "POSIX") == 0) {
		setlocale(LC_ALL, "C.UTF-8");
		setlocale(LC_NUMERIC, "C");
	}
	setenv("LANGUAGE", code, 1);
	_nl_msg_cat_cntr++;
}

void i18n_current(char code[4])
{
	/* A catalogue's own text for "" is its header. */
	static const char key[] = "\nLanguage: ";
	const char *at = strstr(gettext(""), key);
	size_t n = at ? strcspn(at + sizeof(key) - 1, "_@.\n") : 0;

	snprintf(code, 4, "%.*s", n == 2 || n == 3 ? (int)n : 2,
	        n == 2 || n == 3 ? at + sizeof(key) - 1 : "en");
}
