/* SPDX-License-Identifier: GPL-2.0-or-later */
/* {"DISK": {"image": FILE, "bitmap": NAME, "last": FILE}}: what the next incremental backup goes on from. */
#include "vm/vm_backup.h"

#include <unistd.h>

static char *note_file(const struct vm_backup *b)
{
	return xasprintf("%s/%s/backups.json", b->work->vms->state_dir, b->work->name);
}

static json_t *read_all(const struct vm_backup *b)
{
	cleanup_free char *file = note_file(b);
	cleanup_free char *text = root_read(&b->work->vms->root, file);
	json_t *all = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;

	if (json_is_object(all))
		return all;
	json_decref(all);
	return json_object();
}

void vm_backup_read_note(struct vm_backup *b)
{
	json_t *all = read_all(b), *note = json_object_get(all, b->work->disk);
	const char *image = json_string_value(json_object_get(note, "image"));
	const char *bitmap = json_string_value(json_object_get(note, "bitmap"));
	const char *last = json_string_value(json_object_get(note, "last"));

	/* Whether the last one is there now does not matter: its disk may not be plugged in. */
	if (image && bitmap && last && streq(image, b->work->request.file)) {
		b->old_bitmap = xstrdup(bitmap);
		b->base = xstrdup(last);
	}
	json_decref(all);
}

int vm_backup_write_note(const struct vm_backup *b, struct err *err)
{
	cleanup_free char *file = note_file(b), *text = NULL;
	json_t *all = read_all(b);
	int r;

	json_object_set_new(all, b->work->disk,
	        json_pack("{s:s, s:s, s:s}", "image", b->work->request.file, "bitmap",
	                b->new_bitmap, "last", b->work->request.target));
	text = json_dumps(all, JSON_INDENT(2) | JSON_SORT_KEYS);
	r = root_write(&b->work->vms->root, file, text, strlen(text), 0600, err);
	json_decref(all);
	return r;
}

void vm_backup_destroy(struct vm_backup *b)
{
	sd_event_source_disable_unref(b->tick);
	close_fd(&b->fd);
	free(b->source);
	free(b->target);
	free(b->old_bitmap);
	free(b->new_bitmap);
	free(b->base);
	free(b);
}
