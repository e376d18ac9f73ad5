/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli_profile_ask.h"

#include "base/i18n.h"

#include <errno.h>

#define MIB         (1ll << 20)
#define ANSWER_MOST 4096

struct asking {
	const json_t *offers;
	FILE *in, *out;
	struct err *err;
};

/* The line, without white space at its ends; "" is Enter. NULL with the error: nobody answers. Caller frees. */
static char *answer(struct asking *a)
{
	char line[ANSWER_MOST];

	fflush(a->out);
	if (fgets(line, sizeof(line), a->in))
		return xstrdup(strip(line));
	err_set(a->err, -ECANCELED, _("nothing more was answered, so nothing is written"));
	err_hint(a->err, _("--yes takes what is proposed without asking"));
	return NULL;
}

/* Caller frees. */
static char *ask_text(struct asking *a, const char *question, const char *preset)
{
	char *said;

	fprintf(a->out, "%s [%s]: ", question, preset);
	said = answer(a);
	if (said && !*said) {
		free(said);
		said = xstrdup(preset);
	}
	return said;
}

static bool is_possible(const json_t *offer)
{
	const char *verdict = json_string_value(json_object_get(offer, "verdict"));

	return verdict && !streq(verdict, "fail");
}

/* Those that can be had, numbered from 1; returns how many, and which of them is proposed (0: none). */
static size_t print_choices(struct asking *a, const char *list, const char *key, size_t *proposed)
{
	const json_t *offer;
	size_t i, n = 0;

	*proposed = 0;
	json_array_foreach (json_object_get(a->offers, list), i, offer) {
		cleanup_free char *where = cli_member(offer, key),
		                  *name = cli_member(offer, "name");

		if (!is_possible(offer))
			continue;
		fprintf(a->out, "  %zu  %s  %s\n", ++n, name, where);
		cli_put_lines(a->out, "       ", json_object_get(offer, "contents"));
		if (json_is_true(json_object_get(offer, "proposed")) && !*proposed)
			*proposed = n;
	}
	return n;
}

static const char *choice_at(
        const struct asking *a, const char *list, const char *key, size_t number)
{
	const json_t *offer;
	size_t i, n = 0;

	json_array_foreach (json_object_get(a->offers, list), i, offer)
		if (is_possible(offer) && ++n == number)
			return json_string_value(json_object_get(offer, key));
	return NULL;
}

/* Adds what was chosen; "none" where nothing was. @files: also a path may be said. */
static int ask_choice(struct asking *a, const char *question, const char *list, const char *key,
        bool files, struct strv *out)
{
	size_t proposed, n;

	fprintf(a->out, "%s\n", question);
	n = print_choices(a, list, key, &proposed);
	fprintf(a->out, "  0  %s\n", _("none"));
	for (;;) {
		cleanup_free char *preset = xasprintf("%zu", proposed), *said = NULL;
		uint64_t number;

		said = ask_text(
		        a, files ? _("Number, or the path of an image") : _("Number"), preset);
		if (!said)
			return -ECANCELED;
		if (parse_u64(said, 10, n, &number) == 0) {
			strv_add(out, number ? choice_at(a, list, key, number) : "none");
			return 0;
		}
		if (files && strchr(said, '/')) {
			strv_add(out, said);
			return 0;
		}
		fprintf(a->out, _("There is no %s here.\n"), said);
	}
}

static long long number(const struct asking *a, const char *object)
{
	const json_t *value = json_object_get(json_object_get(a->offers, object), "proposed");

	return json_integer_value(value);
}

static int ask_amounts(struct asking *a, struct cli *cli, struct profile_answers *answers)
{
	cleanup_free char *memory = xasprintf("%lldM", number(a, "memory") / MIB),
	                  *cpus = xasprintf("%lld", number(a, "cpus"));

	if (number(a, "memory") % (1024 * MIB) == 0) {
		free(memory);
		memory = xasprintf("%lldG", number(a, "memory") / (1024 * MIB));
	}
	if (!cli->memory)
		cli->memory = answers->memory = ask_text(a, _("How much memory?"), memory);
	if (cli->memory && !cli->cpus)
		cli->cpus = answers->cpus = ask_text(a, _("How many processors?"), cpus);
	return cli->memory && cli->cpus ? 0 : -ECANCELED;
}

/* A session passes nothing, so there is no card to ask for. */
static int ask_devices(struct asking *a, struct cli *cli)
{
	int r = 0;

	if (!cli->gpus.n && !cli->paths.session)
		r = ask_choice(a, _("Which graphics card shall it own?"), "gpus", "address", false,
		        &cli->gpus);
	if (r == 0 && !cli->disks.n)
		r = ask_choice(a, _("Which disk shall it have? It writes on all of it."), "disks",
		        "path", true, &cli->disks);
	return r;
}

int cli_profile_ask(struct cli *cli, const json_t *offers, FILE *in, FILE *out,
        struct profile_answers *answers, struct err *err)
{
	struct asking a = {offers, in, out, err};
	int r = 0;

	if (!cli->guest)
		cli->guest = answers->guest = ask_text(&a,
		        _("Which system: windows-11, windows-10, linux or other?"), "windows-11");
	if (!cli->guest)
		return -ECANCELED;
	r = ask_devices(&a, cli);
	return r < 0 ? r : ask_amounts(&a, cli, answers);
}

void profile_answers_finish(struct profile_answers *answers)
{
	free(answers->guest);
	free(answers->memory);
	free(answers->cpus);
	*answers = (struct profile_answers){0};
}
