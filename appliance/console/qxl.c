/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/qxl.h"

#include <stddef.h>

struct command {
	struct command *next;
	QXLCommandExt ext;
};

struct draw {
	struct command command;
	QXLDrawable drawable;
	QXLImage image;
	uint32_t pixels[];
};

struct cursor_set {
	struct command command;
	QXLCursorCmd cmd;
	/* libspice reads the pixels where the chunk's own would be. */
	QXLCursor cursor;
	uint32_t pixels[];
};

/* One slot with the identity: libspice's "physical" addresses are our pointers. */
static QXLPHYSICAL address_of(const void *p)
{
	return (QXLPHYSICAL)(uintptr_t)p;
}

static uint64_t next_id(void)
{
	static uint64_t last; /* only the main thread makes commands */

	return ++last;
}

static void fill_image(struct draw *d, const struct rect *r)
{
	d->image.descriptor = (QXLImageDescriptor){.id = next_id(),
	        .type = SPICE_IMAGE_TYPE_BITMAP,
	        .width = r->width,
	        .height = r->height};
	d->image.bitmap = (QXLBitmap){.format = SPICE_BITMAP_FMT_32BIT,
	        .flags = QXL_BITMAP_DIRECT | QXL_BITMAP_TOP_DOWN,
	        .x = r->width,
	        .y = r->height,
	        .stride = r->width * (uint32_t)sizeof(uint32_t),
	        .data = address_of(d->pixels)};
}

static void fill_drawable(struct draw *d, uint8_t type, const struct rect *r)
{
	QXLDrawable *q = &d->drawable;

	q->release_info.id = address_of(&d->command);
	q->type = type;
	q->effect = QXL_EFFECT_OPAQUE;
	q->bbox = (QXLRect){.top = (int32_t)r->y,
	        .left = (int32_t)r->x,
	        .bottom = (int32_t)(r->y + r->height),
	        .right = (int32_t)(r->x + r->width)};
	q->clip.type = SPICE_CLIP_TYPE_NONE;
	q->surfaces_dest[0] = q->surfaces_dest[1] = q->surfaces_dest[2] = -1;
	d->command.ext.cmd = (QXLCommand){.type = QXL_CMD_DRAW, .data = address_of(q)};
}

static void fill_copy(struct draw *d, const struct rect *r)
{
	QXLDrawable *q = &d->drawable;

	q->u.copy.rop_descriptor = SPICE_ROPD_OP_PUT;
	q->u.copy.src_bitmap = address_of(&d->image);
	q->u.copy.src_area.right = (int32_t)r->width;
	q->u.copy.src_area.bottom = (int32_t)r->height;
}

struct command *command_draw(const uint32_t *pixels, uint32_t width, const struct rect *r)
{
	struct draw *d = xcalloc(1, sizeof(*d) + (size_t)r->width * r->height * sizeof(*pixels));

	for (uint32_t y = 0; y < r->height; y++)
		memcpy(&d->pixels[(size_t)y * r->width], &pixels[(size_t)(r->y + y) * width + r->x],
		        r->width * sizeof(*pixels));
	fill_image(d, r);
	fill_drawable(d, QXL_DRAW_COPY, r);
	fill_copy(d, r);
	return &d->command;
}

struct command *command_scroll(const struct scroll *s)
{
	struct draw *d = xcalloc(1, sizeof(*d));

	fill_drawable(d, QXL_COPY_BITS, &s->to);
	d->drawable.u.copy_bits.src_pos = (QXLPoint){(int32_t)s->to.x, (int32_t)s->to.y + s->dy};
	return &d->command;
}

struct command *command_cursor(const struct cursor *c)
{
	size_t bytes = (size_t)c->width * c->height * sizeof(*c->pixels);
	struct cursor_set *s = xcalloc(1, sizeof(*s) + bytes);
	uint8_t *data =
	        (uint8_t *)&s->cursor + offsetof(QXLCursor, chunk) + offsetof(QXLDataChunk, data);

	s->cmd.release_info.id = address_of(&s->command);
	s->cmd.type = QXL_CURSOR_SET;
	s->cmd.u.set.visible = 1;
	s->cmd.u.set.shape = address_of(&s->cursor);
	s->cursor.header = (QXLCursorHeader){.unique = next_id(),
	        .type = SPICE_CURSOR_TYPE_ALPHA,
	        .width = (uint16_t)c->width,
	        .height = (uint16_t)c->height,
	        .hot_spot_x = (uint16_t)c->hot_x,
	        .hot_spot_y = (uint16_t)c->hot_y};
	s->cursor.data_size = s->cursor.chunk.data_size = (uint32_t)bytes;
	memcpy(data, c->pixels, bytes);
	s->command.ext.cmd = (QXLCommand){.type = QXL_CMD_CURSOR, .data = address_of(&s->cmd)};
	return &s->command;
}

void command_release(QXLReleaseInfoExt info)
{
	free((void *)(uintptr_t)info.info->id);
}

void queue_init(struct command_queue *q)
{
	pthread_mutex_init(&q->mutex, NULL);
	q->first = NULL;
	q->last = &q->first;
}

void queue_finish(struct command_queue *q)
{
	queue_drop_all(q);
	pthread_mutex_destroy(&q->mutex);
}

void queue_put(struct command_queue *q, struct command *command)
{
	pthread_mutex_lock(&q->mutex);
	*q->last = command;
	q->last = &command->next;
	pthread_mutex_unlock(&q->mutex);
}

bool queue_take(struct command_queue *q, QXLCommandExt *out, bool *now_empty)
{
	struct command *command;

	pthread_mutex_lock(&q->mutex);
	command = q->first;
	if (command) {
		q->first = command->next;
		if (!q->first)
			q->last = &q->first;
		*out = command->ext;
	}
	*now_empty = !q->first;
	pthread_mutex_unlock(&q->mutex);
	return command != NULL;
}

bool queue_empty(struct command_queue *q)
{
	bool empty;

	pthread_mutex_lock(&q->mutex);
	empty = !q->first;
	pthread_mutex_unlock(&q->mutex);
	return empty;
}

void queue_drop_all(struct command_queue *q)
{
	pthread_mutex_lock(&q->mutex);
	while (q->first) {
		struct command *command = q->first;

		q->first = command->next;
		free(command);
	}
	q->last = &q->first;
	pthread_mutex_unlock(&q->mutex);
}
