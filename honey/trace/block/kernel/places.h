/* Addresses: the end of a Chinese road's name with its house number, a word beside a number elsewhere.
 *
 * Follows the anchors and the pairs of `prefilter`, and `addresses.squash`.
 */
#ifndef HONEY_PLACES_H
#define HONEY_PLACES_H

#include "numbers.h"

enum {
    CELL_CHARS = 49,   /* between a road and a number in the next cell, signs not counted */
    NAME_CHARS = 9,    /* between a field's name with digits in it and what follows */
    FIELD_NAMES = 2,
    MAX_HOUSE = 6,     /* digits */
    MAX_ROAD = 4,      /* characters */
    HOUSE_SALT = 1000, /* apart from lengths, the salts of `ending` */
    TAIL_SALT = 1001,
    PAIR_SALT = 1002,  /* word behind the number; one more: before it */
    MAX_WORD = 64,     /* bytes; of longer words the number alone decides */
    MAX_BETWEEN = 3,   /* signs between word and number */
};

/* The last characters of a road's name, one and more of them packed together, signs left out. */
struct road {
    uint64_t names[MAX_ROAD];
    int known, clear; /* names that there are; those that are written as they are compared */
};

static inline bool is_noise(const struct text *text, uint32_t character) {
    if (character < 0x80) {
        uint8_t byte = (uint8_t)character;
        return byte != '\n' && byte != '*' && byte != '#' && !is_digit(byte) && !is_letter(byte);
    }
    return marks_of(text, character) & NOISE;
}

/* Read the name that ends in a place. */
static inline void road_before(const struct text *text, int64_t behind, struct road *road) {
    uint64_t found = 0;
    uint32_t right = 0, widths = text->tables->road_widths; /* right: the character to the right */
    bool blurred = false, signs = false;
    int width;
    road->known = road->clear = 0;
    for (; behind > 0 && widths >> (road->known + 1); behind -= width) {
        uint32_t character = char_before(text, behind, &width);
        if (character == '\n')
            return;
        if (is_noise(text, character)) {
            signs = true;
            continue;
        }
        if (character < 0x80) {
            uint8_t byte = (uint8_t)character;
            blurred |= (!is_digit(byte) && !is_letter(byte)) || (byte | 32) == 'x'; /* a mask */
            blurred |= signs && is_digit(byte) && right < 0x80 && is_digit((uint8_t)right); /* a dash is left between */
        } else {
            bool numeral = marks_of(text, character) & (DIGIT | TEN);
            blurred |= !is_chinese(character) || (numeral && (marks_of(text, right) & UNIT));
        }
        found = found << 16 | (character < 0x10000 ? text->tables->folded[character] : 0);
        road->names[road->known++] = found;
        road->clear = blurred ? road->clear : road->known;
        right = character;
        signs = false;
    }
}

static inline bool is_ours(const struct text *text, const struct road *road) {
    for (int at = 0; at < road->known; at++)
        if ((text->tables->road_widths >> (at + 1) & 1) &&
            (at >= road->clear || held(&text->tables->tails, mixed(road->names[at], 0, TAIL_SALT))))
            return true;
    return false;
}

static inline uint64_t number_word(const uint8_t *digits, int64_t count) {
    uint64_t found = 0;
    for (int64_t at = 0; at < count && at < MAX_HOUSE; at++)
        found |= (uint64_t)digits[at] << 8 * at;
    return found;
}

/* Tell whether digits that end here might go on once signs are left out (9_69, 9 with a numeral behind), or once
 * letters are written as digits.
 */
static inline bool may_go_on(const struct text *text, int64_t end) {
    bool underscore = false;
    int width;
    if (kind_at(text, end) & ALIKE) {
        struct stretch stretch = stretch_at(text, end, 0);
        return respelt(text, &stretch);
    }
    for (int64_t at = end; at < text->size; at += width) {
        uint32_t character = char_at(text, at, &width);
        if (!is_noise(text, character))
            return marks_of(text, character) & (DIGIT | TEN) ||
                   (underscore && character < 0x80 && is_digit((uint8_t)character));
        underscore |= character < 0x10000 && text->tables->folded[character] == '_';
        if (at - end > CELL_CHARS)
            return true;
    }
    return false;
}

/* A road's name with a number that begins somewhere behind it. */
static inline bool house_held(const struct text *text, const struct road *road, int64_t start, int64_t end) {
    const struct tables *t = text->tables;
    uint64_t number = number_word(text->block + start, end - start);
    for (int at = 0; at < road->known; at++)
        if ((t->road_widths >> (at + 1) & 1) &&
            (at < road->clear ? held(&t->houses, mixed(number, road->names[at], HOUSE_SALT))
                              : held(&t->house_numbers, mixed(number, 0, HOUSE_SALT))))
            return true;
    return may_go_on(text, end) && is_ours(text, road);
}

/* A run of digits right behind the last character of a road. */
static inline bool house_at(const struct text *text, int64_t start, int64_t end) {
    struct road road;
    road_before(text, start, &road);
    return house_held(text, &road, start, end);
}

