/* Mailboxes, domains of links, and waybill numbers without a long run of digits. Follows `prefilter`. */
#ifndef HONEY_WORDS_H
#define HONEY_WORDS_H

#include "text.h"

enum {
    MAX_DOMAIN = 255,  /* bytes: RFC 1035, 2.3.4 */
    MAX_LOCAL = 320,   /* of longer ones the line is passed on */
    MAIL_SALT = 2000,
    LINK_SALT = 2001,
    LEAST_WORD = 5,
};

/* Hash letters in one case: all bytes of both sides are treated alike. */
static uint64_t caseless(const uint8_t *from, int64_t length, uint8_t set, uint8_t keep) {
    uint8_t copied[MAX_LOCAL];
    for (int64_t at = 0; at < length; at++)
        copied[at] = (uint8_t)((from[at] | set) & keep);
    return ending(copied + length, length);
}

/* Return the end of the domain, without dots behind it. */
static int64_t domain_end(const struct text *text, int64_t from) {
    int64_t to = from;
    while (to - from <= MAX_DOMAIN && (kind_at(text, to) & DOMAIN))
        to++;
    while (to > from && text->block[to - 1] == '.')
        to--;
    return to;
}

static inline bool local_held(const struct text *text, int64_t from, int64_t to, uint64_t domain) {
    return to > from &&
           held(&text->tables->mailboxes, mixed(caseless(text->block + from, to - from, 32, 255), domain, MAIL_SALT));
}

/* A mailbox stands around an at-sign; a tag and what stands before it without a space are left out. */
static bool mail_at(const struct text *text, int64_t sign) {
    const struct tables *t = text->tables;
    int64_t to = domain_end(text, sign + 1), from = sign, end = sign;
    if (to == sign + 1)
        return false;
    if (to - sign > MAX_DOMAIN)
        return true;
    uint64_t domain = caseless(text->block + sign + 1, to - sign - 1, 32, 255);
    if (!held(&t->domains, domain))
        return false;
    while (from > 0 && !(kind_at(text, from - 1) & MAIL_END)) {
        int width = 1;
        if (sign - from >= MAX_LOCAL - 4)
            return true;
        if (text->block[from - 1] >= 0x80) {
            uint32_t character = char_before(text, from, &width);
            if (t->wide_mail || (marks_of(text, character) & ASCII_LIKE) || local_held(text, from, end, domain))
                return true;
            end = 0;
        } else if (text->block[from - 1] == '+') {
            end = from - 1;
        }
        from -= width;
    }
    return local_held(text, from, end, domain);
}

static uint64_t link_word(const struct tables *t, const uint8_t *dot) {
    uint64_t found = 0;
    for (uint32_t at = 0; at < t->link_before + t->link_behind + 1; at++)
        found |= (uint64_t) * (dot - t->link_before + at) << 8 * at;
    return mixed(found, 0, LINK_SALT);
}

/* The domain of a link may stand around a dot. */
static inline bool link_at(const struct text *text, int64_t dot) {
    const struct tables *t = text->tables;
    return t->has_links && dot >= (int64_t)t->link_before && dot + (int64_t)t->link_behind < text->size &&
           held(&t->links, link_word(t, text->block + dot));
}

/* A run of ASCII letters and digits is a waybill number. */
static inline bool word_held(const struct text *text, int64_t start, int64_t end) {
    const struct tables *t = text->tables;
    int64_t length = end - start;
    return length >= LEAST_WORD && length < 64 && (t->word_lengths >> length & 1) &&
           held(&t->words, caseless(text->block + start, length, 0, 0xDF));
}

#endif
