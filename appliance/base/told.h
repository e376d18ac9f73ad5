/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sentence that is kept, and told later in the language of whoever reads it then: the text of the source, as gettext knows it,
 * with its arguments in words. Pure but for the catalogue.
 *
 * The form is a text without the bytes 1 to 3 but those that make it one: 1 ID 2 ARGUMENT 2 ARGUMENT 3, where an argument
 * may be 1 ID 3. What is around it is told as it is; so a plain text is a form, too.
 */
#ifndef BASE_TOLD_H
#define BASE_TOLD_H

#include <stdarg.h>

/*
 * Of what xvasprintf() makes of the same. Arguments that come right out of _() are translated as well. NULL: it has something that no
 * form can hold. @ap is as it was. Caller frees.
 */
char *told_form(const char *fmt, va_list ap);
/* A text of our own, or anybody's: told as it is. Caller frees. */
char *told_plain(const char *text);
/* In the language that _() answers in now. Caller frees. */
char *told_now(const char *form);

#endif
