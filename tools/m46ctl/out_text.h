/* SPDX-License-Identifier: GPL-2.0 */
/* The text half of the printer; out.h is for everybody else. */
#ifndef M46CTL_OUT_TEXT_H
#define M46CTL_OUT_TEXT_H

#include "out.h"

void out_text_setup(void);
void out_text_list_begin(const struct out_column *columns);
void out_text_list_end(void);
bool out_text_measure_begin(void);
void out_text_measure_end(void);
void out_text_object_end(void);
void out_text_value(const char *key, const char *format, const char *value);
void out_text_array_begin(const char *key, const char *empty);
void out_text_array_end(void);
void out_text_heading(const char *heading);
void out_text_row_base(void);
void out_text_row_end(void);
/* Outside of lists: a text with the colour of @key, padded to @width. */
void out_text_field(const char *key, const char *text, int width);

#endif /* M46CTL_OUT_TEXT_H */
