// SPDX-License-Identifier: GPL-2.0
/*
 * "global" of a configuration file of Jool: what its settings are here.
 */
#include <jansson.h>
#include <linux/m46.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "import.h"

#define PLATEAUS_MAX	64	/* Jool's */
#define PLATEAU_MIN	68	/* the kernel's of ours */
#define MTU_MAX		65535
#define EXPIRES_MAX	604800

enum global_type {
	GLOBAL_BOOL,
	GLOBAL_UINT,
	GLOBAL_TIME,
	GLOBAL_PREFIX4,
	GLOBAL_PREFIX6,
	GLOBAL_PLATEAUS,
	GLOBAL_HAIRPIN,
};

enum global_side {
	BOTH,
	SIIT,
	NAT64,
};

enum global_index {
	POOL6,
	LOWEST_IPV6_MTU,
	ZEROIZE_TRAFFIC_CLASS,
	OVERRIDE_TOS,
	TOS,
	MTU_PLATEAUS,
	AMEND_UDP_CHECKSUM_ZERO,
	EAM_HAIRPIN_MODE,
	RFC6791V4_PREFIX,
	RFC6791V6_PREFIX,
	UDP_TIMEOUT,
	TCP_EST_TIMEOUT,
	TCP_TRANS_TIMEOUT,
	ICMP_TIMEOUT,
	WITH_NOTE,
};

/**
 * struct global_key - a setting of Jool
 * @side: which of its two translators has it
 * @max: of numbers
 * @note: what there is in its stead, where that is no setting
 * @quiet: the value that needs no note
 */
static const struct global_key {
	const char *name;
	enum global_type type;
	enum global_side side;
	uint32_t max;
	const char *note;
	uint32_t quiet;
} keys[] = {
	[POOL6] = { "pool6", GLOBAL_PREFIX6, .side = BOTH },
	[LOWEST_IPV6_MTU] = {
		"lowest-ipv6-mtu", GLOBAL_UINT, BOTH, .max = UINT32_MAX },
	[ZEROIZE_TRAFFIC_CLASS] = {
		"zeroize-traffic-class", GLOBAL_BOOL, .side = BOTH },
	[OVERRIDE_TOS] = { "override-tos", GLOBAL_BOOL, .side = BOTH },
	[TOS] = { "tos", GLOBAL_UINT, BOTH, .max = 255 },
	[MTU_PLATEAUS] = { "mtu-plateaus", GLOBAL_PLATEAUS, .side = BOTH },
	[AMEND_UDP_CHECKSUM_ZERO] = {
		"amend-udp-checksum-zero", GLOBAL_BOOL, .side = SIIT },
	[EAM_HAIRPIN_MODE] = { "eam-hairpin-mode", GLOBAL_HAIRPIN, .side = SIIT },
	[RFC6791V4_PREFIX] = { "rfc6791v4-prefix", GLOBAL_PREFIX4, .side = SIIT },
	[RFC6791V6_PREFIX] = { "rfc6791v6-prefix", GLOBAL_PREFIX6, .side = SIIT },
	[UDP_TIMEOUT] = { "udp-timeout", GLOBAL_TIME, .side = NAT64 },
	[TCP_EST_TIMEOUT] = { "tcp-est-timeout", GLOBAL_TIME, .side = NAT64 },
	[TCP_TRANS_TIMEOUT] = { "tcp-trans-timeout", GLOBAL_TIME, .side = NAT64 },
	[ICMP_TIMEOUT] = { "icmp-timeout", GLOBAL_TIME, .side = NAT64 },

	[WITH_NOTE] = { "manually-enabled", GLOBAL_BOOL, BOTH, .quiet = 1,
	  .note = "a device with a file is up; ip link set NAME down stops it" },
	{ "logging-debug", GLOBAL_BOOL, BOTH,
	  .note = "m46ctl -s stats show NAME counts what is dropped, by reason" },
	{ "randomize-rfc6791-addresses", GLOBAL_BOOL, SIIT, .quiet = 1,
	  .note = "addresses of pool6791 are taken at random" },
	{ "address-dependent-filtering", GLOBAL_BOOL, NAT64,
	  .note = "who may begin a connection is what nftables says" },
	{ "drop-icmpv6-info", GLOBAL_BOOL, NAT64,
	  .note = "nftables drops what is not wanted" },
	{ "drop-externally-initiated-tcp", GLOBAL_BOOL, NAT64,
	  .note = "who may begin a connection is what nftables says" },
	{ "maximum-simultaneous-opens", GLOBAL_UINT, NAT64, .max = UINT32_MAX,
	  .note = "no packet is stored, a host without entry is unreachable" },
	{ "source-icmpv6-errors-better", GLOBAL_BOOL, NAT64, .quiet = 1,
	  .note = "the source of an error is translated always" },
	{ "handle-rst-during-fin-rcv", GLOBAL_BOOL, NAT64,
	  .note = "an entry is for a host, not for a connection" },
	{ "logging-bib", GLOBAL_BOOL, NAT64,
	  .note = "m46ctl monitor tells who gets an address, m46-store.service keeps it for m46ctl history" },
	{ "logging-session", GLOBAL_BOOL, NAT64,
	  .note = "there are no sessions; conntrack knows those behind masquerade" },
	{ "f-args", GLOBAL_UINT, NAT64, .max = 15, .note = "ports stay what they are" },
	{ "ss-enabled", GLOBAL_BOOL, NAT64,
	  .note = "entries are not shared between machines" },
	/* Nothing without ss-enabled. */
	{ "ss-flush-asap", GLOBAL_BOOL, .side = NAT64 },
	{ "ss-flush-deadline", GLOBAL_UINT, NAT64, .max = UINT32_MAX },
	{ "ss-capacity", GLOBAL_UINT, NAT64, .max = UINT32_MAX },
	{ "ss-max-payload", GLOBAL_UINT, NAT64, .max = UINT32_MAX },
	{ "ss-max-sessions-per-packet", GLOBAL_UINT, NAT64, .max = UINT32_MAX },
};

