/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VM's disk is another image from now on: written into its profile. */
#include "vm/vm_image.h"

#include "base/i18n.h"
#include "profile/backing.h"
#include "profile/store.h"

#include <errno.h>

static char *with_overlay(
        const char *text, const struct vm_image *work, const char *backing, struct err *err)
{
	cleanup_free char *section = xasprintf("disk %s", work->disk);
	const char *keys[][2] = {
	        {"image", work->request.target}, {"format", "qcow2"}, {"backing", backing}};
	char *now = xstrdup(text);

	for (size_t i = 0; now && i < ARRAY_SIZE(keys); i++) {
		char *next = profile_edit(now, section, keys[i][0], keys[i][1], err);

		free(now);
		now = next;
	}
	return now;
}

/* backing= of the new image: the old one, and what that stands on. Caller frees; NULL with @err. */
static char *chain_of(const struct vm_image *work, struct err *err)
{
	const struct image_request *request = &work->request;
	char *chain = NULL;

	for (size_t i = request->n_backing; i--;) {
		char *next = profile_backings_add(
		        request->backing[i].format, request->backing[i].path, chain);

		free(chain);
		chain = next;
	}
	if (request->n_backing + 1 <= PROFILE_BACKING_MOST) {
		char *whole = profile_backings_add(request->format, request->file, chain);

		free(chain);
		if (whole)
			return whole;
	} else {
		free(chain);
	}
	err_set(err, -EINVAL, _("%s cannot be written into backing="), request->file);
	return NULL;
}

int vm_image_write_overlay(struct vms *vms, const struct vm_image *work, struct err *err)
{
	cleanup_free char *own = profile_where(vms->env.profile_folders, work->name);
	cleanup_free char *backing = chain_of(work, err), *old = NULL, *text = NULL, *file = NULL;
	size_t size;

	if (backing && own)
		old = profile_read(own, &size, err);
	if (old)
		text = with_overlay(old, work, backing, err);
	if (text)
		file = vms_profile_write(vms, work->name, text, old, err);
	if (file)
		return 0;
	if (!own)
		profile_unknown(vms->env.profile_folders, work->name, err);
	err_prefix(err, _("the new image %s is made, but the profile does not name it"),
	        work->request.target);
	return err ? err->number : -EIO;
}
