/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screens: each a function that draws a model and says what the person wants. They change nothing
 * themselves; what is wanted is done by whoever made the pass.
 */
#ifndef SCREENS_SCREENS_H
#define SCREENS_SCREENS_H

#include "model/model.h"
#include "model/settings.h"
#include "screens/intents.h"
#include "ui/ui.h"

enum screen {
	SCREEN_HOME,
	SCREEN_GAME,
	SCREEN_USB,
	SCREEN_DEVICE,
	SCREEN_PC,
	SCREEN_POINT,  /* of the PC; its id stands for the game */
	SCREEN_GROUPS, /* of the PC: what goes together */
	SCREEN_PLAN,   /* of the PC: what its setup would change */
	SCREEN_SETTINGS,
	SCREEN_AWAY,
	SCREEN_CHOICE,  /* of the PC: which devices its setup would give to games */
	SCREEN_SETUP,   /* of the PC: how far its setup is, and what becomes of an act with it */
	SCREEN_PICTURE, /* of the game's emulated screen */
	SCREEN_NEW,     /* game, step by step */
	SCREEN_EDIT,    /* a game's profile: its sections */
	SCREEN_KEYS,    /* of one section, which stands for the device */
	SCREEN_ADD,     /* a section of the kind that stands for the device */
	SCREEN_SAVE,    /* what the edit changes */
	SCREEN_TYPE,    /* a line of text */
	SCREEN_REMOTE,  /* how this screen is seen from elsewhere */
	SCREEN_DRIVE,   /* what a small system can do with the game's devices */
	SCREEN_RIGHTS,  /* who may do what */
	SCREEN_DISCS,   /* the game's drives for CDs */
	SCREEN_DISC,    /* what is put into one, which stands for the device */
	SCREEN_COUNT
};

/* What the screen's keyboard does besides letters, whose numbers are row times KEYBOARD_COLUMNS plus column. */
enum type_key {
	TYPE_SHIFT = 1000,
	TYPE_LAYOUT,
	TYPE_SPACE,
	TYPE_DELETE,
	TYPE_LEFT,
	TYPE_RIGHT,
	TYPE_PASTE,
	TYPE_TEXT /* `device`, by a real keyboard */
};

struct intent {
	enum intent_kind kind;
	enum screen screen;
	char vm[MODEL_TEXT_MOST + 1], device[MODEL_TEXT_MOST + 1], rule[MODEL_TEXT_MOST + 1];
	enum model_by by;
	struct settings settings;
	int number;
	const char *text, *expected; /* of acts: borrowed until the act was sent */
};

/* A question over a screen: what is confirmed is held for 1.5 s, No has the focus, Back is No. */
struct dialog {
	char *title, *text, *code;
	char *yes;   /* NULL: nothing to decide, only to read */
	bool gentle; /* `yes` loses nothing: a press is enough, and the other button is no No */
	struct intent intent;
};

struct covers;
struct drafts;

/* A picture of a game's emulated screen. */
struct shot {
	char vm[MODEL_TEXT_MOST + 1];
	bool asking;
	struct image image,
	        scaled;  /* no pixels: there is none yet; @scaled: as it was shown last */
	struct err why;  /* the last try failed */
	int64_t taken_s; /* time of day */
};

struct view {
	struct ui *ui;
	const struct model *model;
	const struct settings *settings;
	struct covers *covers;
	const char *vm;      /* the game a screen is about, or the point of the check */
	const char *device;  /* the key of the row a screen is about */
	const char *pending; /* the one whose start was asked for and not answered yet; "" */
	int64_t wall_s;      /* the time of day */
	struct shot *shot;
	bool fontless;  /* there is no font, which is to be told */
	char *selected; /* of home: the card that was chosen last; MODEL_TEXT_MOST + 1 bytes */
	const struct drafts *drafts;
	struct intent intent;  /* set by the screen */
	struct dialog *dialog; /* the screen may fill it */
};

typedef void (*screen_function)(struct view *view);
void screen_home(struct view *view);
void screen_game(struct view *view);
void screen_usb(struct view *view);
void screen_device(struct view *view);
void screen_pc(struct view *view);
void screen_point(struct view *view);
void screen_groups(struct view *view);
void screen_plan(struct view *view);
void screen_settings(struct view *view);
void screen_away(struct view *view);
void screen_choice(struct view *view);
void screen_setup(struct view *view);
void screen_picture(struct view *view);
void screen_new(struct view *view);
void screen_edit(struct view *view);
void screen_keys(struct view *view);
void screen_add(struct view *view);
void screen_save(struct view *view);
void screen_type(struct view *view);
void screen_remote(struct view *view);
void screen_drive(struct view *view);
void screen_rights(struct view *view);
void screen_discs(struct view *view);
void screen_disc(struct view *view);

