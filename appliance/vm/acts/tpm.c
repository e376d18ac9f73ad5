/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm/acts/tpm.h"

#include "vm/plan/plan.h"

void tpm_arguments(const char *folder, struct strv *args)
{
	static const char *const options[] = {TPM_PROGRAM, "socket", "--tpm2", "--terminate",
	        "--ctrl", "type=unixio,clientfd=0", "--tpmstate"};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		strv_add(args, options[i]);
	strv_addf(args, "dir=%s,mode=0600", folder);
}
