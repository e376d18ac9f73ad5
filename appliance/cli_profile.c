/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands about profiles that are there: profile check, remove, keys; and what all of them share. */
#include "base/i18n.h"
#include "bus/text.h"
#include "cli.h"
#include "profile/profile.h"

#include <errno.h>

/* A path or a file name rather than the name of a VM. */
static bool is_file(const char *argument)
{
	return strchr(argument, '/') || ends_with(argument, ".profile");
}

int cli_profile_load(struct cli *cli, struct profile *profile, struct err *err)
{
	const char *what = cli->args[0];

	return is_file(what) ? profile_load(what, profile, err)
	                     : profile_find(&cli->paths.profile_folders, what, profile, err);
}

int command_profile_check(struct cli *cli, struct err *err)
{
	struct profile profile;
	int r = cli_profile_load(cli, &profile, err);

	if (r < 0)
		return r;
	cli_put(profile.file);
	puts(_(": the profile is good"));
	profile_finish(&profile);
	return 0;
}

int command_profile_keys(struct cli *cli, struct err *err)
{
	cleanup_free char *text = profile_reference_markdown();

	(void)cli, (void)err;
	fputs(text, stdout);
	return 0;
}

/* --- shared --- */

void cli_put_lines(FILE *out, const char *indent, const json_t *texts)
{
	const json_t *text;
	size_t i;

	json_array_foreach (texts, i, text) {
		const char *string = json_string_value(text);
		cleanup_free char *harmless = text_harmless(string ? string : "", false);

		fprintf(out, "%s%s\n", indent, harmless);
	}
}

json_t *cli_profile_check(struct cli *cli, const char *name, const char *text, struct err *err)
{
	cleanup_free char *answer = NULL;
	int r = cli_connect(cli, err);

	if (r == 0)
		r = client_text(&cli->client, &answer, err, "ProfileCheck", "ss", name, text);
	return r < 0 ? NULL : cli_parse_json(answer, "ProfileCheck", err);
}

static void put_problem(FILE *out, const json_t *problem)
{
	cleanup_free char *file = cli_member(problem, "file");
	cleanup_free char *message = cli_member(problem, "message");
	cleanup_free char *hint = cli_member(problem, "hint");
	cleanup_free char *code = cli_member(problem, "code");
	int line = (int)json_integer_value(json_object_get(problem, "line"));

	if (line)
		fprintf(out, "%s:%d: ", file, line);
	fputs(message, out);
	if (!streq(code, "-"))
		fprintf(out, " (%s)", code);
	fputc('\n', out);
	if (!streq(hint, "-"))
		fprintf(out, "  %s\n", hint);
}

unsigned cli_profile_problems(FILE *out, const json_t *checked)
{
	const json_t *problem;
	unsigned errors = 0;
	size_t i;

	json_array_foreach (json_object_get(checked, "problems"), i, problem) {
		const char *severity = json_string_value(json_object_get(problem, "severity"));

		put_problem(out, problem);
		errors += !severity || !streq(severity, "warning");
	}
	return errors;
}

static void take_error(const json_t *problem, struct err *err)
{
	cleanup_free char *message = cli_member(problem, "message");
	cleanup_free char *hint = cli_member(problem, "hint");
	const char *code = json_string_value(json_object_get(problem, "code"));

	err_set(err, -EINVAL, "%s", message);
	if (!streq(hint, "-"))
		err_hint(err, "%s", hint);
	if (code)
		err_code_text(err, code);
}

char *cli_profile_text(struct cli *cli, const char *name, json_t **json, struct err *err)
{
	cleanup(json_decrefp) json_t *shown = cli_call_json(cli, "ProfileShow", name, err);
	const char *text = json_string_value(json_object_get(shown, "text"));

	if (!shown)
		return NULL;
	if (!text) {
		take_error(json_object_get(shown, "error"), err);
		return NULL;
	}
	if (json)
		*json = json_incref(shown);
	return xstrdup(text);
}

int cli_profile_write(
        struct cli *cli, const char *name, const char *text, const char *expected, struct err *err)
{
	cleanup_free char *file = NULL, *harmless = NULL;
	int r = client_text(&cli->client, &file, err, "ProfileWrite", "sss", name, text, expected);

	if (r < 0)
		return r;
	harmless = text_harmless(file, false);
	printf(_("%s: written into %s\n"), name, harmless);
	return 0;
}

/* --- remove --- */

/* Another folder may have one of that name, which has been hidden until now. */
static void tell_other(struct cli *cli, const char *name)
{
	cleanup(json_decrefp) json_t *shown = NULL;
	struct err none = {0};
	cleanup_free char *text = cli_profile_text(cli, name, &shown, &none), *file = NULL;

	if (!text)
		return;
	file = cli_member(shown, "file");
	printf(_("  %s counts again in its place\n"), file);
}

int command_profile_remove(struct cli *cli, struct err *err)
{
	const char *name = cli->args[0];
	cleanup(json_decrefp) json_t *shown = NULL;
	cleanup_free char *text = cli_profile_text(cli, name, &shown, err);
	cleanup_free char *to = NULL, *from = NULL, *harmless = NULL;
	int r;

	if (!text)
		return err->number;
	r = client_text(&cli->client, &to, err, "ProfileRemove", "ss", name, text);
	if (r < 0)
		return r;
	from = cli_member(shown, "file");
	harmless = text_harmless(to, false);
	printf(_("%s: put aside as %s\n  to have it back: mv %s %s\n"), name, harmless, harmless,
	        from);
	tell_other(cli, name);
	return 0;
}
