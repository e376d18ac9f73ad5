/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/i18n.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As many as an error may take from _() at once: its sentence, and arguments. Texts of catalogues and of the source stay where they are. */
#define RECENT 8u

static _Thread_local struct {
	const char *text[RECENT], *id[RECENT];
	unsigned next;
} recent;

const char *i18n_text(const char *id)
{
	const char *text = gettext(id);

	recent.text[recent.next] = text;
	recent.id[recent.next] = id;
	recent.next = (recent.next + 1) % RECENT;
	return text;
}

const char *i18n_source(const char *text)
{
	for (unsigned i = 0; i < RECENT; i++)
		if (recent.text[i] == text)
			return recent.id[i];
	return NULL;
}

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
		setenv("LC_ALL", "C.UTF-8", 1); /* for programs that we start, as LANGUAGE is */
	}
	setenv("LANGUAGE", code, 1);
	_nl_msg_cat_cntr++;
}

void i18n_speak(const char *code)
{
	char now[4];

	i18n_current(now);
	if (strcmp(now, code) != 0)
		i18n_language(code);
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
