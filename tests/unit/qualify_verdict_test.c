/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks of many kinds, and what is said of each: from fio's answer to the verdict. */
#include "qualify/verdict.h"
#include "fio_answer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

/* Loads that several disks share */
#define NO_LOAD           \
	{                 \
		0, {0},   \
		{         \
			0 \
		}         \
	}
#define NVME_RANDOM                                   \
	{                                             \
		16000, {55, 70, 110, 200, 900, 3000}, \
		{                                     \
			0                             \
		}                                     \
	}
#define NVME_DEEP                                        \
	{                                                \
		400000, {75, 110, 180, 400, 1500, 4000}, \
		{                                        \
			0                                \
		}                                        \
	}
#define NVME_SEQ                                            \
	{                                                   \
		6500, {1100, 1300, 1800, 2500, 4000, 6000}, \
		{                                           \
			0                                   \
		}                                           \
	}
#define SATA_RANDOM                                     \
	{                                               \
		10500, {92, 105, 160, 300, 1100, 4200}, \
		{                                       \
			0                               \
		}                                       \
	}
#define SATA_DEEP                                        \
	{                                                \
		95000, {330, 400, 600, 900, 2000, 5000}, \
		{                                        \
			0                                \
		}                                        \
	}
#define SATA_SEQ                                                 \
	{                                                        \
		520, {15000, 16000, 18000, 22000, 30000, 41000}, \
		{                                                \
			0                                        \
		}                                                \
	}
#define HARD_RANDOM                                             \
	{                                                       \
		78, {12400, 19000, 27000, 45000, 60000, 90000}, \
		{                                               \
			0                                       \
		}                                               \
	}
#define HARD_DEEP                                                      \
	{                                                              \
		170, {160000, 330000, 600000, 900000, 900000, 950000}, \
		{                                                      \
			0                                              \
		}                                                      \
	}
#define HARD_SEQ                                                  \
	{                                                         \
		180, {43000, 47000, 60000, 80000, 90000, 120000}, \
		{                                                 \
			0                                         \
		}                                                 \
	}
#define BRIDGED_RANDOM                                  \
	{                                               \
		5200, {185, 210, 320, 800, 2000, 6000}, \
		{                                       \
			0                               \
		}                                       \
	}

