/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/args.h"

#include <jansson.h>

bool image_format_writable(const char *format)
{
	return streq(format, "raw") || streq(format, "qcow2");
}

bool image_format_readable(const char *format)
{
	static const char *const known[] = {"raw", "qcow2", "vmdk", "vdi", "vhdx"};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (streq(format, known[i]))
			return true;
	return false;
}

static char *file_of(unsigned fd)
{
	return xasprintf("/proc/self/fd/%u", fd);
}

static char *secret_of(unsigned node)
{
	return xasprintf("secret%u", node);
}

static json_t *node_json(const struct image_chain *image, size_t i, json_t *under)
{
	const struct image_node *node = &image->list[i];
	cleanup_free char *file = file_of(node->fd), *secret = secret_of(node->fd);
	json_t *json = json_pack("{s:s, s:{s:s, s:s}}", "driver", node->format, "file", "driver",
	        "file", "filename", file);

	if (node->encrypted)
		json_object_set_new(json, "encrypt",
		        json_pack("{s:s, s:s}", "format", "luks", "key-secret", secret));
	/* Said even where it is nothing: otherwise the image itself says it. */
	if (streq(node->format, "qcow2"))
		json_object_set_new(json, "backing", under ? under : json_null());
	else
		json_decref(under);
	return json;
}

static char *name_of(const struct image_chain *image)
{
	cleanup_free char *text = NULL;
	json_t *json = NULL;

	if (!image->list[0].format)
		return file_of(image->list[0].fd);
	for (size_t i = image->n; i--;)
		json = node_json(image, i, json);
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return xasprintf("json:%s", text);
}

/* The passphrase is read from a descriptor: a command line can be seen by everybody. */
static void add_secrets(struct strv *args, const struct image_chain *image)
{
	for (size_t i = 0; i < image->n; i++) {
		cleanup_free char *secret = secret_of(image->list[i].fd);

		if (!image->list[i].encrypted)
			continue;
		strv_add(args, "--object");
		strv_addf(args, "secret,id=%s,file=/proc/self/fd/%d", secret, image->secret);
	}
}

static void begin(struct strv *args, const char *command, const struct image_chain *image)
{
	strv_add(args, "qemu-img");
	strv_add(args, command);
	add_secrets(args, image);
}

void image_args_info(struct strv *args, const struct image_chain *image)
{
	begin(args, "info", image);
	strv_add(args, "--output=json");
	strv_add(args, "-U"); /* a running VM may have it: only its head is read */
	strv_take(args, name_of(image));
}

void image_args_measure(struct strv *args, const struct image_chain *image, const char *format)
{
	begin(args, "measure", image);
	strv_add(args, "--output=json");
	strv_add(args, "-O");
	strv_add(args, format);
	strv_take(args, name_of(image));
}

void image_args_check(struct strv *args, const struct image_chain *image, const char *repair)
{
	begin(args, "check", image);
	strv_add(args, "--output=json");
	if (repair) {
		strv_add(args, "-r");
		strv_add(args, repair);
	}
	strv_take(args, name_of(image));
}

void image_args_resize(
        struct strv *args, const struct image_chain *image, uint64_t bytes, bool shrink)
{
	begin(args, "resize", image);
	strv_add(args, "-q");
	if (shrink)
		strv_add(args, "--shrink");
	strv_take(args, name_of(image));
	strv_addf(args, "%llu", (unsigned long long)bytes);
}

void image_args_snapshot(struct strv *args, const struct image_chain *image,
        enum image_snapshot what, const char *tag)
{
	static const char *const options[] = {
	        [IMAGE_SNAPSHOT_CREATE] = "-c",
	        [IMAGE_SNAPSHOT_APPLY] = "-a",
	        [IMAGE_SNAPSHOT_DELETE] = "-d",
	};

	begin(args, "snapshot", image);
	strv_add(args, "-q");
	strv_add(args, options[what]);
	strv_add(args, tag);
	strv_take(args, name_of(image));
}

void image_args_drop_bitmap(struct strv *args, const struct image_chain *image, const char *bitmap)
{
	begin(args, "bitmap", image);
	strv_add(args, "--remove");
	strv_take(args, name_of(image));
	strv_add(args, bitmap);
}

static void add_create_options(
        struct strv *args, const struct image_node *node, const char *backing, const char *format)
{
	cleanup_free char *secret = secret_of(node->fd);

	if (node->encrypted) {
		strv_add(args, "-o");
		strv_addf(args, "encrypt.format=luks,encrypt.key-secret=%s", secret);
	}
	if (backing) {
		strv_add(args, "-u"); /* the size is known, and nothing of it is to be looked at */
		strv_add(args, "-b");
		strv_add(args, backing);
		strv_add(args, "-F");
		strv_add(args, format);
	}
}

void image_args_create(struct strv *args, const struct image_chain *image, uint64_t bytes,
        const char *backing, const char *backing_format)
{
	const struct image_node *node = &image->list[0];

	begin(args, "create", image);
	strv_add(args, "-q");
	strv_add(args, "-f");
	strv_add(args, node->format);
	add_create_options(args, node, backing, backing_format);
	strv_take(args, file_of(node->fd));
	strv_addf(args, "%llu", (unsigned long long)bytes);
}

/* Of the target of convert, which takes no json:. */
static void add_target(struct strv *args, const struct image_node *node)
{
	cleanup_free char *secret = secret_of(node->fd), *encrypt = NULL;

	if (node->encrypted)
		encrypt = xasprintf(",encrypt.format=luks,encrypt.key-secret=%s", secret);
	strv_addf(args, "driver=%s,file.driver=file,file.filename=/proc/self/fd/%u%s", node->format,
	        node->fd, encrypt ? encrypt : "");
}

void image_args_convert(
        struct strv *args, const struct image_chain *from, const struct image_chain *to)
{
	begin(args, "convert", from);
	add_secrets(args, to);
	strv_add(args, "-p");
	strv_add(args, "-n");
	/* Of an encrypted image zeros are not zeros in its file. */
	if (!to->list[0].encrypted)
		strv_add(args, "--target-is-zero");
	strv_add(args, "--target-image-opts");
	strv_take(args, name_of(from));
	add_target(args, &to->list[0]);
}

void image_args_compare(
        struct strv *args, const struct image_chain *one, const struct image_chain *other)
{
	begin(args, "compare", one);
	add_secrets(args, other);
	strv_add(args, "-p");
	strv_take(args, name_of(one));
	strv_take(args, name_of(other));
}
