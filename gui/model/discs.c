/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/discs.h"
#include "model/parts.h"
#include "model/safe.h"

/* --- an image --- */

static void image_finish(struct disc_image *image)
{
	free(image->path);
	free(image->name);
	free(image->folder);
}

/* @path "": none */
static struct disc_image image_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder = xstrndup(path, slash ? (size_t)(slash - path) : 0);

	return (struct disc_image){.path = xstrdup(path),
	        .name = model_text(slash ? slash + 1 : path),
	        .folder = model_text(slash && !*folder ? "/" : folder)};
}

static void images_finish(struct discs *discs)
{
	for (size_t i = 0; i < discs->n_images; i++)
		image_finish(&discs->images[i]);
	free(take_ptr(discs->images));
	discs->n_images = 0;
}

static int compare_images(const void *a, const void *b)
{
	const struct disc_image *x = a, *y = b;
	int order = strcasecmp(x->name, y->name);

	return order ? order : strcmp(x->path, y->path);
}

/* Into a list of their own first: the paths may be borrowed from the one that is there. */
void discs_set_images(struct discs *discs, const struct strv *paths)
{
	struct disc_image *images = NULL;
	size_t n = 0;

	for (size_t i = 0; i < paths->n && n < DISCS_IMAGES_MOST; i++)
		*list_append(images, n) = image_of(paths->list[i]);
	if (n)
		qsort(images, n, sizeof(*images), compare_images);
	images_finish(discs);
	discs->images = images;
	discs->n_images = n;
	discs->looked = true;
}

/* --- drives --- */

static void drives_finish(struct disc_drive *drives, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(drives[i].name);
		image_finish(&drives[i].in);
	}
	free(drives);
}

static struct disc_drive drive_of(const json_t *json)
{
	const char *file = json_string_value(json_object_get(json, "file"));

	return (struct disc_drive){.name = model_member_text(json, "name"),
	        .in = image_of(file ? file : ""),
	        .open = json_is_true(json_object_get(json, "open")),
	        .locked = json_is_true(json_object_get(json, "locked"))};
}

static bool is_same(const struct disc_drive *a, const struct disc_drive *b)
{
	return streq(a->name, b->name) && streq(a->in.path, b->in.path) && a->open == b->open &&
	       a->locked == b->locked;
}

static bool are_same(const struct disc_drive *a, size_t n_a, const struct disc_drive *b, size_t n_b)
{
	for (size_t i = 0; n_a == n_b && i < n_a; i++)
		if (!is_same(&a[i], &b[i]))
			return false;
	return n_a == n_b;
}

bool discs_set(struct discs *discs, const char *vm, const char *text)
{
	cleanup_json json_t *json = json_loads(text, 0, NULL);
	const json_t *list = json_object_get(json, "cdroms"), *one;
	struct disc_drive *drives = NULL;
	size_t n = 0, i;
	bool same;

	json_array_foreach (list, i, one)
		if (n < DISCS_DRIVES_MOST)
			*list_append(drives, n) = drive_of(one);
	same = discs->vm && streq(discs->vm, vm) &&
	       are_same(discs->drives, discs->n_drives, drives, n);
	drives_finish(discs->drives, discs->n_drives);
	discs->drives = drives;
	discs->n_drives = n;
	free(discs->vm);
	discs->vm = xstrdup(vm);
	return !same;
}

size_t discs_count(const struct discs *discs, const char *vm)
{
	return discs->vm && streq(discs->vm, vm) ? discs->n_drives : 0;
}

const struct disc_drive *discs_drive(const struct discs *discs, const char *vm, const char *name)
{
	for (size_t i = 0; i < discs_count(discs, vm); i++)
		if (streq(discs->drives[i].name, name))
			return &discs->drives[i];
	return NULL;
}

void discs_finish(struct discs *discs)
{
	drives_finish(discs->drives, discs->n_drives);
	images_finish(discs);
	free(discs->vm);
	*discs = (struct discs){0};
}