extern const char *const screen_names[SCREEN_COUNT]; /* scopes, and what --screen calls them */
extern const screen_function screen_functions[SCREEN_COUNT];

/* --- what they share --- */

void want(struct view *view, enum intent_kind kind, const char *vm, const char *device);
void want_screen(struct view *view, enum screen screen, const char *vm);
void ask(struct view *view, enum intent_kind kind, const char *vm, const char *title,
        const char *text, const char *yes);
void dialog_finish(struct dialog *dialog);
/* Draws it over the screen; returns whether it is over, with the intent set when it was confirmed. */
bool dialog_pass(struct view *view);

/* A title at the top of the body. Returns the y below it. */
int screen_title(struct view *view, const char *title);
/* Right of a list that is longer than its rectangle: where in the whole of it one is. */
void scroll_bar(struct view *view, struct rect list, int scroll, int whole);
int scroll_bar_width(const struct view *view);
void back_hint(struct view *view);
/* One line or more of our own text at @y. Returns the y below it, with the gap. */
int put_text(struct view *view, struct rect in, int y, enum text_size size, bool bold, color c,
        unsigned lines, const char *s);
/* The same of somebody else's words, which may be of any length. */
int put_words(struct view *view, struct rect in, int y, enum text_size size, bool bold, color c,
        unsigned lines, const char *s);

/* "Windows 11 · 6 processors · 16 GiB". Caller frees. */
char *words_of_hardware(const struct model_vm *vm);
/* What it does now, in one line. Caller frees. */
char *words_of_state(const struct view *view, const struct model_vm *vm, color *c);
char *words_of_seconds(uint64_t ms);  /* "12 s"; caller frees */
char *words_of_clock(int64_t wall_s); /* "21:34:05", local time; caller frees */

/*
 * Where a page of @n blocks of different heights is scrolled to, so that the block @focus is seen; the first of them
 * begins at 0, each is followed by @gap.
 */
int scroll_blocks(struct view *view, enum screen screen, const int *heights, size_t n, int gap,
        size_t focus, int room);

/* A card of a page of texts: what it is, and what it says. */
struct block {
	const char *label;
	char *text;
	enum text_size size;              /* of the text */
	const struct pc_point *status_of; /* whose sign stands before the label; NULL: none */
	const struct strv
	        *lines;   /* below the text, each at most as long as the card is wide; NULL */
	const char *code; /* NULL, "": none */
	const char *act;  /* what a press is about, and its id; NULL: only to be read */
	enum { BLOCK_PLAIN, BLOCK_GO, BLOCK_ON, BLOCK_OFF, BLOCK_WELL, BLOCK_CARE, BLOCK_BAD } sign;
};

/* They have the focus one by one; @list: where they are. Returns the act that was pressed, or NULL. */
const char *pass_blocks(struct view *view, enum screen screen, struct rect list,
        const struct block *blocks, size_t n);
/* An arrow. */
void draw_go_sign(struct view *view, int x, int y, int size);
void blocks_finish(struct block *blocks, size_t n); /* frees the texts */

/* --- this PC --- */

/* The check as a whole, in one sentence. Caller frees. */
char *words_of_verdict(const struct pc *pc, color *c, const struct theme *theme);
/* What to do with it. */
const char *words_of_next(const struct model *model);
/* A sentence of the check, translated where it is one without facts in it, with a capital. Caller frees. */
char *words_of_check(const char *sentence);
/* Why something is not known or not possible, and what to do, as sentences; "" without @why. Caller frees. */
char *words_of_refusal(const char *why, const char *hint);
const char *title_of_point(const struct pc_point *point);
/* The same of what verify found. */
const char *words_of_finding(const struct pc_point *point);
/* "You must change this". */
const char *words_of_status(const struct pc_point *point);
color color_of_status(enum pc_status status, const struct theme *theme);
/* A sign for each status, @size wide and high: never told by colour alone. */
void draw_status(struct view *view, int x, int y, int size, enum pc_status status);
/* "1 of 2 graphics cards can go to a game". Caller frees. */
char *words_of_cards(const struct pc *pc);
/* "07:00.0" of "0000:07:00.0". */
const char *short_address(const char *address);
/* "write /etc/x" of an apply or undo, as what is being done. Caller frees. */
char *words_of_step(const char *step);
/* How far the setup is, in one sentence, and how that is to be taken. */
const char *words_of_setup(const struct setup_state *state, enum pc_status *status);
/* The same, or that an act with it is at work, or came to nothing. */
const char *words_of_setup_now(const struct setup_state *state, enum pc_status *status);
/* The rows of this PC that are no points. */
#define PC_ROW_GROUPS "groups"
#define PC_ROW_SETUP  "setup"
/* Beside the list: what the row @id is about; @point: NULL where it is none. */
void pass_pc_side(
        struct view *view, struct rect side, const char *id, const struct pc_point *point);
