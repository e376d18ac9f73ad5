/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "input/stir.h"
#include "base/util.h"

void stir_set_axis(struct stir *stir, unsigned code, int minimum, int maximum)
{
	int64_t way = (int64_t)maximum - minimum;

	if (code <= ABS_Y && way > 0)
		stir->axes[code].step = (int)(way / STIR_PARTS);
}

/* Slow moves add up: it is the place of the last look that counts, not the last event. */
static bool has_moved(struct stir *stir, unsigned code, int value)
{
	int64_t way = (int64_t)value - stir->axes[code].last;

	if (llabs(way) < stir->axes[code].step)
		return false;
	stir->axes[code].last = value;
	return true;
}

bool stir_take(struct stir *stir, const struct input_event *events, size_t n)
{
	bool counts = false;

	for (size_t i = 0; i < n; i++) {
		const struct input_event *event = &events[i];

		if (event->type == EV_ABS && event->code <= ABS_Y)
			counts |= has_moved(stir, event->code, event->value);
		else if (event->type != EV_MSC &&
		         (event->type != EV_SYN || event->code == SYN_DROPPED))
			counts = true;
	}
	return counts;
}
