/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon says becomes a model, whatever it says; and the connection is a state of it. */
#include "bus/service.h"
#include "bus/session.h"
#include "model/link.h"
#include "model/model.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define cleanup_model cleanup(model_finish)

static const char vms_text[] =
        "[{\"name\": \"b\", \"title\": \"Zelda\", \"state\": \"stopped\", \"error\": null},"
        " {\"name\": \"a\", \"title\": \"Anno\", \"state\": \"running\", \"since\": 17,"
        "  \"hardware\": {\"guest\": \"windows-11\", \"cpus\": 6, \"memory\": 17179869184,"
        "                 \"gpus\": [\"0000:01:00.0\"]},"
        "  \"last_end\": {\"when\": 5, \"reason\": \"QEMU ended\", \"lost\": null}},"
        " {\"name\": \"c\", \"state\": \"dancing\", \"error\": \"line 3: no\"}, {}, 7]";

static void vms_are_read(void **state)
{
	cleanup_model struct model model;
	const struct model_vm *vm;

	(void)state;
	model_init(&model);
	assert_int_equal(model_set_vms(&model, vms_text, NULL), 0);
	assert_int_equal(model.n_vms, 3);
	assert_string_equal(model.vms[0].title, "Anno");
	vm = model_vm(&model, "a");
	assert_int_equal(vm->state, MODEL_RUNNING);
	assert_string_equal(vm->guest, "windows-11");
	assert_int_equal(vm->cpus, 6);
	assert_int_equal(vm->gpus, 1);
	assert_string_equal(vm->end_reason, "QEMU ended");
	vm = model_vm(&model, "c");
	assert_string_equal(vm->title, "c");
	assert_int_equal(vm->state, MODEL_UNKNOWN);
	assert_string_equal(vm->error, "line 3: no");
}

static void the_last_played_comes_first(void **state)
{
	cleanup_model struct model model;

	(void)state;
	model_init(&model);
	model_set_played(&model, "c", 100);
	model_set_vms(&model, vms_text, NULL);
	assert_string_equal(model.vms[0].name, "c");
	model_set_played(&model, "b", 200);
	assert_string_equal(model.vms[0].name, "b");
	assert_string_equal(model.vms[1].name, "c");
}

static void garbage_changes_nothing(void **state)
{
	static const char *const garbage[] = {"", "{", "{}", "7", "[", "\"x\"", "[[[[", "null"};
	cleanup_model struct model model;
	struct err err = {0};

	(void)state;
	model_init(&model);
	model_set_vms(&model, vms_text, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(garbage); i++) {
		assert_int_equal(model_set_vms(&model, garbage[i], &err), -EBADMSG);
		assert_int_equal(model_set_usb(&model, garbage[i], 1, &err), -EBADMSG);
	}
	assert_int_equal(model.n_vms, 3);
	assert_true(err_is(&err, CODE_BUS_VERSION));
}

static void hostile_text_is_harmless_and_short(void **state)
{
	cleanup_free char *long_name = xcalloc(1, 5000);
	cleanup_free char *text = NULL;
	cleanup_model struct model model;

	(void)state;
	memset(long_name, 'x', 4999);
	memcpy(long_name + MODEL_TEXT_MOST - 1, "\xd0\x96", 2);
	text = xasprintf("[{\"name\": \"a\", \"title\": \"%s\"},"
	                 " {\"name\": \"b\", \"title\": \"\\u202e\\u001b[2J\"}]",
	        long_name);
	model_init(&model);
	assert_int_equal(model_set_vms(&model, text, NULL), 0);
	assert_int_equal(strlen(model_vm(&model, "a")->title), MODEL_TEXT_MOST - 1);
	assert_string_equal(model_vm(&model, "b")->title, "\\u202e\\x1b[2J");
}

static void the_newest_device_is_known(void **state)
{
	static const char one[] = "[{\"sysname\": \"1-2\", \"port\": \"0000:00:14.0/2\","
	                          "  \"id\": \"046d:c52b\", \"product\": \"Mouse\", \"vm\": null}]";
	static const char two[] =
	        "[{\"sysname\": \"1-10\", \"port\": \"0000:00:14.0/10\", \"id\": \"1:2\"},"
	        " {\"sysname\": \"1-2\", \"port\": \"0000:00:14.0/2\", \"id\": \"046d:c52b\","
	        "  \"vm\": \"a\"}, {\"sysname\": \"1-3\", \"hub\": true}]";
	cleanup_model struct model model;

	(void)state;
	model_init(&model);
	model_set_usb(&model, one, 1000, NULL);
	assert_null(model_newest_usb(&model));
	assert_int_equal(model_usb_count(&model, NULL), 1);
	model_set_usb(&model, two, 2000, NULL);
	assert_string_equal(model_newest_usb(&model)->sysname, "1-10");
	assert_int_equal(model_usb_count(&model, "a"), 1);
	/* By the socket's number, not by its letters. */
	assert_string_equal(model.usb[1].sysname, "1-2");
	assert_string_equal(model.usb[2].sysname, "1-10");
}

