/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answers.h"

#include "base/i18n.h"

#include <errno.h>

#define NAME_MOST 32 /* useradd(8) */
#define UID_LEAST 1000
#define UID_MOST  59999
#define SMALL     "abcdefghijklmnopqrstuvwxyz_"

const struct first_language first_languages[] = {
        {"en", "English", "en_US.UTF-8", "us"},
        {"ru", "Русский", "ru_RU.UTF-8", "us,ru"},
};
const size_t first_n_languages = ARRAY_SIZE(first_languages);

const struct first_layout first_layouts[] = {
        {"us", "English (US)", false},
        {"gb", "English (UK)", false},
        {"us,ru", "English (US) + Русская", true},
        {"us,ua", "English (US) + Українська", true},
        {"us,by", "English (US) + Беларуская", true},
        {"us,bg", "English (US) + Българска", true},
        {"us,gr", "English (US) + Ελληνικά", true},
        {"be", "Belge / Belgisch", false},
        {"cz", "Čeština", false},
        {"dk", "Dansk", false},
        {"de", "Deutsch", false},
        {"ch", "Deutsch (Schweiz)", false},
        {"es", "Español", false},
        {"latam", "Español (Latinoamérica)", false},
        {"fr", "Français", false},
        {"hu", "Magyar", false},
        {"it", "Italiano", false},
        {"nl", "Nederlands", false},
        {"no", "Norsk", false},
        {"pl", "Polski", false},
        {"pt", "Português", false},
        {"br", "Português (Brasil)", false},
        {"fi", "Suomi", false},
        {"se", "Svenska", false},
        {"tr", "Türkçe", false},
};
const size_t first_n_layouts = ARRAY_SIZE(first_layouts);

size_t first_find_layout(const char *layout)
{
	for (size_t i = 0; i < first_n_layouts; i++) {
		if (streq(first_layouts[i].layout, layout))
			return i;
	}
	return 0;
}

char *first_locale_text(const struct first_language *language)
{
	return xasprintf("LANG=%s\n", language->locale);
}

char *first_keyboard_text(const struct first_layout *layout)
{
	return xasprintf(
	        "XKBMODEL=\"pc105\"\nXKBLAYOUT=\"%s\"\nXKBVARIANT=\"\"\nXKBOPTIONS=\"%s\"\n"
	        "BACKSPACE=\"guess\"\n",
	        layout->layout, layout->toggles ? "grp:alt_shift_toggle" : "");
}

int first_check_user(const char *name, const char *password, const char *again, struct err *err)
{
	size_t n = strlen(name);

	if (!n || n > NAME_MOST || !strchr(SMALL, name[0]) ||
	        strspn(name, SMALL "0123456789-") != n)
		return err_set(err, -EINVAL, "%s",
		        _("the name is made of small Latin letters, digits, - and _, and begins "
		          "with a letter"));
	if (streq(name, "root"))
		return err_set(err, -EINVAL, "%s", _("that name is taken"));
	if (!password[0])
		return err_set(err, -EINVAL, "%s", _("a password is needed"));
	if (!streq(password, again))
		return err_set(err, -EINVAL, "%s", _("the two passwords differ"));
	return 0;
}

bool first_is_person(const char *passwd, const char *name)
{
	cleanup_strv struct strv lines = {0};

	strv_split(&lines, passwd, "\n");
	strv_foreach (line, &lines) {
		char *rest = *line, *user = strsep(&rest, ":"), *number;
		uint64_t uid;

		strsep(&rest, ":");
		number = strsep(&rest, ":");
		if (streq(user, name))
			return number && parse_u64(number, 10, UID_MOST, &uid) == 0 &&
			       uid >= UID_LEAST;
	}
	return false;
}

char *first_home(const struct root *root, const char *name)
{
	char *home = xasprintf("/home/%s", name);

	for (unsigned n = 2; root_exists(root, home); n++) {
		free(home);
		home = xasprintf("/home/%s-%u", name, n);
	}
	return home;
}
