/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile new: a profile made from what this PC offers and what was wished, told with the reasons. */
#include "base/i18n.h"
#include "bus/text.h"
#include "cli.h"
#include "profile/profile.h"

#include <errno.h>
#include <unistd.h>

#define MIB (1ull << 20)
#define GIB (1ull << 30)

struct making {
	const struct cli *cli;
	const json_t *offers;
	char *text;
	FILE *told; /* what was taken and why */
	struct err *err;
};

/* Each value is tried as the parser would take it. False with the error. */
static bool set(struct making *m, const char *section, const char *key, const char *value)
{
	char *edited = profile_edit(m->text, section, key, value, m->err);

	if (!edited)
		return false;
	free(m->text);
	m->text = edited;
	return true;
}

static bool add_sections(struct making *m, const json_t *offer)
{
	const json_t *section, *pair;
	size_t i, k;

	json_array_foreach (json_object_get(offer, "sections"), i, section) {
		const char *name = json_string_value(json_object_get(section, "section"));

		json_array_foreach (json_object_get(section, "keys"), k, pair) {
			const char *key = json_string_value(json_array_get(pair, 0));
			const char *value = json_string_value(json_array_get(pair, 1));

			if (name && key && value && !set(m, name, key, value))
				return false;
		}
	}
	return true;
}

static bool is_failed(const json_t *offer)
{
	const char *verdict = json_string_value(json_object_get(offer, "verdict"));

	return !verdict || streq(verdict, "fail");
}

/* --- PCI functions --- */

static const json_t *find(const struct making *m, const char *list, const char *key, const char *is)
{
	const json_t *offer;
	size_t i;

	json_array_foreach (json_object_get(m->offers, list), i, offer) {
		const char *value = json_string_value(json_object_get(offer, key));

		if (value && streq(value, is))
			return offer;
	}
	return NULL;
}

static const json_t *find_proposed(const struct making *m, const char *list)
{
	const json_t *offer;
	size_t i;

	json_array_foreach (json_object_get(m->offers, list), i, offer)
		if (json_is_true(json_object_get(offer, "proposed")))
			return offer;
	return NULL;
}

/* Those there are: "0000:01:00.0, 0000:02:00.0"; NULL: none. Caller frees. */
static char *list_all(const struct making *m, const char *list, const char *key)
{
	cleanup_strv struct strv all = {0};
	const json_t *offer;
	size_t i;

	json_array_foreach (json_object_get(m->offers, list), i, offer)
		strv_take(&all, cli_member(offer, key));
	return all.n ? strv_join(&all, ", ") : NULL;
}

static bool refuse(struct making *m, const char *list, const char *key, const char *wish)
{
	cleanup_free char *all = list_all(m, list, key), *harmless = text_harmless(wish, false);

	err_set(m->err, -ENODEV, _("%s is not what this PC offers a game"), harmless);
	if (all)
		err_hint(m->err, _("there are: %s; playthrough profile offers tells more"), all);
	else
		err_hint(
		        m->err, _("there is none; playthrough profile offers tells what there is"));
	err_code(m->err, CODE_PROFILE_WISH);
	return false;
}

/* Also one that a start would refuse now: the setup of this PC may still be to come. It is said. */
static bool take_pci(struct making *m, const json_t *offer, const char *why)
{
	cleanup_free char *address = cli_member(offer, "address"),
	                  *name = cli_member(offer, "name");

	fprintf(m->told, "  %s %s: %s\n", address, name, why);
	if (is_failed(offer))
		fprintf(m->told, "    %s\n", _("as things are, a start would be refused:"));
	cli_put_lines(m->told, "      ", json_object_get(offer, "reasons"));
	cli_put_lines(m->told, "    + ", json_object_get(offer, "with"));
	return add_sections(m, offer);
}

