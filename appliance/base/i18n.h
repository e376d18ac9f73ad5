/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Translated text: _("...") around every sentence a person reads. Codes and JSON stay untranslated. */
#ifndef BASE_I18N_H
#define BASE_I18N_H

#include <libintl.h>

#define _(text) i18n_text(text)
#define N_(text) \
	text /* marked for translation where a constant table holds it; _() where it is shown */

/* gettext(), and notes for a while what it was asked for. */
const char *i18n_text(const char *id) __attribute__((format_arg(1)));
/* What one of the last few answers of i18n_text() in this thread was the translation of. NULL: it is none of them. */
const char *i18n_source(const char *text);

/* Sets locale and catalogue; the first line of every main. Numbers keep the C locale's format. */
void i18n_init(void);
/*
 * Another language from now on, "en" or "ru", whatever locales this system has: without one of its own it is the C
 * locale, in which nothing is translated, so C.UTF-8 is taken.
 */
void i18n_language(const char *code);
/* The same, where it is not that language already. */
void i18n_speak(const char *code);
/* The language that _() answers in now, as its catalogue says: "ru"; "en" where it answers with what the source has. */
void i18n_current(char code[4]);

#endif
