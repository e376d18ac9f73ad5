/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	import_any(IMPORT_LIBVIRT, data, size);
	return 0;
}