static bool take_pcis(struct making *m, const char *list, const struct strv *wishes,
        const char *proposed, const char *nothing)
{
	const json_t *offer = find_proposed(m, list);

	if (!wishes->n && offer)
		return take_pci(m, offer, proposed);
	if (!wishes->n && !m->cli->paths.session)
		fprintf(m->told, "  %s\n", nothing);
	strv_foreach (wish, wishes) {
		if (streq(*wish, "none"))
			continue;
		offer = find(m, list, "address", *wish);
		if (!offer)
			return refuse(m, list, "address", *wish);
		if (!take_pci(m, offer, _("as was asked for")))
			return false;
	}
	return true;
}

/* --- disks --- */

static bool refuse_disk(struct making *m, const json_t *offer)
{
	cleanup_free char *path = cli_member(offer, "path");
	const json_t *reasons = json_object_get(offer, "reasons");
	const char *reason = json_string_value(json_array_get(reasons, 0));
	cleanup_free char *harmless = text_harmless(reason ? reason : "", false);

	err_set(m->err, -EBUSY, _("the disk %s is not for a game: %s"), path, harmless);
	err_hint(m->err, _("playthrough profile offers tells which disks are free"));
	err_code(m->err, CODE_PROFILE_WISH);
	return false;
}

/* By the link that names it for good, or by any other name of the same disk. */
static const json_t *find_disk(const struct making *m, const char *wish)
{
	cleanup_free char *real = realpath(wish, NULL);
	const json_t *offer;
	size_t i;

	json_array_foreach (json_object_get(m->offers, "disks"), i, offer) {
		const char *path = json_string_value(json_object_get(offer, "path"));
		cleanup_free char *other = path ? realpath(path, NULL) : NULL;

		if (path && (streq(path, wish) || (real && other && streq(real, other))))
			return offer;
	}
	return NULL;
}

static bool take_image(struct making *m, const char *wish, size_t number)
{
	cleanup_free char *path = cli_whole_path(wish);
	cleanup_free char *section =
	        number ? xasprintf("disk games-%zu", number + 1) : xstrdup("disk games");
	const char *format = ends_with(path, ".qcow2") ? "qcow2" : "raw";
	cleanup_free char *harmless = text_harmless(path, false);

	fprintf(m->told,
	        _("  %s: as was asked for, in format %s by its name; the guest writes on it\n"),
	        harmless, format);
	return set(m, section, "image", path) && set(m, section, "format", format) &&
	       set(m, section, "writable", "yes") && set(m, section, "bus", "nvme");
}

static bool take_disk(struct making *m, const char *wish, size_t number)
{
	const json_t *offer = find_disk(m, wish);
	cleanup_free char *path = NULL, *name = NULL;

	if (!offer && starts_with(wish, "/dev/"))
		return refuse(m, "disks", "path", wish);
	if (!offer)
		return take_image(m, wish, number);
	if (is_failed(offer))
		return refuse_disk(m, offer);
	path = cli_member(offer, "path");
	name = cli_member(offer, "name");
	fprintf(m->told, _("  %s %s: as was asked for; the guest writes on all of it\n"), path,
	        name);
	cli_put_lines(m->told, "      ", json_object_get(offer, "contents"));
	return add_sections(m, offer);
}

static bool take_disks(struct making *m)
{
	for (size_t i = 0; i < m->cli->disks.n; i++)
		if (!take_disk(m, m->cli->disks.list[i], i))
			return false;
	return true;
}

/* --- memory and processors --- */

static unsigned long long number(const struct making *m, const char *object, const char *key)
{
	const json_t *value = json_object_get(json_object_get(m->offers, object), key);

	return (unsigned long long)json_integer_value(value);
}

static bool take_memory(struct making *m)
{
	unsigned long long total = number(m, "memory", "total");
	unsigned long long bytes = number(m, "memory", "proposed");
	cleanup_free char *size =
	        bytes % GIB ? xasprintf("%lluM", bytes / MIB) : xasprintf("%lluG", bytes / GIB);

	if (m->cli->memory)
		return set(m, "memory", "size", m->cli->memory);
	fprintf(m->told, _("  memory %s: of %llu MiB, and the rest is for this PC\n"), size,
	        total / MIB);
	return set(m, "memory", "size", size);
}

