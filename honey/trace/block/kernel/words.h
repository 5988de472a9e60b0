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
    MAX_LETTERS = 64, /* of a waybill number, and one more */
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

/* Tell whether characters that fold to ASCII follow a domain. */
static bool goes_on(const struct text *text, int64_t from) {
    int width;
    while (kind_at(text, from) & DOMAIN)
        from++;
    if (from >= text->size || text->block[from] < 0x80)
        return false;
    uint32_t character = char_at(text, from, &width);
    uint16_t reads = character < 0x10000 ? text->tables->folded[character] : 0;
    return (marks_of(text, character) & (ASCII_LIKE | DIGIT)) ||
           (reads < 0x80 && (text->tables->kinds[reads] & DOMAIN));
}

static inline bool local_held(const struct text *text, int64_t from, int64_t to, uint64_t domain) {
    return to > from &&
           held(&text->tables->mailboxes, mixed(caseless(text->block + from, to - from, 32, 255), domain, MAIL_SALT));
}

/* A mailbox stands around an at-sign; a tag and what stands before it without a space are left out. */
static bool mail_at(const struct text *text, int64_t sign) {
    const struct tables *t = text->tables;
    int64_t to = domain_end(text, sign + 1), from = sign, end = sign;
    if (goes_on(text, sign + 1))
        return true;
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
            bool folds = marks_of(text, character) & (ASCII_LIKE | DIGIT);
            if (t->wide_mail || folds || local_held(text, from, end, domain))
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

static inline bool word_key_held(const struct tables *t, const uint8_t *word, int64_t length) {
    return length >= LEAST_WORD && length < MAX_LETTERS && (t->word_lengths >> length & 1) &&
           held(&t->words, caseless(word, length, 0, 0xDF));
}

/* A run of ASCII letters and digits is a waybill number. */
static inline bool word_held(const struct text *text, int64_t start, int64_t end) {
    return word_key_held(text->tables, text->block + start, end - start);
}

/* Return the ASCII letter or digit that a character reads as, 0 for all others. */
static inline uint8_t reads_as_ascii(const struct text *text, uint32_t character) {
    uint16_t reads = character < 0x10000 ? text->tables->folded[character] : 0;
    return reads < 0x80 && (text->tables->kinds[reads] & WORDLY) ? (uint8_t)reads : 0;
}

/* A character that reads as letters or digits may belong to a waybill number, or to a number beside a word. */
static bool folded_word_at(const struct text *text, int64_t place, int width) {
    const struct tables *t = text->tables;
    uint8_t word[MAX_LETTERS];
    int64_t from = place, at, length = 0;
    if (t->has_pairs && (is_digit(from > 0 ? text->block[from - 1] : 0) || kind_at(text, place + width) & WORDLY))
        return true;
    for (int back; t->has_words && from > 0 && place - from < MAX_LETTERS; from -= back)
        if (!reads_as_ascii(text, char_before(text, from, &back)))
            break;
    for (at = from; t->has_words && at < text->size && length < MAX_LETTERS; at += width, length++) {
        word[length] = reads_as_ascii(text, char_at(text, at, &width));
        if (!word[length] && at == place) /* several letters */
            return at - from >= LEAST_WORD - 1;
        if (!word[length])
            break;
    }
    return word_key_held(t, word, length);
}

/* A dot that is none in ASCII stands within a word: it may be that of a link. */
static inline bool wide_link_at(const struct text *text, int64_t from, int64_t to, uint32_t character) {
    return text->tables->has_links && character < 0x10000 && text->tables->folded[character] == '.' &&
           (kind_at(text, from - 1) & WORDLY) && (kind_at(text, to) & WORDLY);
}

#endif
