/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan_options.h"
#include "way_in.h"

#include "base/i18n.h"
#include "profile/profile.h"

#include <errno.h>
#include <getopt.h>

static int usage_error(bool apply, struct err *err, const char *fmt, const char *what)
{
	err_set(err, -EINVAL, fmt, what);
	err_code(err, CODE_USAGE);
	err_hint(err,
	        apply ? "playthrough-setup apply [same] [--gpu ADDR] [--usb ADDR] [--profile NAME] "
	                "[--plan ID] [--yes]"
	              : "playthrough-setup plan [--json] [--gpu ADDR] [--usb ADDR] [--profile "
	                "NAME] [--plan ID]");
	return -EINVAL;
}

static int add_address(struct plan_options *out, bool apply, enum plan_role role,
        const char *option, const char *text, struct err *err)
{
	cleanup_free char *from = xasprintf("--%s %s", option, text);
	struct pci_addr addr;

	if (pci_addr_parse(text, &addr) < 0)
		return usage_error(apply, err,
		        _("%s: not a PCI address such as 01:00.0 or 0000:01:00.0"), from);
	plan_wishes_add(&out->wishes, role, addr, NULL, -1, -1, from);
	return 0;
}

static enum plan_role role_of(const struct profile_pci *pci)
{
	switch (pci->kind) {
	case PROFILE_PCI_GPU:
		return PLAN_ROLE_GPU;
	case PROFILE_PCI_USB:
		return PLAN_ROLE_USB;
	case PROFILE_PCI_AUDIO:
	case PROFILE_PCI_OTHER:
		break;
	}
	return PLAN_ROLE_OTHER;
}

static const char *kind_name(const struct profile_pci *pci)
{
	switch (pci->kind) {
	case PROFILE_PCI_GPU:
		return "gpu";
	case PROFILE_PCI_USB:
		return "usb-controller";
	case PROFILE_PCI_AUDIO:
		return "audio";
	case PROFILE_PCI_OTHER:
		break;
	}
	return "pci";
}

static void add_profile_wish(
        struct plan_options *out, const char *name, const struct profile_pci *pci)
{
	cleanup_free char *from = xasprintf(_("profile %s: [%s%s%s]"), name, kind_name(pci),
	        pci->name[0] ? " " : "", pci->name);

	plan_wishes_add(&out->wishes, role_of(pci), pci->address, pci->path, pci->vendor,
	        pci->device, from);
}

/* This PC keeps such a card, with all that is on it, until the game starts. */
static bool is_handed_over(const struct profile *profile, struct pci_addr addr)
{
	for (size_t i = 0; i < profile->n_pci; i++) {
		struct pci_addr card = profile->pci[i].address;

		card.function = addr.function;
		if (profile->pci[i].hand_over && pci_addr_equal(card, addr))
			return true;
	}
	return false;
}

/* Everything the profile passes through, as it names it. */
static int add_profile(struct plan_options *out, const char *name, struct err *err)
{
	struct strv folders = {0};
	struct profile profile;
	int r;

	strv_add(&folders, "/etc/playthrough/profiles");
	strv_add(&folders, DATADIR "/profiles");
	r = profile_find(&folders, name, &profile, err);
	strv_finish(&folders);
	if (r < 0)
		return r;
	for (size_t i = 0; i < profile.n_pci; i++) {
		const struct profile_pci *pci = &profile.pci[i];

		/* A part of a card is made of it by this PC's driver. */
		if (is_handed_over(&profile, pci->address) || profile_pci_is_share(pci)) {
			out->wishes.none = true;
			continue;
		}
		add_profile_wish(out, name, pci);
	}
	if (!profile.n_pci) {
		err_set(err, -EINVAL, _("profile %s passes no PCI device (%s)"), name,
		        profile.file);
		err_hint(err, _("add a [gpu] section with its address, or plan without --profile"));
		err_code(err, CODE_SETUP_PROFILE);
		r = -EINVAL;
	}
	profile_finish(&profile);
	return r;
}

