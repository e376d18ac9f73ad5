/* SPDX-License-Identifier: GPL-2.0-or-later */
/* usb list --why: for each USB device, in plain words, whose it is and by which rule. */
#include "base/i18n.h"
#include "cli.h"

/* Untranslated words of the daemon, and how a sentence goes on with them. */
static const struct {
	const char *by, *names, *in_brackets;
} kinds[] = {
        {"serial", N_("names it by its serial number"), N_("serial number")},
        {"device", N_("names it by what it is"), N_("vendor and product")},
        {"port", N_("names the port it is in"), N_("port")},
        {"hub", N_("names a hub above it"), N_("hub")},
};

static size_t kind_of(const json_t *rule)
{
	const char *by = json_string_value(json_object_get(rule, "by"));
	size_t i = 0;

	while (i < ARRAY_SIZE(kinds) - 1 && !(by && streq(by, kinds[i].by)))
		i++;
	return i;
}

static bool is(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static bool is_of(const json_t *rule, const char *vm)
{
	const char *its = text_of(rule, "vm");

	return vm && its && streq(its, vm);
}

/* The rule that gives it to @vm: that VM's strongest. NULL: none does. */
static const json_t *deciding(const json_t *rules, const char *vm)
{
	const json_t *rule;
	size_t i;

	json_array_foreach (rules, i, rule) {
		if (is_of(rule, vm) && !is(rule, "ignored"))
			return rule;
	}
	return NULL;
}

static long long rank_of(const json_t *rule)
{
	return json_integer_value(json_object_get(rule, "rank"));
}

/* A rule that the first sentence did not tell. @winner NULL: none decides; @best: the rank of what decides or would. */
static void print_other(const json_t *rule, const json_t *winner, long long best)
{
	cleanup_free char *vm = cli_member(rule, "vm"), *section = cli_member(rule, "section");
	const char *kind = _(kinds[kind_of(rule)].in_brackets);
	const char *sentence = _("%s: [%s] (%s) names it\n");

	if (is(rule, "ignored"))
		sentence =
		        _("%s: [%s] (%s) names it, but it was taken back by hand or could not be "
		          "plugged in: it counts again when it is plugged in anew\n");
	else if (rank_of(rule) < best)
		sentence = _("%s: [%s] (%s) is weaker\n");
	else if (!is(rule, "running"))
		sentence = _("%s: [%s] (%s) would have it, but this VM does not run\n");
	else if (winner && !is_of(rule, text_of(winner, "vm")))
		sentence = _("%s: [%s] (%s) is as strong, but this VM was started later\n");
	fputs("  ", stdout);
	printf(sentence, vm, section, kind);
}

/* The first sentence: where it goes as things are. Whether it told of @winner. */
static bool print_where(const json_t *device, const json_t *winner)
{
	cleanup_free char *holder = cli_member(device, "vm"), *owner = cli_member(device, "owner");
	cleanup_free char *refused = cli_member(json_object_get(device, "refused"), "message");
	cleanup_free char *section = cli_member(winner, "section");
	bool held = text_of(device, "vm"), by_rule = winner && (!held || is_of(winner, holder));

	fputs("  ", stdout);
	if (held && !by_rule)
		printf(_("is in %s, where it was plugged in by hand\n"), holder);
	else if (!held && is(device, "hub"))
		puts(_("is a hub: it stays with the host, what is plugged in behind it may go"));
	else if (!held && json_is_object(json_object_get(device, "refused")))
		printf(_("stays with the host: %s\n"), refused);
	else if (by_rule)
		printf(_("goes to %s: [%s] %s\n"), owner, section, _(kinds[kind_of(winner)].names));
	else if (json_array_size(json_object_get(device, "rules")) == 0)
		puts(_("stays with the host: no rule names it"));
	else
		puts(_("stays with the host for now"));
	return by_rule && (held || !json_is_object(json_object_get(device, "refused")));
}

static void print_device(const json_t *device)
{
	const json_t *rules = json_object_get(device, "rules"), *rule;
	const json_t *winner = deciding(rules, text_of(device, "owner"));
	cleanup_free char *sysname = cli_member(device, "sysname"), *id = cli_member(device, "id");
	cleanup_free char *product = cli_member(device, "product");
	cleanup_free char *port = cli_member(device, "port");
	long long best;
	size_t i;

	printf("%s  %s  %s  %s\n", port, sysname, id, product);
	if (!print_where(device, winner))
		winner = NULL;
	best = rank_of(winner ? winner : json_array_get(rules, 0));
	json_array_foreach (rules, i, rule) {
		if (rule != winner)
			print_other(rule, winner, best);
	}
}

/* The reasons join what UsbList tells of the device; one that came or went meanwhile has none. */
static void merge(json_t *devices, const json_t *reasons)
{
	json_t *device;
	const json_t *reason;
	size_t i, k;

	json_array_foreach (devices, i, device) {
		const char *sysname = text_of(device, "sysname");

		json_array_foreach (reasons, k, reason) {
			const char *its = text_of(reason, "sysname");

			if (sysname && its && streq(sysname, its))
				json_object_update_missing(device, (json_t *)reason);
		}
	}
}

int cli_usb_why(struct cli *cli, json_t *devices, struct err *err)
{
	cleanup(json_decrefp) json_t *reasons = cli_call_json(cli, "UsbWhy", NULL, err);
	const json_t *device;
	size_t i;

	if (!reasons)
		return err->number;
	merge(devices, reasons);
	if (!cli->json && json_array_size(devices) == 0)
		puts(_("There is no USB device."));
	json_array_foreach (devices, i, device) {
		if (!cli->json)
			print_device(device);
	}
	return 0;
}