static bool take_cpus(struct making *m)
{
	unsigned long long total = number(m, "cpus", "total");
	cleanup_free char *count = xasprintf("%llu", number(m, "cpus", "proposed"));

	if (m->cli->cpus)
		return set(m, "cpu", "count", m->cli->cpus);
	fprintf(m->told, _("  processors %s: of %llu, and the rest is for this PC\n"), count,
	        total);
	return set(m, "cpu", "count", count);
}

/* --- together --- */

static bool make_text(struct making *m)
{
	const struct cli *cli = m->cli;

	return (!cli->guest || set(m, "vm", "guest", cli->guest)) && take_cpus(m) &&
	       take_memory(m) &&
	       take_pcis(m, "gpus", &cli->gpus,
	               _("the host keeps another graphics card for its own screen"),
	               _("no graphics card: none can be given away without doubt")) &&
	       take_pcis(m, "usb_controllers", &cli->usbs,
	               _("the host keeps another USB controller"),
	               _("no USB controller: none can be given away without doubt")) &&
	       take_disks(m);
}

char *cli_profile_make(const struct cli *cli, const json_t *offers, FILE *told, struct err *err)
{
	struct making m = {
	        .cli = cli, .offers = offers, .told = told, .err = err, .text = xstrdup("")};

	if (cli->paths.session)
		fprintf(told, "  %s\n", _("no devices of this PC: a session passes none"));
	if (make_text(&m))
		return m.text;
	free(m.text);
	return NULL;
}

/* Said before anything else; what is written is safe from one that comes in between. */
static int check_new(struct cli *cli, const json_t *offers, const char *name, struct err *err)
{
	cleanup(json_decrefp) json_t *shown = NULL;
	cleanup_free char *file = NULL;
	const json_t *taken;
	bool found = false;
	size_t i;

	json_array_foreach (json_object_get(offers, "names"), i, taken)
		found |= json_is_string(taken) && streq(json_string_value(taken), name);
	shown = found ? cli_call_json(cli, "ProfileShow", name, err) : NULL;
	if (!found || !shown)
		return found ? err->number : 0;
	file = cli_member(shown, "file");
	err_set(err, -EEXIST, _("there is a profile %s already: %s"), name, file);
	err_hint(
	        err, _("take another name, or change that one: playthrough profile edit %s"), name);
	err_code(err, CODE_PROFILE_EXISTS);
	return -EEXIST;
}

static int check_and_write(
        struct cli *cli, const char *name, const char *text, FILE *told, struct err *err)
{
	cleanup(json_decrefp) json_t *checked = cli_profile_check(cli, name, text, err);
	cleanup_free char *harmless = NULL;

	if (!checked)
		return err->number;
	if (cli_profile_problems(stderr, checked)) {
		err_set(err, -EINVAL, _("%s: no good profile, so it is not written"), name);
		err_hint(err, _("what is wrong stands above"));
		err_code(err, CODE_PROFILE_BAD);
		return -EINVAL;
	}
	cli_put_lines(told, "  ", json_object_get(checked, "notes"));
	if (!cli->dry_run)
		return cli_profile_write(cli, name, text, "", err);
	harmless = text_harmless(text, true);
	fputs(harmless, stdout);
	return 0;
}

/* With --dry-run, standard output is the profile alone. */
int command_profile_new(struct cli *cli, struct err *err)
{
	const char *name = cli->args[0];
	FILE *told = cli->dry_run ? stderr : stdout;
	cleanup(json_decrefp) json_t *offers = NULL;
	cleanup_free char *text = NULL;

	if (profile_check_name(name, err) < 0)
		return err->number;
	offers = cli_call_json(cli, "ProfileOffers", NULL, err);
	if (!offers || check_new(cli, offers, name, err) < 0)
		return err->number;
	text = cli_profile_make(cli, offers, told, err);
	return text ? check_and_write(cli, name, text, told, err) : err->number;
}
