/* The time of day as lines carry it. */
#ifndef REPORT_CLOCK_H
#define REPORT_CLOCK_H

#include <stdint.h>

uint64_t clock_now_us(void);       /* since 1970, UTC */
uint64_t clock_monotonic_ms(void); /* never goes back */

#define CLOCK_TEXT_MAX 40

/* RFC 3339 in UTC, with 3 or 6 digits of the second: "2026-11-21T08:46:03.123Z". */
void clock_text(uint64_t at_us, int digits, char text[CLOCK_TEXT_MAX]);

#endif
