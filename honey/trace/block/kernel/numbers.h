/* Phone and waybill numbers: whole, in pieces with signs between, masked, and with characters read as digits.
 *
 * Follows `phones.phones_in`, `phones.plain` and the runs of `prefilter`.
 */
#ifndef HONEY_NUMBERS_H
#define HONEY_NUMBERS_H

#include "text.h"

enum {
    MAX_GAP = 64,      /* bytes between two pieces: sixteen signs of four */
    CUT_RUN = 48,      /* `phones.MAX_RUN`: longer runs are cut anywhere, so every place of them may end a number */
    CUT_DIGITS = 20,   /* the same for the digits of one piece */
    LEAST_DIGITS = 5,  /* `phones.MIN_VISIBLE_DIGITS` */
    BEGINNING_BITS = 16,
    WINDOW = 512,      /* digits of a stretch looked at together */
    OVERLAP = 128,     /* of them looked at again with the next: twice the longest number */
    REACH = 49,        /* digits before and behind a mask that may belong to it */
    WINDOW_MASKS = 128,
};

/* Codes dialled before a number, see `phones._masked`. */
static const struct {
    const char *digits;
    int length;
} DIALLED[] = {{"", 0}, {"0", 1}, {"86", 2}, {"086", 3}, {"0086", 4}};

/* Decoys' numbers come from few ranges: most strangers begin otherwise, and this look stays in the nearest cache. */
static inline bool begins_alike(const struct tables *t, const uint8_t *digits) {
    uint64_t place = (load64(digits) << 24) * 0x9E3779B97F4A7C15u >> (64 - BEGINNING_BITS);
    return t->beginnings[place >> 6] >> (place & 63) & 1;
}

/* A run of ASCII digits ends in a number that is looked for. */
static inline bool whole(const struct text *text, int64_t start, int64_t end) {
    const struct tables *t = text->tables;
    const uint8_t *last = text->block + end;
    for (uint32_t at = 0; at < t->length_count && t->lengths[at] <= end - start; at++) {
        uint32_t length = t->lengths[at];
        if ((length < 8 || begins_alike(t, last - length)) && held(&t->numbers, ending(last, length)))
            return true;
    }
    return false;
}

static inline uint32_t value(const uint8_t *digits, int count) {
    uint32_t found = 0;
    for (int at = 0; at < count; at++)
        found = found * 10 + (digits[at] - '0');
    return found;
}

static inline bool bit(const uint8_t *bits, uint32_t at) {
    return bits[at >> 3] >> (at & 7) & 1;
}

/* The digits before a mask, and those behind it up to one of several places, are a masked number. */
static bool ends_held(const struct tables *t, const uint8_t *prefix, int before, const uint8_t *suffix, int behind) {
    if (!bit(t->firsts, value(prefix, 3)))
        return false;
    if (behind >= 4)
        return bit(t->ends4, value(prefix, 3) * 10000 + value(suffix + behind - 4, 4));
    if (behind >= 2)
        return bit(t->ends2, value(prefix, 3) * 100 + value(suffix + behind - 2, 2));
    return before >= 7 && bit(t->heads7, value(prefix, 7));
}

static bool masked_held(const struct tables *t, const uint8_t *prefix, int before, const uint8_t *suffix, int behind) {
    for (size_t code = 0; code < sizeof DIALLED / sizeof *DIALLED; code++) {
        int length = DIALLED[code].length;
        if (before - length >= 3 && memcmp(prefix, DIALLED[code].digits, (size_t)length) == 0 &&
            ends_held(t, prefix + length, before - length, suffix, behind))
            return true;
    }
    return false;
}

/* Digits of a stretch, with the places of masks among them. */
struct window {
    uint8_t digits[WINDOW];
    int count;
    int masks[WINDOW_MASKS]; /* how many digits stand before each */
    int mask_count;
};

/* Any place of the window may begin and end a number. */
static bool window_held(const struct tables *t, const struct window *window) {
    for (int end = (int)t->shortest; end <= window->count; end++)
        for (uint32_t at = 0; at < t->length_count && (int)t->lengths[at] <= end; at++)
            if (held(&t->numbers, ending(window->digits + end, t->lengths[at])))
                return true;
    for (int at = 0; at < window->mask_count; at++) {
        int mask = window->masks[at];
        int first = mask > REACH ? mask - REACH : 0;
        int last = window->count < mask + REACH ? window->count : mask + REACH;
        if (t->any_mask && mask >= 3)
            return true;
        for (int start = first; start <= mask - 3; start++)
            for (int end = mask; end <= last; end++)
                if (ends_held(t, window->digits + start, mask - start, window->digits + mask, end - mask))
                    return true;
    }
    return false;
}

