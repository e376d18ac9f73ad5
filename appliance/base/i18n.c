/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/i18n.h"

#include <locale.h>
#include <stdlib.h>

void i18n_init(void)
{
	const char *catalogues = getenv("PLAYTHROUGH_LOCALE_DIR");

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C");
	bindtextdomain("playthrough", catalogues ? catalogues : LOCALEDIR);
	bind_textdomain_codeset("playthrough", "UTF-8");
	textdomain("playthrough");
}
