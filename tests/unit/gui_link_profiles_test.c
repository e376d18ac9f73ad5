/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions about profiles over a connection: none waits, of several the last counts, and each has its answer. */
#include "bus/error.h"
#include "bus/names.h"
#include "bus/session.h"
#include "model/link_profiles.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

/* A daemon that answers when it is told to. */
struct world {
	char folder[32];
	sd_event *event;
	struct paths paths;
	struct model model;
	struct link *link;
	struct link_profiles *profiles;
	int listener;
	sd_event_source *accept;
	sd_bus *bus;
	sd_bus_message *shows[8], *checks[8];
	unsigned n_shows, n_checks, n_offers, n_lists;
};

static int reply(sd_bus_message *m, const char *text)
{
	return sd_bus_reply_method_return(m, "s", text);
}

static int on_lists(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct world *w = user;

	(void)error;
	w->n_lists++;
	return reply(m, "[]");
}

static int on_offers(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct world *w = user;

	(void)error;
	return reply(m, ++w->n_offers == 1 ? "garbage" : "{\"guests\": [\"linux\"]}");
}

static int on_show(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct world *w = user;

	(void)error;
	w->shows[w->n_shows++] = sd_bus_message_ref(m);
	return 1;
}

static int on_check(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct world *w = user;

	(void)error;
	w->checks[w->n_checks++] = sd_bus_message_ref(m);
	return 1;
}

static int on_write(sd_bus_message *m, void *user, sd_bus_error *error)
{
	const char *name, *text, *expected;

	(void)user;
	assert_true(sd_bus_message_read(m, "sss", &name, &text, &expected) >= 0);
	if (*expected)
		return sd_bus_error_set(error, BUS_ERROR_PREFIX "Denied", "no\nask\nPT-X-1");
	assert_string_equal(text, "[vm]\n");
	return reply(m, "/etc/x.profile");
}

static int on_remove(sd_bus_message *m, void *user, sd_bus_error *error)
{
	(void)user, (void)error;
	return reply(m, "/etc/x.profile.removed");
}

