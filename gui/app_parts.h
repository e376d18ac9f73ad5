/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What app.c, window.c and offscreen.c share; the loop's parts are in turn.c. */
#ifndef GUI_APP_PARTS_H
#define GUI_APP_PARTS_H

#include "app.h"
#include "art.h"
#include "bus/paths.h"
#include "model/link.h"
#include "model/link_profiles.h"
#include "model/link_remote.h"
#include "model/setup.h"
#include "discs.h"
#include "glance.h"
#include "reporter.h"
#include "shell.h"

#include <systemd/sd-event.h>

struct app {
	const struct app_options *options;
	sd_event *event;
	struct paths paths;
	struct model model;
	struct link *link;          /* NULL: a file stands for the daemon */
	struct setup *setup;        /* NULL, too */
	struct glance *glance;      /* NULL, too */
	struct reporter *reporter;  /* NULL, too */
	struct disc_changer *discs; /* NULL, too */
	struct art *art;
	struct link_profiles *profiles; /* NULL, too */
	struct link_remote *remote;     /* NULL, too */
	struct text *text;
	struct shell shell;
	char *config, *state;    /* folders; NULL: no home */
	const char *environment; /* the language the session asks for */
	bool quit;
	unsigned frames, wakes;
};

int app_init(struct app *app, const struct app_options *options, struct err *err);
void app_finish(struct app *app);
uint64_t app_now_ms(void);

/* Does what the shell has no part in, as shell_ops has it; @user: the app. */
void app_act(void *user, const struct intent *intent, const char *job);
void app_use_language(struct app *app);

/* SIGINT, SIGTERM and SIGHUP end the program in peace. */
int app_catch_signals(struct app *app, struct err *err);
/* Gives the shell what a person did. */
void app_take_input(struct app *app, struct input *input, uint64_t now_ms);
/* Until a descriptor fires or something is to be done; @draws: there is somebody to draw for. Returns 0 or -errno. */
int app_sleep(struct app *app, const struct input *input, bool draws);
/* A frame was shown. */
void app_drawn(struct app *app, uint64_t begin_ms);
/* For --trace: how far the start has got. */
void app_stamp(const struct app *app, const char *what);

#endif
