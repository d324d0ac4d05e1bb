/* SPDX-License-Identifier: GPL-2.0 */
/* The JSON half of the printer; out.h is for everybody else. */
#ifndef M46CTL_OUT_JSON_H
#define M46CTL_OUT_JSON_H

#include <jansson.h>
#include <stdbool.h>

void out_json_setup(bool pretty);
void out_json_list_begin(void);
void out_json_list_end(void);
/* Enter @container, which becomes a member of the one around it. */
void out_json_open(const char *key, json_t *container);
void out_json_close(void);
void out_json_add(const char *key, json_t *value);
void out_json_string(const char *key, const char *value);

#endif /* M46CTL_OUT_JSON_H */
