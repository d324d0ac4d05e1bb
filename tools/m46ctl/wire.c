// SPDX-License-Identifier: GPL-2.0
/*
 * Values of words as netlink attributes, both ways.
 */
#include <linux/m46.h>
#include <string.h>
#include <sys/socket.h>

#include "nl.h"
#include "wire.h"

static size_t addr_size(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

void wire_put_prefix(struct nl_msg *msg, int attr, const struct prefix *prefix)
{
	struct nlattr *nest = kn_nest(msg, attr);

	kn_put(msg, prefix->family == AF_INET ? M46_PREFIX_A_IPV4 :
	       M46_PREFIX_A_IPV6, prefix->bytes, addr_size(prefix->family));
	kn_put(msg, M46_PREFIX_A_LEN, &prefix->len, sizeof(prefix->len));
	nla_nest_end(msg, nest);
}

static void put_prefixes(struct nl_msg *msg, const struct word *word,
			 const struct value *value)
{
	struct nlattr *list = kn_nest(msg, word_attr(word));
	unsigned int i;

	for (i = 0; i < value->n; i++)
		wire_put_prefix(msg, M46_LIST_A_PREFIX, &value->list[i]);
	/* An empty list is a value, not nothing. */
	nla_nest_end_keep_empty(msg, list);
}

static void put_links(struct nl_msg *msg, const struct word *word,
		      const struct value *value)
{
	uint32_t index[WORD_LINKS_MAX];
	unsigned int i;

	for (i = 0; i < value->n; i++)
		index[i] = value->links[i].index;
	kn_put(msg, word_attr(word), index, value->n * sizeof(index[0]));
}

void wire_put(struct nl_msg *msg, const struct word *word,
	      const struct value *value)
{
	uint8_t u8 = (uint8_t)value->num;
	uint16_t u16 = (uint16_t)value->num;

	switch (word->type) {
	case WORD_BOOL:
	case WORD_ENUM:
	case WORD_U8:
		kn_put(msg, word_attr(word), &u8, sizeof(u8));
		break;
	case WORD_FLAG:
		kn_put(msg, word_attr(word), NULL, 0);
		break;
	case WORD_U32:
	case WORD_TIME:
		kn_put(msg, word_attr(word), &value->num, sizeof(value->num));
		break;
	case WORD_U16_SPECIAL:
		kn_put(msg, word_attr(word), &u16, sizeof(u16));
		break;
	case WORD_U16_LIST:
		kn_put(msg, word_attr(word), value->nums,
		       value->n * sizeof(value->nums[0]));
		break;
	case WORD_ADDR:
		kn_put(msg, word_attr(word), value->prefix.bytes,
		       addr_size(word->family));
		break;
	case WORD_PREFIX:
		kn_put(msg, word_attr(word), value->prefix.bytes,
		       addr_size(word->family));
		kn_put(msg, word_attr(word) + 1, &value->prefix.len, 1);
		break;
	case WORD_PREFIX_NEST:
		wire_put_prefix(msg, word_attr(word), &value->prefix);
		break;
	case WORD_ADDRS:
	case WORD_PREFIXES:
		put_prefixes(msg, word, value);
		break;
	case WORD_LINK:
		kn_put(msg, word_attr(word), &value->link.index,
		       sizeof(value->link.index));
		break;
	case WORD_LINKS:
		put_links(msg, word, value);
		break;
	case WORD_IFNAME:
		kn_put(msg, word_attr(word), value->ifname,
		       strlen(value->ifname) + 1);
		break;
	case WORD_PLANE:
		kn_put(msg, word_attr(word), &value->plane, sizeof(value->plane));
		break;
	case WORD_KEY:
		kn_put(msg, word_attr(word), value->key, sizeof(value->key));
		break;
	case WORD_PATH:
	case WORD_WHEN:
		break;
	}
}

/* The words whose attributes are in one nest, 0: in none. */
static void put_level(struct nl_msg *msg, const struct word_table *table,
		      const struct value *values, int nest)
{
	unsigned int i;

	for (i = 0; i < table->n; i++) {
		if (values[i].set && table->words[i].attr &&
		    word_nest(&table->words[i]) == nest)
			wire_put(msg, &table->words[i], &values[i]);
	}
}

void wire_put_all(struct nl_msg *msg, const struct word_table *table,
		  const struct value *values)
{
	struct nlattr *nla;
	unsigned int i;
	int nest;

	put_level(msg, table, values, 0);
	/* There is one nest at most. */
	for (i = 0; i < table->n; i++) {
		nest = word_nest(&table->words[i]);
		if (!values[i].set || !nest)
			continue;
		nla = kn_nest(msg, nest);
		put_level(msg, table, values, nest);
		nla_nest_end(msg, nla);
		break;
	}
}

static int get_num(const struct nlattr *nla, size_t size, struct value *value)
{
	uint32_t u32;
	uint16_t u16;
	uint8_t u8;

	if ((size_t)nla_len(nla) != size)
		return -1;
	if (size == sizeof(u8)) {
		memcpy(&u8, nla_data(nla), size);
		value->num = u8;
	} else if (size == sizeof(u16)) {
		memcpy(&u16, nla_data(nla), size);
		value->num = u16;
	} else {
		memcpy(&u32, nla_data(nla), size);
		value->num = u32;
	}

	return 0;
}

static int get_nums(const struct nlattr *nla, struct value *value)
{
	size_t len = (size_t)nla_len(nla);

	if (len > sizeof(value->nums) || len % sizeof(value->nums[0]))
		return -1;
	value->n = (unsigned int)(len / sizeof(value->nums[0]));
	memcpy(value->nums, nla_data(nla), len);

	return 0;
}

static int get_links(const struct nlattr *nla, struct value *value)
{
	size_t i, len = (size_t)nla_len(nla), size = sizeof(uint32_t);
	const char *data = nla_data(nla);

	if (len > WORD_LINKS_MAX * size || len % size)
		return -1;
	value->n = (unsigned int)(len / size);
	memset(value->links, 0, sizeof(value->links));
	for (i = 0; i < value->n; i++)
		memcpy(&value->links[i].index, data + i * size, size);

	return 0;
}

static int get_addr(const struct nlattr *nla, uint8_t family,
		    struct prefix *addr)
{
	size_t size = addr_size(family);

	if (!nla || (size_t)nla_len(nla) != size)
		return -1;
	memset(addr, 0, sizeof(*addr));
	addr->family = family;
	addr->len = (uint8_t)(8 * size);
	memcpy(addr->bytes, nla_data(nla), size);

	return 0;
}

static int get_prefix(const struct nlattr *nest, uint8_t family,
		      struct prefix *prefix)
{
	int attr = family == AF_INET ? M46_PREFIX_A_IPV4 : M46_PREFIX_A_IPV6;
	const struct nlattr *len;

	if (get_addr(nla_find(nla_data(nest), nla_len(nest), attr), family,
		     prefix))
		return -1;
	len = nla_find(nla_data(nest), nla_len(nest), M46_PREFIX_A_LEN);
	if (!len || nla_len(len) != 1)
		return -1;
	prefix->len = nla_get_u8(len);

	return 0;
}

static int get_prefixes(const struct nlattr *nla, const struct word *word,
			struct value *value)
{
	const struct nlattr *item;
	int left;

	value->n = 0;
	nla_for_each_nested(item, nla, left) {
		if (nla_type(item) != M46_LIST_A_PREFIX)
			continue;
		if (value->n == WORD_LIST_MAX ||
		    get_prefix(item, word->family, &value->list[value->n]))
			return -1;
		value->n++;
	}

	return 0;
}

int wire_get(const struct nlattr *nla, const struct word *word,
	     struct value *value)
{
	switch (word->type) {
	case WORD_BOOL:
	case WORD_ENUM:
	case WORD_U8:
		return get_num(nla, 1, value);
	case WORD_U32:
	case WORD_TIME:
		return get_num(nla, 4, value);
	case WORD_U16_SPECIAL:
		return get_num(nla, 2, value);
	case WORD_U16_LIST:
		return get_nums(nla, value);
	case WORD_ADDR:
		return get_addr(nla, word->family, &value->prefix);
	case WORD_PREFIX_NEST:
		return get_prefix(nla, word->family, &value->prefix);
	case WORD_ADDRS:
	case WORD_PREFIXES:
		return get_prefixes(nla, word, value);
	case WORD_LINK:
		memset(&value->link, 0, sizeof(value->link));
		if (nla_len(nla) != sizeof(value->link.index))
			return -1;
		memcpy(&value->link.index, nla_data(nla),
		       sizeof(value->link.index));
		return 0;
	case WORD_LINKS:
		return get_links(nla, value);
	case WORD_PLANE:
		if (nla_len(nla) != sizeof(value->plane))
			return -1;
		memcpy(&value->plane, nla_data(nla), sizeof(value->plane));
		return 0;
	case WORD_FLAG:
		return 0;
	case WORD_PREFIX:	/* two attributes: the caller's business */
	case WORD_IFNAME:
	case WORD_KEY:
	case WORD_PATH:
	case WORD_WHEN:
		break;
	}

	return -1;
}

/* The attribute of a word, inside its nest if it has one; NULL: absent. */
static const struct nlattr *find_attr(const struct nlattr *set,
				      const struct word *word)
{
	int nest = word_nest(word);

	if (nest)
		set = nla_find(nla_data(set), nla_len(set), nest);

	return set ? nla_find(nla_data(set), nla_len(set), word_attr(word)) :
		     NULL;
}

void wire_get_all(const struct nlattr *nest, const struct word_table *table,
		  struct value *values)
{
	const struct nlattr *nla;
	unsigned int i;

	for (i = 0; i < table->n; i++) {
		nla = find_attr(nest, &table->words[i]);
		values[i].set = nla && !wire_get(nla, &table->words[i],
						 &values[i]);
	}
}
