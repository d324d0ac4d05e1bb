/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One thing of a configuration to the kernel, or out of it.
 */
#ifndef M46CTL_CONF_SEND_H
#define M46CTL_CONF_SEND_H

#include "conf.h"

/*
 * Add it (replacing what is there, but for pools), or delete it. @where: in
 * front of errors, which are printed. Return: 0 or an exit code.
 */
int conf_send_pool(const char *dev, const struct pool *pool, bool add,
		   const char *where);
int conf_send_entry(const char *dev, const struct entry *entry, bool add,
		    const char *where);
int conf_send_addr(const char *dev, const struct conf_addr *addr, bool add,
		   const char *where);
int conf_send_route(const char *dev, const struct conf_route *route, bool add,
		    const char *where);

#endif /* M46CTL_CONF_SEND_H */
