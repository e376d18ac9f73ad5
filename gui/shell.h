/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which screen is shown, and what its wishes lead to. It knows neither a window nor a bus: events and pixels are
 * given to it, and acts are done by whoever made it, so that a test can be that.
 */
#ifndef GUI_SHELL_H
#define GUI_SHELL_H

#include "screens/drafts.h"
#include "screens/screens.h"

/* How long a daemon that was there may be away before anybody is told: it restarts in less. */
#define SHELL_AWAY_MS 1500u
#define SHELL_DEPTH   ((size_t)SCREEN_COUNT) /* each at most once */

struct shell_ops {
	/* Start, stop, give...; never go or back. @job: of INTENT_CANCEL, its path. */
	void (*act)(void *user, const struct intent *intent, const char *job);
};

struct shell {
	struct ui ui;
	struct text *text;
	struct covers *covers;
	const struct model *model;
	struct settings settings;
	const struct shell_ops *ops;
	void *user;
	int width, height;
	int64_t wall_s;
	struct place {
		enum screen screen;
		char vm[MODEL_TEXT_MOST + 1], device[MODEL_TEXT_MOST + 1];
	} stack[SHELL_DEPTH];
	size_t depth; /* at least 1 */
	char selected[MODEL_TEXT_MOST + 1], pending[MODEL_TEXT_MOST + 1];
	struct dialog dialog;
	struct err refused; /* the last refusal that was told */
	struct shot shot;
	struct drafts drafts;
	uint64_t away_ms; /* 0: not away */
	uint64_t usb_seen_ms,
	        failed_ms; /* of the newest device, and of the last failure that was told */
	int pc_page, plan_page, setup_page; /* what was known when they were last looked at */
	bool listed;                        /* the games were told, and home has chosen one */
	bool paste_wanted;                  /* into the line that is typed (clipboard.h) */
	char *copied;                       /* from it; NULL: nothing that was not taken yet */
	bool dirty, frozen;                 /* frozen: nothing moves, whatever the settings say */
};

/* All given must outlive it. */
void shell_init(struct shell *shell, struct text *text, const struct model *model,
        const struct settings *settings, const struct shell_ops *ops, void *user);
void shell_finish(struct shell *shell);

void shell_resize(struct shell *shell, int width, int height);
/* Opens a screen above home. */
void shell_open(struct shell *shell, enum screen screen, const char *vm, const char *device);
enum screen shell_screen(const struct shell *shell);

void shell_event(struct shell *shell, const struct input_event *event, uint64_t now_ms);
/* The model is another. */
void shell_changed(struct shell *shell, uint64_t now_ms);
/* An act was refused: told in a dialog. */
void shell_refused(struct shell *shell, const struct err *why);
/* The same of a refusal that a model has. */
void shell_refused_as(struct shell *shell, const struct refusal *refusal, bool denied);
/* An act was done, and this is to be known of it. */
void shell_told(struct shell *shell, const char *notes);
/* What became of INTENT_PICTURE: @image, whose pixels are taken, or NULL with @why. */
void shell_pictured(struct shell *shell, const char *vm, struct image *image, const struct err *why,
        int64_t taken_s);
/* Whether somebody types a line: a real keyboard sends letters then. */
bool shell_wants_text(const struct shell *shell);
/* Whether there is something new to draw. */
bool shell_due(const struct shell *shell, uint64_t now_ms);
uint64_t shell_deadline(const struct shell *shell);
void shell_draw(struct shell *shell, struct canvas *canvas, uint64_t now_ms);

#endif
