/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What qemu-img says of a stranger's image, and what a profile says of files below it. */
#include "base/util.h"
#include "image/parse.h"
#include "profile/backing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);
	struct profile_backings backings;
	struct image_info info;
	struct err err = {0};
	uint64_t bytes;
	int percent = image_parse_progress(text);

	if (percent < -1 || percent > 100)
		abort();
	if (image_parse_info(text, &info, &err) == 0)
		image_info_finish(&info);
	else if (!err.message[0])
		abort();
	json_decref(image_parse_check(text, NULL));
	image_parse_measure(text, &bytes, NULL);
	if (image_parse_size(text, &bytes) == 0 && (!bytes || bytes % 512))
		abort();
	image_tag_is_good(text);
	if (profile_backings_parse(text, &backings, NULL) == 0)
		profile_backings_finish(&backings);
	return 0;
}