#define PC "0000:00:14.0"

static const char tree_text[] =
        "[{\"sysname\": \"usb1\", \"port\": \"" PC "\", \"hub\": true},"
        " {\"sysname\": \"1-10\", \"port\": \"" PC "/10\", \"name\": \" Wheel \"},"
        " {\"sysname\": \"2-1\", \"port\": \"" PC "/2\", \"hub\": true},"
        " {\"sysname\": \"1-2\", \"port\": \"" PC "/2\", \"hub\": true},"
        " {\"sysname\": \"1-2.3\", \"port\": \"" PC "/2.3\", \"name\": \"\", \"id\": \"1:2\","
        "  \"host_uses\": [\"one\", 7, \"two\\u001b\"], \"vm\": \"a\"},"
        " {\"sysname\": \"9-1\"}]";
static const char ports_text[] =
        "{\"controllers\": [{\"address\": \"" PC "\", \"name\": \"Chip\"}, 3], \"ports\": ["
        " {\"port\": \"" PC "/1\", \"connect_type\": \"hotplug\"},"
        " {\"port\": \"" PC "/2\", \"connect_type\": \"hotplug\"},"
        " {\"port\": \"" PC "/2.4\", \"connect_type\": \"unknown\"},"
        " {\"port\": \"" PC "/5\", \"connect_type\": \"hardwired\"},"
        " {\"port\": \"" PC "/6\", \"connect_type\": \"not used\"},"
        " {\"port\": \"" PC "/10\", \"connect_type\": \"hotplug\", \"device\": \"1-10\"},"
        " {\"port\": \"0000:05:00.0/1\", \"connect_type\": \"hotplug\"}, null]}";

static void sockets_are_in_the_order_of_the_pc(void **state)
{
	static const struct {
		const char *key;
		int kind;
		unsigned depth;
	} wanted[] = {{"9-1", MODEL_ROW_DEVICE, 0}, {NULL, MODEL_ROW_CONTROLLER, 0},
	        {PC "/1", MODEL_ROW_EMPTY, 1}, {"1-2", MODEL_ROW_HUB, 1},
	        {"1-2.3", MODEL_ROW_DEVICE, 2}, {PC "/2.4", MODEL_ROW_EMPTY, 2},
	        {"1-10", MODEL_ROW_DEVICE, 1}, {NULL, MODEL_ROW_CONTROLLER, 0},
	        {"0000:05:00.0/1", MODEL_ROW_EMPTY, 1}};
	cleanup_model struct model model;

	(void)state;
	model_init(&model);
	model_set_usb_ports(&model, ports_text, NULL);
	assert_int_equal(model_set_usb(&model, tree_text, 1, NULL), 0);
	assert_int_equal(model.n_rows, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		assert_int_equal(model.rows[i].kind, wanted[i].kind);
		assert_int_equal(model.rows[i].depth, wanted[i].depth);
		if (wanted[i].key)
			assert_string_equal(model_usb_key(&model.rows[i]), wanted[i].key);
	}
	assert_string_equal(model.rows[1].name, "Chip");
	assert_string_equal(model.rows[7].name, "");
	assert_string_equal(model.rows[4].device->name, "1:2");
	assert_string_equal(model.rows[6].device->name, "Wheel");
	assert_string_equal(model_usb_hub_of(&model, PC "/2.3")->port, PC "/2");
	assert_null(model_usb_hub_of(&model, PC "/10"));
	assert_ptr_equal(model_usb_row(&model, "1-10"), &model.rows[6]);
	assert_null(model_usb_row(&model, "7-7"));
	assert_int_equal(model_usb_given(&model), 1);
	assert_true(starts_with(model.rows[4].device->uses, "one; two"));
	assert_null(strchr(model.rows[4].device->uses, '\x1b'));
}

