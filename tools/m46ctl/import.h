/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration of another translator, made into one of ours: import_jool.c
 * and import_tayga.c read it, import_map.c decides what its table of addresses
 * becomes, import.c makes the file.
 *
 * No netlink, no output. What is read may be anybody's: its size is bounded, and
 * none of its text gets into the file but what has been parsed.
 */
#ifndef M46CTL_IMPORT_H
#define M46CTL_IMPORT_H

#include "conf.h"

#define IMPORT_SIZE_MAX		(16U << 20)	/* bytes that are read */
#define IMPORT_ENTRIES_MAX	65536		/* static entries that are made */
#define IMPORT_NOTES_MAX	64		/* those behind them are counted */
#define IMPORT_TEXT		256
#define IMPORT_NAME		32

struct import_note {
	char text[IMPORT_TEXT];
};

/**
 * struct import_map - IPv6 addresses that stand for IPv4 addresses
 * @name: what the file calls it: "eamt[3]", "map in line 7"
 * @number: the order of the file
 * @gone: it has no equivalent, which has been noted
 */
struct import_map {
	struct prefix ipv6;
	struct prefix ipv4;
	char name[IMPORT_NAME];
	unsigned int number;
	bool gone;
};

/**
 * struct import - what a file says, in words of ours
 * @title: the first comment
 * @err: why it cannot be
 * @prefix: for IPv4 addresses that no map has; family 0: there is none
 * @prefix_key: what the file calls it
 * @hosts_key: what gives addresses to hosts: the device is of mode m46t;
 *	NULL: nothing does
 * @udp_zero: value of the word
 * @udp_zero_key: what the file calls it
 * @no_hairpin: hosts of maps must not reach one another by IPv4 addresses
 * @adpt: mode of the device, see import_maps()
 * @settings: lines of [Device]
 * @excludes: of the first pool
 * @notes: what has no equivalent
 * @n_more: how many more
 */
struct import {
	struct import_note title;
	struct conf_error err;
	struct prefix prefix;
	const char *prefix_key;
	const char *hosts_key;
	const char *udp_zero;
	const char *udp_zero_key;
	bool no_hairpin;
	bool adpt;
	CONF_LIST(struct import_note) settings;
	CONF_LIST(struct import_map) maps;
	CONF_LIST(struct prefix) routes;
	CONF_LIST(struct prefix) addrs;
	CONF_LIST(struct prefix) pools;
	CONF_LIST(struct prefix) excludes;
	CONF_LIST(struct import_note) notes;
	unsigned int n_more;
};

/* Fill @im, which is all zero. Return: 0, or -1 with @im->err filled. */
int import_jool(struct import *im, const char *text, size_t n);
int import_tayga(struct import *im, const char *text, size_t n);

/*
 * Then make a configuration of it, which the reader of files has read. Return:
 * likewise. Free both, with import_free() and conf_free(), either way.
 */
int import_make(struct import *im, struct conf *conf);
void import_free(struct import *im);

/* A file, with a comment for each note. */
void import_print(FILE *f, const struct import *im, const struct conf *conf);

/* The first error counts. Return: -1. */
int import_fail(struct import *im, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void import_title(struct import *im, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* What has no equivalent: "KEY: REASON". */
void import_note(struct import *im, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* "Key = value", which is right. */
void import_set(struct import *im, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

struct import_map *import_add_map(struct import *im, const struct prefix *ipv6,
				  const struct prefix *ipv4);

/*
 * What the maps, as far as they can be, make of the device: rules where each
 * IPv6 address has its IPv4 address in the last 32 bits, and entries else.
 * Sections go to @f. Return: 0, or -1.
 */
int import_maps(struct import *im, FILE *f);

/* 64:ff9b::/96 */
extern const struct prefix import_wkp;

#define import_add(list, prefix) (*conf_add(list) = *(prefix))
int import_compare(const void *a, const void *b);

/* jool.json: the value of a member of "global", and what all of them give. */
struct json_t;
struct import_global;
struct import_global *import_global_new(void);
void import_global_free(struct import_global *global);
int import_global_read(struct import *im, struct import_global *global,
		       const char *key, const struct json_t *value);
int import_global_apply(struct import *im, const struct import_global *global,
			const char **siit, const char **nat64);

#endif /* M46CTL_IMPORT_H */
