/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a daemon, a settings file and a document of a model may say to the front end. */
#include "model/model.h"
#include "model/settings.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = xstrndup((const char *)data, size);
	struct settings settings = settings_parse(text);
	struct strv sections = {0};
	struct model model;

	free(settings_format(&settings));
	model_init(&model);
	model_set_vms(&model, text, NULL);
	model_set_usb(&model, text, 1, NULL);
	model_set_usb(&model, text, 2, NULL);
	pc_set(&model.pc, text, NULL);
	plan_set(&model.plan, text, NULL);
	setup_state_set(&model.setup, text, NULL);
	setup_state_kept(&model.setup, text, 1, NULL);
	if (model.n_usb)
		plan_toggle(&model.plan, &model.pc, model.usb[0].sysname);
	if (model.pc.n_gpus)
		plan_toggle(&model.plan, &model.pc, model.pc.gpus[0].address);
	free(plan_command(&model.plan));
	model_set_usb_ports(&model, text, NULL);
	model_set_usb_why(&model, text, NULL);
	offers_set(&model.profiles.offers, text, NULL);
	shown_set(&model.profiles.shown, text, NULL);
	drop_ins_sections(&model.profiles.shown.drop_ins, text, &sections);
	strv_finish(&sections);
	drive_set(&model.drive, "a", text, NULL);
	checked_set(&model.profiles.checked, "a", "", text, NULL);
	model_load(&model, text, 3, NULL);
	model_newest_usb(&model);
	model_finish(&model);
	return 0;
}
