/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The settings of a device: values of dev_words, and what follows from them.
 */
#ifndef M46CTL_DEV_H
#define M46CTL_DEV_H

#include "words.h"

/* The value of the word that stands for an attribute M46_DEV_A_*. */
const struct value *dev_value(const struct value *values, int attr);

/* enum m46_mode, 0 where it is not known. */
unsigned int dev_mode(const struct value *values);

/* Print what the kernel has told, as words of the current object. */
void dev_print(const struct value *values);

/* Ask the kernel. Errors are printed. Return: 0 or an exit code. */
int dev_read(const char *ifname, struct value values[WORDS_MAX]);

/*
 * Fail on a word that devices of the mode do not have; without mode all may
 * be right.
 */
int dev_check_mode(const struct value *values, struct parse_err *err);

/* Look up the indexes of the devices that are named. Return: 0, or -1. */
int dev_find_links(struct value *values, struct parse_err *err);

/*
 * The prefix that IPv4 addresses become IPv6 addresses with: the first of the
 * own ones, and the plane ID behind it. Return: 0, or -1 where none is known,
 * or none is there: mode 6to4.
 */
int dev_map_prefix(const struct value *values, struct prefix *prefix);

/* Whether it is a 6rd domain, by a prefix that is not that of 6to4. */
bool dev_is_6rd(const struct value *values);

/* 192.88.99.1, the relays' (RFC 3068); and whether the device has it. */
extern const struct prefix dev_anycast;
bool dev_is_anycast(const struct value *values);

/* Mode 6to4: the other end of a tunnel, the border relay; NULL: none. */
const struct prefix *dev_remote(const struct value *values);

/*
 * Whether a route is one to native IPv6, and not just to the domain. Its own
 * prefix is the domain's.
 */
bool dev_is_native(const struct value *values, const struct prefix *dst);

/* How long the prefixes are that a 6rd domain gives its sites; 0: no 6rd. */
unsigned int dev_delegated_len(const struct value *values);
/* Hosts need a /64 (RFC 5969, section 4); more than that is of little use. */
#define DELEGATED_MAX	64

/* The IPv4 address inside an address of the domain. */
struct in_addr dev_embedded(const struct value *values,
			    const struct prefix *addr);

/* Refuse devices of other modes (printed). Return: 0 or an exit code. */
int dev_check_6to4(const char *ifname, const struct value *values);

/* RFC 6052 wants bits 64 to 71 zero, and so does BIND. */
bool dev_has_u_bits(const struct prefix *prefix);
void dev_warn_u_bits(const char *ifname, const struct prefix *prefix);

/* What the kernel takes and will not do what one might expect. */
void dev_warn(const char *name, const struct value *values);
void dev_warn_expires(const char *name, const struct value *values);
void dev_warn_mapping(const char *name, const struct value *values);
void dev_warn_anycast(const char *name, const struct value *values);

#endif /* M46CTL_DEV_H */