static const sd_bus_vtable vtable[] = {SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("ListVMs", "", "s", on_lists, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ProfileOffers", "", "s", on_offers, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ProfileShow", "s", "s", on_show, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ProfileCheck", "ss", "s", on_check, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ProfileWrite", "sss", "s", on_write, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ProfileRemove", "ss", "s", on_remove, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END};

static int on_accept(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct world *w = user;

	(void)source, (void)events;
	if (w->bus || session_accept(fd, &w->bus) < 0)
		return 0;
	sd_bus_attach_event(w->bus, w->event, 0);
	sd_bus_add_object_vtable(w->bus, NULL, BUS_PATH, BUS_INTERFACE, vtable, w);
	return 0;
}

static void on_changed(void *user)
{
	(void)user;
}

static uint64_t clock_ms(void *user)
{
	struct timespec t;

	(void)user;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static const struct link_ops link_ops = {.changed = on_changed, .now_ms = clock_ms};

#define run_until(w, condition)                                             \
	do {                                                                \
		uint64_t end_ms_ = clock_ms(NULL) + 10000;                  \
		while (!(condition)) {                                      \
			assert_true(clock_ms(NULL) < end_ms_);              \
			assert_true(sd_event_run((w)->event, 100000) >= 0); \
		}                                                           \
	} while (0)

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	strcpy(w->folder, "/tmp/pt-profiles-XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	setenv("PLAYTHROUGH_LIBEXEC_DIR", w->folder, 1); /* holds no daemon */
	setenv("HOME", w->folder, 1);
	paths_init(&w->paths, true, w->folder);
	assert_true(sd_event_new(&w->event) >= 0);
	w->listener = session_listen(&w->paths, NULL);
	assert_true(w->listener >= 0);
	sd_event_add_io(w->event, &w->accept, w->listener, 1 /* EPOLLIN */, on_accept, w);
	model_init(&w->model);
	w->link = link_create(w->event, &w->paths, &w->model, &link_ops, w);
	w->profiles = link_profiles_create(w->link, &w->model, &link_ops, w);
	run_until(w, w->model.link == MODEL_UP && w->model.listed);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", w->folder);

	link_destroy(w->link);
	link_profiles_destroy(w->profiles);
	model_finish(&w->model);
	for (unsigned i = 0; i < w->n_shows; i++)
		sd_bus_message_unref(w->shows[i]);
	for (unsigned i = 0; i < w->n_checks; i++)
		sd_bus_message_unref(w->checks[i]);
	if (w->bus)
		sd_bus_detach_event(w->bus);
	sd_bus_close_unref(w->bus);
	sd_event_source_disable_unref(w->accept);
	close_fd(&w->listener);
	sd_event_unref(w->event);
	paths_finish(&w->paths);
	assert_int_equal(system(command), 0);
	free(w);
	return 0;
}

static void garbage_is_a_refusal(struct world *w)
{
	struct offers *offers = &w->model.profiles.offers;

	link_profiles_offers(w->profiles);
	assert_true(offers->asking);
	link_profiles_offers(w->profiles); /* one question is enough */
	run_until(w, !offers->asking);
	assert_false(offers->told);
	assert_non_null(strstr(offers->refusal.why, "ProfileOffers"));
	link_profiles_offers(w->profiles);
	run_until(w, offers->told);
	assert_int_equal(w->n_offers, 2);
	assert_string_equal(offers->guests.list[0], "linux");
	assert_string_equal(offers->refusal.why, "");
}

static void the_last_profile_counts(struct world *w)
{
	struct profile_shown *shown = &w->model.profiles.shown;

	link_profiles_show(w->profiles, "a");
	link_profiles_show(w->profiles, "b");
	link_profiles_show(w->profiles, "c");
	run_until(w, w->n_shows == 1);
	reply(w->shows[0], "{\"name\": \"a\", \"text\": \"\"}");
	run_until(w, w->n_shows == 2);
	assert_true(shown->asking && !shown->told);
	reply(w->shows[1], "{\"name\": \"c\", \"text\": \"[vm]\\n\"}");
	run_until(w, shown->told);
	assert_string_equal(shown->name, "c");
	assert_false(shown->asking);
}

static void the_last_text_is_looked_over(struct world *w)
{
	struct profile_checked *checked = &w->model.profiles.checked;

	link_profiles_check(w->profiles, "a", "1");
	link_profiles_check(w->profiles, "a", "2");
	link_profiles_check(w->profiles, "a", "3");
	run_until(w, w->n_checks == 1);
	reply(w->checks[0], "{\"problems\": [{\"message\": \"one\"}]}");
	run_until(w, w->n_checks == 2);
	assert_true(checked_is_of(checked, "a", "1"));
	reply(w->checks[1], "{}");
	run_until(w, checked_is_of(checked, "a", "3"));
	assert_int_equal(checked->n_problems, 0);
	assert_int_equal(w->n_checks, 2);
}

static void writing_has_an_end(struct world *w)
{
	struct profile_written *written = &w->model.profiles.written;
	unsigned lists = w->n_lists;

	link_profiles_write(w->profiles, "x", "[vm]\n", "");
	link_profiles_write(w->profiles, "y", "never", ""); /* one at a time */
	assert_int_equal(written->state, PROFILE_WRITING);
	run_until(w, written->state == PROFILE_WRITTEN);
	assert_string_equal(written->where, "/etc/x.profile");
	run_until(w, w->n_lists > lists); /* the games are others now */
	link_profiles_write(w->profiles, "x", "[vm]\n", "old");
	run_until(w, written->state == PROFILE_REFUSED);
	assert_true(written->denied);
	assert_string_equal(written->refusal.hint, "ask");
	assert_string_equal(written->refusal.code, "PT-X-1");
	link_profiles_remove(w->profiles, "x", "[vm]\n");
	run_until(w, written->state == PROFILE_WRITTEN);
	assert_true(written->removed);
	assert_string_equal(written->where, "/etc/x.profile.removed");
}

/* A daemon that goes answers nothing more: that is an answer, too. */
static void a_daemon_that_goes_leaves_no_question(struct world *w)
{
	link_profiles_check(w->profiles, "a", "4");
	link_profiles_show(w->profiles, "d");
	run_until(w, w->n_checks == 3 && w->n_shows == 3);
	sd_bus_detach_event(w->bus);
	w->bus = sd_bus_close_unref(w->bus);
	run_until(w, *w->model.profiles.checked.refusal.why);
	run_until(w, *w->model.profiles.shown.refusal.why);
	assert_false(w->model.profiles.shown.asking);
}

static void questions_have_answers(void **state)
{
	garbage_is_a_refusal(*state);
	the_last_profile_counts(*state);
	the_last_text_is_looked_over(*state);
	writing_has_an_end(*state);
	a_daemon_that_goes_leaves_no_question(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(questions_have_answers, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
