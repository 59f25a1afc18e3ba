/* Which schools a family wishes for: near ones, sought-after ones, sometimes a private one. */
#ifndef DEMO_TASTE_H
#define DEMO_TASTE_H

#include "demo/build.h"

/* Indexes of schools, first wish first; at most `most`. Keeps within the policy's numbers. */
size_t taste_wishes(const struct builder *builder, const struct family *family, const struct policy *policy,
                    uint32_t *wishes, size_t most);

#endif
