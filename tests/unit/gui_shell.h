/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A front end without window and daemon, for tests: a model from tests/gui/models, events, pixels. */
#ifndef TESTS_UNIT_GUI_SHELL_H
#define TESTS_UNIT_GUI_SHELL_H

#include "base/root.h"
#include "shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW_MS 100000u

struct fixture {
	struct model model;
	struct text *text;
	struct settings settings;
	struct shell shell;
	struct shell_ops ops;
	struct intent last; /* act that was asked for */
	unsigned acts, writes;
	char *written; /* the text of the last profile that was to be written; NULL: none was */
	uint64_t now_ms;
};

static inline void fixture_act(void *user, const struct intent *intent, const char *job)
{
	struct fixture *f = user;

	(void)job;
	f->last = *intent;
	f->acts++;
	if (intent->kind == INTENT_LOOK_OVER)
		checked_adopt(&f->model.profiles.checked, intent->vm, intent->text);
	if (intent->kind != INTENT_WRITE && intent->kind != INTENT_REMOVE)
		return;
	free(f->written);
	f->written = xstrdup(intent->text ? intent->text : "");
	f->writes++;
}

/* One for all: its fonts are read, and what is drawn most often is drawn, once. Nobody destroys it. */
static inline struct text *fixture_text(void)
{
	static struct text *text;

	if (!text)
		text = text_create(NULL);
	assert_true(text_has_font(text));
	return text;
}

/* @name: of a model; "": none, which is what there is before the daemon answers. */
static inline void fixture_init(struct fixture *f, const char *name)
{
	cleanup_free char *path = xasprintf("tests/gui/models/%s.json", name);
	cleanup_free char *text = NULL;
	struct err err = {0};
	struct root root;

	*f = (struct fixture){.now_ms = NOW_MS, .settings = settings_default()};
	f->ops.act = fixture_act;
	model_init(&f->model);
	assert_int_equal(root_open(&root, ".", NULL), 0);
	text = *name ? root_read(&root, path) : NULL;
	root_close(&root);
	if (*name)
		assert_non_null(text);
	if (text && model_load(&f->model, text, NOW_MS - 5000, &err) < 0)
		fail_msg("%s: %s", path, err.message);
	f->text = fixture_text();
	shell_init(&f->shell, f->text, &f->model, &f->settings, &f->ops, f);
	f->shell.wall_s = 1700000000;
}

static inline void fixture_finish(struct fixture *f)
{
	shell_finish(&f->shell);
	model_finish(&f->model);
	free(f->written);
}

static inline void fixture_send(
        struct fixture *f, enum input_kind kind, enum action action, enum input_device device)
{
	const struct input_event event = {.kind = kind, .action = action, .device = device};

	shell_event(&f->shell, &event, f->now_ms);
}

/* A short press of a pad's button. */
static inline void fixture_press(struct fixture *f, enum action action)
{
	fixture_send(f, INPUT_PRESS, action, INPUT_XBOX);
	f->now_ms += 50;
	fixture_send(f, INPUT_RELEASE, action, INPUT_XBOX);
}

static inline void fixture_look(struct fixture *f);

/* Buttons by their first letters: up, down, left, right, confirm, back, menu, x, y; h: confirm is held. */
static inline void fixture_press_all(struct fixture *f, const char *buttons)
{
	static const char letters[] = "udlrcbmxy";

	for (; *buttons; buttons++) {
		const char *at = strchr(letters, *buttons);

		if (at) {
			fixture_press(f, (enum action)(ACTION_UP + (at - letters)));
			continue;
		}
		fixture_send(f, INPUT_PRESS, ACTION_CONFIRM, INPUT_XBOX);
		f->now_ms += UI_HOLD_MS;
		fixture_look(f);
		fixture_send(f, INPUT_RELEASE, ACTION_CONFIRM, INPUT_XBOX);
	}
}

/* A pass without an event, as a picture is drawn. */
static inline void fixture_look(struct fixture *f)
{
	fixture_send(f, INPUT_RELEASE, ACTION_NONE, INPUT_XBOX);
}

#endif
