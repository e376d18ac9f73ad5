/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/settings.h"
#include "base/i18n.h"
#include "base/root.h"

#include <errno.h>
#include <stdio.h>

#define SAFE_AREA_DEFAULT 3u

struct settings settings_default(void)
{
	return (struct settings){.scale = 100, .safe_area = SAFE_AREA_DEFAULT};
}

static bool parse_bool(const char *value)
{
	return streq(value, "yes");
}

static unsigned parse_number(const char *value, unsigned least, unsigned most, unsigned otherwise)
{
	uint64_t n;

	return parse_u64(value, 10, most, &n) == 0 && n >= least ? (unsigned)n : otherwise;
}

static void set(struct settings *settings, const char *key, const char *value)
{
	if (streq(key, "language") && (streq(value, "en") || streq(value, "ru")))
		snprintf(settings->language, sizeof(settings->language), "%s", value);
	else if (streq(key, "text-size"))
		settings->scale = parse_number(value, 100, 200, settings->scale);
	else if (streq(key, "safe-area"))
		settings->safe_area = parse_number(value, 0, 10, settings->safe_area);
	else if (streq(key, "high-contrast"))
		settings->high_contrast = parse_bool(value);
	else if (streq(key, "motion"))
		settings->still = !parse_bool(value);
	else if (streq(key, "sound"))
		settings->silent = !parse_bool(value);
}

struct settings settings_parse(const char *text)
{
	struct settings settings = settings_default();
	cleanup_strv struct strv lines = {0};

	strv_split(&lines, text, "\n");
	strv_foreach (line, &lines) {
		char *value = strchr(*line, '=');

		if (!value)
			continue;
		*value++ = '\0';
		set(&settings, strip(*line), strip(value));
	}
	return settings;
}

char *settings_format(const struct settings *s)
{
	return xasprintf("language=%s\ntext-size=%u\nsafe-area=%u\nhigh-contrast=%s\nmotion=%s\n"
	                 "sound=%s\n",
	        s->language, s->scale, s->safe_area, s->high_contrast ? "yes" : "no",
	        s->still ? "no" : "yes", s->silent ? "no" : "yes");
}

/* --- files --- */

/* An absolute folder of the environment, else one below home; XDG Base Directory Specification 0.8. */
static char *xdg_folder(const char *variable, const char *below_home)
{
	const char *value = getenv(variable), *home = getenv("HOME");

	if (value && value[0] == '/')
		return xasprintf("%s/playthrough", value);
	return home && home[0] == '/' ? xasprintf("%s/%s/playthrough", home, below_home) : NULL;
}

char *settings_folder(void)
{
	return xdg_folder("XDG_CONFIG_HOME", ".config");
}

char *played_folder(void)
{
	return xdg_folder("XDG_STATE_HOME", ".local/state");
}

static char *read_file(const char *folder, const char *name)
{
	struct root root;
	cleanup_free char *path = xasprintf("%s/%s", folder ? folder : "", name);
	char *text;

	if (!folder || root_open(&root, "/", NULL) < 0)
		return NULL;
	text = root_read(&root, path);
	root_close(&root);
	return text;
}

static int write_file(const char *folder, const char *name, const char *text, struct err *err)
{
	cleanup_free char *path = xasprintf("%s/%s", folder ? folder : "", name);
	struct root root;
	int r;

	if (!folder)
		return err_set(err, -ENOENT, _("there is no home folder to keep settings in"));
	r = root_open(&root, "/", err);
	if (r < 0)
		return r;
	r = root_write(&root, path, text, strlen(text), 0644, err);
	root_close(&root);
	return r;
}

struct settings settings_load(const char *folder)
{
	cleanup_free char *text = read_file(folder, "gui.conf");

	return settings_parse(text ? text : "");
}

int settings_save(const char *folder, const struct settings *settings, struct err *err)
{
	cleanup_free char *text = settings_format(settings);

	return write_file(folder, "gui.conf", text, err);
}

void played_load(const char *folder, struct model *model)
{
	cleanup_free char *text = read_file(folder, "played");
	cleanup_strv struct strv lines = {0};

	strv_split(&lines, text ? text : "", "\n");
	strv_foreach (line, &lines) {
		char *name = strchr(*line, ' ');
		uint64_t when;

		if (!name)
			continue;
		*name++ = '\0';
		if (*name && parse_u64(*line, 10, INT64_MAX, &when) == 0)
			model_set_played(model, name, (int64_t)when);
	}
}

int played_save(const char *folder, const struct model *model, struct err *err)
{
	cleanup_strv struct strv lines = {0};
	cleanup_free char *text = NULL;

	for (size_t i = 0; i < model->n_played; i++)
		strv_addf(&lines, "%lld %s\n", (long long)model->played[i].when_s,
		        model->played[i].name);
	text = strv_join(&lines, "");
	return write_file(folder, "played", text, err);
}

const char *language_of_environment(void)
{
	static const char *const names[] = {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return starts_with(value, "ru") ? "ru" : "en";
	}
	return "en";
}
