/* What a person reads, in the languages of the product. A missing language is a compile error, not a gap
 * that a family finds. T("中文", "English") makes one. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/str.h"

enum lang { LANG_ZH, LANG_EN };

struct text {
    const char *zh;
    const char *en;
};

#define T(chinese, english) ((struct text){ (chinese), (english) })

static inline const char *text_in(struct text text, enum lang lang)
{
    return lang == LANG_EN ? text.en : text.zh;
}

static inline bool text_is_empty(struct text text)
{
    return !text.zh || !text.zh[0];
}

/* The same for text that is data (a school's name): falls back to the Chinese when there is no English. */
struct name {
    struct str zh;
    struct str en;
};

static inline struct str name_in(struct name name, enum lang lang)
{
    return lang == LANG_EN && name.en.n ? name.en : name.zh;
}

#endif
