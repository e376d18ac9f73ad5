/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status: what runs, with which devices, and how the last run ended. */
#include "base/i18n.h"
#include "bus/net_address.h"
#include "bus/reach.h"
#include "bus/text.h"
#include "cli.h"

#include <time.h>
#include <unistd.h>

/* Between the two looks at how much of its processors a VM uses. */
#define LOOK_US 300000u

/* A line for each element of a list: its members in this order, those that are missing left out. */
static const struct {
	const char *list, *title, *members[5];
} lists[] = {
        {"devices", N_("device"), {"address", "id", "name", "previous_driver"}},
        {"parts", N_("part of a card"), {"parent", "function", "type", "uuid", "mac"}},
        {"disks", N_("disk"), {"name", "device"}},
        {"usb", N_("usb"), {"sysname", "id", "port", "product"}},
        {"quarantined", N_("quarantined"), {"address", "reason"}},
};

/* Single facts. */
static const struct {
	const char *key, *title;
} facts[] = {
        {"title", N_("title")},
        {"file", N_("profile")},
        {"error", N_("bad profile")},
        {"pid", N_("process")},
        {"unit", N_("unit")},
        {"qemu", "QEMU"},
        {"trouble", N_("guest")},
        {"recovery", N_("recovery")},
        {"pause_reason", N_("paused because")},
        {"pause_hint", N_("what to do")},
};

static void print_fact(const char *title, const char *text)
{
	printf("  %s: %s\n", title, text);
}

static void print_members(const json_t *item, const char *const members[])
{
	for (size_t i = 0; i < 5 && members[i]; i++) {
		cleanup_free char *text = cli_member(item, members[i]);

		if (!streq(text, "-"))
			printf(" %s", text);
	}
	putchar('\n');
}

/* Local time of @object's seconds since 1970; "" where there are none. */
static void format_time(const json_t *object, const char *key, char *out, size_t size)
{
	time_t when = (time_t)json_integer_value(json_object_get(object, key));
	struct tm local;

	out[0] = '\0';
	if (when && localtime_r(&when, &local))
		strftime(out, size, "%Y-%m-%d %H:%M:%S", &local);
}

static void print_last_end(const json_t *end)
{
	cleanup_free char *reason = cli_member(end, "reason"), *lost = cli_member(end, "lost");
	char when[40];

	format_time(end, "when", when, sizeof(when));
	if (when[0])
		printf("  %s: %s%s%s\n", _("last end"), when, streq(reason, "-") ? "" : ": ",
		        streq(reason, "-") ? "" : reason);
	if (!streq(lost, "-"))
		print_fact(_("not given back"), lost);
}

static uint64_t number(const json_t *object, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(object, key));

	return n > 0 ? (uint64_t)n : 0;
}

/* Where the guest's processors run, first to last, and the rest of QEMU. */
static void print_places(const json_t *places)
{
	cleanup_strv struct strv guest = {0};
	cleanup_free char *all = NULL, *others = cli_member(places, "others");
	const json_t *place;
	size_t i;

	json_array_foreach (json_object_get(places, "guest"), i, place) {
		const char *text = json_string_value(place);

		strv_add(&guest, text ? text : "?");
	}
	all = strv_join(&guest, " ");
	if (guest.n)
		printf(_("  run on: %s; QEMU itself on %s\n"), all, others);
}

/* Which of them this PC's own work stays off, and why not. */
static void print_kept(const json_t *status)
{
	cleanup_free char *kept = cli_member(status, "kept_processors");
	cleanup_free char *note = cli_member(status, "kept_note");

	if (json_is_string(json_object_get(status, "kept_processors")))
		printf(_("  kept free of this PC's other work: %s\n"), kept);
	if (json_is_string(json_object_get(status, "kept_note")))
		printf("  %s\n", note);
}

