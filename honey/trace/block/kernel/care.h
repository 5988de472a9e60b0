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
    bool begins = !(kind_at(text, stretch->from - 1) & WORDLY); /* only digits and their like since a word began */
    for (int64_t at = stretch->from; at < stretch->to; at++) {
        uint8_t kind = kind_at(text, at);
        bool wide = at + 1 < text->size && text->block[at + 1] >= 0x80; /* a word that loses its first letter */
        if (t->has_pairs && (kind & ALIKE) && (begins || wide))
            return true;
        if (t->has_words && (kind & WORDLY) && !(kind_at(text, at + 1) & WORDLY) && word_respelt(text, at + 1))
            return true;
        begins = !(kind & WORDLY) || (begins && ((kind & ALIKE) || is_digit(text->block[at])));
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
           (respelt(&stretch) && respelt_held(text, &stretch));
}

#endif
