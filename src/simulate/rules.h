/* Which rules a problem lets us compare. */
#ifndef SIMULATE_RULES_H
#define SIMULATE_RULES_H

#include "simulate/trial.h"

/* Fills in trial->rules: each mechanism with the data's kinds and siblings' rule; without kinds where there are kinds;
 * the other rules for siblings where there are siblings. */
void rules_for(const struct trial_input *input, struct trial *trial);

#endif
