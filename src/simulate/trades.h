/* Who could have a better wish with nobody worse off? */
#ifndef SIMULATE_TRADES_H
#define SIMULATE_TRADES_H

#include "simulate/seating.h"

/* How many tickets of one place could each be given a better wish, by trading places along a circle or by moving up a
 * chain that ends at a free place, so that no ticket has a worse one. Tickets of several places stay where they are. */
double measure_trades(struct arena *arena, const struct seating *seating);

#endif
