/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What app.c and window.c share. */
#ifndef GUI_APP_PARTS_H
#define GUI_APP_PARTS_H

#include "app.h"
#include "bus/paths.h"
#include "model/link.h"
#include "model/link_profiles.h"
#include "model/setup.h"
#include "shell.h"

#include <systemd/sd-event.h>

struct app {
	const struct app_options *options;
	sd_event *event;
	struct paths paths;
	struct model model;
	struct link *link;   /* NULL: a file stands for the daemon */
	struct setup *setup; /* NULL, too */
	struct link_profiles *profiles;
	struct text *text;
	struct shell shell;
	char *config, *state;    /* folders; NULL: no home */
	const char *environment; /* the language the session asks for */
	bool quit;
};

int app_init(struct app *app, const struct app_options *options, struct err *err);
void app_finish(struct app *app);
uint64_t app_now_ms(void);

#endif
