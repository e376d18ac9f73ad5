/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/typing.h"

#include <xkbcommon/xkbcommon.h>

#define EVDEV_OFFSET 8 /* X counts keys from there, and XKB with it */

struct typing {
	struct xkb_context *context;
	struct xkb_keymap *keymap;
	struct xkb_state *state;
};

struct typing *typing_create(void)
{
	static const struct xkb_rule_names names = {.rules = "evdev",
	        .model = "pc105",
	        .layout = "us,ru",
	        .options = "grp:alt_shift_toggle"};
	struct typing *t = xcalloc(1, sizeof(*t));

	t->context = xkb_context_new(XKB_CONTEXT_NO_ENVIRONMENT_NAMES);
	if (t->context)
		t->keymap =
		        xkb_keymap_new_from_names(t->context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);
	if (t->keymap)
		t->state = xkb_state_new(t->keymap);
	if (t->state)
		return t;
	typing_destroy(t);
	return NULL;
}

void typing_destroy(struct typing *t)
{
	if (!t)
		return;
	xkb_state_unref(t->state);
	xkb_keymap_unref(t->keymap);
	xkb_context_unref(t->context);
	free(t);
}

void typing_key(struct typing *t, unsigned key, bool down, char *text, size_t room)
{
	xkb_keycode_t code = key + EVDEV_OFFSET;
	int n = 0;

	text[0] = '\0';
	if (!xkb_keycode_is_legal_x11(code))
		return;
	if (down && xkb_state_mod_name_is_active(
	                    t->state, XKB_MOD_NAME_CTRL, XKB_STATE_MODS_EFFECTIVE) <= 0)
		n = xkb_state_key_get_utf8(t->state, code, text, room);
	if (n < 0 || (size_t)n >= room || (unsigned char)text[0] < ' ' || text[0] == 0x7f)
		text[0] = '\0';
	xkb_state_update_key(t->state, code, down ? XKB_KEY_DOWN : XKB_KEY_UP);
}

void typing_release(struct typing *t)
{
	struct xkb_state *fresh = xkb_state_new(t->keymap);
	xkb_layout_index_t layout = xkb_state_serialize_layout(t->state, XKB_STATE_LAYOUT_LOCKED);

	if (!fresh)
		return;
	xkb_state_update_mask(fresh, 0, 0, 0, 0, 0, layout);
	xkb_state_unref(t->state);
	t->state = fresh;
}
