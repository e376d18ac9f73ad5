/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Translated text: _("...") around every sentence a person reads. Codes and JSON stay untranslated. */
#ifndef BASE_I18N_H
#define BASE_I18N_H

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) \
	text /* marked for translation where a constant table holds it; _() where it is shown */

/* Sets locale and catalogue; the first line of every main. Numbers keep the C locale's format. */
void i18n_init(void);
/*
 * Another language from now on, "en" or "ru", whatever locales this system has: without one of its own it is the C
 * locale, in which nothing is translated, so C.UTF-8 is taken.
 */
void i18n_language(const char *code);
/* The language that _() answers in now, as its catalogue says: "ru"; "en" where it answers with what the source has. */
void i18n_current(char code[4]);

#endif
