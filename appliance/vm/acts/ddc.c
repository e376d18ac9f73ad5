/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/ddc.h"

#include "base/i18n.h"
#include "base/util.h"

#include <errno.h>

#define HOST   0x51 /* the sender: DDC/CI 1.1, 1.5 */
#define TO     0x6e /* a monitor's address as it is on the wire */
#define FROM   0x50 /* what a monitor's checksum begins with: the host's address */
#define LENGTH 0x80
#define GET    0x01
#define REPLY  0x02
#define SET    0x03
/* 4.3: 40 ms until a reply is there, 50 ms after a change; monitors are slower than that, and often miss a question. */
#define REPLY_MS 60u
#define SET_MS   60u
#define TRIES    5u

static uint8_t sum(uint8_t start, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		start ^= bytes[i];
	return start;
}

/* @bytes has room for the checksum behind @n. */
static int say(const struct ddc *ddc, uint8_t *bytes, size_t n)
{
	ssize_t said;

	bytes[n] = sum(TO, bytes, n);
	said = ddc->say(ddc->user, bytes, n + 1);
	return said == (ssize_t)n + 1 ? 0 : said < 0 ? -errno : -EIO;
}

static bool is_reply(const uint8_t *r, ssize_t n, uint8_t feature)
{
	return n == 11 && r[0] == TO && r[1] == (LENGTH | 8) && r[2] == REPLY && r[4] == feature &&
	       r[10] == sum(FROM, r, 10);
}

static int ask(const struct ddc *ddc, uint8_t feature, uint8_t *value)
{
	uint8_t question[5] = {HOST, LENGTH | 2, GET, feature}, reply[11] = {0};
	int r = say(ddc, question, 4);

	if (r < 0)
		return r;
	ddc->rest(ddc->user, REPLY_MS);
	if (!is_reply(reply, ddc->hear(ddc->user, reply, sizeof(reply)), feature))
		return -ENOMSG;
	*value = reply[9]; /* many have rubbish in the upper half */
	return reply[3] == 0 ? 0 : -ENOTSUP;
}

int ddc_get(const struct ddc *ddc, uint8_t feature, uint8_t *value, struct err *err)
{
	int r = -ENOMSG;

	for (unsigned i = 0; i < TRIES && r < 0 && r != -ENOTSUP; i++) {
		if (i)
			ddc->rest(ddc->user, REPLY_MS);
		r = ask(ddc, feature, value);
	}
	if (r == 0)
		return 0;
	err_set(err, r,
	        r == -ENOTSUP ? _("the monitor does not tell which input it shows (DDC/CI)")
	                      : _("the monitor does not answer (DDC/CI)"));
	err_hint(err, _("switch DDC/CI on in the monitor's own menu, where it has that"));
	return r;
}

int ddc_set(const struct ddc *ddc, uint8_t feature, uint8_t value, struct err *err)
{
	int r = -EIO;

	for (unsigned i = 0; i < TRIES && r < 0; i++) {
		uint8_t order[7] = {HOST, LENGTH | 4, SET, feature, 0, value};

		r = say(ddc, order, 6);
		ddc->rest(ddc->user, SET_MS);
	}
	return r < 0 ? err_errno(err, r, _("the monitor is not to be reached (DDC/CI)")) : 0;
}
