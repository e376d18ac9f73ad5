/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How this screen is seen from elsewhere: what the daemon says of it, what is asked of one that is played, and the code. */
#include "gui_shell.h"

#include "bus/names.h"
#include "bus/session.h"
#include "draw/qr.h"
#include "model/link_remote.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static const char status_on[] =
        "{\"schema\": 1, \"enabled\": true, \"web\": \"5931\", \"urls\": [\"spice://a\"],"
        " \"web_urls\": [\"https://a/\"], \"fingerprint\": \"SHA256 01:02:03:04:05:06\","
        " \"ticket\": {\"set\": true, \"expires\": 5}, \"viewer\": {\"connected\": true, \"from\": "
        "\"x\\u001b\"}}";
static const char status_off[] =
        "{\"schema\": 1, \"enabled\": false, \"ticket\": {\"set\": false}}";

/* --- the answer --- */

static void an_answer_is_read(void **state)
{
	struct remote remote;
	struct err err = {0};

	(void)state;
	remote_init(&remote);
	assert_string_equal(remote_url(&remote), "");
	assert_int_equal(remote_set(&remote, status_on, &err), 0);
	assert_true(remote.told && remote.enabled && remote.ticket_set && remote.viewer);
	assert_int_equal(remote.expires_s, 5);
	assert_string_equal(remote.fingerprint, "SHA256 01:02:03:04 05:06");
	assert_string_equal(remote_url(&remote), "https://a/");
	assert_null(strchr(remote.viewer_from, '\x1b'));
	remote_set_ticket(&remote, "T-1");
	/* Of a ticket that is gone nobody needs to know any more. */
	assert_int_equal(remote_set(&remote, status_off, &err), 0);
	assert_string_equal(remote.ticket, "");
	assert_string_equal(remote_url(&remote), "");
	remote_finish(&remote);
}

static void garbage_changes_nothing(void **state)
{
	static const char *const garbage[] = {"", "[]", "{", "7"};
	struct remote remote;
	struct err err = {0};

	(void)state;
	remote_init(&remote);
	assert_int_equal(remote_set(&remote, status_on, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++)
		assert_int_equal(remote_set(&remote, garbage[i], &err), -EBADMSG);
	assert_true(remote.enabled);
	assert_int_equal(remote_set(&remote,
	                         "{\"enabled\": 3, \"urls\": {}, \"web_urls\": [1, null],"
	                         " \"ticket\": [], \"viewer\": \"x\", \"fingerprint\": false}",
	                         &err),
	        0);
	assert_false(remote.enabled || remote.viewer || remote.ticket_set);
	assert_string_equal(remote.fingerprint, "");
	remote_finish(&remote);
}

/* --- the page --- */

static void open_remote(struct fixture *f, const char *model)
{
	fixture_init(f, model);
	shell_open(&f->shell, SCREEN_REMOTE, NULL, NULL);
	assert_int_equal(f->last.kind, INTENT_REMOTE_LOOK);
	fixture_look(f);
	f->acts = 0;
}

static void turning_it_on_is_held(void **state)
{
	struct fixture f;

	(void)state;
	open_remote(&f, "remote-off");
	assert_string_equal(ui_focus(&f.shell.ui), "switch");
	fixture_press_all(&f, "c");
	assert_string_equal(ui_focus(&f.shell.ui), "no");
	fixture_press_all(&f, "rc");
	assert_int_equal(f.acts, 0);
	fixture_press_all(&f, "h");
	assert_int_equal(f.last.kind, INTENT_REMOTE_ON);
	fixture_finish(&f);
}

static void whoever_looks_is_not_cut_off_by_reflex(void **state)
{
	struct fixture f;

	(void)state;
	open_remote(&f, "remote");
	fixture_press_all(&f, "crc");
	assert_int_equal(f.acts, 0);
	fixture_press_all(&f, "h");
	assert_int_equal(f.last.kind, INTENT_REMOTE_OFF);
	fixture_finish(&f);
	/* Nobody but this PC itself. */
	open_remote(&f, "remote-plain");
	fixture_press_all(&f, "c");
	assert_int_equal(f.last.kind, INTENT_REMOTE_OFF);
	fixture_finish(&f);
}

static void a_ticket_is_made(void **state)
{
	struct fixture f;

	(void)state;
	open_remote(&f, "remote");
	fixture_press_all(&f, "ddc");
	assert_int_equal(f.last.kind, INTENT_REMOTE_TICKET);
	assert_int_equal(f.last.number, 60);
	fixture_press_all(&f, "dc");
	assert_int_equal(f.last.number, 0);
	fixture_finish(&f);
}

static void it_is_found_in_the_settings(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "remote");
	shell_open(&f.shell, SCREEN_SETTINGS, NULL, NULL);
	fixture_look(&f);
	fixture_press_all(&f, "ddddddc");
	assert_int_equal(shell_screen(&f.shell), SCREEN_REMOTE);
	fixture_press_all(&f, "b");
	assert_string_equal(ui_focus(&f.shell.ui), "remote");
	fixture_finish(&f);
}

