#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// Swift imports neither function-like macros nor variadic functions, and OpenSSL's typed
// stacks consist of the former. Each function below stands for exactly one of them.

static inline EVP_PKEY *cmq_EVP_EC_gen_P384(void) { return EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"); }

static inline EVP_PKEY *cmq_EVP_RSA_gen(unsigned int bits) { return EVP_RSA_gen(bits); }

static inline long cmq_BIO_get_mem_data(BIO *bio, char **data) { return BIO_get_mem_data(bio, data); }

static inline unsigned long cmq_ERR_GET_REASON(unsigned long code) { return (unsigned long)ERR_GET_REASON(code); }

static inline STACK_OF(X509) *cmq_sk_X509_new(void) { return sk_X509_new_null(); }
static inline int cmq_sk_X509_push(STACK_OF(X509) *stack, X509 *certificate) {
    return sk_X509_push(stack, certificate);
}
static inline int cmq_sk_X509_num(const STACK_OF(X509) *stack) { return stack ? sk_X509_num(stack) : 0; }
static inline X509 *cmq_sk_X509_value(const STACK_OF(X509) *stack, int index) { return sk_X509_value(stack, index); }
// Frees the stack and not what is on it.
static inline void cmq_sk_X509_free(STACK_OF(X509) *stack) { sk_X509_free(stack); }

static inline int cmq_sk_X509_REVOKED_num(STACK_OF(X509_REVOKED) *stack) {
    return stack ? sk_X509_REVOKED_num(stack) : 0;
}
static inline X509_REVOKED *cmq_sk_X509_REVOKED_value(STACK_OF(X509_REVOKED) *stack, int index) {
    return sk_X509_REVOKED_value(stack, index);
}

static inline GENERAL_NAMES *cmq_sk_GENERAL_NAME_new(void) { return sk_GENERAL_NAME_new_null(); }
static inline int cmq_sk_GENERAL_NAME_push(GENERAL_NAMES *names, GENERAL_NAME *name) {
    return sk_GENERAL_NAME_push(names, name);
}
static inline int cmq_sk_GENERAL_NAME_num(const GENERAL_NAMES *names) { return names ? sk_GENERAL_NAME_num(names) : 0; }
static inline GENERAL_NAME *cmq_sk_GENERAL_NAME_value(const GENERAL_NAMES *names, int index) {
    return sk_GENERAL_NAME_value(names, index);
}

static inline int cmq_sk_ASN1_OBJECT_num(const EXTENDED_KEY_USAGE *usages) {
    return usages ? sk_ASN1_OBJECT_num(usages) : 0;
}
static inline ASN1_OBJECT *cmq_sk_ASN1_OBJECT_value(const EXTENDED_KEY_USAGE *usages, int index) {
    return sk_ASN1_OBJECT_value(usages, index);
}

// RFC 4514 text in UTF-8; control characters stay escaped.
static inline int cmq_X509_NAME_print_rfc4514(BIO *bio, const X509_NAME *name) {
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}
