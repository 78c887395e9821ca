/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bytes of the page before and after its data, as tools/page has put them together out of
 * src/view/html/.
 *
 * Layer: view. html_impl.h declares them.
 */
#include "html_impl.h"

const char html_head[] = {
#include "page_head.inc"
};
const size_t html_head_len = sizeof(html_head);

const char html_tail[] = {
#include "page_tail.inc"
};
const size_t html_tail_len = sizeof(html_tail);
