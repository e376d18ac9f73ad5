/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "draw/sign.h"

/* A sign is drawn on a square of 24 by 24. */
struct pen {
	struct canvas *canvas;
	double x, y, scale;
	color c;
};

static int at(double v)
{
	return (int)(v + 0.5);
}

static int thick(const struct pen *p)
{
	int t = at(2 * p->scale);

	return t > 0 ? t : 1;
}

static void line(const struct pen *p, double x0, double y0, double x1, double y1)
{
	canvas_line(p->canvas, p->x + x0 * p->scale, p->y + y0 * p->scale, p->x + x1 * p->scale,
	        p->y + y1 * p->scale, thick(p), p->c);
}

static struct rect rect_of(const struct pen *p, double x, double y, double w, double h)
{
	int left = at(p->x + x * p->scale), top = at(p->y + y * p->scale);

	return (struct rect){left, top, at(p->x + (x + w) * p->scale) - left,
	        at(p->y + (y + h) * p->scale) - top};
}

static void box(const struct pen *p, double x, double y, double w, double h, double radius)
{
	canvas_ring(p->canvas, rect_of(p, x, y, w, h), at(radius * p->scale), thick(p), p->c);
}

static void dot(const struct pen *p, double x, double y, double radius)
{
	struct rect r = rect_of(p, x - radius, y - radius, 2 * radius, 2 * radius);

	canvas_round(p->canvas, r, r.h / 2 + 1, p->c);
}

static void circle(const struct pen *p, double x, double y, double radius)
{
	struct rect r = rect_of(p, x - radius, y - radius, 2 * radius, 2 * radius);

	canvas_ring(p->canvas, r, r.h / 2, thick(p), p->c);
}

/* --- the signs --- */

static void gamepad(const struct pen *p)
{
	box(p, 1, 6, 22, 12, 6);
	line(p, 5, 12, 10, 12);
	line(p, 7.5, 9.5, 7.5, 14.5);
	dot(p, 15, 13.5, 1.3);
	dot(p, 18, 10.5, 1.3);
}

static void wheel(const struct pen *p)
{
	circle(p, 12, 12, 10.5);
	circle(p, 12, 12, 3);
	line(p, 2, 12, 9, 12);
	line(p, 15, 12, 22, 12);
	line(p, 12, 15, 12, 22);
}

static void headset(const struct pen *p)
{
	struct rect old = canvas_clip(p->canvas, rect_of(p, 0, 0, 24, 13));

	circle(p, 12, 12, 9.5);
	p->canvas->clip = old;
	box(p, 1.5, 12, 6, 9, 2.5);
	box(p, 16.5, 12, 6, 9, 2.5);
}

static void camera(const struct pen *p)
{
	circle(p, 12, 10, 8.5);
	circle(p, 12, 10, 3.5);
	line(p, 7, 21.5, 17, 21.5);
}

static void storage(const struct pen *p)
{
	box(p, 6, 8, 12, 15, 2.5);
	box(p, 8.5, 1.5, 7, 8, 0.5);
}

static void keyboard(const struct pen *p)
{
	box(p, 0.5, 5, 23, 14, 3);
	for (int i = 0; i < 4; i++)
		dot(p, 5.2 + 4.5 * i, 9.5, 1.1);
	line(p, 7, 14.5, 17, 14.5);
}

static void mouse(const struct pen *p)
{
	box(p, 5.5, 1.5, 13, 21, 6.5);
	line(p, 12, 6, 12, 10);
}

static void phone(const struct pen *p)
{
	box(p, 6, 1, 12, 22, 3);
	line(p, 11, 19, 13, 19);
}

static void network(const struct pen *p)
{
	box(p, 8.5, 1, 7, 6, 1);
	box(p, 1, 16.5, 7, 6, 1);
	box(p, 16, 16.5, 7, 6, 1);
	line(p, 12, 7, 12, 12);
	line(p, 4.5, 12, 19.5, 12);
	line(p, 4.5, 12, 4.5, 17);
	line(p, 19.5, 12, 19.5, 17);
}

static void bluetooth(const struct pen *p)
{
	line(p, 12, 1.5, 12, 22.5);
	line(p, 12, 1.5, 17.5, 7);
	line(p, 17.5, 7, 6.5, 17);
	line(p, 6.5, 7, 17.5, 17);
	line(p, 17.5, 17, 12, 22.5);
}

static void printer(const struct pen *p)
{
	box(p, 1, 8, 22, 9, 2);
	box(p, 6, 1.5, 12, 7.5, 0.5);
	box(p, 6, 13, 12, 9.5, 0.5);
}

static void card(const struct pen *p)
{
	box(p, 0.5, 4.5, 23, 15, 2.5);
	line(p, 1, 9.5, 23, 9.5);
	line(p, 4.5, 15, 9, 15);
}

static void security_key(const struct pen *p)
{
	circle(p, 7, 12, 5.5);
	line(p, 12, 12, 23, 12);
	line(p, 22, 12, 22, 17);
	line(p, 17.5, 12, 17.5, 15.5);
}

static void hub(const struct pen *p)
{
	dot(p, 12, 4, 2.6);
	for (int i = 0; i < 3; i++) {
		line(p, 12, 4, 4 + 8 * i, 18);
		dot(p, 4 + 8 * i, 19, 2.4);
	}
}

/* What is in nobody's list. */
static void plug(const struct pen *p)
{
	line(p, 8.5, 2, 8.5, 8);
	line(p, 15.5, 2, 15.5, 8);
	box(p, 4.5, 7, 15, 9, 3);
	line(p, 12, 16, 12, 22.5);
}

static const struct {
	const char *kind;
	void (*draw)(const struct pen *pen);
} signs[] = {{"gamepad", gamepad}, {"wheel", wheel}, {"audio", headset}, {"camera", camera},
        {"storage", storage}, {"keyboard", keyboard}, {"mouse", mouse}, {"phone", phone},
        {"network", network}, {"bluetooth", bluetooth}, {"printer", printer}, {"smart-card", card},
        {"fingerprint", security_key}, {"security-key", security_key}, {"hub", hub}};

void sign_draw(struct canvas *canvas, const char *kind, int x, int y, int size, color c)
{
	const struct pen pen = {canvas, x, y, size / 24.0, c};

	for (size_t i = 0; i < ARRAY_SIZE(signs); i++) {
		if (streq(signs[i].kind, kind)) {
			signs[i].draw(&pen);
			return;
		}
	}
	plug(&pen);
}
