/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the editor says of drop-ins: they count in place of what somebody changes here, and nobody is to find that out by playing. */
#include "base/i18n.h"
#include "screens/edit.h"

const char *edit_file_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash && slash[1] ? slash + 1 : file;
}

char *edit_words_elsewhere(const struct view *view, const char *section, const char *key)
{
	const char *file;
	cleanup_free char *value =
	        drop_ins_value(&view->drafts->editor.drop_ins, section, key, &file);
	cleanup_free char *words = value ? words_of_value(key, value) : NULL;

	return value ? xasprintf(_("%s, from %s"), words, edit_file_name(file)) : NULL;
}

char *edit_words_in_vain(const struct view *view, const char *section, const char *key)
{
	const char *file;
	cleanup_free char *value =
	        drop_ins_value(&view->drafts->editor.drop_ins, section, key, &file);
	cleanup_free char *words = value ? words_of_value(key, value) : NULL;

	return value ? xasprintf(_("%s says %s, and that counts: a change here has no effect as "
	                           "long as the line there stays."),
	                       file, words)
	             : NULL;
}

char *edit_words_stays(const struct view *view, const char *section)
{
	const char *file = drop_ins_file(&view->drafts->editor.drop_ins, section);

	return file ? xasprintf(_("%s has that section as well: what is said there goes on to "
	                          "count."),
	                      file)
	            : NULL;
}

void edit_tell_drop_ins(struct view *view, struct panel *panel)
{
	const struct theme *t = &view->ui->theme;
	const struct drop_ins *all = &view->drafts->editor.drop_ins;

	for (size_t i = 0; i < all->n; i++) {
		const char *how =
		        all->list[i].text
		                ? _("%s is read after it, and counts where both say something.")
		                : _("%s is read after it, and is not for everybody to see: it may "
		                    "say "
		                    "otherwise.");
		cleanup_free char *words = xasprintf(how, all->list[i].file);

		panel_say(view, panel, TEXT_SMALL, false, all->list[i].text ? t->dim : t->warn,
		        words);
	}
}