static const struct {
	struct shape shape;
	struct qualify_facts facts;
	enum qualify_verdict verdict;
	const char *findings;
} disks[] = {
        {{"NVMe, PCIe 4", {NVME_RANDOM, NVME_DEEP, NVME_SEQ}, 0}, {0}, QUALIFY_GOOD, ""},
        {{"NVMe without memory of its own",
                 {{9500, {98, 130, 220, 700, 3000, 9000}, {0}},
                         {180000, {170, 240, 500, 1500, 4000, 9000}, {0}},
                         {1800, {4200, 5000, 7000, 9000, 12000, 20000}, {0}}},
                 0},
                {0}, QUALIFY_GOOD, ""},
        {{"SATA SSD", {SATA_RANDOM, SATA_DEEP, SATA_SEQ}, 0}, {0}, QUALIFY_GOOD, ""},
        {{"SATA SSD at 3 Gbit/s",
                 {SATA_RANDOM, {60000, {520, 600, 900, 1500, 3000, 6000}, {0}},
                         {258, {30000, 31000, 33000, 36000, 40000, 52000}, {0}}},
                 0},
                {0}, QUALIFY_GOOD, ""},
        {{"SATA SSD at 1.5 Gbit/s",
                 {SATA_RANDOM, {30000, {1000, 1200, 1500, 2000, 4000, 8000}, {0}},
                         {130, {60000, 62000, 66000, 70000, 80000, 90000}, {0}}},
                 0},
                {0}, QUALIFY_SLOW, "slow-sequential"},
        {{"SSD behind USB 3 with UAS",
                 {BRIDGED_RANDOM, {52000, {600, 700, 1000, 1500, 4000, 8000}, {0}},
                         {410, {19000, 20000, 22000, 25000, 30000, 40000}, {0}}},
                 0},
                {.usb_mbps = 5000}, QUALIFY_GOOD, ""},
        {{"SSD behind USB 3 without UAS",
                 {BRIDGED_RANDOM, {5500, {5800, 6000, 6500, 8000, 12000, 16000}, {0}},
                         {350, {22000, 23000, 25000, 28000, 33000, 40000}, {0}}},
                 0},
                {.usb_mbps = 5000}, QUALIFY_SLOW, "no-queue"},
        {{"SSD at USB 2",
                 {{2600, {370, 400, 500, 900, 2000, 6000}, {0}},
                         {3000, {10000, 11000, 12000, 15000, 20000, 30000}, {0}},
                         {40, {200000, 210000, 220000, 250000, 260000, 280000}, {0}}},
                 0},
                {.usb_mbps = 480}, QUALIFY_BAD, "usb2 slow-random no-queue"},
        {{"SSD at USB 2, not known to be so",
                 {{2600, {370, 400, 500, 900, 2000, 6000}, {0}},
                         {6000, {5000, 5500, 6000, 8000, 9000, 12000}, {0}},
                         {40, {200000, 210000, 220000, 250000, 260000, 280000}, {0}}},
                 0},
                {0}, QUALIFY_BAD, "trickles slow-random"},
        {{"hard disk, 7200 turns", {HARD_RANDOM, HARD_DEEP, HARD_SEQ}, 0}, {.rotational = true},
                QUALIFY_SLOW, "hard-disk maybe-shingled few-reads"},
        {{"hard disk that says it is none", {HARD_RANDOM, HARD_DEEP, HARD_SEQ}, 0}, {0},
                QUALIFY_SLOW, "hard-disk maybe-shingled few-reads"},
        {{"hard disk of a laptop",
                 {{54, {18000, 26000, 40000, 60000, 80000, 110000}, {0}},
                         {110, {250000, 500000, 900000, 980000, 980000, 980000}, {0}},
                         {92, {85000, 92000, 110000, 130000, 150000, 160000}, {0}}},
                 0},
                {.rotational = true}, QUALIFY_SLOW, "hard-disk maybe-shingled few-reads"},
        {{"hard disk with a late read in a deep queue",
                 {HARD_RANDOM, {170, {160000, 330000, 600000, 1500000, 2200000, 2300000}, {0}},
                         HARD_SEQ},
                 0},
                {.rotational = true}, QUALIFY_SLOW, "hard-disk maybe-shingled few-reads"},
        {{"hard disk at USB 3",
                 {HARD_RANDOM, HARD_DEEP, {120, {65000, 70000, 80000, 90000, 100000, 130000}, {0}}},
                 0},
                {.rotational = true, .usb_mbps = 5000}, QUALIFY_SLOW,
                "hard-disk maybe-shingled few-reads"},
        {{"hard disk at USB 2",
                 {HARD_RANDOM, HARD_DEEP,
                         {33, {240000, 250000, 270000, 300000, 310000, 330000}, {0}}},
                 0},
                {.rotational = true, .usb_mbps = 480}, QUALIFY_BAD,
                "usb2 hard-disk maybe-shingled few-reads"},
        {{"hard disk with a bad place",
                 {{70, {12400, 19000, 90000, 1900000, 3200000, 3200000}, {0}}, HARD_DEEP, HARD_SEQ},
                 0},
                {.rotational = true}, QUALIFY_BAD, "stall hard-disk maybe-shingled few-reads"},
        {{"hard disk that seeks again and again",
                 {{60, {12400, 40000, 210000, 400000, 600000, 700000}, {0}}, HARD_DEEP, HARD_SEQ},
                 0},
                {.rotational = true}, QUALIFY_SLOW, "hard-disk spikes maybe-shingled few-reads"},
        {{"shingled disk that puts itself in order",
                 {{18, {40000, 110000, 140000, 600000, 900000, 950000}, {0}},
                         {40, {700000, 900000, 950000, 980000, 980000, 980000}, {0}},
                         {85, {92000, 95000, 110000, 160000, 200000, 240000}, {0}}},
                 0},
                {.rotational = true}, QUALIFY_BAD, "crawls few-reads"},
        {{"shingled disk that says so", {HARD_RANDOM, HARD_DEEP, HARD_SEQ}, 0},
                {.rotational = true, .zoned = true}, QUALIFY_BAD, "zoned hard-disk few-reads"},
        {{"shingled disk that is written",
                 {HARD_RANDOM, HARD_DEEP, HARD_SEQ, HARD_SEQ,
                         {400, {2000, 4000, 9000, 20000, 40000, 60000}, {100, 100, 60, 9, 8}}},
                 0},
                {.rotational = true}, QUALIFY_SLOW, "hard-disk shingled few-reads"},
        {{"hard disk that is written",
                 {HARD_RANDOM, HARD_DEEP, HARD_SEQ, HARD_SEQ,
                         {160, {6000, 9000, 14000, 20000, 40000, 60000}, {100, 90, 95, 85, 90}}},
                 0},
                {.rotational = true}, QUALIFY_SLOW, "hard-disk maybe-shingled few-reads"},
        {{"USB stick",
                 {{1400, {640, 900, 2000, 6000, 12000, 20000}, {0}},
                         {1500, {21000, 22000, 26000, 30000, 40000, 60000}, {0}},
                         {125, {63000, 66000, 70000, 80000, 90000, 110000}, {0}}},
                 0},
                {.rotational = true, .usb_mbps = 5000}, QUALIFY_SLOW,
                "slow-random slow-sequential no-queue"},
        {{"eMMC of a small PC",
                 {{5200, {180, 230, 400, 1200, 4000, 9000}, {0}},
                         {12000, {2600, 2800, 3500, 6000, 9000, 14000}, {0}},
                         {290, {27000, 28000, 30000, 36000, 40000, 44000}, {0}}},
                 0},
                {0}, QUALIFY_GOOD, ""},
        {{"NVMe that is too hot",
                 {NVME_RANDOM, NVME_DEEP,
                         {3200, {2400, 3000, 9000, 12000, 14000, 20000},
                                 {100, 100, 98, 60, 35, 30, 30, 31}}},
                 0},
                {.temperature_mc = 84000}, QUALIFY_SLOW, "fades"},
        {{"SSD whose random reads fade",
                 {{10500, {92, 105, 160, 300, 1100, 4200},
                          {100, 100, 100, 100, 100, 100, 100, 100, 50, 45, 45}},
                         SATA_DEEP, SATA_SEQ},
                 0},
                {0}, QUALIFY_SLOW, "fades"},
        {{"SSD that is about to fail",
                 {{8000, {95, 120, 900, 32000, 420000, 900000}, {0}}, SATA_DEEP, SATA_SEQ}, 0},
                {0}, QUALIFY_SLOW, "spikes"},
        {{"SSD that stalls",
                 {{8000, {95, 120, 900, 9000, 90000, 4000000}, {0}}, SATA_DEEP, SATA_SEQ}, 0},
                {0}, QUALIFY_BAD, "stall"},
        {{"SSD with a second on which others had it",
                 {SATA_RANDOM, SATA_DEEP,
                         {520, {15000, 16000, 18000, 22000, 30000, 41000},
                                 {100, 100, 20, 100, 100, 100, 100, 100}}},
                 0},
                {.used = true}, QUALIFY_SLOW, "drops used"},
        {{"SSD with an error", {SATA_RANDOM, SATA_DEEP, SATA_SEQ}, EIO}, {0}, QUALIFY_BAD,
                "errors"},
        {{"disk that only answers with errors", {NO_LOAD}, EIO}, {0}, QUALIFY_BAD, "errors"},
        {{"disk that was pulled out", {NO_LOAD}, ENODEV}, {0}, QUALIFY_BAD, "errors"},
        {{"SSD whose fast part is full",
                 {SATA_RANDOM, SATA_DEEP, SATA_SEQ,
                         {480, {16000, 18000, 22000, 30000, 50000, 80000}, {100, 100, 40, 17, 16}},
                         {20000, {45, 60, 100, 300, 900, 2000}, {0}}},
                 0},
                {0}, QUALIFY_SLOW, "write-fades"},
        {{"system disk", {SATA_RANDOM, SATA_DEEP, SATA_SEQ}, 0}, {.used = true}, QUALIFY_GOOD,
                "used"},
        {{"new SSD", {NVME_RANDOM, NVME_DEEP, NVME_SEQ}, 0}, {.empty = true}, QUALIFY_GOOD,
                "empty"},
        {{"small file", {SATA_RANDOM, SATA_DEEP, SATA_SEQ}, 0},
                {.file = true, .size = UINT64_C(256) << 20}, QUALIFY_GOOD, "small"},
        {{"disk of a virtual machine",
                 {{60000, {14, 18, 30, 90, 700, 3000}, {0}},
                         {70000, {430, 500, 800, 1500, 4000, 9000}, {0}},
                         {2800, {2700, 3000, 4000, 6000, 9000, 20000}, {0}}},
                 0},
                {0}, QUALIFY_GOOD, ""},
        {{"very few reads", {{4, {90, 105, 160, 300, 1100, 4200}, {0}}, NO_LOAD, SATA_SEQ}, 0}, {0},
                QUALIFY_UNKNOWN, "few-reads"},
        {{"no sequential reads", {SATA_RANDOM, SATA_DEEP}, 0}, {0}, QUALIFY_UNKNOWN, ""},
        {{"nothing at all", {NO_LOAD}, 0}, {0}, QUALIFY_UNKNOWN, ""},
};