/* --- the code --- */

static void a_code_has_its_quiet_zone(void **state)
{
	static uint32_t pixels[400 * 300];
	struct canvas canvas = canvas_of(pixels, 400, 300, 400);
	struct qr qr = qr_of("https://192.0.2.10:5931/");
	struct rect r;
	int size;

	(void)state;
	assert_int_equal(qr.width, 25); /* version 2 */
	r = qr_draw(&qr, &canvas, (struct rect){10, 20, 380, 270});
	size = r.w / (25 + 8);
	assert_int_equal(r.w, size * 33);
	assert_true(r.y == 20 && r.x >= 10 && r.x + r.w <= 390 && r.h <= 270);
	for (int y = 0; y < 4 * size; y++)
		for (int x = 0; x < r.w; x++)
			assert_int_equal(pixels[(r.y + y) * 400 + r.x + x], 0xffffffff);
	assert_int_equal(pixels[(r.y + 4 * size) * 400 + r.x + 4 * size], 0xff000000);
	assert_int_equal(qr_draw(&qr, &canvas, (struct rect){0, 0, 20, 20}).w, 0);
	qr_finish(&qr);
}

static void what_is_too_long_has_none(void **state)
{
	char text[5000];
	struct qr qr = qr_of("");

	(void)state;
	assert_int_equal(qr.width, 0);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	qr = qr_of(text);
	assert_int_equal(qr.width, 0);
	assert_int_equal(qr_draw(&qr, NULL, (struct rect){0, 0, 500, 500}).w, 0);
	qr_finish(&qr);
}

/* --- a daemon that is played --- */

struct world {
	char folder[32];
	sd_event *event;
	struct paths paths;
	struct model model;
	struct link *link;
	struct link_remote *remote;
	int listener;
	sd_event_source *accept;
	sd_bus *bus;
	bool on, denies;
	unsigned asked, minutes;
	char web[32];
	unsigned refused;
};

static int on_lists(sd_bus_message *m, void *user, sd_bus_error *error)
{
	(void)user, (void)error;
	return sd_bus_reply_method_return(m, "s", "[]");
}

static int on_status(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct world *w = user;

	(void)error;
	w->asked++;
	return sd_bus_reply_method_return(m, "s", w->on ? status_on : status_off);
}

static int turn(struct world *w, sd_bus_message *m, bool on)
{
	w->on = on;
	sd_bus_emit_signal(w->bus, BUS_PATH, BUS_INTERFACE, "ConsoleChanged", "");
	return sd_bus_reply_method_return(m, "");
}

static int on_enable(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct world *w = user;
	const char *listen, *web;

	if (w->denies)
		return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "no");
	assert_true(sd_bus_message_read(m, "ss", &listen, &web) >= 0);
	assert_string_equal(listen, "");
	snprintf(w->web, sizeof(w->web), "%s", web);
	return turn(w, m, true);
}

static int on_disable(sd_bus_message *m, void *user, sd_bus_error *error)
{
	(void)error;
	return turn(user, m, false);
}

