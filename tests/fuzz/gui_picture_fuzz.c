/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any file may lie where a cover is looked for. */
#include "draw/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint32_t pixels[60 * 90];

	for (enum picture_fit fit = PICTURE_FILL; fit <= PICTURE_FIT; fit++) {
		int width = 60, height = 90;

		picture_decode(data, size, fit, pixels, &width, &height);
	}
	return 0;
}