int plan_options_parse(int argc, char **argv, bool apply, struct plan_options *out, struct err *err)
{
	static const struct option known[] = {{"json", no_argument, NULL, 'j'},
	        {"yes", no_argument, NULL, 'y'}, {"gpu", required_argument, NULL, 'g'},
	        {"usb", required_argument, NULL, 'u'}, {"profile", required_argument, NULL, 'p'},
	        {"plan", required_argument, NULL, 'i'}, {"progress", no_argument, NULL, 'P'}, {0}};
	int option, r = 0;

	*out = (struct plan_options){0};
	optind = 0;
	opterr = 0;
	while (r == 0 && (option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 'j' && !apply)
			out->json = true;
		else if (option == 'y' && apply)
			out->yes = true;
		else if (option == 'g' && streq(optarg, "none"))
			out->wishes.none = true;
		else if (option == 'g')
			r = add_address(out, apply, PLAN_ROLE_GPU, "gpu", optarg, err);
		else if (option == 'u')
			r = add_address(out, apply, PLAN_ROLE_USB, "usb", optarg, err);
		else if (option == 'P' && apply)
			out->progress = true;
		else if (option == 'i')
			out->id = optarg;
		else if (option == 'p')
			r = add_profile(out, optarg, err);
		else
			r = usage_error(apply, err, _("unknown option or missing value: %s"),
			        argv[optind - 1]);
	}
	if (r == 0 && apply && optind < argc && streq(argv[optind], "same")) {
		out->same = true;
		optind++;
	}
	if (r == 0 && out->same && (out->wishes.n || out->wishes.none))
		r = usage_error(apply, err, _("%s names the devices already: leave out the others"),
		        "same");
	if (r == 0 && optind < argc)
		r = usage_error(apply, err, _("unexpected argument: %s"), argv[optind]);
	if (r < 0)
		plan_options_finish(out);
	return r;
}

void plan_options_finish(struct plan_options *options)
{
	plan_wishes_finish(&options->wishes);
}

static void name_ways(const struct root *root, const struct host *host, struct plan *plan)
{
	struct strv given = {0};
	struct facts facts;

	for (size_t i = 0; i < plan->n_devices; i++)
		strv_add(&given, plan->devices[i].path);
	facts_take(root, &facts);
	way_in_find(host, &facts, &given, &plan->ways);
	facts_finish(&facts);
	strv_finish(&given);
}

int planned_make(
        const struct root *root, struct plan_wishes *wishes, struct planned *out, struct err *err)
{
	struct host host;
	int r = boot_take(root, &out->boot, err);

	if (r < 0)
		return r;
	if (!wishes->n && !wishes->none)
		plan_read_bind_conf(out->boot.files.list[0].old_bytes, wishes);
	r = host_take(root, &host, err);
	if (r == 0) {
		r = plan_make(&host, &out->boot, wishes, &out->plan, err);
		if (r == 0)
			name_ways(root, &host, &out->plan);
		host_finish(&host);
	}
	if (r < 0)
		boot_finish(&out->boot);
	return r;
}

int planned_is(const struct planned *planned, const char *id, struct err *err)
{
	if (!id || streq(planned->plan.id, id))
		return 0;
	err_set(err, -ESTALE, _("plan %s is not the plan that this PC gives now, which is %s"), id,
	        planned->plan.id);
	err_hint(err, _("the PC or the devices named have changed since, or that plan was made "
	                "without root, which alone reads serial numbers: look at the new plan, "
	                "then apply that"));
	err_code(err, CODE_SETUP_STALE);
	return -ESTALE;
}

void planned_finish(struct planned *planned)
{
	plan_finish(&planned->plan);
	boot_finish(&planned->boot);
}

int plan_failed(int r, const struct err *err)
{
	if (r != -ENOTUNIQ)
		return r;
	err_print(err, "playthrough-setup");
	return 4;
}