static int on_ticket(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct world *w = user;

	(void)error;
	assert_true(sd_bus_message_read(m, "u", &w->minutes) >= 0);
	return sd_bus_reply_method_return(m, "s", "K7QM-4WXD");
}

static const sd_bus_vtable vtable[] = {SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD("ListVMs", "", "s", on_lists, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ConsoleStatus", "", "s", on_status, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ConsoleEnable", "ss", "", on_enable, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ConsoleDisable", "", "", on_disable, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD("ConsoleTicket", "u", "s", on_ticket, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL("ConsoleChanged", "", 0), SD_BUS_VTABLE_END};

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

static void on_refused(void *user, const struct err *why)
{
	struct world *w = user;

	(void)why;
	w->refused++;
}

static uint64_t clock_ms(void *user)
{
	struct timespec t;

	(void)user;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static const struct link_ops link_ops = {
        .changed = on_changed, .refused = on_refused, .now_ms = clock_ms};

#define run_until(w, condition)                                             \
	do {                                                                \
		uint64_t end_ms_ = clock_ms(NULL) + 20000;                  \
		while (!(condition)) {                                      \
			assert_true(clock_ms(NULL) < end_ms_);              \
			assert_true(sd_event_run((w)->event, 100000) >= 0); \
		}                                                           \
	} while (0)

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	strcpy(w->folder, "/tmp/pt-remote-XXXXXX");
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
	w->remote = link_remote_create(w->link, &w->model, &link_ops, w);
	run_until(w, w->model.link == MODEL_UP && w->model.listed);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", w->folder);

	link_destroy(w->link);
	link_remote_destroy(w->remote);
	model_finish(&w->model);
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

static void it_is_turned_on_and_off(struct world *w)
{
	const struct remote *remote = &w->model.remote;

	link_remote_enable(w->remote, true);
	run_until(w, remote->enabled && !remote->asking);
	assert_string_equal(w->web, "5931"); /* a tablet has a browser */
	link_remote_enable(w->remote, false);
	run_until(w, !remote->enabled && !remote->asking);
	w->denies = true;
	link_remote_enable(w->remote, true);
	run_until(w, w->refused == 1 && !remote->asking);
	assert_false(remote->enabled);
	w->denies = false;
	link_remote_enable(w->remote, true);
	run_until(w, remote->enabled && !remote->asking);
}

static void a_ticket_is_shown_until_one_looks_again(struct world *w)
{
	struct remote *remote = &w->model.remote;

	link_remote_ticket(w->remote, 60);
	run_until(w, *remote->ticket && !remote->asking);
	assert_int_equal(w->minutes, 60);
	assert_string_equal(remote->ticket, "K7QM-4WXD");
	link_remote_look(w->remote);
	assert_string_equal(remote->ticket, "");
	run_until(w, !remote->asking);
}

static void a_played_daemon_is_asked(void **state)
{
	struct world *w = *state;
	unsigned asked;

	assert_int_equal(w->asked, 0); /* nobody looks */
	link_remote_look(w->remote);
	run_until(w, w->model.remote.told);
	it_is_turned_on_and_off(w);
	a_ticket_is_shown_until_one_looks_again(w);
	/* Somebody else changes it. */
	asked = w->asked;
	w->on = false;
	sd_bus_emit_signal(w->bus, BUS_PATH, BUS_INTERFACE, "ConsoleChanged", "");
	run_until(w, w->asked > asked && !w->model.remote.enabled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_answer_is_read),
	        cmocka_unit_test(garbage_changes_nothing),
	        cmocka_unit_test(turning_it_on_is_held),
	        cmocka_unit_test(whoever_looks_is_not_cut_off_by_reflex),
	        cmocka_unit_test(a_ticket_is_made),
	        cmocka_unit_test(it_is_found_in_the_settings),
	        cmocka_unit_test(a_code_has_its_quiet_zone),
	        cmocka_unit_test(what_is_too_long_has_none),
	        cmocka_unit_test_setup_teardown(a_played_daemon_is_asked, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