static void whose_a_device_is_is_known(void **state)
{
	static const char text[] =
	        "[{\"sysname\": \"1-1\", \"owner\": \"a\", \"rules\": ["
	        "  {\"vm\": \"a\", \"section\": \"usb x\", \"by\": \"hub\", \"ignored\": true},"
	        "  {\"vm\": \"a\", \"section\": \"usb y\", \"by\": \"port\", \"value\": \"p\"},"
	        "  {\"vm\": \"b\", \"section\": \"usb z\", \"by\": \"smell\"}, 9]},"
	        " {\"sysname\": \"1-2\", \"refused\": {\"message\": \"no\", \"code\": \"PT-X\"}}, "
	        "[]]";
	const struct model_usb_why *why;
	cleanup_model struct model model;
	struct err err = {0};

	(void)state;
	model_init(&model);
	assert_int_equal(model_set_usb_why(&model, text, NULL), 0);
	why = model_usb_why(&model, "1-1");
	assert_string_equal(why->owner, "a");
	assert_string_equal(model_usb_rule(why, "a")->section, "usb y");
	assert_int_equal(model_usb_rule(why, "a")->by, MODEL_BY_PORT);
	assert_int_equal(model_usb_rule(why, "b")->by, MODEL_BY_COUNT);
	assert_null(model_usb_rule(why, "c"));
	assert_string_equal(model_usb_awaited(why)->section, "usb y");
	assert_null(model_usb_awaited(model_usb_why(&model, "1-2")));
	assert_null(model_usb_awaited(NULL));
	assert_null(model_usb_rule(NULL, "a"));
	assert_string_equal(model_usb_why(&model, "1-2")->refused, "no");
	assert_null(model_usb_why(&model, "1-3"));
	assert_int_equal(model_set_usb_why(&model, "{}", &err), -EBADMSG);
	assert_int_equal(model_set_usb_ports(&model, "[", &err), -EBADMSG);
	assert_int_equal(model_set_usb_ports(&model, "[]", &err), -EBADMSG);
	assert_non_null(model_usb_why(&model, "1-1"));
}

static void notes_are_told(void **state)
{
	cleanup_free char *two = model_notes("{\"notes\": [\"one\", 2, \"three\"]}");
	cleanup_free char *none = model_notes("garbage");

	(void)state;
	assert_string_equal(two, "one; three");
	assert_string_equal(none, "");
}

static void a_job_has_its_stages_and_their_times(void **state)
{
	struct model_job_facts facts = {
	        .path = "/j/1", .kind = "start", .vm = "a", .state = "running"};
	cleanup_model struct model model;
	const struct model_job *job;

	(void)state;
	model_init(&model);
	facts.stage = "claim";
	model_set_job(&model, &facts, 100);
	model_set_job(&model, &facts, 150);
	facts.stage = "launch";
	facts.percent = 4000;
	model_set_job(&model, &facts, 300);
	job = model_job(&model, "a", "start");
	assert_int_equal(job->n_stages, 2);
	assert_int_equal(job->stages[1].begin_ms, 300);
	assert_int_equal(job->percent, 100);
	facts.state = "failed";
	facts.message = "no\x1b";
	model_set_job(&model, &facts, 400);
	job = model_job(&model, "a", "start");
	assert_int_equal(job->state, MODEL_JOB_FAILED);
	assert_int_equal(job->end_ms, 400);
	assert_string_equal(job->message, "no\\x1b");
	model_forget_job(&model, "/j/1");
	assert_null(model_job(&model, "a", "start"));
}

static void jobs_do_not_grow_without_end(void **state)
{
	cleanup_model struct model model;

	(void)state;
	model_init(&model);
	for (unsigned i = 0; i < 1000; i++) {
		cleanup_free char *path = xasprintf("/j/%u", i);
		const struct model_job_facts facts = {
		        .path = path, .kind = "start", .vm = "a", .state = "running"};

		model_set_job(&model, &facts, i);
	}
	assert_true(model.n_jobs <= 128);
}

static bool look(
        struct model *m, unsigned long long cpu, unsigned long long at, unsigned long long memory)
{
	cleanup_free char *text = xasprintf(
	        "{\"cpu_usec\": %llu, \"at_usec\": %llu, \"memory_bytes\": %llu}", cpu, at, memory);

	return model_set_usage(m, "a", text);
}

