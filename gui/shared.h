/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture that another process shows (bus/screen_wire.h): drawn in memory of our own, copied to the shared one when that is ours. */
#ifndef GUI_SHARED_H
#define GUI_SHARED_H

#include "base/err.h"

struct shared {
	uint32_t *back;    /* drawn into; NULL: there is no picture */
	uint32_t *pixels;  /* as the reader knows them */
	int width, height; /* of both; 0: there are none */
	bool fresh;        /* nothing of them was shown yet */
	uint32_t serial;   /* of the last frame, over all sizes */
};

/* A new picture, and the reader at the socket @peer is told. Returns 0 or -errno; then shared_forget() is due. */
int shared_make(struct shared *s, int width, int height, int peer, struct err *err);
/* What is new in it goes to the reader. Returns 1, 0 where nothing is new and nothing was sent, or -errno. */
int shared_hand_over(struct shared *s, int peer, struct err *err);
void shared_forget(struct shared *s);

#endif
