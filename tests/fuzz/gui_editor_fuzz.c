/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile that somebody edits, and offers that a daemon makes, whatever they say. */
#include "model/editor.h"
#include "model/wizard.h"
#include "profile/profile.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void edit(const char *text)
{
	struct editor_section *sections;
	size_t n = editor_sections(text, &sections);
	cleanup_free char *now = xstrdup(text), *line = NULL;
	cleanup_strv struct strv disks = {0};
	struct editor_change *changes;
	unsigned bad = editor_bad_line(text, &line);

	for (size_t i = 0; i < n; i++) {
		struct editor_key *keys;
		size_t n_keys = editor_keys(text, sections[i].id, &keys);

		for (size_t k = 0; k < n_keys && k < 8; k++) {
			char *next = keys[k].key ? editor_cycle(keys[k].key, keys[k].value) : NULL;
			char *edited = profile_edit(now, sections[i].id, keys[k].name, next, NULL);

			free(next);
			if (!edited)
				continue;
			free(now);
			now = edited;
		}
		editor_keys_finish(keys, n_keys);
	}
	editor_sections_finish(sections, n);
	if (bad) {
		free(now);
		now = editor_set_line(text, bad, bad % 2 ? NULL : "# mended");
	}
	n = editor_changes(text, now, &changes);
	editor_changes_finish(changes, n);
	editor_new_disks(text, now, &disks);
}

static void make(const char *json)
{
	struct profiles profiles;
	struct wizard wizard = {0};

	profiles_init(&profiles);
	offers_set(&profiles.offers, json, NULL);
	wizard_begin(&wizard, json);
	wizard_propose(&wizard, &profiles.offers);
	for (int step = 0; step < WIZARD_STEPS; step++) {
		struct wizard_choice *choices;
		size_t n =
		        wizard_choices(&wizard, &profiles.offers, (enum wizard_step)step, &choices);

		if (n)
			wizard_choose(&wizard, (enum wizard_step)step, &choices[n / 2]);
		free(choices);
	}
	free(wizard_name(&wizard, &profiles.offers));
	free(wizard_text(&wizard, &profiles.offers, NULL));
	wizard_finish(&wizard);
	profiles_finish(&profiles);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);

	edit(text);
	make(text);
	return 0;
}