/* What of this PC it shares. */
static void print_shared(const json_t *status)
{
	cleanup_free char *glass = cli_member(status, "looking_glass"), *all = NULL;
	const json_t *inputs = json_object_get(status, "shared_inputs"), *input;
	cleanup_strv struct strv names = {0};
	size_t i;

	json_array_foreach (inputs, i, input) {
		const char *text = json_string_value(input);

		strv_add(&names, text ? text : "?");
	}
	all = strv_join(&names, ", ");
	if (names.n)
		printf(_("  keyboards and mice of this PC that it shares: %s\n"), all);
	if (json_is_string(json_object_get(status, "looking_glass")))
		printf(_("  for Looking Glass: looking-glass-client -s -f %s\n"), glass);
}

/* Processors by two looks: the one before tells nothing but the whole of the VM's life. */
static void print_usage(const json_t *before, const json_t *status)
{
	const json_t *hardware = json_object_get(status, "hardware");
	uint64_t cpus = number(hardware, "cpus"), memory = number(status, "memory_bytes");
	uint64_t time = number(status, "at_usec") - number(before, "at_usec");
	uint64_t used = number(status, "cpu_usec") - number(before, "cpu_usec");

	if (before && cpus && number(before, "at_usec") && number(status, "at_usec") && time) {
		unsigned percent = (unsigned)(used * 100 / time / cpus);

		printf(_("  processors: %u %% of %u\n"), percent > 100 ? 100 : percent,
		        (unsigned)cpus);
	}
	print_places(json_object_get(status, "processors"));
	print_kept(status);
	print_shared(status);
	if (memory)
		printf(_("  memory: %u MiB of this PC's\n"), (unsigned)(memory >> 20));
}

/* "bridge br0 by pt-games, 52:54:00:12:34:56" */
static void print_network(const json_t *network)
{
	cleanup_strv struct strv words = {0};
	cleanup_free char *type = cli_member(network, "type"), *mac = cli_member(network, "mac");
	cleanup_free char *all = NULL;
	const char *name = json_string_value(json_object_get(network, "name"));
	const char *link = json_string_value(json_object_get(network, "link"));
	const char *tap = json_string_value(json_object_get(network, "tap"));
	const char *backend = json_string_value(json_object_get(network, "backend"));

	strv_add(&words, type);
	if (backend)
		strv_addf(&words, "(%s)", backend);
	if (link)
		strv_add(&words, link);
	if (tap)
		strv_addf(&words, _("by %s"), tap);
	all = strv_join(&words, " ");
	if (name && *name)
		printf(_("  network %s: %s; its card is %s\n"), name, all, mac);
	else
		printf(_("  network: %s; its card is %s\n"), all, mac);
}

static void print_networks(const json_t *networks)
{
	const json_t *network;
	size_t i;

	json_array_foreach (networks, i, network)
		print_network(network);
}

/* For people who sit elsewhere. */
static void print_reaches(const json_t *status)
{
	cleanup_strv struct strv addresses = {0};
	cleanup(reaches_finish) struct reaches reaches;

	net_hosts(true, &addresses);
	reaches_make(json_object_get(status, "forwards"), &addresses, &reaches);
	for (size_t i = 0; i < reaches.n; i++) {
		cleanup_free char *at = reach_text(&reaches.list[i]);

		print_fact(reaches.list[i].name, at);
	}
}

/* What print_reaches() says, into the document. */
static void add_reaches(json_t *status)
{
	cleanup_strv struct strv addresses = {0};
	cleanup(reaches_finish) struct reaches reaches;
	json_t *all = json_array();

	net_hosts(true, &addresses);
	reaches_make(json_object_get(status, "forwards"), &addresses, &reaches);
	for (size_t i = 0; i < reaches.n; i++) {
		json_t *at = json_array();

		strv_foreach (address, &reaches.list[i].at)
			json_array_append_new(at, json_string(*address));
		json_array_append_new(
		        all, json_pack("{s:s, s:o}", "name", reaches.list[i].name, "at", at));
	}
	json_object_set_new(status, "reached_by", all);
}

