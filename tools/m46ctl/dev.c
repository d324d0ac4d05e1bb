// SPDX-License-Identifier: GPL-2.0
/*
 * The settings of a device: values of dev_words, and what follows from them.
 */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/m46.h>
#include <sys/socket.h>

#include "answers.h"
#include "dev.h"
#include "err.h"
#include "link.h"
#include "wire.h"

const struct value *dev_value(const struct value *values, int attr)
{
	return &values[words_by_attr(&dev_words, attr) - dev_words.words];
}

unsigned int dev_mode(const struct value *values)
{
	const struct value *mode = dev_value(values, M46_DEV_A_MODE);

	return mode->set ? mode->num : 0;
}

int dev_read(const char *ifname, struct value values[WORDS_MAX])
{
	const struct nlattr *dev = NULL;
	struct answers a;
	int ret;

	ret = answers_get(&a, M46_CMD_DEV_GET, ifname);
	if (!ret && a.n)
		dev = nlmsg_find_attr(a.hdrs[0], GENL_HDRLEN, M46_A_DEV);
	if (dev)
		wire_get_all(dev, &dev_words, values);
	else if (!ret)
		ret = err_refused("%s: the kernel gave no settings", ifname);
	answers_free(&a);

	return ret;
}

int dev_check_mode(const struct value *values, struct parse_err *err)
{
	const struct value *mode = dev_value(values, M46_DEV_A_MODE);
	const struct word *word;
	unsigned int i;

	for (i = 0; mode->set && i < dev_words.n; i++) {
		word = &dev_words.words[i];
		if (values[i].set && !word_in_mode(word, mode->num))
			return parse_fail(err, "%s: not for devices of mode %s",
					  word->name, mode->text);
	}

	return 0;
}

static int find_link(const char *word, struct word_link *named,
		     struct parse_err *err)
{
	struct link link;

	if (!named->name[0])
		return 0;
	if (link_get(0, named->name, &link))
		return parse_fail(err, "%s %s: no such device", word,
				  named->name);
	named->index = (uint32_t)link.ifindex;

	return 0;
}

int dev_find_links(struct value *values, struct parse_err *err)
{
	const struct word *word = dev_words.words;
	unsigned int i, j;

	for (i = 0; i < dev_words.n; i++) {
		if (!values[i].set)
			continue;
		if (word[i].type == WORD_LINK &&
		    find_link(word[i].name, &values[i].link, err))
			return -1;
		for (j = 0; word[i].type == WORD_LINKS && j < values[i].n; j++) {
			if (find_link(word[i].name, &values[i].links[j], err))
				return -1;
		}
	}

	return 0;
}

int dev_map_prefix(const struct value *values, struct prefix *prefix)
{
	const struct value *mode = dev_value(values, M46_DEV_A_MODE);
	const struct value *own = dev_value(values, M46_DEV_A_PREFIXES);
	const struct value *plane = dev_value(values, M46_DEV_A_PLANE);
	unsigned int i;

	if (!mode->set || mode->num == M46_MODE_6TO4 || !own->set || !own->n)
		return -1;
	*prefix = own->list[0];
	if (mode->num != M46_MODE_M46T)
		return 0;
	for (i = 0; plane->set && i < sizeof(plane->plane); i++)
		prefix->bytes[11 - i] |= (uint8_t)(plane->plane >> 8 * i);
	prefix->len = 96;

	return 0;
}

bool dev_is_6rd(const struct value *values)
{
	const struct value *own = dev_value(values, M46_DEV_A_PREFIXES);
	static const struct prefix sixto4 = {
		.family = AF_INET6, .len = 16, .bytes = { 0x20, 0x02 }
	};

	return own->set && own->n && !(own->list[0].len == 16 &&
				       prefix_covers(&sixto4, &own->list[0]));
}

const struct prefix dev_anycast = {
	.family = AF_INET, .len = 32, .bytes = { 192, 88, 99, 1 }
};

bool dev_is_anycast(const struct value *values)
{
	const struct value *anycast = dev_value(values,
						DEV_TUNNEL(M46_TUN_A_ANYCAST));

	return anycast->set && anycast->num && !dev_is_6rd(values);
}

const struct prefix *dev_remote(const struct value *values)
{
	const struct value *remote = dev_value(values,
					       DEV_TUNNEL(M46_TUN_A_REMOTE));

	return remote->set && remote->prefix.v4.s_addr ? &remote->prefix : NULL;
}

bool dev_is_native(const struct value *values, const struct prefix *dst)
{
	const struct value *own = dev_value(values, M46_DEV_A_PREFIXES);
	static const struct prefix global = {
		.family = AF_INET6, .len = 3, .bytes = { 0x20 }
	};

	return (prefix_covers(dst, &global) || prefix_covers(&global, dst)) &&
	       !(own->set && own->n && prefix_covers(&own->list[0], dst));
}

/* How long the prefix is that all IPv4 addresses of the domain have. */
static unsigned int v4_len(const struct value *values)
{
	const struct value *v4 = dev_value(values, DEV_TUNNEL(M46_TUN_A_V4_PREFIX));

	return v4->set ? v4->prefix.len : 0;
}

unsigned int dev_delegated_len(const struct value *values)
{
	if (!dev_is_6rd(values))
		return 0;

	return dev_value(values, M46_DEV_A_PREFIXES)->list[0].len + 32 -
	       v4_len(values);
}

struct in_addr dev_embedded(const struct value *values,
			    const struct prefix *addr)
{
	const struct value *v4 = dev_value(values, DEV_TUNNEL(M46_TUN_A_V4_PREFIX));
	unsigned int bit = dev_value(values, M46_DEV_A_PREFIXES)->list[0].len;
	uint32_t host = v4->set ? ntohl(v4->prefix.v4.s_addr) : 0;
	int i;

	for (i = 31 - (int)v4_len(values); i >= 0; i--, bit++) {
		if (addr->bytes[bit / 8] & 0x80 >> bit % 8)
			host |= 1U << i;
	}

	return (struct in_addr){ .s_addr = htonl(host) };
}

int dev_check_6to4(const char *ifname, const struct value *values)
{
	const struct value *mode = dev_value(values, M46_DEV_A_MODE);

	if (mode->set && mode->num == M46_MODE_6TO4)
		return 0;

	return err_refused("%s: only for devices of mode 6to4", ifname);
}

bool dev_has_u_bits(const struct prefix *prefix)
{
	return prefix->bytes[8];
}