/* The page of an act that is asked for or at work, below @y. */
void pass_setup_job(struct view *view, struct rect in);
/* Why there is none; in a page that can choose, a choice is not told as an option of the command. Caller frees. */
char *words_of_no_plan(const struct plan *plan);
/* Whether a restart would end a game. */
bool game_runs(const struct view *view);
/* What a person should know before this PC ends: what is lost, and whether a game runs, as far as it is known. */
const char *words_before_end(const struct view *view);
/* The questions before each of these; what is confirmed is held. */
void ask_apply(struct view *view);
void ask_undo(struct view *view);
void ask_restart(struct view *view);
/* Whether one of several cards must be chosen before anything can be planned. */
bool must_choose_card(const struct pc *pc);
/* Draws the page that stands in for one of these while nothing is known; returns whether it did. */
bool pass_pc_unknown(struct view *view);

/* --- USB --- */

/* The game that devices go to: the one a screen is about, where it runs, else the only one that runs. NULL. */
const struct model_vm *usb_game(const struct view *view);
/* "2.3" of "0000:00:14.0/2.3". */
const char *usb_socket(const struct model_usb_row *row);
/* The game's title, or its name where there is no such game any more. */
const char *usb_title(const struct view *view, const char *vm);
/* "game controller", or the numbers of its maker and product. */
const char *usb_kind_words(const struct model_usb *usb);
/* Whose it is and why, in one sentence. Caller frees. */
char *usb_why_words(const struct view *view, const struct model_usb *usb);
/* What became of the last act with a device, where it failed or is under way; NULL. Caller frees. */
char *usb_job_words(const struct view *view, bool *failed);

/* --- CDs --- */

/* To the drives of that game. */
void want_discs(struct view *view, const char *vm);

/* --- profiles --- */

/* "Windows 11" of windows-11; the word itself where nobody knows better. */
const char *words_of_guest(const char *guest);
/* "Graphics card" of "gpu", "Disk games" of "disk games". Caller frees. */
char *words_of_section(const char *section);
/* "Processors" of count= of [cpu]; the key's own name where nobody knows better. */
const char *words_of_key(const char *section, const char *key);
/* A value as a person says it: harmless, "yes", "Windows 11". Caller frees. */
char *words_of_value(const char *key, const char *value);
/* "16 GiB", "512 MiB", "1.5 TB" of a disk, whose makers count otherwise. Caller frees. */
char *words_of_memory(uint64_t bytes);
char *words_of_disk_size(uint64_t bytes);
/* Sentences one after the other, each with its full stop. Caller frees. */
char *words_of_sentences(const struct strv *sentences);
/* "Samsung SSD 980, 1.0 TB, serial number S64DNL": what a person compares. Caller frees. */
char *words_of_disk(const struct offer *disk);
/* What it means to give it away. Caller frees. */
char *words_of_disk_risk(const struct offer *disk);
/* What is amiss in a text, and what is to be known of it. @blocks has room for PROBLEMS_MOST + 1. Returns how many. */
size_t blocks_of_check(const struct profile_checked *checked, struct block *blocks);
color color_of_verdict(enum offer_verdict verdict, const struct theme *theme);
const char *words_of_offer(enum offer_kind kind, enum offer_verdict verdict);

/* --- covers --- */

struct covers *covers_create(void);
void covers_destroy(struct covers *covers); /* takes NULL */
struct cover_wish {
	char name[MODEL_TEXT_MOST + 1]; /* of the game */
	int width, height;
};
/* The next one whose picture is to be looked for, each once; false: none. */
bool covers_wish(struct covers *covers, struct cover_wish *wish);
/*
 * What was found: @image of just that size, whose pixels are taken, or NULL: there is none, or none that can be shown.
 * Returns whether there is something new to draw.
 */
bool covers_take(struct covers *covers, const struct cover_wish *wish, struct image *image);
/* Pictures came or went: all are looked for anew. */
void covers_renew(struct covers *covers);
/* The game's picture, or one made of its name, with its title on it. */
void cover_draw(struct view *view, const struct model_vm *vm, struct rect rect, bool with_title);

#endif
