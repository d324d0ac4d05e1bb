/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A running device into its file.
 */
#ifndef M46CTL_CONF_SAVE_H
#define M46CTL_CONF_SAVE_H

#include "conf.h"

/*
 * Write @conf to @path, all or nothing, also where the power fails. What a file
 * that is there has and no device can be asked for stays: commands, the key, the
 * comment on top. Errors are printed. Return: 0 or an exit code.
 */
int conf_save(struct conf *conf, const char *path);

#endif /* M46CTL_CONF_SAVE_H */