static char *tell_findings(const struct qualify_opinion *opinion)
{
	struct strv ids = {0};
	char *text;

	for (size_t i = 0; i < opinion->n; i++)
		strv_add(&ids, qualify_finding_id(opinion->list[i]));
	text = strv_join(&ids, " ");
	strv_finish(&ids);
	return text;
}

static void try_disk(size_t i, struct qualify_measured *measured, struct qualify_opinion *opinion)
{
	cleanup_free char *answer = shape_answer(&disks[i].shape);
	cleanup_free char *found = NULL;
	struct err err = {0};

	*measured = (struct qualify_measured){0};
	if (qualify_fio_read(answer, strlen(answer), measured, &err) < 0)
		fail_msg("%s: %s", disks[i].shape.name, err.message);
	qualify_judge(measured, &disks[i].facts, opinion);
	found = tell_findings(opinion);
	if (opinion->verdict != disks[i].verdict || !streq(found, disks[i].findings))
		fail_msg("%s: %s, \"%s\" and not \"%s\"", disks[i].shape.name,
		        qualify_verdict_id(opinion->verdict), found, disks[i].findings);
}

static void test_disks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(disks); i++) {
		struct qualify_measured measured;
		struct qualify_opinion opinion;

		try_disk(i, &measured, &opinion);
	}
}

