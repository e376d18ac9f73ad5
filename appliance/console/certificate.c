/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "console/certificate.h"

#include "base/i18n.h"
#include "base/log.h"
#include "base/root.h"
#include "bus/console_wire.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/file.h>
#include <unistd.h>

#define DAYS      3650
#define DAY_S     (24L * 60 * 60)
#define V3        2 /* counted from 0 */
#define HOST_MOST 63u

static int refuse(struct err *err, const char *path)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	err_set(err, -EIO, "%s: OpenSSL: %s", path, reason ? reason : "?");
	err_code(err, CODE_CONSOLE_CERTIFICATE);
	return -EIO;
}

/* --- making --- */

static bool add_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool done;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, x, x, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	done = extension && X509_add_ext(x, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return done;
}

/* A name with anything else in it would be read as more than a name. */
static bool is_host_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '.')
			return false;
	return name[0] != '\0';
}

static char *other_names(void)
{
	char host[HOST_MOST + 1] = "";

	if (gethostname(host, sizeof(host) - 1) < 0 || !is_host_name(host))
		return xstrdup("DNS:localhost");
	return strchr(host, '.') ? xasprintf("DNS:%s,DNS:localhost", host)
	                         : xasprintf("DNS:%s,DNS:%s.local,DNS:localhost", host, host);
}

static bool set_serial(X509 *x)
{
	BIGNUM *number = BN_new();
	bool done = number && BN_rand(number, 126, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
	            BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));

	BN_free(number);
	return done;
}

/* It is its own authority, so that a viewer can be given it as such. From yesterday on, for clocks that are behind. */
static bool fill(X509 *x, EVP_PKEY *key)
{
	cleanup_free char *names = other_names();
	X509_NAME *name = X509_get_subject_name(x);

	return X509_set_version(x, V3) == 1 && set_serial(x) &&
	       X509_gmtime_adj(X509_getm_notBefore(x), -DAY_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(x), DAYS * DAY_S) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	               (const unsigned char *)CONSOLE_CERTIFICATE_NAME, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(x, name) == 1 && X509_set_pubkey(x, key) == 1 &&
	       add_extension(x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	       add_extension(x, NID_key_usage, "critical,digitalSignature,keyCertSign") &&
	       add_extension(x, NID_ext_key_usage, "serverAuth") &&
	       add_extension(x, NID_subject_alt_name, names) && X509_sign(x, key, EVP_sha256()) > 0;
}

static int write_bio(const char *path, BIO *bio, mode_t mode, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	char *bytes;
	long n = BIO_get_mem_data(bio, &bytes);
	int r = root_open(&root, "/", err);

	return r < 0 ? r : root_write(&root, path, bytes, (size_t)n, mode, err);
}

static EVP_PKEY *make_key(const char *path, struct err *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_secmem());
	int r = key && bio && PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1
	                ? write_bio(path, bio, 0600, err)
	                : refuse(err, path);

	BIO_free(bio);
	if (r == 0)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

/* The line before it is for who writes a file for viewers: they compare the name, too. */
static int make_certificate(const char *path, EVP_PKEY *key, struct err *err)
{
	X509 *x = X509_new();
	BIO *bio = BIO_new(BIO_s_mem());
	int r = x && bio && fill(x, key) &&
	                        BIO_puts(bio, CONSOLE_CERTIFICATE_SUBJECT
	                                "CN=" CONSOLE_CERTIFICATE_NAME "\n") > 0 &&
	                        PEM_write_bio_X509(bio, x) == 1
	                ? write_bio(path, bio, 0644, err)
	                : refuse(err, path);

	BIO_free(bio);
	X509_free(x);
	return r;
}

/* --- reading --- */

/* In a file that is there. */
static EVP_PKEY *read_key(const char *path, struct err *err)
{
	BIO *bio = BIO_new_file(path, "r");
	/* No password is asked for: "" is it. */
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"") : NULL;

	BIO_free(bio);
	if (!key)
		refuse(err, path);
	return key;
}

static int check(const struct certificate *c, X509 *x, EVP_PKEY *key, struct err *err)
{
	if (X509_check_private_key(x, key) != 1) {
		ERR_clear_error();
		err_set(err, -EKEYREJECTED, _("%s and %s do not belong together"), c->certificate,
		        c->key);
		err_hint(err, _("without both files a new pair is made at the next start"));
		err_code(err, CODE_CONSOLE_CERTIFICATE);
		return -EKEYREJECTED;
	}
	if (X509_cmp_current_time(X509_get0_notAfter(x)) < 0)
		log_warning(_("%s: the certificate has expired, and viewers may refuse it; without "
		              "the file a new one is made at the next start"),
		        c->certificate);
	return 0;
}

static int read_certificate(struct certificate *c, EVP_PKEY *key, struct err *err)
{
	BIO *bio = BIO_new_file(c->certificate, "r");
	X509 *x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	unsigned n = sizeof(c->fingerprint);
	int r = x && X509_digest(x, EVP_sha256(), c->fingerprint, &n) == 1
	                ? check(c, x, key, err)
	                : refuse(err, c->certificate);

	X509_free(x);
	BIO_free(bio);
	return r;
}

/* --- both --- */

/* Two consoles of a session may begin at once: one of them makes what both read. */
static int lock_folder(const char *folder, struct err *err)
{
	cleanup(root_close) struct root root = {.fd = -1};
	int fd = -1, r = root_open(&root, "/", err);

	r = r < 0 ? r : root_make_folder(&root, folder, err);
	if (r < 0)
		return r;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX) == 0)
		return fd;
	r = err_errno(err, -errno, "%s", folder);
	close_fd(&fd);
	return r;
}

static int open_both(struct certificate *c, const char *folder, struct err *err)
{
	cleanup_close int lock = lock_folder(folder, err);
	EVP_PKEY *key;
	int r;

	if (lock < 0)
		return lock;
	/* A key without a certificate was cut off half way: it is as good as a new one. */
	key = access(c->key, F_OK) < 0 && access(c->certificate, F_OK) < 0 ? make_key(c->key, err)
	                                                                   : read_key(c->key, err);
	if (!key)
		return err->number;
	r = access(c->certificate, F_OK) < 0 ? make_certificate(c->certificate, key, err) : 0;
	r = r < 0 ? r : read_certificate(c, key, err);
	EVP_PKEY_free(key);
	return r;
}

int certificate_open(struct certificate *out, const char *folder, struct err *err)
{
	int r;

	*out = (struct certificate){
	        .certificate = xasprintf("%s/" CONSOLE_CERTIFICATE_FILE, folder),
	        .key = xasprintf("%s/key.pem", folder)};
	r = open_both(out, folder, err);
	if (r < 0)
		certificate_finish(out);
	return r;
}

void certificate_finish(struct certificate *certificate)
{
	free(certificate->certificate);
	free(certificate->key);
	*certificate = (struct certificate){0};
}
