/* Working days. Weekends are free but for days that the State Council's yearly notice moves work to; holidays of the
 * notice are free. Both stand in city.yaml (calendar: holidays, working). Terms of cases count in these days: "within
 * 10 working days of the 3rd" ends with the tenth day that is worked after the 3rd. */
#ifndef CITY_WORKDAYS_H
#define CITY_WORKDAYS_H

#include "city/city.h"

bool weekend(int64_t day);
bool workday(const struct city *city, int64_t day);
/* The n-th working day after `day` (n > 0) or before it (n < 0); 0: the day itself, or the next one that is worked. */
int64_t workday_after(const struct city *city, int64_t day, int64_t n);
/* Working days in (from, until]; negative when until lies before from. */
int64_t workdays_between(const struct city *city, int64_t from, int64_t until);
/* A number that changes with the calendar: who keeps deadlines counts them again when it differs. */
int64_t workdays_digest(const struct city *city);

#endif
