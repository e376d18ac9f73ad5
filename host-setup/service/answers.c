/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answers.h"

#include "base/i18n.h"

#include <errno.h>
#include <jansson.h>

bool answer_is_id(const char *text)
{
	return strlen(text) == 8 && strspn(text, "0123456789abcdef") == 8;
}

static void read_error(json_t *object, int number, struct err *err)
{
	const char *code = "", *message = "", *hint = "";

	json_unpack(object, "{s?s, s?s, s?s}", "code", &code, "message", &message, "hint", &hint);
	/* Facts that have changed are a refusal, as every other one. */
	err_set(err, number == -ESTALE ? -EPERM : number, "%s", message);
	if (*hint)
		err_hint(err, "%s", hint);
	err_code_text(err, code);
}

static int not_understood(const char *verb, int status, struct err *err)
{
	err_set(err, -EIO, _("playthrough-setup %s ended with status %d and no answer"), verb,
	        status);
	err_hint(err, _("its reasons: journalctl -u playthrough-setupd"));
	err_code(err, CODE_SETUP_SERVICE);
	return -EIO;
}

int answer_check(const char *json, const char *verb, int status, struct err *err)
{
	json_t *document = json_loads(json, 0, NULL);
	bool good = json_is_object(document);

	json_decref(document);
	return good ? 0 : not_understood(verb, status, err);
}

char *answer_plan_id(const char *json, int status, struct err *err)
{
	json_t *document = json_loads(json, 0, NULL);
	json_t *refused = json_object_get(document, "refused");
	const char *id = json_string_value(json_object_get(document, "id"));
	char *answer = NULL;

	if (json_is_object(refused))
		read_error(refused, -EPERM, err);
	else if (id && answer_is_id(id) && status == 0)
		answer = xstrdup(id);
	else
		not_understood("plan", status, err);
	json_decref(document);
	return answer;
}

void answer_read_line(const char *line, struct answer_line *out)
{
	json_t *document = json_loads(line, 0, NULL);
	json_t *error = json_object_get(document, "error");
	json_t *percent = json_object_get(document, "percent");
	json_int_t number = json_integer_value(json_object_get(error, "number"));

	*out = (struct answer_line){0};
	out->stage = xstrdup(json_string_value(json_object_get(document, "stage")));
	if (json_integer_value(percent) > 0 && json_integer_value(percent) <= 100)
		out->percent = (unsigned)json_integer_value(percent);
	out->done = json_is_true(json_object_get(document, "done"));
	out->failed = json_is_object(error);
	if (out->failed)
		read_error(error, number < 0 && number > -4096 ? (int)number : -EIO, &out->err);
	json_decref(document);
}

void answer_line_finish(struct answer_line *line)
{
	free(line->stage);
	*line = (struct answer_line){0};
}
