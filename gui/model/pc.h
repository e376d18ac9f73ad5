/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the check says of this PC: `playthrough-setup check --json` as plain data, what is most urgent first.
 * Pure. Texts are harmless to show and at most PC_TEXT_MOST bytes, whatever a firmware or a device says.
 */
#ifndef MODEL_PC_H
#define MODEL_PC_H

#include "base/err.h"
#include "base/strv.h"

#define PC_TEXT_MOST      2400u
#define PC_POINTS_MOST    128u
#define PC_EVIDENCE_MOST  16u
#define PC_GROUPS_MOST    512u
#define PC_FUNCTIONS_MOST 64u
#define PC_GPUS_MOST      16u
#define PC_LOSSES_MOST    64u

enum pc_verdict { PC_UNDECIDED, PC_READY, PC_APPLY, PC_PERSON, PC_IMPOSSIBLE };
enum pc_status { PC_UNKNOWN, PC_PASS, PC_WARN, PC_FAIL, PC_SKIP };
enum pc_cure { PC_CURE_NONE, PC_CURE_APPLY, PC_CURE_PERSON, PC_CURE_IMPOSSIBLE };
/* What a PCI function is to a person. */
enum pc_kind { PC_OTHER, PC_GRAPHICS, PC_SOUND, PC_USB, PC_DISK, PC_NETWORK, PC_BRIDGE };

struct pc_evidence {
	char *source, *value;
};

struct pc_point {
	char *id, *summary, *fix, *code;
	enum pc_status status;
	enum pc_cure cure;
	bool only_root_knows;
	struct pc_evidence *evidence;
	size_t n_evidence;
	size_t place; /* in the check's own order */
};

struct pc_gpu {
	char *address, *name; /* "Radeon R9 290/390" */
	bool for_a_game; /* a game can have it: it is not the host's own screen, and nothing forbids it */
	bool host_screen;
	struct strv needs; /* addresses that go along */
};

struct pc_function {
	char *address, *name; /* name: of a graphics card, else "" */
	enum pc_kind kind;
	bool goes;          /* a game takes it, with a card or as the card */
	struct strv losses; /* of the host, with this function alone */
};

struct pc_group {
	long id;
	struct pc_function *functions;
	size_t n_functions;
	struct strv losses; /* of the host, most important first */
	bool goes;          /* a game takes something of it */
	bool only_bridges;  /* nothing in it can go anywhere */
};

struct pc {
	bool asking, told;       /* told: what follows is known, maybe while it is asked anew */
	char *why, *hint, *code; /* why it cannot be asked; "" */
	enum pc_verdict verdict;
	struct pc_point *points; /* what stands in the way first */
	size_t n_points;
	struct pc_gpu *gpus;
	size_t n_gpus;
	struct pc_group *groups; /* those a game takes something of first */
	size_t n_groups;
};

void pc_init(struct pc *pc);
void pc_finish(struct pc *pc);

void pc_asking(struct pc *pc);
void pc_absent(struct pc *pc, const struct err *why);
/* On garbage -EBADMSG with @err, and what was told before stays. */
int pc_set(struct pc *pc, const char *json, struct err *err);

const struct pc_point *pc_point(const struct pc *pc, const char *id);
/* How many points have that status; those of PC_FAIL with @cure alone, unless it is PC_CURE_NONE. */
size_t pc_count(const struct pc *pc, enum pc_status status, enum pc_cure cure);
/* How many cards a game can have. */
size_t pc_cards_for_games(const struct pc *pc);

#endif