static void slide(struct window *window) {
    int gone = window->count > OVERLAP ? window->count - OVERLAP : 0, kept = 0;
    memmove(window->digits, window->digits + gone, (size_t)(window->count - gone));
    window->count -= gone;
    for (int at = 0; at < window->mask_count; at++)
        if (window->masks[at] > gone && window->mask_count - at <= WINDOW_MASKS / 2)
            window->masks[kept++] = window->masks[at] - gone;
    window->mask_count = kept;
}

static int alike(uint8_t byte) {
    return byte == 'B' ? 8 : byte == 'l' || byte == 'I' ? 1 : 0;
}

/* Return the digit a character reads as, -1 for a sign that may stand within a number, -2 for all else. */
static inline int reads_as(const struct text *text, uint32_t character) {
    if (character < 0x80) {
        uint8_t byte = (uint8_t)character, kind = text->tables->kinds[byte];
        return is_digit(byte) ? byte - '0' : kind & ALIKE ? alike(byte) : kind & LINK ? -1 : -2;
    }
    uint16_t mark = marks_of(text, character);
    return mark & DIGIT ? mark & VALUE : is_chinese(character) ? -2 : -1;
}

static bool stretch_held(const struct text *text, int64_t from, int64_t to) {
    struct window window = {.count = 0, .mask_count = 0};
    int signs = 0, width;
    for (int64_t at = from; at < to; at += width) {
        uint32_t character = char_at(text, at, &width);
        int digit = reads_as(text, character);
        if (digit < 0) {
            signs += character >= 0x80 || (text->tables->kinds[character] & MASK);
            if (signs == 2)
                window.masks[window.mask_count++] = window.count;
        } else {
            signs = 0;
            window.digits[window.count++] = (uint8_t)('0' + digit);
        }
        if (window.count == WINDOW || window.mask_count == WINDOW_MASKS) {
            if (window_held(text->tables, &window))
                return true;
            slide(&window);
        }
    }
    return window_held(text->tables, &window);
}

/* Digits of any kind, letters that look like them, and signs between. */
struct stretch {
    int64_t from, to;
    int digits, letters, others, signs; /* digits: all that read as one; others: those that are not ASCII */
};

static inline bool counted(
    const struct text *text, uint32_t character, struct stretch *stretch, int64_t *gap, int width
) {
    int read = reads_as(text, character);
    if (read < -1 || *gap > MAX_GAP)
        return false;
    *gap = read >= 0 ? 0 : *gap + width;
    stretch->digits += read >= 0;
    stretch->letters += character < 0x80 && (text->tables->kinds[character] & ALIKE);
    stretch->others += read >= 0 && character >= 0x80;
    stretch->signs += read < 0 && (character >= 0x80 || (text->tables->kinds[character] & MASK));
    return true;
}

/* Return the stretch around a place, no further back than `floor`. */
static struct stretch stretch_at(const struct text *text, int64_t place, int64_t floor) {
    struct stretch found = {place, place, 0, 0, 0, 0};
    int64_t gap = 0;
    int width;
    while (found.from > floor) {
        uint32_t character = char_before(text, found.from, &width);
        if (!counted(text, character, &found, &gap, width))
            break;
        found.from -= width;
    }
    gap = 0;
    while (found.to < text->size) {
        uint32_t character = char_at(text, found.to, &width);
        if (!counted(text, character, &found, &gap, width))
            break;
        found.to += width;
    }
    return found;
}

/* Tell whether `phones.plain` may write the letters of a stretch as digits; those that begin a word behind it stay. */
static inline bool respelt(const struct text *text, const struct stretch *stretch) {
    int digits = stretch->digits, letters = stretch->letters;
    if (kind_at(text, stretch->to) & WORDLY)
        for (int64_t at = stretch->to - 1; at >= stretch->from && (kind_at(text, at) & WORDLY); at--) {
            digits -= is_digit(text->block[at]) || (kind_at(text, at) & ALIKE);
            letters -= (kind_at(text, at) & ALIKE) != 0;
        }
    return letters > 0 && ((digits >= 10 && digits - letters >= 4) ||
                           (stretch->signs >= 2 && digits >= LEAST_DIGITS && digits - letters >= 2));
}

