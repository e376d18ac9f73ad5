/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "screens/intents.h"

static const struct {
	enum intent_taker taker;
	enum intent_actor actor;
	const char *name;
} intents[INTENT_COUNT] = {
#define X(kind, taker, actor) [INTENT_##kind] = {TAKER_##taker, ACTOR_##actor, #kind},
        INTENTS(X)
#undef X
};

enum intent_taker intent_taker(enum intent_kind kind)
{
	return intents[kind].taker;
}

enum intent_actor intent_actor(enum intent_kind kind)
{
	return intents[kind].actor;
}

const char *intent_name(enum intent_kind kind)
{
	return intents[kind].name;
}
