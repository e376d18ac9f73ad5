/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the console proves itself with on the network: a key, and a certificate that says nobody else vouches for it.
 * Made at the first start, for ten years; a person compares the fingerprint once. A certificate of one's own can lie there
 * instead.
 */
#ifndef CONSOLE_CERTIFICATE_H
#define CONSOLE_CERTIFICATE_H

#include "base/err.h"

#define CERTIFICATE_FINGERPRINT 32u /* bytes; SHA-256 */

struct certificate {
	char *certificate; /* file, PEM; all may read it: viewers are given it */
	char *key;         /* file, PEM, for its owner alone */
	uint8_t fingerprint[CERTIFICATE_FINGERPRINT];
};

/*
 * Reads those in @folder, or makes them and the folder. What is there and no good is left as it is: an error. On failure
 * nothing is left in @out.
 */
int certificate_open(struct certificate *out, const char *folder, struct err *err);
void certificate_finish(struct certificate *certificate);

#endif