#define N_KEYS	ARRAY_SIZE(keys)

/**
 * struct global_value - what the file gives a setting
 * @given: it stands there
 * @set: and is not null
 */
struct global_value {
	bool given;
	bool set;
	uint32_t num;
	struct prefix prefix;
	uint16_t nums[PLATEAUS_MAX];
	unsigned int n;
};

struct import_global {
	struct global_value values[N_KEYS];
};

struct import_global *import_global_new(void)
{
	struct import_global *global = calloc(1, sizeof(*global));

	if (!global)
		abort();

	return global;
}

void import_global_free(struct import_global *global)
{
	free(global);
}

static int fail(struct import *im, const char *key, const char *want)
{
	return import_fail(im, 0, "global.%s: %s expected", key, want);
}

static int read_uint(struct import *im, const char *key, const json_t *json,
		     uint32_t max, uint32_t *num)
{
	json_int_t value = json_integer_value(json);

	if (!json_is_integer(json))
		return fail(im, key, "a number");
	if (value < 0 || value > max)
		return import_fail(im, 0, "global.%s: %lld is out of range 0..%u",
				   key, (long long)value, max);
	*num = (uint32_t)value;

	return 0;
}

/* Return: the number in front of : . or the end, and where it ends; or -1. */
static long read_part(const char **text)
{
	long n = 0;
	int digits = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++) {
		n = 10 * n + **text - '0';
		if (++digits > 8)
			return -1;
	}

	return digits ? n : -1;
}

/* "[[HH:]MM:]SS[.mmm]" in seconds. */
static int read_time(struct import *im, const char *key, const json_t *json,
		     uint32_t *num)
{
	const char *text = json_string_value(json);
	unsigned int parts = 0;
	long n, sum = 0;

	if (!text)
		return fail(im, key, "[[HH:]MM:]SS[.mmm]");
	for (;; text++) {
		n = read_part(&text);
		if (n < 0 || ++parts > 3)
			return fail(im, key, "[[HH:]MM:]SS[.mmm]");
		sum = 60 * sum + n;
		if (*text != ':')
			break;
	}
	if (*text == '.') {
		text++;
		if (read_part(&text) < 0)
			return fail(im, key, "[[HH:]MM:]SS[.mmm]");
	}
	if (*text || sum > UINT32_MAX)
		return fail(im, key, "[[HH:]MM:]SS[.mmm]");
	*num = (uint32_t)sum;

	return 0;
}

static int read_prefix(struct import *im, const char *key, const json_t *json,
		       int family, struct global_value *value)
{
	const char *text = json_string_value(json);
	struct parse_err why;

	value->set = !json_is_null(json);
	if (!value->set)
		return 0;
	if (!text)
		return fail(im, key, "a prefix or null");
	if (parse_prefix_or_host(text, family, 0, family == AF_INET ? 32 : 128,
				 &value->prefix, &why))
		return import_fail(im, 0, "global.%s: %.200s", key, why.text);

	return 0;
}

