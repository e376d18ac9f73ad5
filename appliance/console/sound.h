/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the sound of the one VM that is heard goes: to a viewer by SPICE, and to the front end at the seat. A microphone
 * comes back the same ways, only while the guest records. Without a viewer libspice takes no samples and encodes nothing.
 */
#ifndef CONSOLE_SOUND_H
#define CONSOLE_SOUND_H

#include "base/err.h"
#include "console/source.h"

#include <spice.h>
#include <systemd/sd-event.h>

struct sound;

struct sound *sound_create(sd_event *event, SpiceServer *server, struct err *err);
/* Before spice_server_destroy(). */
void sound_stop(struct sound *sound);
/* After it. Takes NULL. */
void sound_destroy(struct sound *sound);

/* What the VM that is heard does now; NULL: none is. @anew: it is another VM, whose samples do not follow those before. */
void sound_set(struct sound *sound, const struct source_sound *now, bool anew);
void sound_play(struct sound *sound, const uint32_t *frames, size_t n);
/* Returns how many of @n there were. Silence goes on at the pace of a microphone where nobody has one. */
size_t sound_record(struct sound *sound, uint32_t *frames, size_t n);

/* A front end at the seat (bus/sound_wire.h), in the place of one before. Owns @fd. */
void sound_seat(struct sound *sound, int fd);
bool sound_has_seat(const struct sound *sound);

#endif
