/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon says of profiles, as plain data: what this PC has for a new game, one profile's text, what is amiss
 * in a text, and what became of one that was to be written. Pure.
 *
 * Names and sentences are harmless to show and at most MODEL_TEXT_MOST bytes. What goes into a profile, its text, and
 * the keys and values of offers, is kept byte by byte: profile_edit() judges it, and it is made harmless where it is shown.
 */
#ifndef MODEL_PROFILES_H
#define MODEL_PROFILES_H

#include "base/err.h"
#include "base/strv.h"
#include "model/drop_ins.h"

#define OFFERS_MOST         256u /* of one kind */
#define OFFER_SECTIONS_MOST 16u
#define OFFER_KEYS_MOST     16u
#define OFFER_WORDS_MOST    32u
#define PROBLEMS_MOST       64u
#define PROFILES_NAMES_MOST 4096u

/* Why something is not known. "" where it is, or was never asked. */
struct refusal {
	char *why, *hint, *code;
};

enum offer_kind { OFFER_GPU, OFFER_USB, OFFER_DISK, OFFER_KINDS };
enum offer_verdict { OFFER_PASS, OFFER_WARN, OFFER_UNKNOWN, OFFER_FAIL };

struct offer_key {
	char *key, *value;
};

struct offer_section {
	char *section; /* "disk games" */
	struct offer_key *keys;
	size_t n;
};

/* Something of this PC that a game may get. */
struct offer {
	char *id; /* a PCI address, or a disk's path */
	char *name, *serial;
	uint64_t size; /* of a disk, in bytes */
	enum offer_verdict verdict;
	struct strv reasons; /* sentences */
	struct strv
	        with; /* what goes with it; of a controller: what is plugged in; of a disk: what is on it */
	struct strv loses; /* what this PC does without then */
	bool proposed;
	struct offer_section *sections; /* what a profile says to get it */
	size_t n_sections;
};

struct offers {
	bool asking, told;
	unsigned version; /* changes with every answer */
	struct refusal refusal;
	struct offer_list {
		struct offer *list;
		size_t n;
	} of[OFFER_KINDS];
	uint64_t memory_total, memory_proposed, memory_least, memory_most; /* bytes */
	unsigned cpus_total, cpus_proposed, cpus_most;
	struct strv guests, names; /* systems; names that are taken */
	enum offer_verdict start;  /* of any game at all, whatever it has */
	struct strv start_reasons;
};

struct profile_shown {
	bool asking, told;
	struct refusal refusal;
	char *name, *file, *text;
	bool own; /* a person's: saved where it is */
	struct drop_ins drop_ins;
	struct refusal bad; /* why it cannot be read as a profile */
};

struct checked_problem {
	unsigned line; /* 0: of none */
	char *section, *key;
	char *message, *hint, *code;
	bool warning; /* it can be written, but would not start as this PC is now */
};

struct profile_checked {
	bool asking, told;
	struct refusal refusal;
	char *name, *text; /* what this is about, once it was told or refused */
	struct checked_problem *problems;
	size_t n_problems;
	struct strv summary; /* what the game takes */
	struct strv notes;   /* what is to be known before it is written */
};

/* Of the last text that was to be written, or profile that was to go. */
struct profile_written {
	enum { PROFILE_IDLE, PROFILE_WRITING, PROFILE_WRITTEN, PROFILE_REFUSED } state;
	bool removed;
	char *name, *where;
	struct refusal refusal;
	bool denied; /* for want of rights */
};

struct profiles {
	struct offers offers;
	struct profile_shown shown;
	struct profile_checked checked;
	struct profile_written written;
};

void profiles_init(struct profiles *profiles);
void profiles_finish(struct profiles *profiles);

/* Each sets what the call answered; on garbage -EBADMSG with @err, and what was told before stays. */
int offers_set(struct offers *offers, const char *json, struct err *err);
int shown_set(struct profile_shown *shown, const char *json, struct err *err);
int checked_set(struct profile_checked *checked, const char *name, const char *text,
        const char *json, struct err *err);

/* For pictures and tests, whose daemon is a file: what it said counts for this text. */
void checked_adopt(struct profile_checked *checked, const char *name, const char *text);

void offers_refused(struct offers *offers, const struct err *why);
void shown_refused(struct profile_shown *shown, const char *name, const struct err *why);
void checked_refused(
        struct profile_checked *checked, const char *name, const char *text, const struct err *why);
void written_begin(struct profile_written *written, const char *name, bool removed);
/* @where: the file, or where what was removed is kept. */
void written_done(struct profile_written *written, const char *where);
void written_refused(struct profile_written *written, const struct err *why);
/* Somebody has read it. */
void written_forget(struct profile_written *written);

/* NULL: there is none. */
const struct offer *offer_find(const struct offers *offers, enum offer_kind kind, const char *id);
/* Whether the game would write to a disk of this PC, and not only to a file on it. */
bool offer_is_raw_disk(const struct offer *offer);
/* Whether it is about this very text. */
bool checked_is_of(const struct profile_checked *checked, const char *name, const char *text);
unsigned checked_errors(const struct profile_checked *checked);

#endif