/* One that sleeps is as one that is paused, and is resumed like it. */
static void a_guest_sleeps(void **state)
{
	struct model m;

	(void)state;
	model_init(&m);
	assert_int_equal(model_set_vms(&m,
	                         "[{\"name\": \"a\", \"state\": \"running\", \"paused\": false, "
	                         "\"asleep\": true}, {\"name\": \"b\", \"state\": \"running\"}]",
	                         NULL),
	        0);
	assert_true(m.vms[0].paused && m.vms[0].asleep);
	assert_false(m.vms[1].paused || m.vms[1].asleep);
	model_finish(&m);
}

static void two_looks_tell_what_is_used(void **state)
{
	const struct model_usage *u;
	struct model m;

	(void)state;
	model_init(&m);
	u = &m.usage;
	assert_int_equal(model_set_vms(&m,
	                         "[{\"name\": \"a\", \"state\": \"running\", \"paused\": true, "
	                         "\"pause_reason\": \"full\", \"hardware\": {\"cpus\": 4}}]",
	                         NULL),
	        0);
	assert_true(m.vms[0].paused);
	assert_string_equal(m.vms[0].pause_reason, "full");
	assert_string_equal(m.vms[0].pause_hint, "");
	assert_true(look(&m, 1000000, 5000000, 3ull << 30));
	assert_false(u->measured);
	assert_int_equal(u->memory_tenths, 30);
	assert_true(look(&m, 5000000, 7000000, 3ull << 30));
	assert_true(u->measured);
	assert_int_equal(u->percent, 50);
	/* What a person would not see is no change. */
	assert_false(look(&m, 9010000, 9000000, (3ull << 30) + 1000));
	assert_int_equal(u->percent, 50);
	assert_true(look(&m, 99010000, 11000000, 3ull << 30));
	assert_int_equal(u->percent, 100);
	/* A counter or a clock that goes back tells nothing. */
	assert_true(look(&m, 5, 13000000, 3ull << 30));
	assert_false(u->measured);
	look(&m, 6, 12000000, 3ull << 30);
	assert_false(u->measured);
	look(&m, UINT64_MAX / 4, 9000000000000000000ull, UINT64_MAX);
	assert_true(u->percent <= 100);
	assert_true(model_set_usage(&m, "a", "garbage") || !u->measured);
	/* Another game begins anew. */
	assert_true(model_set_usage(&m, "a",
	        "{\"forwards\": [{\"service\": \"rdp\", \"protocol\": \"tcp\", \"address\": "
	        "\"127.0.0.1\", \"port\": 3390, \"guest_port\": 3389, \"count\": 1}]}"));
	assert_string_equal(u->reach, "RDP 127.0.0.1:3390 (this PC only)");
	model_set_usage(&m, "b", "{\"cpu_usec\": 7, \"at_usec\": 14000000}");
	assert_string_equal(u->reach, "");
	assert_string_equal(u->vm, "b");
	assert_false(u->measured);
	model_forget_usage(&m);
	assert_string_equal(u->vm, "");
	model_finish(&m);
}

static void a_document_is_a_model(void **state)
{
	cleanup_model struct model model;
	struct err err = {0};

	(void)state;
	model_init(&model);
	assert_int_equal(model_load(&model,
	                         "{\"link\": \"away\", \"why\": {\"message\": \"gone\"},"
	                         " \"vms\": [{\"name\": \"a\"}], \"played\": {\"a\": 5},"
	                         " \"usb\": [{\"sysname\": \"1-1\"}, {\"sysname\": \"1-2\"}],"
	                         " \"new\": [\"1-2\"], \"jobs\": [{\"path\": \"/j/1\","
	                         " \"kind\": \"stop\", \"vm\": \"a\", \"state\": \"running\"}]}",
	                         99, &err),
	        0);
	assert_int_equal(model.link, MODEL_AWAY);
	assert_string_equal(model.why, "gone");
	assert_int_equal(model.vms[0].played_s, 5);
	assert_string_equal(model_newest_usb(&model)->sysname, "1-2");
	assert_non_null(model_job(&model, "a", "stop"));
	assert_int_equal(model_load(&model, "{", 0, &err), -EBADMSG);
}

/* --- against a daemon that comes and goes --- */

struct world {
	sd_event *event;
	struct paths paths;
	struct model model;
	struct bus_service *service;
	int listener;
	sd_event_source *accept;
	sd_bus *buses[8];
	size_t n_buses;
	unsigned lists, refused, whys, given_back, told;
	char title[16];
};

