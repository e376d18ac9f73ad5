/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may do what: only to be read, as the rules are the administrator's. */
#include "base/i18n.h"
#include "screens/screens.h"

static const char *const titles[RIGHT_COUNT] = {N_("Start and stop games"),
        N_("Give USB devices to games"), N_("Change games, the setup of this PC, and its console")};

static const char *words_of_may(const struct rights *rights, enum may may)
{
	switch (may) {
	case MAY:
		return _("You may, and nothing is asked.");
	case MAY_BY_PASSWORD:
		return _("An administrator's password is asked for. Where nothing is there that "
		         "asks, "
		         "as on a screen without a desktop, it is refused: then it is done in a "
		         "terminal, as root.");
	case MAY_NOT:
		return _("You may not. This PC's administrator may change that.");
	case MAY_UNKNOWN:
		break;
	}
	return rights->asking
	               ? _("One moment")
	               : _("polkit, which decides it, does not answer: is polkitd installed?");
}

void screen_rights(struct view *view)
{
	static const int signs[] = {[MAY] = BLOCK_WELL,
	        [MAY_BY_PASSWORD] = BLOCK_CARE,
	        [MAY_NOT] = BLOCK_BAD,
	        [MAY_UNKNOWN] = BLOCK_OFF};
	const struct rights *rights = &view->model->rights;
	struct rect body = ui_body(view->ui), in = body;
	struct block blocks[RIGHT_COUNT + 1];

	in.y = screen_title(view, _("Who may do what"));
	in.h = body.y + body.h - in.y;
	for (int i = 0; i < RIGHT_COUNT; i++)
		blocks[i] = (struct block){.label = _(titles[i]),
		        .text = xstrdup(words_of_may(rights, rights->of[i])),
		        .size = TEXT_BODY,
		        .code = right_actions[i],
		        .sign = signs[rights->of[i]]};
	blocks[RIGHT_COUNT] = (struct block){.label = _("Who decides it"),
	        .text = xstrdup(_("The rules of polkit, in /etc/polkit-1/rules.d.")),
	        .size = TEXT_BODY};
	pass_blocks(view, SCREEN_RIGHTS, in, blocks, ARRAY_SIZE(blocks));
	back_hint(view);
	ui_hint(view->ui, ACTION_NONE, _("Read"));
	blocks_finish(blocks, ARRAY_SIZE(blocks));
}
