/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Values of words as netlink attributes, both ways.
 */
#ifndef M46CTL_WIRE_H
#define M46CTL_WIRE_H

#include <netlink/attr.h>
#include <netlink/msg.h>

#include "words.h"

void wire_put(struct nl_msg *msg, const struct word *word,
	      const struct value *value);
/* One prefix as a nest of M46_PREFIX_A_*. */
void wire_put_prefix(struct nl_msg *msg, int attr, const struct prefix *prefix);
void wire_put_all(struct nl_msg *msg, const struct word_table *table,
		  const struct value *values);

/* Return: 0, or -1 where the attribute has not the shape of the word. */
int wire_get(const struct nlattr *nla, const struct word *word,
	     struct value *value);
/* Read the attributes inside @nest; what is absent or odd stays unset. */
void wire_get_all(const struct nlattr *nest, const struct word_table *table,
		  struct value *values);

#endif /* M46CTL_WIRE_H */
