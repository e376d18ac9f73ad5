/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which VM is heard: the one that is shown. Whoever looks at the front end meanwhile still hears the game that goes on. */
#include "console/console_impl.h"

void console_listen(struct console *c)
{
	struct source *next = console_choose_sound(&c->vms, c->shown, c->heard);

	if (next == c->heard)
		return;
	c->heard = next;
	sound_set(c->sound, next ? &next->sound : NULL, true);
}

void console_mute(struct console *c, const struct source *source)
{
	if (!source || source != c->heard)
		return;
	c->heard = NULL;
	sound_set(c->sound, NULL, true);
}

bool console_has_seat(const struct console *c)
{
	return sound_has_seat(c->sound);
}

static void on_sound(void *user, struct source *source)
{
	struct console *c = user;

	if (source == c->heard)
		sound_set(c->sound, &source->sound, false);
}

static void on_played(void *user, struct source *source, const uint32_t *frames, size_t n)
{
	struct console *c = user;

	if (source == c->heard)
		sound_play(c->sound, frames, n);
}

/* Of two guests that record the one that is not heard gets silence: nobody would know that it listens. */
static size_t on_record(void *user, struct source *source, uint32_t *frames, size_t n)
{
	struct console *c = user;

	if (source == c->heard)
		return sound_record(c->sound, frames, n);
	memset(frames, 0, n * sizeof(*frames));
	return n;
}

const struct source_handler console_sounds = {
        .sound = on_sound, .played = on_played, .record = on_record};
