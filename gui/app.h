/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program: the loop, the window or the buffer that stands for it, the connection, and what is kept on the disk. */
#ifndef GUI_APP_H
#define GUI_APP_H

#include "base/err.h"
#include "screens/screens.h"

struct app_options {
	bool session, fullscreen, trace;
	int width, height;   /* of the picture or the window; 0: as is usual */
	const char *picture; /* file for a picture of one screen; NULL: a window */
	const char *
	        offscreen; /* a socket's path or descriptor, by which pictures go and input comes; NULL */
	uint64_t exit_idle_s; /* there the program ends so long after the last reader; 0: never */
	const char *model;    /* file that stands for the daemon; NULL: the daemon */
	enum screen screen;
	const char *vm, *device; /* NULL: none */
	const char *press;       /* what is pressed before the picture: "down,confirm"; NULL */
};

/* Whether that is a list of buttons. */
bool app_press_is_good(const char *press);

/* Returns 0 or -errno. */
int app_picture(const struct app_options *options, struct err *err);
int app_offscreen(const struct app_options *options, struct err *err);
int app_window(const struct app_options *options, struct err *err);

#endif
