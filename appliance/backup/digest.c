/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backup/digest.h"

#include <openssl/evp.h>

#define ZEROS (1u << 20)

struct digest {
	EVP_MD_CTX *context;
};

/* Nothing but the lack of memory makes these fail. */
static void must(int done)
{
	if (done != 1)
		abort();
}

struct digest *digest_create(void)
{
	struct digest *digest = xcalloc(1, sizeof(*digest));

	digest->context = EVP_MD_CTX_new();
	must(digest->context && EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) == 1);
	return digest;
}

void digest_add(struct digest *digest, const void *bytes, size_t n)
{
	must(EVP_DigestUpdate(digest->context, bytes, n));
}

int digest_zeros(struct digest *digest, uint64_t n, struct backup_watch *watch, struct err *err)
{
	static const unsigned char zeros[ZEROS];
	int r = 0;

	for (; n && r == 0; n -= n < ZEROS ? n : ZEROS) {
		digest_add(digest, zeros, n < ZEROS ? (size_t)n : ZEROS);
		r = backup_watch_add(watch, 0, err);
	}
	return r;
}

void digest_end(struct digest *digest, unsigned char out[BACKUP_DIGEST])
{
	must(EVP_DigestFinal_ex(digest->context, out, NULL));
}

void digest_destroy(struct digest **digest)
{
	if (*digest)
		EVP_MD_CTX_free((*digest)->context);
	free(*digest);
	*digest = NULL;
}