/* Every finding is met by a disk above, and has words; what weighs is first. */
static void test_words(void **state)
{
	bool seen[FINDINGS] = {false};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(disks); i++) {
		struct qualify_measured measured;
		struct qualify_opinion opinion;

		try_disk(i, &measured, &opinion);
		for (size_t k = 0; k < opinion.n; k++) {
			cleanup_free char *text =
			        qualify_finding_text(opinion.list[k], &measured, &disks[i].facts);

			assert_true(strlen(text) > 20 && ends_with(text, "."));
			assert_null(strstr(text, "nan"));
			seen[opinion.list[k]] = true;
			if (k)
				assert_true(qualify_finding_weight(opinion.list[k]) <=
				            qualify_finding_weight(opinion.list[k - 1]));
		}
	}
	for (enum qualify_finding f = 0; f < FINDINGS; f++)
		if (!seen[f])
			fail_msg("no disk shows %s", qualify_finding_id(f));
}

static void test_numbers_in_words(void **state)
{
	struct qualify_measured measured;
	struct qualify_opinion opinion;
	cleanup_free char *text = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(disks); i++)
		if (streq(disks[i].shape.name, "NVMe that is too hot")) {
			try_disk(i, &measured, &opinion);
			text = qualify_finding_text(FINDING_FADES, &measured, &disks[i].facts);
		}
	assert_non_null(text);
	assert_non_null(strstr(text, "84 °C"));
}

static void test_times(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} times[] = {{0, "-"}, {900, "0.9 µs"}, {62000, "62 µs"}, {1340000, "1.3 ms"},
	        {16700000, "17 ms"}, {2500000000, "2.5 s"}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		cleanup_free char *text = qualify_tell_time(times[i].ns);

		assert_string_equal(text, times[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(test_disks),
	        cmocka_unit_test(test_words),
	        cmocka_unit_test(test_numbers_in_words),
	        cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
