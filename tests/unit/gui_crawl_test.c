/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that can be done is reached with the d-pad and two buttons, and from everywhere Back leads home. Each model in
 * tests/gui/models is crawled: in every place (screen, question, focus) that is found, each of the buttons is tried once.
 */
#include "gui_shell.h"

#include <dirent.h>
#include <string.h>

#define PLACES_MOST 1200u
#define STEPS_MOST  96u
#define KEY_MOST    640u
#define NOWHERE     PLACES_MOST
#define HOLD        ACTION_COUNT /* the button that confirms, held */

static const int moves[] = {
        ACTION_CONFIRM, ACTION_DOWN, ACTION_RIGHT, ACTION_UP, ACTION_LEFT, ACTION_BACK, HOLD};

struct place_found {
	char key[KEY_MOST];
	unsigned char path[STEPS_MOST];
	size_t n_path;
	unsigned tried;               /* of moves[], as bits */
	size_t to[ARRAY_SIZE(moves)]; /* where each led when it was tried; NOWHERE: it was not */
};

struct crawl {
	struct fixture f;
	struct place_found *places;
	size_t n, at;
	unsigned *acts; /* by kind */
	bool over;      /* an act was wished, which nobody does: from here on it is another story */
};

static bool only_asks(enum intent_kind kind)
{
	return kind == INTENT_LOOK || kind == INTENT_OFFERS || kind == INTENT_SHOW ||
	       kind == INTENT_LOOK_OVER || kind == INTENT_CHECK || kind == INTENT_PLAN ||
	       kind == INTENT_PROGRESS || kind == INTENT_REMOTE_LOOK || kind == INTENT_RIGHTS ||
	       kind == INTENT_DISCS;
}

static void crawl_act(void *user, const struct intent *intent, const char *job)
{
	struct crawl *c = user;

	(void)job;
	c->acts[intent->kind]++;
	c->over |= !only_asks(intent->kind);
}

static void begin_anew(struct crawl *c)
{
	shell_finish(&c->f.shell);
	shell_init(&c->f.shell, c->f.text, &c->f.model, &c->f.settings, &c->f.ops, c);
	c->f.shell.wall_s = 1700000000;
	shell_changed(&c->f.shell, c->f.now_ms);
	c->f.now_ms += SHELL_AWAY_MS + 1;
	fixture_look(&c->f);
	c->over = false;
}

static void make(struct crawl *c, int move)
{
	if (move != HOLD) {
		fixture_press(&c->f, (enum action)move);
		return;
	}
	fixture_send(&c->f, INPUT_PRESS, ACTION_CONFIRM, INPUT_XBOX);
	c->f.now_ms += UI_HOLD_MS;
	fixture_look(&c->f);
	fixture_send(&c->f, INPUT_RELEASE, ACTION_CONFIRM, INPUT_XBOX);
}

/* Elsewhere it is the same as a press. */
static bool can_be_held(const struct crawl *c)
{
	const struct ui *ui = &c->f.shell.ui;

	for (size_t i = 0; i < ui->n_before; i++)
		if (streq(ui->before[i].id, ui_focus(ui)))
			return ui->before[i].flags & UI_HOLD;
	return false;
}

/* What a screen is about besides: the step of a new game, and whether a profile was edited. */
static int how_far(const struct shell *s)
{
	switch (shell_screen(s)) {
	case SCREEN_NEW:
		return (int)s->drafts.wizard.step;
	case SCREEN_EDIT:
	case SCREEN_SAVE:
		return editor_changed(&s->drafts.editor);
	default:
		return 0;
	}
}

static void where(const struct crawl *c, char *key)
{
	const struct shell *s = &c->f.shell;
	const struct place *top = &s->stack[s->depth - 1];

	snprintf(key, KEY_MOST, "%s %.99s %.99s %.99s %.99s %d", screen_names[shell_screen(s)],
	        top->vm, top->device, s->dialog.title ? s->dialog.title : "-", ui_focus(&s->ui),
	        how_far(s));
}

/* The way there by @from and @move, where it is the first or a shorter one. */
static void note_way(struct place_found *place, const struct place_found *from, int move)
{
	if (!from || (place->n_path && place->n_path <= from->n_path + 1))
		return;
	memcpy(place->path, from->path, from->n_path);
	place->n_path = from->n_path;
	assert_true(place->n_path < STEPS_MOST);
	place->path[place->n_path++] = (unsigned char)move;
}

/* The place it is in now, which may be a new one that @from and @move lead to. */
static size_t note(struct crawl *c, const struct place_found *from, int move)
{
	struct place_found now = {0};

	where(c, now.key);
	for (size_t i = 0; i < c->n; i++) {
		if (!streq(c->places[i].key, now.key))
			continue;
		if (i > 0)
			note_way(&c->places[i], from, move);
		return i;
	}
	if (c->n == PLACES_MOST)
		return c->n - 1;
	note_way(&now, from, move);
	for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
		now.to[i] = NOWHERE;
	c->places[c->n] = now;
	return c->n++;
}

static void go_to(struct crawl *c, size_t place)
{
	begin_anew(c);
	for (size_t i = 0; i < c->places[place].n_path; i++)
		make(c, c->places[place].path[i]);
	c->at = place;
}

static bool has_untried(const struct crawl *c, size_t place)
{
	return c->places[place].tried != (1u << ARRAY_SIZE(moves)) - 1 &&
	       c->places[place].n_path < STEPS_MOST - 1;
}

/* A move that is known to lead from a place nearer to where something is untried. */
struct lead {
	size_t from, move;
};

