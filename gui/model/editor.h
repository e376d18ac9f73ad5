/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile that somebody edits: its text as it was and as it is to be, seen through the one table of keys
 * (profile/keys.h). Every edit leaves all other bytes of the text as they are. Pure.
 *
 * A section is named as profile_edit() names it: "cpu", "disk games".
 */
#ifndef MODEL_EDITOR_H
#define MODEL_EDITOR_H

#include "model/profiles.h"
#include "profile/keys.h"

#define EDITOR_CHECK_MS 300u /* of quiet, before a text is checked */

struct editor {
	bool open;
	char *name;               /* of the profile */
	char *file;               /* where it is, to be shown */
	bool own;                 /* else it is the distribution's, and what is saved is a copy */
	char *old;                /* as it was read */
	char *text;               /* as it is to be */
	struct drop_ins drop_ins; /* that count after it, as they were read */
	uint64_t due_ms;          /* when it is to be checked; 0: it was, or is now */
};

void editor_finish(struct editor *editor); /* as before it was open */
void editor_open(struct editor *editor, const struct profile_shown *shown, uint64_t now_ms);
/* Takes the text. */
void editor_take(struct editor *editor, char *text, uint64_t now_ms);
bool editor_changed(const struct editor *editor);

/* --- sections --- */

struct editor_section {
	const struct key_section *section; /* NULL: one that we do not know */
	char *id;
	bool there;      /* else everything in it is as usual */
	unsigned n_keys; /* that are written */
};

/* Those that may be there once, whether or not they are, and all others that are; in the order of the table. */
size_t editor_sections(const char *text, struct editor_section **out);
void editor_sections_finish(struct editor_section *sections, size_t n);
/* Whether more of it can be added. */
bool editor_may_repeat(const struct key_section *section);
/* A free name of a new one: "gpu", "disk 2". Caller frees. */
char *editor_new_section(const char *text, const char *section);

/* --- keys --- */

struct editor_key {
	const struct key *key; /* NULL: not known in this section */
	char *name;
	char *value; /* NULL: as usual */
	unsigned line;
};

/* All keys that a section knows, in the order of the table, then those that it does not know. */
size_t editor_keys(const char *text, const char *section, struct editor_key **out);
void editor_keys_finish(struct editor_key *keys, size_t n);

/* Whether left and right change it. */
bool editor_has_steps(const struct key *key);
/*
 * What comes after @value, which may be NULL: as usual. @by: 1 or -1; it stops at both ends. NULL: as usual again.
 * Caller frees.
 */
char *editor_step(const struct key *key, const char *value, int by);
/* The same by one button: after the last of a few words comes the first. */
char *editor_cycle(const struct key *key, const char *value);

/* --- text that is no profile yet --- */

/* The first line that is amiss, of which nothing else can be edited: its number and its text. 0: none. Caller frees @line. */
unsigned editor_bad_line(const char *text, char **line);
/* The text with that line replaced, or gone where @line is NULL. Caller frees. */
char *editor_set_line(const char *text, unsigned number, const char *line);

/* --- what is new --- */

struct editor_change {
	char *section;        /* "disk games" */
	char *key;            /* "": of the section as a whole */
	char *before, *after; /* NULL: not there; of a section as a whole: "" where it is there */
};

/* In the order of the new text, then what goes; caller finishes. Lines that are no profile are told as such, with "" as the section. */
size_t editor_changes(const char *before, const char *after, struct editor_change **out);
void editor_changes_finish(struct editor_change *changes, size_t n);
/* The disks of this PC that the game gets only with these changes, by their links. */
void editor_new_disks(const char *before, const char *after, struct strv *disks);

#endif
