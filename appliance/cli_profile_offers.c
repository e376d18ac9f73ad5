/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile offers: what this PC offers a game. */
#include "base/i18n.h"
#include "cli.h"

#define MIB (1ll << 20)
#define GIB (1ll << 30)

static const char *verdict_words(const char *verdict)
{
	static const struct {
		const char *verdict, *words;
	} table[] = {
	        {"pass", N_("can be given to a game")},
	        {"warn", N_("can be given to a game, but:")},
	        {"fail", N_("cannot be given to a game:")},
	};

	for (size_t i = 0; verdict && i < ARRAY_SIZE(table); i++)
		if (streq(table[i].verdict, verdict))
			return _(table[i].words);
	return _("whether it can be given to a game is not known:");
}

static void print_offer(const json_t *offer, const char *key)
{
	cleanup_free char *where = cli_member(offer, key), *name = cli_member(offer, "name");
	const char *link = json_string_value(json_object_get(offer, "link"));
	const char *verdict = json_string_value(json_object_get(offer, "verdict"));

	printf("  %s%s%s  %s\n    %s%s\n", where, link ? " " : "", link ? link : "", name,
	        verdict_words(verdict),
	        json_is_true(json_object_get(offer, "proposed")) ? _(" (proposed)") : "");
	cli_put_lines(stdout, "      ", json_object_get(offer, "reasons"));
	if (json_array_size(json_object_get(offer, "with"))) {
		printf("    %s\n", _("goes along:"));
		cli_put_lines(stdout, "      ", json_object_get(offer, "with"));
	}
	if (json_array_size(json_object_get(offer, "devices"))) {
		printf("    %s\n", _("plugged in there now:"));
		cli_put_lines(stdout, "      ", json_object_get(offer, "devices"));
	}
	if (json_array_size(json_object_get(offer, "contents"))) {
		printf("    %s\n", _("on it now:"));
		cli_put_lines(stdout, "      ", json_object_get(offer, "contents"));
	}
}

static void print_list(const json_t *offers, const char *list, const char *key, const char *title)
{
	const json_t *offer;
	size_t i;

	if (!json_array_size(json_object_get(offers, list)))
		return;
	printf("%s\n", title);
	json_array_foreach (json_object_get(offers, list), i, offer)
		print_offer(offer, key);
}

static long long number(const json_t *offers, const char *object, const char *key)
{
	return json_integer_value(json_object_get(json_object_get(offers, object), key));
}

/* What keeps every VM from starting, with or without devices. */
static void print_start(const json_t *start)
{
	if (!json_array_size(json_object_get(start, "reasons")))
		return;
	puts(_("No VM would start now:"));
	cli_put_lines(stdout, "  ", json_object_get(start, "reasons"));
}

static void print_offers(const json_t *offers)
{
	print_start(json_object_get(offers, "start"));
	print_list(offers, "gpus", "address", _("Graphics cards:"));
	print_list(offers, "usb_controllers", "address", _("USB controllers:"));
	print_list(offers, "disks", "path", _("Disks:"));
	print_list(offers, "networks", "type", _("Networks:"));
	printf(_("Memory: %lld MiB of %lld MiB\n"), number(offers, "memory", "proposed") / MIB,
	        number(offers, "memory", "total") / MIB);
	printf(_("Processors: %lld of %lld\n"), number(offers, "cpus", "proposed"),
	        number(offers, "cpus", "total"));
}

int command_profile_offers(struct cli *cli, struct err *err)
{
	cleanup(json_decrefp) json_t *offers = cli_call_json(cli, "ProfileOffers", NULL, err);
	cleanup(json_decrefp) json_t *document = NULL;

	if (!offers)
		return err->number;
	if (!cli->json) {
		print_offers(offers);
		return 0;
	}
	document = cli_document();
	json_object_update_missing(document, offers);
	cli_print_json(document);
	return 0;
}
