/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Descriptors from a stranger's device: read within their bounds, and to an end. */
#include "host/usb_descriptors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* An isochronous endpoint needs 7 bytes; what is found in less was read past the end. */
	if (usb_descriptors_isochronous(data, size) && size < 7)
		abort();
	return 0;
}
