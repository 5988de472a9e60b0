/* Stretches that read differently once letters and other digits are written as ASCII digits: `phones.plain`. */
#ifndef HONEY_CARE_H
#define HONEY_CARE_H

#include "numbers.h"
#include "places.h"
#include "words.h"

/* The word that ends in a place, its last letters written as digits. */
static bool word_respelt(const struct text *text, int64_t end) {
    uint8_t word[MAX_WORD];
    int64_t from = end;
    bool tail = true;
    while (end - from < MAX_WORD && (kind_at(text, from - 1) & WORDLY))
        from--;
    int64_t length = end - from;
    if (length >= MAX_WORD)
        return false;
    for (int64_t at = end - 1; at >= from; at--) {
        uint8_t byte = text->block[at], letter = kind_at(text, at) & ALIKE;
        tail = tail && (letter || is_digit(byte));
        word[at - from] = tail && letter ? (uint8_t)('0' + alike(byte)) : byte;
    }
    return word_key_held(text->tables, word, length);
}

/* Digits and letters like them, from where a word begins, are a number with a word beside it. */
static bool number_respelt(const struct text *text, int64_t start) {
    uint8_t digits[MAX_HOUSE];
    int64_t count = 0, place;
    for (; count < MAX_HOUSE && start + count < text->size; count++) {
        uint8_t byte = text->block[start + count];
        if (!is_digit(byte) && !(kind_at(text, start + count) & ALIKE))
            break;
        digits[count] = is_digit(byte) ? byte : (uint8_t)('0' + alike(byte));
    }
    uint64_t number = number_word(digits, count);
    return count > 0 && (((place = past_signs(text, start + count, true)) > 0 &&
                          pair_held(text, place, true, number, text->size)) ||
                         ((place = past_signs(text, start, false)) > 0 &&
                          pair_held(text, place, false, number, text->size)));
}

/* Words, house numbers and numbers beside words that are others once the letters are written as digits. */
static bool respelt_held(const struct text *text, const struct stretch *stretch) {
    const struct tables *t = text->tables;
    struct road road;
    road_before(text, stretch->from, &road);
    if (is_ours(text, &road))
        return true;
    if (t->has_words && stretch->others)
        return true;
    if (t->has_pairs && cut_word_held(text, stretch->from))
        return true;
    for (int64_t at = stretch->from; at < stretch->to; at++) {
        uint8_t kind = kind_at(text, at);
        bool wide = at + 1 < text->size && text->block[at + 1] >= 0x80; /* a word that loses its first letter */
        if (t->has_pairs && (kind & ALIKE) && wide)
            return true;
        bool begins = (kind & WORDLY) && !(kind_at(text, at - 1) & WORDLY);
        if (t->has_pairs && begins && number_respelt(text, at))
            return true;
        if (t->has_words && (kind & WORDLY) && !(kind_at(text, at + 1) & WORDLY) && word_respelt(text, at + 1))
            return true;
    }
    return false;
}

/* Read the stretch around a place with every digit it may hold; each stretch of a line is read once. */
static bool with_care(struct text *text, int64_t place) {
    if (place < text->done)
        return false;
    struct stretch stretch = stretch_at(text, place, text->done);
    text->done = stretch.to;
    return (stretch.digits >= LEAST_DIGITS && stretch_held(text, stretch.from, stretch.to)) ||
           (respelt(text, &stretch) && respelt_held(text, &stretch));
}

#endif
