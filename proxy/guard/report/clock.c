#include "report/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define US_PER_SECOND 1000000u

uint64_t clock_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * US_PER_SECOND + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void clock_text(uint64_t at_us, int digits, char text[CLOCK_TEXT_MAX])
{
    time_t seconds = (time_t)(at_us / US_PER_SECOND);
    unsigned fraction = (unsigned)(at_us % US_PER_SECOND);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    size_t used = strftime(text, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &parts);
    if (digits == 3)
        fraction /= 1000;
    snprintf(text + used, CLOCK_TEXT_MAX - used, ".%0*uZ", digits, fraction);
}
