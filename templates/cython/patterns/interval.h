/* Intervals of numbers, as a C library would have them. */

#ifndef INTERVAL_H
#define INTERVAL_H

typedef struct {
    double low;
    double high;
} interval_t;

enum { INTERVAL_OK = 0, INTERVAL_EMPTY = 1 };

/* What both have in common; `result` is left alone when that is nothing. */
static inline int interval_intersect(const interval_t *a, const interval_t *b, interval_t *result)
{
    double low = a->low > b->low ? a->low : b->low;
    double high = a->high < b->high ? a->high : b->high;
    if (low > high)
        return INTERVAL_EMPTY;
    result->low = low;
    result->high = high;
    return INTERVAL_OK;
}

#endif
