/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who on the bus speaks which language, as they said by SetLanguage. Of so many as may be at once; whoever said it longest ago is
 * forgotten first, and is answered in the daemon's own language: a wrong language is all that a crowd can bring about.
 */
#ifndef BUS_SPEAKERS_H
#define BUS_SPEAKERS_H

#include "base/err.h"

#include <systemd/sd-bus.h>

#define SPEAKERS_MOST      64u
#define SPEAKER_NAME_MOST  63u
#define SPEAKER_CODE_BYTES 4u /* two or three letters */

struct speakers {
	struct speaker {
		char name[SPEAKER_NAME_MOST + 1];
		char code[SPEAKER_CODE_BYTES];
		uint64_t said; /* the higher the later; 0: nobody */
	} list[SPEAKERS_MOST];
	uint64_t clock;
};

/* @code: "ru", as ISO 639 has it; anything else is -EINVAL with @err. */
int speakers_set(struct speakers *speakers, const char *name, const char *code, struct err *err);
/* NULL: they did not say. */
const char *speakers_code(const struct speakers *speakers, const char *name);

/* SetLanguage(s code) of a service: @call's sender has said it. Answers it; a negative errno with @err is the caller's to answer. */
int speakers_hear(struct speakers *speakers, sd_bus_message *call, struct err *err);
/* From now on _() answers in the language of @call's sender; in @otherwise where they said none. */
void speakers_speak(const struct speakers *speakers, sd_bus_message *call, const char *otherwise);

#endif