static char *fake_list(void *user, struct err *err)
{
	struct world *w = user;

	(void)err;
	w->lists++;
	return xasprintf(
	        "[{\"name\": \"a\", \"title\": \"%s\", \"state\": \"stopped\"}]", w->title);
}

static char *fake_usb(void *user, struct err *err)
{
	(void)user, (void)err;
	return xstrdup("[]");
}

static char *fake_ports(void *user, struct err *err)
{
	(void)user, (void)err;
	return xstrdup(ports_text);
}

static char *fake_why(void *user, struct err *err)
{
	struct world *w = user;

	(void)err;
	w->whys++;
	return xstrdup("[{\"sysname\": \"1-1\", \"owner\": null, \"rules\": []}]");
}

static char *fake_assign(void *user, const char *vm, const char *device,
        const struct bus_usb_assign *options, struct err *err)
{
	(void)user, (void)err;
	assert_string_equal(vm, "a");
	assert_string_equal(device, "1-1");
	assert_string_equal(options->by, "hub");
	assert_null(options->as);
	return xstrdup("{\"notes\": [\"mind the gap\"]}");
}

static char *fake_unassign(void *user, const char *vm, const char *what, struct err *err)
{
	(void)user, (void)vm;
	err_set(err, -ENOENT, "there is no such VM");
	assert_string_equal(what, "usb pad");
	return NULL;
}

static int fake_give_back(void *user, unsigned *n, struct err *err)
{
	struct world *w = user;

	(void)err;
	w->given_back++;
	*n = 2;
	return 0;
}

static int fake_start(void *user, const char *vm, unsigned *job, struct err *err)
{
	struct world *w = user;
	struct bus_job_facts facts = {
	        .id = 7, .kind = "start", .vm = vm, .state = "running", .stage = "claim"};

	if (!streq(vm, "a"))
		return err_set(err, -ENOENT, "there is no such VM");
	bus_service_job_changed(w->service, &facts);
	*job = 7;
	return 0;
}

static const struct bus_service_ops ops = {.list_vms = fake_list,
        .usb_list = fake_usb,
        .start = fake_start,
        .usb_ports = fake_ports,
        .usb_why = fake_why,
        .usb_assign = fake_assign,
        .usb_unassign = fake_unassign,
        .usb_give_back = fake_give_back};

static int on_accept(sd_event_source *source, int fd, uint32_t events, void *user)
{
	struct world *w = user;
	sd_bus *bus;

	(void)source, (void)events;
	if (session_accept(fd, &bus) < 0)
		return 0;
	assert_true(w->n_buses < ARRAY_SIZE(w->buses));
	w->buses[w->n_buses++] = bus;
	sd_bus_attach_event(bus, w->event, 0);
	bus_service_attach(w->service, bus, true, NULL);
	return 0;
}

static void daemon_comes(struct world *w)
{
	/* The lock of the first lives as long as this process: the socket alone is made anew. */
	struct paths paths = w->paths;
	cleanup_free char *run = xstrdup(w->paths.run_dir);

	unlink(paths.socket);
	w->listener = session_listen(&paths, NULL);
	if (w->listener < 0) {
		cleanup_free char *lock = xasprintf("%s/lock", run);

		unlink(lock);
		w->listener = session_listen(&paths, NULL);
	}
	assert_true(w->listener >= 0);
	w->service = bus_service_create(w->event, &ops, w);
	sd_event_add_io(w->event, &w->accept, w->listener, 1 /* EPOLLIN */, on_accept, w);
}

static void daemon_goes(struct world *w)
{
	w->accept = sd_event_source_disable_unref(w->accept);
	close_fd(&w->listener);
	unlink(w->paths.socket);
	while (w->n_buses) {
		sd_bus *bus = w->buses[--w->n_buses];

		bus_service_detach(w->service, bus);
		sd_bus_detach_event(bus);
		sd_bus_close_unref(bus);
	}
	bus_service_destroy(w->service);
	w->service = NULL;
}

static void on_changed(void *user)
{
	(void)user;
}

static void on_refused(void *user, const struct err *why)
{
	struct world *w = user;

	assert_string_equal(why->message, "there is no such VM");
	w->refused++;
}

static void on_told(void *user, const char *notes)
{
	struct world *w = user;

	assert_string_equal(notes, "mind the gap");
	w->told++;
}