static int descending(const void *a, const void *b)
{
	const uint16_t *x = a, *y = b;

	return *y - *x;
}

/* In any order, sorted and each once then. */
static int read_plateaus(struct import *im, const char *key, const json_t *json,
			 struct global_value *value)
{
	size_t i, n = json_array_size(json);
	uint32_t num = 0;

	if (!json_is_array(json) || !n || n > PLATEAUS_MAX)
		return fail(im, key, "an array of 1 to 64 numbers");
	for (i = 0; i < n; i++) {
		if (read_uint(im, key, json_array_get(json, i), MTU_MAX, &num))
			return -1;
		value->nums[i] = (uint16_t)num;
	}
	qsort(value->nums, n, sizeof(value->nums[0]), descending);
	for (i = 0; i < n; i++) {
		if (!value->n || value->nums[value->n - 1] != value->nums[i])
			value->nums[value->n++] = value->nums[i];
	}

	return 0;
}

static int read_hairpin(struct import *im, const char *key, const json_t *json,
			uint32_t *num)
{
	static const char *const modes[] = {
		"off", "none", "simple", "intrinsic"
	};
	const char *text = json_string_value(json);
	uint32_t i;

	for (i = 0; text && i < ARRAY_SIZE(modes); i++) {
		*num = i;
		if (!strcmp(text, modes[i]))
			return 0;
	}

	return fail(im, key, "none, simple or intrinsic");
}

static int read_value(struct import *im, const struct global_key *key,
		      const json_t *json, struct global_value *value)
{
	switch (key->type) {
	case GLOBAL_BOOL:
		value->num = json_is_true(json);
		return json_is_boolean(json) ? 0 :
		       fail(im, key->name, "true or false");
	case GLOBAL_UINT:
		return read_uint(im, key->name, json, key->max, &value->num);
	case GLOBAL_TIME:
		return read_time(im, key->name, json, &value->num);
	case GLOBAL_PREFIX4:
		return read_prefix(im, key->name, json, AF_INET, value);
	case GLOBAL_PREFIX6:
		return read_prefix(im, key->name, json, AF_INET6, value);
	case GLOBAL_PLATEAUS:
		return read_plateaus(im, key->name, json, value);
	case GLOBAL_HAIRPIN:
		return read_hairpin(im, key->name, json, &value->num);
	}

	return -1;
}

int import_global_read(struct import *im, struct import_global *global,
		       const char *key, const json_t *json)
{
	struct global_value *value;
	size_t i;

	for (i = 0; i < N_KEYS; i++) {
		if (!strcasecmp(key, keys[i].name))
			break;
	}
	if (i == N_KEYS)
		return import_fail(im, 0, "global.%.64s: unknown key", key);
	value = &global->values[i];
	if (value->given)
		return import_fail(im, 0, "global.%s: given twice", keys[i].name);
	value->given = true;
	value->set = true;

	return read_value(im, &keys[i], json, value);
}

/* --- what they are here */

static void apply_mtu(struct import *im, const struct global_value *values)
{
	uint32_t mtu = values[LOWEST_IPV6_MTU].num;

	if (!values[LOWEST_IPV6_MTU].set || mtu == 1280)
		return;
	if (mtu < 1280 || mtu > MTU_MAX)
		import_note(im, "lowest-ipv6-mtu: %u is out of range 1280..65535",
			    mtu);
	else
		import_set(im, "LowestIpv6Mtu = %u", mtu);
}

static void apply_plateaus(struct import *im, const struct global_value *value)
{
	char list[6 * PLATEAUS_MAX + 1] = "";
	unsigned int i;
	size_t used = 0;

	if (!value->set)
		return;
	if (value->n > M46_PLATEAUS_MAX ||
	    value->nums[value->n - 1] < PLATEAU_MIN) {
		import_note(im, "mtu-plateaus: at most %d, of at least %d",
			    M46_PLATEAUS_MAX, PLATEAU_MIN);
		return;
	}
	for (i = 0; i < value->n; i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used,
					 "%s%u", i ? "," : "", value->nums[i]);
	import_set(im, "MtuPlateaus = %s", list);
}

