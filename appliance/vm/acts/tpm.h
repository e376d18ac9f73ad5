/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TPM 2.0 for a VM, played by swtpm(8): a process beside QEMU, under a user of its own, which keeps what the guest stores
 * in it. It ends when QEMU closes its end of the connection, however QEMU ends.
 */
#ifndef VM_TPM_H
#define VM_TPM_H

#include "base/err.h"

#include <systemd/sd-bus.h>

struct tpm_request {
	sd_bus *bus; /* NULL: session mode */
	const char *vm;
	const char *state; /* session mode: the folder for what it keeps, which is made */
	int log;           /* session mode: where its words go */
};

/*
 * Returns the end of its control channel that QEMU gets, or -errno. As a systemd service, @failed is called with the error
 * where it does not start, unless *@call was unreferenced before.
 */
int tpm_start(const struct tpm_request *request, void (*failed)(void *user, const struct err *err),
        void *user, sd_bus_slot **call, struct err *err);

#endif