/*
 * The nearest place that has something untried, by moves that were made before, from where it is now. @leads: for each place on
 * the way, how it was come to. NOWHERE: there is none, or none that is known to be reached from here.
 */
static size_t find_near(const struct crawl *c, struct lead *leads)
{
	cleanup_free size_t *queue = xcalloc(c->n, sizeof(*queue));
	cleanup_free bool *seen = xcalloc(c->n, sizeof(*seen));
	size_t n = 0;

	queue[n++] = c->at;
	seen[c->at] = true;
	for (size_t i = 0; i < n; i++) {
		const struct place_found *place = &c->places[queue[i]];

		if (has_untried(c, queue[i]))
			return queue[i];
		for (size_t m = 0; m < ARRAY_SIZE(moves); m++) {
			size_t to = place->to[m];

			if (to == NOWHERE || seen[to])
				continue;
			seen[to] = true;
			leads[to] = (struct lead){queue[i], m};
			queue[n++] = to;
		}
	}
	return NOWHERE;
}

/* Whether it got there: a place may lead elsewhere than the last time, as it is not all that there is. */
static bool walk_to(struct crawl *c, size_t place, const struct lead *leads)
{
	unsigned char way[PLACES_MOST];
	size_t n = 0;

	for (size_t at = place; at != c->at; at = leads[at].from)
		way[n++] = (unsigned char)leads[at].move;
	while (n-- && !c->over) {
		size_t expected = c->places[c->at].to[way[n]];

		make(c, moves[way[n]]);
		c->at = note(c, NULL, 0);
		if (c->at != expected)
			return false;
	}
	return !c->over;
}

/* What is being made remembers every answer and every edit: more than a place's key says. */
static bool has_draft(const struct crawl *c)
{
	return c->f.shell.drafts.wizard.begun || c->f.shell.drafts.editor.open;
}

/* Goes where something is untried; false: there is no such place. */
static bool go_on(struct crawl *c)
{
	cleanup_free struct lead *leads = xcalloc(c->n, sizeof(*leads));
	size_t near = c->over || has_draft(c) ? NOWHERE : find_near(c, leads), i = 0;

	if (near != NOWHERE && walk_to(c, near, leads))
		return true;
	while (i < c->n && !has_untried(c, i))
		i++;
	if (i == c->n)
		return false;
	go_to(c, i);
	return true;
}

/* Returns false when everything was tried everywhere. */
static bool step(struct crawl *c)
{
	struct place_found *place;
	size_t m = 0;

	if ((c->over || !has_untried(c, c->at)) && !go_on(c))
		return false;
	place = &c->places[c->at];
	while (place->tried & 1u << m)
		m++;
	place->tried |= 1u << m;
	if (moves[m] == HOLD && !can_be_held(c))
		return true;
	make(c, moves[m]);
	c->at = note(c, place, moves[m]);
	place->to[m] = c->over ? NOWHERE : c->at;
	return true;
}

/* An edit that is not saved is left by holding the other answer: only that. */
static void make_back(struct crawl *c)
{
	const struct dialog *dialog = &c->f.shell.dialog;

	if (!dialog->title || dialog->intent.kind != INTENT_LEAVE) {
		make(c, ACTION_BACK);
		return;
	}
	make(c, ACTION_RIGHT);
	make(c, HOLD);
}

/* Whatever is open: a person who only knows Back gets home, or to the page of a daemon that is away. */
static void back_leads_home(struct crawl *c)
{
	char last[KEY_MOST] = "";

	for (size_t i = 0; i < c->n; i++) {
		size_t same = strcspn(c->places[i].key, " ");
		enum screen screen;

		/* Once for each screen is enough, and for each question. */
		if (strncmp(last, c->places[i].key, same + 1) == 0 &&
		        !strstr(c->places[i].key, "?"))
			continue;
		snprintf(last, sizeof(last), "%s", c->places[i].key);
		go_to(c, i);
		for (unsigned n = 0; n <= SHELL_DEPTH + 1; n++)
			make_back(c);
		screen = shell_screen(&c->f.shell);
		if ((screen != SCREEN_HOME && screen != SCREEN_AWAY) || c->f.shell.dialog.title)
			fail_msg("Back does not lead home from: %s", c->places[i].key);
	}
}

static void crawl_model(const char *name, unsigned *acts)
{
	struct crawl c = {.acts = acts};

	c.places = xcalloc(PLACES_MOST, sizeof(*c.places));
	fixture_init(&c.f, name);
	c.f.ops.act = crawl_act;
	begin_anew(&c);
	c.at = note(&c, NULL, 0);
	while (step(&c))
		assert_true(*ui_focus(&c.f.shell.ui));
	back_leads_home(&c);
	print_message("%s: %zu places\n", name, c.n);
	fixture_finish(&c.f);
	free(c.places);
}

static void everything_is_reached(void **state)
{
	unsigned acts[INTENT_COUNT] = {0};
	DIR *dir = opendir("tests/gui/models");
	struct dirent *entry;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		cleanup_free char *name = xstrdup(entry->d_name);

		/* The odd ones are large; gui_walk_test walks through such. */
		if (!ends_with(name, ".json") || streq(name, "odd.json") ||
		        streq(name, "editor-odd.json") || streq(name, "drive-odd.json"))
			continue;
		name[strlen(name) - strlen(".json")] = '\0';
		crawl_model(name, acts);
	}
	closedir(dir);
	for (enum intent_kind kind = 0; kind < INTENT_COUNT; kind++)
		if (!acts[kind] && intent_actor(kind) != ACTOR_NOBODY)
			fail_msg(
			        "%s is out of reach of a d-pad and two buttons", intent_name(kind));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(everything_is_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
