/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of QEMU's display share; nobody else includes it. */
#ifndef CONSOLE_QEMU_IMPL_H
#define CONSOLE_QEMU_IMPL_H

#include "console/pixels.h"
#include "console/qemu.h"

#include <systemd/sd-bus.h>

/* So many of its messages are handled in one turn of the loop, however fast it sends them: others wait. */
#define QEMU_MESSAGES_MOST 64u

/* One direction of its sound card. */
struct qemu_voice {
	struct qemu *qemu;
	bool in;
	sd_bus *bus; /* from QEMU; NULL: there is no such card */
	sd_event_source *first_word, *retry;
	unsigned tries; /* to register */
	uint64_t id;
	bool known; /* it is there, and of a form that can be heard */
};

struct qemu {
	struct source source; /* first */
	sd_event *event;
	sd_bus *bus, *listener; /* to QEMU; from it */
	char *path;             /* of the console that is shown: /org/qemu/Display1/Console_0 */
	uint32_t *pixels, *cursor_pixels;
	bool absolute; /* the guest takes positions */
	uint32_t x, y; /* the last one */
	bool has_position;
	unsigned buttons;
	unsigned tries; /* to register */
	bool registered;
	/* As the console's properties have it, and how often its picture was asked for anew since then. */
	uint32_t width, height;
	unsigned n_resyncs;
	sd_event_source *resync;
	sd_event_source *retry, *end;
	sd_event_source *first_word; /* of QEMU's, on the listener: until it was heard */
	/* ScanoutMap: where QEMU draws, mapped for reading */
	struct pixels map;
	void *mapped;
	size_t mapped_size;
	struct qemu_voice voice_out, voice_in;
};

static inline struct qemu *qemu_of(struct source *source)
{
	return (struct qemu *)source;
}

/* qemu_input.c */
extern const struct source_ops qemu_ops;

/* qemu_listener.c: the end of the connection on which QEMU draws; gives the other end, to be registered. */
int qemu_listener_create(struct qemu *q, int *theirs, struct err *err);
void qemu_listener_finish(struct qemu *q);

/* qemu_sound.c: asks for the sound of it, which it need not have. */
void qemu_sound_start(struct qemu *q);
void qemu_sound_finish(struct qemu *q);

/* Its picture may be of another size than QEMU's: looks in a moment whether it still is, and has it sent anew then. */
void qemu_check_size(struct qemu *q);

/* Ends it, from the loop: the handler is told that it is gone. */
void qemu_end(struct qemu *q);
void qemu_destroy(struct source *source);

#endif
