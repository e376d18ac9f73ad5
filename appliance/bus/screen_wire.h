/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the front end shows its picture to another process, and hears from it what a person far away does: between
 * `playthrough-gui --offscreen` and whoever shows it (the console, a test). One packet of a SOCK_SEQPACKET socket is one
 * message; numbers are those of this machine, since both ends are on it.
 *
 * The reader begins with SCREEN_RESIZE; before that nothing is drawn. The front end answers with SCREEN_BUFFER, which
 * carries the descriptor of a memfd of width * height pixels (0x00RRGGBB, no padding between rows) that can neither shrink
 * nor grow nor be mapped for writing by the reader, and then, with each picture, SCREEN_FRAME.
 *
 * Who may touch the pixels: from SCREEN_BUFFER and from each SCREEN_DONE on the front end, which writes them; from each
 * SCREEN_FRAME on the reader, which looks at them and gives them back with SCREEN_DONE. While the reader has them the front
 * end draws nothing, so that a slow reader gets fewer pictures and never a half-drawn one. A new size counts once the
 * pixels were given back: then a new SCREEN_BUFFER comes, and the old one is nobody's.
 *
 * Whoever gets a message that is wrong in length or content closes the connection.
 */
#ifndef BUS_SCREEN_WIRE_H
#define BUS_SCREEN_WIRE_H

#include "base/err.h"

#define SCREEN_VERSION     1u
#define SCREEN_SIDE_LEAST  320u
#define SCREEN_WIDTH_MOST  7680u
#define SCREEN_HEIGHT_MOST 4320u
#define SCREEN_RECTS_MOST  32u
#define SCREEN_TEXT_MOST   31u   /* bytes of UTF-8 */
#define SCREEN_COPY_MOST   4096u /* of a clipboard's: more than any line that is typed has room for */
#define SCREEN_KEY_MOST    0x2ffu
#define SCREEN_WHEEL_MOST  100

enum screen_kind {
	/* from the front end */
	SCREEN_BUFFER = 1,
	SCREEN_FRAME = 2,
	SCREEN_COPIED = 3, /* a person copied this text: struct screen_clipboard */
	SCREEN_PASTE =
	        4, /* wants to paste what was copied elsewhere; a head alone. SCREEN_PASTED comes once it is had */
	/* from the reader */
	SCREEN_RESIZE = 16,
	SCREEN_DONE = 17,
	SCREEN_KEY = 18,
	SCREEN_POINTER = 19,
	SCREEN_BUTTON = 20,
	SCREEN_WHEEL = 21,
	SCREEN_TEXT = 22,
	SCREEN_LEFT = 23,  /* the person is gone: everything that is down is let go; a head alone */
	SCREEN_PASTED = 24 /* struct screen_clipboard; without text: there is none */
};

struct screen_head {
	uint16_t version; /* SCREEN_VERSION */
	uint16_t kind;
};

/* SCREEN_RESIZE, SCREEN_BUFFER */
struct screen_size {
	struct screen_head head;
	uint32_t width, height; /* pixels, within the limits above */
};

struct screen_rect {
	uint32_t x, y, width, height;
};

/* What differs from the frame before; all of the picture in the first one of a buffer. Sent with its @n_rects only. */
struct screen_frame {
	struct screen_head head;
	uint32_t serial; /* counts up from 1, over all buffers */
	uint32_t n_rects;
	struct screen_rect rects[SCREEN_RECTS_MOST];
};

struct screen_done {
	struct screen_head head;
	uint32_t serial; /* of the frame that is given back: the last one */
};

/* A key by its place on the keyboard: KEY_* of linux/input-event-codes.h. What it writes comes as SCREEN_TEXT. */
struct screen_key {
	struct screen_head head;
	uint16_t key;
	uint16_t down; /* 0, 1; its repeats are not sent */
};

/* Pixels; one outside of the picture counts as at its edge. */
struct screen_pointer {
	struct screen_head head;
	int32_t x, y;
};

enum screen_button_name { SCREEN_BUTTON_LEFT = 1, SCREEN_BUTTON_RIGHT = 2 };

/* Where the pointer is. */
struct screen_button {
	struct screen_head head;
	uint16_t button; /* others are allowed, and do nothing */
	uint16_t down;   /* 0, 1 */
};

struct screen_wheel {
	struct screen_head head;
	int32_t steps; /* up is positive */
};

/* The packet ends with the text, of at most SCREEN_TEXT_MOST bytes; it has no zero byte. */
struct screen_text {
	struct screen_head head;
	char text[SCREEN_TEXT_MOST + 1];
};

/* The packet ends with the text, which may have tabs and ends of lines; no zero byte. */
struct screen_clipboard {
	struct screen_head head;
	char text[SCREEN_COPY_MOST + 1];
};

/* A message of the reader, as it came; a text ends with a zero byte here. */
union screen_event {
	struct screen_head head;
	struct screen_size size;
	struct screen_done done;
	struct screen_key key;
	struct screen_pointer pointer;
	struct screen_button button;
	struct screen_wheel wheel;
	struct screen_text text;
	struct screen_clipboard clipboard;
};

/* Bytes of a frame with @n_rects. */
size_t screen_frame_size(uint32_t n_rects);

/* The front end's side: judges a packet of @n bytes. Returns 0, or -EPROTO and what is wrong with it. */
int screen_event_read(const void *packet, size_t n, union screen_event *out, struct err *err);

/* The reader's: a frame of a buffer of @width * @height, all of whose rectangles are within it. */
int screen_frame_read(const void *packet, size_t n, uint32_t width, uint32_t height,
        struct screen_frame *out, struct err *err);

/* The reader's: a SCREEN_COPIED, whose text is in @out then, with a zero byte behind it. */
int screen_copied_read(const void *packet, size_t n, struct screen_clipboard *out, struct err *err);

/*
 * Whether @s, of @n bytes, is UTF-8 of characters that somebody can have typed; with @lines also of tabs and ends of lines.
 */
bool screen_text_good(const char *s, size_t n, bool lines);

#endif
