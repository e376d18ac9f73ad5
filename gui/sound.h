/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The games' sound at this PC: from the console (bus/sound_wire.h), over a socket that the daemon hands out, to SDL, which
 * knows PipeWire, PulseAudio and ALSA; and a microphone back, while a guest records that may have one.
 *
 * Nothing of it runs while nothing is played: the devices are open for as long only.
 */
#ifndef GUI_SOUND_H
#define GUI_SOUND_H

#include "model/link.h"

struct sound;

/* @link must outlive it. */
struct sound *sound_create(sd_event *event, struct link *link);
/* Takes NULL. Before SDL_Quit(). */
void sound_destroy(struct sound *sound);

/* At each turn of the loop: a game that has sound runs, and a person wants to hear it. Takes NULL. */
void sound_follow(struct sound *sound, const struct model *model, bool wanted);
/* A person is at the window: the sound is there again that another front end has taken. Takes NULL. */
void sound_focus(struct sound *sound);
/* A device came, or went (SDL_AUDIODEVICEADDED, SDL_AUDIODEVICEREMOVED). Takes NULL. */
void sound_device(struct sound *sound, bool added, unsigned which);

#endif
