/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Work on image files for the bus. */
#include "daemon.h"

int daemon_disk_act(
        struct daemon *daemon, const struct bus_disk_act *act, struct vm_job **job, struct err *err)
{
	const struct vm_image_options options = {.verb = act->verb,
	        .vm = act->vm,
	        .disk = act->disk,
	        .file = act->file,
	        .format = act->format,
	        .backing = act->backing,
	        .target = act->target,
	        .target_format = act->target_format,
	        .size = act->size,
	        .tag = act->tag,
	        .repair = act->repair,
	        .shrink = act->shrink,
	        .encrypt = act->encrypt,
	        .incremental = act->incremental,
	        .secret = act->passphrase};

	*job = vms_image(daemon->vms, &options, err);
	return *job ? 0 : err->number;
}