/* A road followed by a numeral, or by a sign and a number within reach. */
static bool house_behind(const struct text *text, int64_t behind) {
    struct road road;
    int names = 0, left = CELL_CHARS, width;
    bool kept_sign = false, noise_only = true;
    uint8_t next = kind_at(text, behind);
    if (behind >= text->size || ((next & WORDLY) && !(next & (ALIKE | LINK))))
        return false;
    uint32_t first = char_at(text, behind, &width);
    if (is_chinese(first) && !(marks_of(text, first) & (DIGIT | TEN | NOISE)))
        return false;
    road_before(text, behind, &road);
    if (!is_ours(text, &road))
        return false;
    for (int64_t at = behind; at < text->size && left > 0; at += width) {
        uint32_t character = char_at(text, at, &width);
        uint16_t mark = marks_of(text, character);
        if (character == '\n')
            return false;
        if (character < 0x80 && is_digit((uint8_t)character)) {
            int64_t end = at;
            while (end < text->size && is_digit(text->block[end]))
                end++;
            if (house_held(text, &road, at, end))
                return true;
            bool field = end < text->size && (text->block[end] == '"' || text->block[end] >= 0x80);
            if (!field || ++names > FIELD_NAMES)
                return false;
            left = NAME_CHARS;
            noise_only = kept_sign = false;
            width = (int)(end - at);
        } else if (mark & (DIGIT | TEN)) {
            if (noise_only || kept_sign || !is_chinese(character))
                return true;
            left--;
        } else if (character < 0x80 && (text->tables->kinds[character] & ALIKE)) {
            struct stretch stretch = stretch_at(text, at, behind);
            if (respelt(text, &stretch))
                return true;
            if (at == behind)
                return false;
            noise_only = false;
            left--;
        } else if (!is_noise(text, character)) {
            bool letter = character < 0x80 && is_letter((uint8_t)character) && (character | 32) != 'x';
            kept_sign |= !letter && !is_chinese(character);
            noise_only = false;
            left--;
        }
    }
    return false;
}

static inline bool is_latin(uint32_t character) {
    return (character < 0x80 && is_letter((uint8_t)character)) || (character >= LATIN_FIRST && character < LATIN_END);
}

/* Words and signs between: where they begin or end, 0 if there are too many or none. */
static int64_t past_signs(const struct text *text, int64_t at, bool forward) {
    int count = 0, width;
    for (; forward ? at < text->size : at > 0; at += forward ? width : -width) {
        uint32_t character = forward ? char_at(text, at, &width) : char_before(text, at, &width);
        bool sign = character == ' ' || character == ',' || character == '.';
        if (character >= 0x80)
            sign = marks_of(text, character) & NOISE;
        if (!sign)
            return count ? at : -1;
        if (++count > MAX_BETWEEN)
            return -1;
    }
    return -1;
}

/* The word that begins at a place or ends before it, with a number; what begins at `limit` is no part of it. */
static bool pair_held(const struct text *text, int64_t place, bool forward, uint64_t number, int64_t limit) {
    const struct tables *t = text->tables;
    uint8_t word[MAX_WORD + LATIN_ROOM];
    int64_t at = place, from, to;
    int count = 0, letters = 0, width;
    bool blurred = false;
    while (forward ? at < limit : at > 0) {
        uint32_t character = forward ? char_at(text, at, &width) : char_before(text, at, &width);
        bool joined = character >= 0x300 && character < 0x370; /* a combining mark */
        if (!is_latin(character) && !joined && !(marks_of(text, character) & ASCII_LIKE && character >= 0x80))
            break;
        blurred |= !is_latin(character);
        at += forward ? width : -width;
        if (++letters > MAX_WORD)
            break;
    }
    if (letters < 2)
        return false;
    from = forward ? place : at, to = forward ? at : place;
    for (at = from; at < to && count <= MAX_WORD && !blurred; at += width) {
        uint32_t character = char_at(text, at, &width);
        if (character < 0x80) {
            word[count++] = (uint8_t)(character | 32);
            continue;
        }
        const uint8_t *folded = t->latin + (character - LATIN_FIRST) * LATIN_ROOM;
        blurred = folded[0] >= LATIN_ROOM;
        for (int byte = 1; !blurred && byte <= folded[0]; byte++)
            word[count++] = folded[byte];
    }
    if (blurred || count > MAX_WORD || letters > MAX_WORD)
        return held(&t->pair_numbers, mixed(number, 0, HOUSE_SALT));
    return held(&t->pairs, mixed(number, ending(word + count, count), forward ? PAIR_SALT : PAIR_SALT + 1));
}

/* A number stands before the word that ends in a place. */
static bool cut_word_held(const struct text *text, int64_t end) {
    int64_t from = end, digits;
    int width, letters = 0;
    while (from > 0 && letters++ <= MAX_WORD && is_latin(char_before(text, from, &width)))
        from -= width;
    int64_t to = past_signs(text, from, false);
    for (digits = to; digits > 0 && to - digits <= MAX_HOUSE && is_digit(text->block[digits - 1]);)
        digits--;
    return digits >= 0 && to > digits && to - digits <= MAX_HOUSE &&
           pair_held(text, from, true, number_word(text->block + digits, to - digits), end);
}

/* A run of digits with a word behind or before it. */
static inline bool word_beside(const struct text *text, int64_t start, int64_t end) {
    int64_t place;
    uint64_t number = number_word(text->block + start, end - start);
    if (end - start <= MAX_HOUSE && !(kind_at(text, start - 1) & WORDLY) && (place = past_signs(text, end, true)) > 0 &&
        pair_held(text, place, true, number, text->size))
        return true;
    return (place = past_signs(text, start, false)) > 0 && pair_held(text, place, false, number, text->size);
}

#endif
