/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a person set: lines of key=value in $XDG_CONFIG_HOME/playthrough/gui.conf. A file that is missing or
 * broken means the defaults; what it says amiss is ignored line by line.
 */
#ifndef MODEL_SETTINGS_H
#define MODEL_SETTINGS_H

#include "base/err.h"
#include "model/model.h"

struct settings {
	char language[8];   /* "", as the system says, "en", "ru" */
	unsigned scale;     /* percent: 100, 125, 150, 175, 200 */
	unsigned safe_area; /* percent of each side, 0-10 */
	bool high_contrast, still;
	bool silent; /* games are not heard at this PC's speakers */
};

struct settings settings_default(void);
struct settings settings_parse(const char *text);
char *settings_format(const struct settings *settings); /* caller frees */

/* @folder: $XDG_CONFIG_HOME/playthrough. */
struct settings settings_load(const char *folder);
int settings_save(const char *folder, const struct settings *settings, struct err *err);

/* When each game was last played: lines of "seconds name" in $XDG_STATE_HOME/playthrough/played. */
void played_load(const char *folder, struct model *model);
int played_save(const char *folder, const struct model *model, struct err *err);

/* $XDG_CONFIG_HOME/playthrough or what stands for it; NULL where there is no home. Caller frees. */
char *settings_folder(void);
char *played_folder(void);

/* The language this session asks for: LANGUAGE, LC_ALL, LC_MESSAGES, LANG; "en" or "ru". */
const char *language_of_environment(void);

#endif
