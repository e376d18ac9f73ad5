/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image/parse.h"

#include "base/i18n.h"

#include <ctype.h>
#include <errno.h>

#define SIZE_MOST (1ull << 60)
#define NAME_MOST 4096u

static json_t *load(const char *text, struct err *err)
{
	json_error_t why;
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &why);

	if (json_is_object(json))
		return json;
	json_decref(json);
	err_set(err, -EBADMSG, _("qemu-img answered what is not understood: %s"),
	        json ? "" : why.text);
	return NULL;
}

static uint64_t number(const json_t *json, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(json, key));

	return value < 0 ? 0 : (uint64_t)value;
}

static char *text_of(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? xstrndup(text, NAME_MOST) : NULL;
}

static json_t *read_snapshots(const json_t *list, size_t *n)
{
	json_t *all = json_array(), *s;
	size_t i;

	*n = json_array_size(list);
	json_array_foreach (list, i, s) {
		if (i == IMAGE_SNAPSHOTS_MOST)
			break;
		json_array_append_new(
		        all, json_pack("{s:O?, s:O?, s:I, s:I}", "id", json_object_get(s, "id"),
		                     "tag", json_object_get(s, "name"), "date",
		                     (json_int_t)number(s, "date-sec"), "vm_state_bytes",
		                     (json_int_t)number(s, "vm-state-size")));
	}
	return all;
}

static json_t *read_bitmaps(const json_t *list)
{
	json_t *all = json_array(), *b;
	size_t i;

	json_array_foreach (list, i, b) {
		json_t *name = json_object_get(b, "name");

		if (i < IMAGE_SNAPSHOTS_MOST && json_is_string(name))
			json_array_append(all, name);
	}
	return all;
}

int image_parse_info(const char *text, struct image_info *out, struct err *err)
{
	json_t *json = load(text, err), *data;
	json_int_t size;

	if (!json)
		return -EBADMSG;
	size = json_integer_value(json_object_get(json, "virtual-size"));
	if (!json_is_string(json_object_get(json, "format")) || size < 0 ||
	        (uint64_t)size > SIZE_MOST) {
		json_decref(json);
		return err_set(err, -EBADMSG, _("qemu-img tells no format and size of it"));
	}
	data = json_object_get(json_object_get(json, "format-specific"), "data");
	*out = (struct image_info){
	        .format = text_of(json, "format"),
	        .size = (uint64_t)size,
	        .used = number(json, "actual-size"),
	        .encrypted = json_is_true(json_object_get(json, "encrypted")),
	        .corrupt = json_is_true(json_object_get(data, "corrupt")),
	        .backing = text_of(json, "backing-filename"),
	        .backing_format = text_of(json, "backing-filename-format"),
	        .bitmaps = read_bitmaps(json_object_get(data, "bitmaps")),
	};
	out->luks = json_is_object(json_object_get(data, "encrypt")) && streq(out->format, "qcow2");
	out->snapshots = read_snapshots(json_object_get(json, "snapshots"), &out->n_snapshots);
	json_decref(json);
	return 0;
}

void image_info_finish(struct image_info *info)
{
	free(info->format);
	free(info->backing);
	free(info->backing_format);
	json_decref(info->snapshots);
	json_decref(info->bitmaps);
	*info = (struct image_info){0};
}

json_t *image_parse_check(const char *text, struct err *err)
{
	json_t *json = load(text, err), *out;

	if (!json)
		return NULL;
	out = json_pack("{s:I, s:I, s:I, s:I}", "errors",
	        (json_int_t)(number(json, "corruptions") + number(json, "check-errors")), "leaks",
	        (json_int_t)number(json, "leaks"), "errors_fixed",
	        (json_int_t)number(json, "corruptions-fixed"), "leaks_fixed",
	        (json_int_t)number(json, "leaks-fixed"));
	json_decref(json);
	return out;
}

int image_parse_measure(const char *text, uint64_t *out, struct err *err)
{
	json_t *json = load(text, err);

	if (!json)
		return -EBADMSG;
	*out = number(json, "required");
	json_decref(json);
	return 0;
}

int image_parse_progress(const char *text)
{
	const char *found = NULL;
	int percent = 0;

	for (const char *at = text; (at = strchr(at, '(')) != NULL; at++)
		if (isdigit((unsigned char)at[1]))
			found = at + 1;
	if (!found)
		return -1;
	for (; isdigit((unsigned char)*found) && percent <= 100; found++)
		percent = percent * 10 + (*found - '0');
	return percent > 100 ? 100 : percent;
}

int image_parse_size(const char *text, uint64_t *out)
{
	static const char units[] = "KMGTP";
	cleanup_free char *digits = xstrdup(text);
	size_t n = strlen(digits);
	const char *unit = n ? strchr(units, toupper((unsigned char)digits[n - 1])) : NULL;
	unsigned shift = unit ? (unsigned)(unit - units + 1) * 10 : 0;
	uint64_t value;

	if (unit)
		digits[n - 1] = '\0';
	if (!*digits || parse_u64(digits, 10, UINT64_MAX, &value) < 0)
		return -EINVAL;
	if (!value || value > SIZE_MOST >> shift || (value << shift) % 512)
		return -ERANGE;
	*out = value << shift;
	return 0;
}

bool image_tag_is_good(const char *tag)
{
	size_t n = strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                       "0123456789._-");

	return n && n <= 64 && !tag[n] && isalnum((unsigned char)tag[0]);
}
