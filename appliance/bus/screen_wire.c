/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/screen_wire.h"
#include "base/i18n.h"

#include <errno.h>

static int wrong(struct err *err, const char *what)
{
	return err_set(
	        err, -EPROTO, _("the other end of the screen's socket sent nonsense: %s"), what);
}

size_t screen_frame_size(uint32_t n_rects)
{
	return offsetof(struct screen_frame, rects) + n_rects * sizeof(struct screen_rect);
}

static bool is_size(uint32_t width, uint32_t height)
{
	return width >= SCREEN_SIDE_LEAST && width <= SCREEN_WIDTH_MOST &&
	       height >= SCREEN_SIDE_LEAST && height <= SCREEN_HEIGHT_MOST;
}

static bool is_layout(unsigned char c)
{
	return c == '\t' || c == '\n' || c == '\r';
}

bool screen_text_good(const char *s, size_t n, bool lines)
{
	const unsigned char *at = (const unsigned char *)s, *end = at + n;

	while (at < end) {
		static const uint32_t least[] = {0, 0x20, 0x80, 0x800, 0x10000};
		size_t bytes = *at < 0x80             ? 1
		               : (*at & 0xe0) == 0xc0 ? 2
		               : (*at & 0xf0) == 0xe0 ? 3
		               : (*at & 0xf8) == 0xf0 ? 4
		                                      : 0;
		uint32_t c = bytes == 1 ? *at : *at & (0x7fu >> bytes);

		if (!bytes || bytes > (size_t)(end - at))
			return false;
		for (size_t i = 1; i < bytes; i++) {
			if ((at[i] & 0xc0) != 0x80)
				return false;
			c = c << 6 | (at[i] & 0x3f);
		}
		if ((c < least[bytes] && !(lines && is_layout(*at))) || c > 0x10ffff ||
		        (c >= 0xd800 && c < 0xe000) || (c >= 0x7f && c < 0xa0))
			return false;
		at += bytes;
	}
	return true;
}

/* How long a message of the reader is; 0: there is no such kind. */
static size_t length_of(unsigned kind, size_t n)
{
	switch (kind) {
	case SCREEN_RESIZE:
		return sizeof(struct screen_size);
	case SCREEN_DONE:
		return sizeof(struct screen_done);
	case SCREEN_KEY:
		return sizeof(struct screen_key);
	case SCREEN_POINTER:
		return sizeof(struct screen_pointer);
	case SCREEN_BUTTON:
		return sizeof(struct screen_button);
	case SCREEN_WHEEL:
		return sizeof(struct screen_wheel);
	case SCREEN_LEFT:
		return sizeof(struct screen_head);
	case SCREEN_TEXT:
		return n > sizeof(struct screen_head) &&
		                       n <= sizeof(struct screen_head) + SCREEN_TEXT_MOST
		               ? n
		               : 0;
	case SCREEN_PASTED:
		return n <= sizeof(struct screen_head) + SCREEN_COPY_MOST ? n : 0;
	default: /* of another kind, or of none at all */
		return 0;
	}
}

static const char *fault_of(const union screen_event *event, size_t n)
{
	switch (event->head.kind) {
	case SCREEN_RESIZE:
		return is_size(event->size.width, event->size.height) ? NULL : "size";
	case SCREEN_KEY:
		return event->key.down <= 1 && event->key.key <= SCREEN_KEY_MOST ? NULL : "key";
	case SCREEN_BUTTON:
		return event->button.down <= 1 ? NULL : "button";
	case SCREEN_WHEEL:
		return event->wheel.steps >= -SCREEN_WHEEL_MOST &&
		                       event->wheel.steps <= SCREEN_WHEEL_MOST
		               ? NULL
		               : "wheel";
	case SCREEN_TEXT:
		return screen_text_good(event->text.text, n - sizeof(event->head), false) ? NULL
		                                                                          : "text";
	case SCREEN_PASTED:
		return screen_text_good(event->clipboard.text, n - sizeof(event->head), true)
		               ? NULL
		               : "clipboard";
	default: /* nothing in it can be wrong */
		return NULL;
	}
}

int screen_event_read(const void *packet, size_t n, union screen_event *out, struct err *err)
{
	const char *fault;

	*out = (union screen_event){0};
	if (n < sizeof(out->head))
		return wrong(err, "length");
	memcpy(&out->head, packet, sizeof(out->head));
	if (out->head.version != SCREEN_VERSION)
		return wrong(err, "version");
	if (n != length_of(out->head.kind, n))
		return wrong(err, "kind or length");
	memcpy(out, packet, n);
	fault = fault_of(out, n);
	return fault ? wrong(err, fault) : 0;
}

static bool is_within(const struct screen_rect *r, uint32_t width, uint32_t height)
{
	return r->width > 0 && r->height > 0 && r->x < width && r->y < height &&
	       r->width <= width - r->x && r->height <= height - r->y;
}

int screen_frame_read(const void *packet, size_t n, uint32_t width, uint32_t height,
        struct screen_frame *out, struct err *err)
{
	*out = (struct screen_frame){0};
	if (n < screen_frame_size(0) || n > sizeof(*out))
		return wrong(err, "length");
	memcpy(out, packet, n);
	if (out->head.version != SCREEN_VERSION || out->head.kind != SCREEN_FRAME)
		return wrong(err, "version or kind");
	if (out->n_rects > SCREEN_RECTS_MOST || n != screen_frame_size(out->n_rects))
		return wrong(err, "length");
	for (uint32_t i = 0; i < out->n_rects; i++)
		if (!is_within(&out->rects[i], width, height))
			return wrong(err, "rectangle");
	return 0;
}

int screen_copied_read(const void *packet, size_t n, struct screen_clipboard *out, struct err *err)
{
	*out = (struct screen_clipboard){0};
	if (n < sizeof(out->head) || n > sizeof(out->head) + SCREEN_COPY_MOST)
		return wrong(err, "length");
	memcpy(out, packet, n);
	if (out->head.version != SCREEN_VERSION || out->head.kind != SCREEN_COPIED)
		return wrong(err, "version or kind");
	return screen_text_good(out->text, n - sizeof(out->head), true) ? 0
	                                                                : wrong(err, "clipboard");
}
