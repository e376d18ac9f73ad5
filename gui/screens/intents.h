/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a screen may say the person wants: the only list of it. Each with who takes it first, and who acts on it then.
 */
#ifndef SCREENS_INTENTS_H
#define SCREENS_INTENTS_H

/* Who takes a wish first. */
enum intent_taker {
	TAKER_SHELL, /* which passes it on where somebody is to act */
	TAKER_DRAFTS, /* what is being made: a game, an edit, a line; its acts are wishes of its own */
};

/* Who acts on it, outside of the shell. */
enum intent_actor {
	ACTOR_NOBODY,
	ACTOR_PROGRAM,  /* the front end itself */
	ACTOR_DAEMON,   /* playthroughd: games and devices */
	ACTOR_PROFILES, /* playthroughd: profiles */
	ACTOR_SETUP,    /* the service that knows this PC */
	ACTOR_REMOTE,   /* playthroughd: how this screen is seen from elsewhere */
	ACTOR_COUNT
};

/* clang-format off */
#define INTENTS(X) \
	X(NONE,         SHELL,  NOBODY) \
	X(GO,           SHELL,  NOBODY)   /* to `screen`, about `vm` and `device` */ \
	X(BACK,         SHELL,  NOBODY)   /* to where one came from */ \
	X(CHOOSE,       SHELL,  NOBODY)   /* the screen is about `vm` now */ \
	\
	X(STEP,         DRAFTS, NOBODY)   /* of the new game, by `number` */ \
	X(ANSWER,       DRAFTS, NOBODY)   /* the answer `number` of its step */ \
	X(CONFIRM_DISK, DRAFTS, NOBODY)   /* the new game may have it */ \
	X(TYPE,         DRAFTS, NOBODY)   /* a line: `number` of enum typing, of the key `rule` of the section `device` */ \
	X(TYPE_KEY,     DRAFTS, NOBODY)   /* `number` of enum type_key, or a key of the screen */ \
	X(TYPED,        DRAFTS, NOBODY)   /* the line counts */ \
	X(KEY_STEP,     DRAFTS, NOBODY)   /* the key `rule` of the section `device`, by `number`; 0: to the next */ \
	X(KEY_USUAL,    DRAFTS, NOBODY)   /* that key is as usual */ \
	X(DROP_LINE,    DRAFTS, NOBODY)   /* the line `number` of the profile */ \
	X(ADD_SECTION,  DRAFTS, NOBODY)   /* of the kind `device`: the offer `number`, or -1: an empty one */ \
	X(DROP_SECTION, DRAFTS, NOBODY)   /* `device` */ \
	X(LEAVE,        DRAFTS, NOBODY)   /* the edit, which is lost */ \
	X(REREAD,       DRAFTS, NOBODY)   /* the profile, and the edit is lost */ \
	X(MAKE,         DRAFTS, NOBODY)   /* the new game */ \
	X(SAVE,         DRAFTS, NOBODY)   /* the edit */ \
	\
	X(START,        SHELL,  DAEMON) \
	X(STOP,         SHELL,  DAEMON) \
	X(STOP_NOW,     SHELL,  DAEMON) \
	X(CANCEL,       SHELL,  DAEMON)   /* the start, or the test drive */ \
	X(DRIVE,        SHELL,  DAEMON)   /* a test drive */ \
	X(PAUSE,        SHELL,  DAEMON) \
	X(RESUME,       SHELL,  DAEMON) \
	X(GIVE,         SHELL,  DAEMON)   /* `device` to `vm` */ \
	X(TAKE,         SHELL,  DAEMON)   /* it back */ \
	X(GIVE_BACK,    SHELL,  DAEMON)   /* all of them, whatever game has them */ \
	X(ASSIGN,       SHELL,  DAEMON)   /* `device` to `vm` for good, named `by` */ \
	X(UNASSIGN,     SHELL,  DAEMON)   /* `rule` of `vm` goes */ \
	X(LOOK,         SHELL,  DAEMON)   /* whose the devices are is to be known */ \
	X(RETRY,        SHELL,  DAEMON)   /* the connection */ \
	X(DISCS,        SHELL,  DAEMON)   /* which images of CDs there are is to be known */ \
	X(INSERT,       SHELL,  DAEMON)   /* the image `number` into the drive `device` of `vm`; `rule` not "": by force */ \
	X(EJECT,        SHELL,  DAEMON)   /* what is in it, likewise */ \
	X(PICTURE,      SHELL,  DAEMON)   /* of the game's emulated screen, taken now */ \
	X(REPORT,       SHELL,  DAEMON)   /* of what went wrong with `vm`, or without it with this PC or the service: saved */ \
	\
	X(OFFERS,       SHELL,  PROFILES) /* what a game may get is to be known */ \
	X(SHOW,         SHELL,  PROFILES) /* the profile of `vm` is */ \
	X(LOOK_OVER,    DRAFTS, PROFILES) /* what is amiss in `text` is */ \
	X(WRITE,        SHELL,  PROFILES) /* `text` as the profile of `vm`, in place of `expected` */ \
	X(REMOVE,       DRAFTS, PROFILES) /* the profile of `vm`, which is `expected` */ \
	\
	X(CHECK,        SHELL,  SETUP)    /* this PC */ \
	X(PLAN,         SHELL,  SETUP)    /* for it */ \
	X(TOGGLE,       SHELL,  SETUP)    /* whether the plan has `device` */ \
	X(PROGRESS,     SHELL,  SETUP)    /* how far the setup is, is to be known */ \
	X(APPLY,        SHELL,  SETUP)    /* the plan whose id is `device` */ \
	X(UNDO,         SHELL,  SETUP)    /* the setup */ \
	X(KEEP,         SHELL,  SETUP)    /* it for good */ \
	X(RESTART,      SHELL,  SETUP)    /* this PC */ \
	X(POWER,        SHELL,  SETUP)    /* this PC goes off, or with `number` 1 begins anew, whatever its setup */ \
	X(RIGHTS,       SHELL,  SETUP)    /* who may do what is to be known */ \
	X(HALT,         SHELL,  SETUP)    /* apply, before its next step */ \
	X(SEEN,         SHELL,  SETUP)    /* how the act with the setup ended; and back */ \
	\
	X(REMOTE_LOOK,   SHELL,  REMOTE)   /* how it is, is to be known */ \
	X(REMOTE_ON,     SHELL,  REMOTE) \
	X(REMOTE_OFF,    SHELL,  REMOTE) \
	X(REMOTE_TICKET, SHELL,  REMOTE)   /* a new one for `number` minutes; 0: until it is changed */ \
	\
	X(SET,          SHELL,  PROGRAM)  /* `settings` */ \
	X(QUIT,         SHELL,  PROGRAM)
/* clang-format on */

enum intent_kind {
#define X(kind, taker, actor) INTENT_##kind,
	INTENTS(X)
#undef X
	        INTENT_COUNT
};

enum intent_taker intent_taker(enum intent_kind kind);
enum intent_actor intent_actor(enum intent_kind kind);
const char *intent_name(enum intent_kind kind); /* "GO", for tests */

#endif