/* Jool drops such a datagram unless told otherwise, but not as a NAT64. */
static void apply_udp_zero(struct import *im, const struct global_value *value,
			   bool is_nat64)
{
	if (is_nat64 || (value->set && value->num))
		return;
	im->udp_zero = "drop";
	im->udp_zero_key = keys[AMEND_UDP_CHECKSUM_ZERO].name;
}

/* The names of the times that are given, by commas. Return: how many. */
static unsigned int name_times(const struct global_value *values, char *list,
			       size_t size)
{
	unsigned int i, n = 0;
	size_t used = 0;

	for (i = UDP_TIMEOUT; i <= ICMP_TIMEOUT; i++) {
		if (values[i].set)
			used += (size_t)snprintf(list + used, size - used, "%s%s",
						 n++ ? ", " : "", keys[i].name);
	}

	return n;
}

/*
 * An entry has to outlive the longest of the sessions it stands for. After
 * tcp-est-timeout Jool asks the host, and waits for tcp-trans-timeout.
 */
static void apply_times(struct import *im, const struct global_value *values)
{
	const struct global_value *est = &values[TCP_EST_TIMEOUT];
	const struct global_value *trans = &values[TCP_TRANS_TIMEOUT];
	uint64_t longest = (uint64_t)(est->set ? est->num : 7200) +
			   (trans->set ? trans->num : 240);
	char text[TIME_STRLEN], list[128];

	if (!name_times(values, list, sizeof(list)))
		return;
	if (values[UDP_TIMEOUT].num > longest)
		longest = values[UDP_TIMEOUT].num;
	if (values[ICMP_TIMEOUT].num > longest)
		longest = values[ICMP_TIMEOUT].num;
	if (longest > EXPIRES_MAX)
		longest = EXPIRES_MAX;
	if (!longest)
		longest = 1;
	import_set(im, "Expires = %s", time_str((uint32_t)longest, text));
	import_note(im, "%s: an entry has one time for all protocols, the longest",
		    list);
}

static void apply_notes(struct import *im, const struct import_global *global)
{
	size_t i;

	for (i = WITH_NOTE; i < N_KEYS; i++) {
		if (keys[i].note && global->values[i].set &&
		    global->values[i].num != keys[i].quiet)
			import_note(im, "%s: %s", keys[i].name, keys[i].note);
	}
}

/* Which of its translators the file is for, by its settings. */
static void find_sides(const struct import_global *global, const char **siit,
		       const char **nat64)
{
	size_t i;

	for (i = 0; i < N_KEYS; i++) {
		if (!global->values[i].given)
			continue;
		if (keys[i].side == SIIT && !*siit)
			*siit = keys[i].name;
		if (keys[i].side == NAT64 && !*nat64)
			*nat64 = keys[i].name;
	}
}

int import_global_apply(struct import *im, const struct import_global *global,
			const char **siit, const char **nat64)
{
	const struct global_value *values = global->values;
	const struct global_value *hairpin = &values[EAM_HAIRPIN_MODE];
	char text[PREFIX_STRLEN];

	find_sides(global, siit, nat64);
	if (*siit && *nat64)
		return import_fail(im, 0, "%s is for jool_siit, %s is for jool",
				   *siit, *nat64);
	im->prefix_key = "global.pool6";
	if (values[POOL6].set)
		im->prefix = values[POOL6].prefix;
	/* Jool leaves it to the operator which addresses are mapped there. */
	if (!import_compare(&im->prefix, &import_wkp))
		import_set(im, "WkpStrict = off");
	apply_mtu(im, values);
	apply_plateaus(im, &values[MTU_PLATEAUS]);
	if (values[ZEROIZE_TRAFFIC_CLASS].num)
		import_set(im, "TosIgnore = on");
	if (values[OVERRIDE_TOS].num)
		import_set(im, "TosOverride = %u", values[TOS].num);
	if (values[RFC6791V4_PREFIX].set)
		import_set(im, "Pool6791 = %s",
			   prefix_str(&values[RFC6791V4_PREFIX].prefix, text));
	if (values[RFC6791V6_PREFIX].set)
		import_note(im, "rfc6791v6-prefix: no need of it, each IPv4 source has an address in the prefix");
	apply_udp_zero(im, &values[AMEND_UDP_CHECKSUM_ZERO], *nat64);
	im->no_hairpin = hairpin->set && hairpin->num < 2;
	apply_times(im, values);
	apply_notes(im, global);

	return 0;
}
