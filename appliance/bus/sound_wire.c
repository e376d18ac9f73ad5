/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus/sound_wire.h"

#include <errno.h>

size_t sound_samples_size(size_t n_frames)
{
	return offsetof(struct sound_samples, frames) + n_frames * sizeof(uint32_t);
}

static int wrong(struct err *err, const char *what)
{
	return err_set(err, -EPROTO, "sound: %s", what);
}

static int read_head(const void *packet, size_t n, union sound_message *out, struct err *err)
{
	*out = (union sound_message){.head = {0}};
	if (n < sizeof(out->head) || n > sizeof(*out))
		return wrong(err, "length");
	memcpy(out, packet, n);
	return out->head.version == SOUND_VERSION ? 0 : wrong(err, "version");
}

static int judge_samples(size_t n, size_t *n_frames, struct err *err)
{
	size_t bytes = n - offsetof(struct sound_samples, frames);

	if (!bytes || bytes % sizeof(uint32_t))
		return wrong(err, "length of samples");
	*n_frames = bytes / sizeof(uint32_t);
	return 0;
}

int sound_read_console(
        const void *packet, size_t n, union sound_message *out, size_t *n_frames, struct err *err)
{
	const struct sound_state *s = &out->state;
	int r = read_head(packet, n, out, err);

	*n_frames = 0;
	if (r < 0)
		return r;
	if (out->head.kind == SOUND_PLAYED)
		return judge_samples(n, n_frames, err);
	if (out->head.kind == SOUND_REPLACED && n == sizeof(out->head))
		return 0;
	if (out->head.kind != SOUND_STATE || n != sizeof(*s))
		return wrong(err, "kind");
	if (s->playing > 1 || s->recording > 1 || s->out.mute > 1 || s->in.mute > 1)
		return wrong(err, "state");
	return 0;
}

int sound_read_seat(
        const void *packet, size_t n, union sound_message *out, size_t *n_frames, struct err *err)
{
	int r = read_head(packet, n, out, err);

	*n_frames = 0;
	if (r < 0)
		return r;
	if (out->head.kind != SOUND_RECORDED)
		return wrong(err, "kind");
	return judge_samples(n, n_frames, err);
}

static uint16_t scaled(uint16_t sample, unsigned volume)
{
	return (uint16_t)((int16_t)sample * (int)volume / (int)SOUND_VOLUME_FULL);
}

void sound_scale(uint32_t *frames, size_t n, const struct sound_level *level)
{
	unsigned left = level->mute ? 0 : level->volume[0];
	unsigned right = level->mute ? 0 : level->volume[1];

	if (left == SOUND_VOLUME_FULL && right == SOUND_VOLUME_FULL)
		return;
	for (size_t i = 0; i < n; i++)
		frames[i] = scaled((uint16_t)frames[i], left) |
		            (uint32_t)scaled((uint16_t)(frames[i] >> 16), right) << 16;
}
