/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "draw/qr.h"
#include "base/util.h"

#include <qrencode.h>

/* ISO/IEC 18004, 9.1: four modules on each side. */
#define QUIET 4
#define WHITE 0xffffffffu
#define BLACK 0xff000000u

struct qr qr_of(const char *text)
{
	QRcode *code = *text ? QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) : NULL;
	struct qr qr = {0};

	if (!code)
		return qr;
	qr.width = code->width;
	qr.black = xcalloc((size_t)qr.width, (size_t)qr.width);
	for (int i = 0; i < qr.width * qr.width; i++)
		qr.black[i] = code->data[i] & 1;
	QRcode_free(code);
	return qr;
}

void qr_finish(struct qr *qr)
{
	free(qr->black);
	*qr = (struct qr){0};
}

/* Neighbours in a row are one rectangle. */
static void draw_row(const struct qr *qr, struct canvas *canvas, int row, int x, int y, int size)
{
	const uint8_t *black = qr->black + row * qr->width;

	for (int i = 0, n; i < qr->width; i += n) {
		for (n = 1; i + n < qr->width && black[i + n] == black[i];)
			n++;
		if (black[i])
			canvas_fill(canvas, (struct rect){x + i * size, y, n * size, size}, BLACK);
	}
}

struct rect qr_draw(const struct qr *qr, struct canvas *canvas, struct rect room)
{
	int modules = qr->width + 2 * QUIET, side = room.w < room.h ? room.w : room.h;
	int size = side / modules, whole = size * modules;
	struct rect r = {room.x + (room.w - whole) / 2, room.y, whole, whole};

	if (!qr->width || size < 1)
		return (struct rect){room.x, room.y, 0, 0};
	if (!canvas)
		return r;
	canvas_fill(canvas, r, WHITE);
	for (int i = 0; i < qr->width; i++)
		draw_row(qr, canvas, i, r.x + QUIET * size, r.y + (QUIET + i) * size, size);
	return r;
}