static void print_status(const json_t *before, const json_t *status)
{
	cleanup_free char *name = cli_member(status, "name"), *state = cli_state(status);
	char since[40];

	format_time(status, "since", since, sizeof(since));
	if (since[0])
		printf(_("%s: %s since %s\n"), name, state, since);
	else
		printf("%s: %s\n", name, state);
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		cleanup_free char *text = cli_member(status, facts[i].key);

		if (!streq(text, "-"))
			print_fact(_(facts[i].title), text);
	}
	print_usage(before, status);
	print_networks(json_object_get(status, "networks"));
	print_reaches(status);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const json_t *item;
		size_t n;

		json_array_foreach (json_object_get(status, lists[i].list), n, item) {
			printf("  %s:", _(lists[i].title));
			print_members(item, lists[i].members);
		}
	}
	print_last_end(json_object_get(status, "last_end"));
}

/* The status of each VM that is not stopped. NULL with @err. */
static json_t *status_of_all(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *vms = cli_call_json(cli, "ListVMs", NULL, err);
	json_t *all = vms ? json_array() : NULL;
	const json_t *vm;
	size_t i;

	json_array_foreach (vms, i, vm) {
		const char *state = json_string_value(json_object_get(vm, "state"));
		const char *name = json_string_value(json_object_get(vm, "name"));
		json_t *status;

		if (!state || !name || streq(state, "stopped"))
			continue;
		status = cli_call_json(cli, "Status", name, err);
		if (!status) {
			json_decref(all);
			return NULL;
		}
		json_array_append_new(all, status);
	}
	return all;
}

static void print_all(const json_t *vms)
{
	const json_t *vm;
	size_t i;

	if (json_array_size(vms) == 0)
		puts(_("No VM runs."));
	json_array_foreach (vms, i, vm) {
		print_status(NULL, vm);
	}
}

/* Of a VM that runs, with what it does just now. */
static void print_one(struct cli *cli, json_t *status)
{
	cleanup(json_decrefp) json_t *later = NULL;

	if (number(status, "at_usec")) {
		usleep(LOOK_US);
		later = cli_call_json(cli, "Status", cli->args[0], NULL);
	}
	if (later)
		print_status(status, later);
	else
		print_status(NULL, status);
}

/* For monitoring: those that are in "vms", and of the others what a person should know. */
static json_t *stopped(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *vms = cli_call_json(cli, "ListVMs", NULL, err);
	json_t *all = vms ? json_array() : NULL;
	const json_t *vm;
	size_t i;

	json_array_foreach (vms, i, vm) {
		const char *state = json_string_value(json_object_get(vm, "state"));

		if (state && streq(state, "stopped"))
			json_array_append_new(all,
			        json_pack("{s:O?, s:O?, s:O?}", "name", json_object_get(vm, "name"),
			                "error", json_object_get(vm, "error"), "last_end",
			                json_object_get(vm, "last_end")));
	}
	return all;
}

static int show(struct cli *cli, struct err *err)
{
	const char *name = cli->args[0];
	cleanup(json_decrefp) json_t *status =
	        name ? cli_call_json(cli, "Status", name, err) : status_of_all(cli, err);
	cleanup(json_decrefp) json_t *document = NULL, *others = NULL;

	if (status && !name && cli->json)
		others = stopped(cli, err);
	if (!status || (!name && cli->json && !others))
		return err->number;
	if (cli->json) {
		json_t *one;
		size_t i;

		if (name)
			add_reaches(status);
		else
			json_array_foreach (status, i, one)
				add_reaches(one);
		document = cli_document();
		if (name) {
			json_object_update_missing(document, status);
		} else {
			json_object_set_new(document, "version", json_string(PLAYTHROUGH_VERSION));
			json_object_set(document, "vms", status);
			json_object_set_new(document, "stopped", take_ptr(others));
		}
		cli_print_json(document);
	} else if (name) {
		print_one(cli, status);
	} else {
		print_all(status);
	}
	return 0;
}

int command_status(struct cli *cli, struct err *err)
{
	return cli->prometheus ? cli_prometheus(cli, err) : show(cli, err);
}