static uint64_t clock_ms(void *user)
{
	struct timespec t;

	(void)user;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static const struct link_ops link_ops = {
        .changed = on_changed, .refused = on_refused, .told = on_told, .now_ms = clock_ms};

#define run_until(w, condition)                                             \
	do {                                                                \
		uint64_t end_ms_ = clock_ms(NULL) + 10000;                  \
		while (!(condition)) {                                      \
			assert_true(clock_ms(NULL) < end_ms_);              \
			assert_true(sd_event_run((w)->event, 100000) >= 0); \
		}                                                           \
	} while (0)

/* Sockets come by themselves, reasons once somebody looks. */
static void usb_is_followed(struct world *w, struct link *link)
{
	run_until(w, w->model.n_sockets > 0);
	assert_int_equal(w->whys, 0);
	link_usb_look(link);
	run_until(w, model_usb_why(&w->model, "1-1"));
	link_usb_assign(link, "a", "1-1", "hub");
	run_until(w, w->told == 1);
	link_usb_unassign(link, "a", "usb pad");
	run_until(w, w->refused == 2);
	link_usb_give_back(link);
	run_until(w, w->given_back == 1);
	w->whys = 0;
	bus_service_usb_changed(w->service);
	run_until(w, w->whys > 0);
}

/* Connected and nothing new: nothing is asked. */
static void quiet_is_kept(struct world *w)
{
	unsigned lists = w->lists;

	for (unsigned i = 0; i < 5; i++)
		sd_event_run(w->event, 20000);
	assert_int_equal(w->lists, lists);
	bus_service_vm_changed(w->service, "a", "running");
	run_until(w, w->lists == lists + 1);
}

static void the_connection_is_mended(void **state)
{
	char folder[] = "/tmp/pt-link-XXXXXX";
	struct world w = {.listener = -1, .title = "first"};
	struct link *link;

	(void)state;
	assert_non_null(mkdtemp(folder));
	setenv("PLAYTHROUGH_LIBEXEC_DIR", folder, 1); /* holds no daemon */
	setenv("HOME", folder, 1);
	paths_init(&w.paths, true, folder);
	assert_true(sd_event_new(&w.event) >= 0);
	model_init(&w.model);
	link = link_create(w.event, &w.paths, &w.model, &link_ops, &w);

	run_until(&w, w.model.link == MODEL_AWAY);
	assert_string_equal(w.model.why_code, "PT-SESSION-02");
	daemon_comes(&w);
	run_until(&w, w.model.link == MODEL_UP && w.model.listed && w.model.usb_listed);
	assert_string_equal(w.model.vms[0].title, "first");

	link_start(link, "a");
	run_until(&w, model_job(&w.model, "a", "start"));
	assert_string_equal(model_job(&w.model, "a", "start")->stages[0].name, "claim");
	link_start(link, "nobody");
	run_until(&w, w.refused == 1);

	usb_is_followed(&w, link);
	quiet_is_kept(&w);

	daemon_goes(&w);
	run_until(&w, w.model.link == MODEL_AWAY);
	assert_int_equal(w.model.n_vms, 1); /* what was known is still there to look at */
	snprintf(w.title, sizeof(w.title), "second");
	daemon_comes(&w);
	run_until(&w, w.model.link == MODEL_UP && streq(w.model.vms[0].title, "second"));
	assert_null(model_job(&w.model, "a", "start"));

	daemon_goes(&w);
	link_start(link, "a"); /* and nobody waits for it */
	link_destroy(link);
	model_finish(&w.model);
	{
		cleanup_free char *lock = xasprintf("%s/lock", folder);

		unlink(lock);
		rmdir(folder);
	}
	paths_finish(&w.paths);
	sd_event_unref(w.event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(vms_are_read),
	        cmocka_unit_test(the_last_played_comes_first),
	        cmocka_unit_test(garbage_changes_nothing),
	        cmocka_unit_test(hostile_text_is_harmless_and_short),
	        cmocka_unit_test(the_newest_device_is_known),
	        cmocka_unit_test(sockets_are_in_the_order_of_the_pc),
	        cmocka_unit_test(whose_a_device_is_is_known),
	        cmocka_unit_test(notes_are_told),
	        cmocka_unit_test(a_job_has_its_stages_and_their_times),
	        cmocka_unit_test(jobs_do_not_grow_without_end),
	        cmocka_unit_test(a_guest_sleeps),
	        cmocka_unit_test(two_looks_tell_what_is_used),
	        cmocka_unit_test(a_document_is_a_model),
	        cmocka_unit_test(the_connection_is_mended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