static bool with_care(struct text *text, int64_t place); /* care.h */

static bool pieces_masked(const struct text *text, const uint8_t *digits, const int *ends, int mask) {
    const struct tables *t = text->tables;
    const uint8_t *suffix = digits + ends[mask];
    for (int first = mask; first >= 0; first--) {
        int start = first ? ends[first - 1] : 0, before = ends[mask] - start;
        if (t->any_mask ? before >= 3 : masked_held(t, digits + start, before, suffix, 0))
            return true;
        for (int last = mask + 1; last < text->pieces; last++)
            if (masked_held(t, digits + start, before, suffix, ends[last] - ends[mask]))
                return true;
    }
    return false;
}

/* Pieces of digits with nothing but signs between are a number that is looked for, in whole or in part. */
static bool pieces_held(const struct text *text) {
    const struct tables *t = text->tables;
    uint8_t digits[MAX_PIECES * CUT_DIGITS];
    int ends[MAX_PIECES], count = 0;
    bool masks = false;
    for (int at = 0; at < text->pieces; at++) {
        int length = (int)(text->ends[at] - text->starts[at]);
        memcpy(digits + count, text->block + text->starts[at], (size_t)length);
        ends[at] = count += length;
        masks |= text->masked[at];
    }
    for (int at = 1; at < text->pieces; at++)
        for (uint32_t of = 0; of < t->length_count && (int)t->lengths[of] <= ends[at]; of++) {
            bool joined = ends[at] - ends[at - 1] < (int)t->lengths[of];
            if (joined && held(&t->numbers, ending(digits + ends[at], t->lengths[of])))
                return true;
        }
    for (int at = 0; masks && at < text->pieces; at++)
        if (text->masked[at] && pieces_masked(text, digits, ends, at))
            return true;
    return false;
}

/* Tell whether a letter that looks like a digit stands before a place, with or without signs between. */
static inline bool alike_before(const struct text *text, int64_t place) {
    int64_t at = place - 1;
    while (at >= 0 && place - at <= MAX_GAP && (kind_at(text, at) & LINK))
        at--;
    return kind_at(text, at) & ALIKE;
}

/* The last piece ended in `end`, the signs behind it in `next`. */
static inline bool end_pieces(struct text *text, int64_t end, int64_t next) {
    int64_t first = text->starts[0];
    if (text->pieces > MAX_PIECES || text->long_piece || end - first > CUT_RUN)
        return stretch_held(text, first, next);
    return pieces_held(text);
}

/* A run of ASCII digits has ended: it may go on behind signs, or be the end of what came in pieces. */
static inline bool add_piece(struct text *text, int64_t start, int64_t end) {
    const uint8_t *kinds = text->tables->kinds;
    bool care = false, masked = false;
    if (start != text->linked_to) {
        text->pieces = 0;
        uint8_t before = kind_at(text, start - 1);
        care = (before & ALIKE) || ((before & LINK) && alike_before(text, start));
    }
    text->linked_to = -1;
    if (text->pieces < MAX_PIECES) {
        text->starts[text->pieces] = start;
        text->ends[text->pieces] = end;
        text->masked[text->pieces] = false;
    }
    int at = text->pieces++;
    text->long_piece = (at && text->long_piece) || end - start > CUT_DIGITS;
    int64_t next = end;
    int signs = 0;
    while (next < text->size && next - end < MAX_GAP && (kinds[text->block[next]] & LINK))
        signs += (kinds[text->block[next++]] & MASK) != 0;
    masked = signs >= 2;
    if (masked && at < MAX_PIECES)
        text->masked[at] = true;
    if (next < text->size && next > end && is_digit(text->block[next])) {
        text->linked_to = next;
        return care && with_care(text, start);
    }
    care |= next < text->size && (kinds[text->block[next]] & ALIKE);
    bool found = (at > 0 || (masked && end - start >= 7)) && end_pieces(text, end, next);
    text->pieces = 0;
    return found || (care && with_care(text, start));
}

#endif
