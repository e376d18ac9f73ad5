/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets over the screen's socket, in both directions: any bytes are a message within its limits, or refused. */
#include "bus/screen_wire.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge_event(const union screen_event *event)
{
	if (event->head.kind == SCREEN_RESIZE &&
	        (uint64_t)event->size.width * event->size.height >
	                (uint64_t)SCREEN_WIDTH_MOST * SCREEN_HEIGHT_MOST)
		abort();
	if (event->head.kind == SCREEN_TEXT && strlen(event->text.text) > SCREEN_TEXT_MOST)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct screen_frame frame;
	union screen_event event;
	struct err err = {0};

	if (screen_event_read(data, size, &event, &err) == 0)
		judge_event(&event);
	else if (err.number != -EPROTO)
		abort();
	if (screen_frame_read(data, size, 1280, 720, &frame, &err) < 0)
		return 0;
	for (uint32_t i = 0; i < frame.n_rects; i++)
		if (frame.rects[i].x + frame.rects[i].width > 1280 ||
		        frame.rects[i].y + frame.rects[i].height > 720)
			abort();
	return 0;
}
