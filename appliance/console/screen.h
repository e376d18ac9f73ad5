/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one display of the SPICE server: a QXL interface with one surface, whose picture comes from whoever is shown.
 *
 * What only moved up or down is moved at the viewer, too (console/scroll.h), and of the rest what differs is sent.
 *
 * Nothing here waits for a viewer. While one does not take what it was sent, nothing more is made for it; damage is
 * kept in tiles, so that it sees the newest picture as soon as it takes it. A new size goes through libspice's
 * asynchronous calls, one at a time: the others wait for the viewer, for 15 s where it has stopped (measured). With these
 * it is libspice's worker that waits, and with it whoever comes next; so a new size begins only once the viewer has taken
 * what it was sent.
 */
#ifndef CONSOLE_SCREEN_H
#define CONSOLE_SCREEN_H

#include "base/err.h"
#include "console/source.h"

#include <spice.h>
#include <systemd/sd-event.h>

struct screen;

struct screen_handler {
	void (*taken)(void *user); /* what screen_damage() told of has been copied; from the loop */
	/* A new size is under way, which lasts where a viewer takes nothing. */
	void (*resizing)(void *user, bool begins);
	/* Whether a viewer does not take what it was sent: a new size waits for that one, or for it to be gone. */
	bool (*behind)(void *user);
	/* The viewer's window has this size now. */
	void (*viewer_size)(void *user, uint32_t width, uint32_t height);
	void *user;
};

struct screen *screen_create(sd_event *event, SpiceServer *server, uint32_t width, uint32_t height,
        const struct screen_handler *handler, struct err *err);
/* After spice_server_destroy(), which ends the thread that uses it. Takes NULL. */
void screen_destroy(struct screen *screen);

/* What is shown from now on; borrowed until the next call, and may have any size. */
void screen_show(struct screen *screen, const struct picture *picture);
void screen_damage(struct screen *screen, const struct rect *rect);
/* Whether handler->viewer_size hears of the size of the viewer's window, or an agent in a guest; from the next agent on. */
void screen_take_sizes(struct screen *screen, bool take);
/* NULL: an arrow of our own. */
void screen_cursor(struct screen *screen, const struct cursor *cursor);

#endif
