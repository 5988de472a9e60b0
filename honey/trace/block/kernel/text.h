/* What every part of the kernel reads: the block, the tables, characters and sets of hashes.
 *
 * Nothing is read outside [block, block + size). Tables belong to the caller and are only read.
 */
#ifndef HONEY_TEXT_H
#define HONEY_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* What a byte is (struct tables: kinds). */
enum {
    LINK = 1,   /* may stand between the parts of a number: separators, masks, all that is neither ASCII nor Chinese */
    MASK = 2,   /* may stand for a hidden digit; of characters of several bytes the first */
    ALIKE = 4,  /* a letter that looks like a digit */
    WORDLY = 8, /* ASCII letter or digit */
    DOMAIN = 16,
    MAIL_END = 32, /* never part of a mailbox */
    ROAD_END = 64, /* last byte of a character that is not Chinese and that a road ends in */
};

/* What a character is (struct tables: marks); the lowest four bits are the value of a DIGIT. */
enum {
    VALUE = 15,
    DIGIT = 16,     /* reads as one digit: Chinese, full-width, raised */
    TEN = 32,       /* ten or hundred */
    ROAD = 64,      /* last character of a road */
    NAMES = 128,    /* its line is to be read with care, whatever else it holds */
    NOISE = 256,    /* nothing is left of it in an address */
    ASCII_LIKE = 512, /* reads as ASCII letters or digits once folded */
    UNIT = 1024,    /* begins a unit word: a numeral before it becomes a number */
};

/* Hashes, sorted; `heads` says where those with the same first bits begin. Three bits of one word of `bits`, chosen by
 * the hash, are all set for what is held: that stops nearly all strangers for one look into memory.
 */
struct keys {
    const uint64_t *bits;
    const uint32_t *heads;
    const uint64_t *hashes;
    uint32_t bits_shift, heads_shift;
};

enum { MAX_LENGTHS = 64, LATIN_FIRST = 0xC0, LATIN_END = 0x250, LATIN_ROOM = 8 };

struct tables {
    struct keys numbers, houses, tails, house_numbers, mailboxes, domains, links, words, pairs, pair_numbers;
    const uint8_t *firsts, *ends4, *ends2, *heads7; /* bits of masked numbers: by the first three digits, with the
                                                     * last four, with the last two, by the first seven */
    const uint64_t *beginnings;            /* bits: by hash of the first five digits of numbers of eight and more */
    const uint8_t *kinds;                  /* by byte */
    const uint16_t *marks;                 /* by code point below 0x10000 */
    const uint16_t *folded;                /* the same: as a road's name is compared */
    const uint8_t *spots;                  /* by hash of a Chinese character: 1 numeral, 2 last of a road */
    const uint8_t *latin;                  /* by letter from LATIN_FIRST: length, bytes in lower case */
    uint64_t word_lengths;                 /* bit n: there are words of n characters */
    uint32_t lengths[MAX_LENGTHS];         /* of numbers, shortest first */
    uint32_t length_count, shortest;
    uint32_t road_widths;                  /* bit n: there are roads of which n characters are compared */
    uint32_t link_before, link_behind;     /* bytes compared around the dot of a link, at most seven */
    uint32_t any_mask, letter_roads, has_words, has_pairs, has_mail, wide_mail, has_links;
};

enum { MAX_PIECES = 16 };

/* One call. Places count from the block's beginning. */
struct text {
    const uint8_t *block;
    int64_t size;
    const struct tables *tables;
    int64_t linked_to; /* where a digit must follow for the pieces to go on */
    int64_t done;      /* stretches before this place have been read with care */
    int64_t starts[MAX_PIECES], ends[MAX_PIECES];
    bool masked[MAX_PIECES]; /* a mask follows the piece */
    int pieces;              /* more than MAX_PIECES: only the first and the last place are known */
    bool long_piece;
};

#define UNKNOWN 0x110000u /* no character, or one of four bytes */

static inline uint64_t load64(const uint8_t *at) {
    uint64_t found;
    memcpy(&found, at, sizeof found);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    found = __builtin_bswap64(found);
#endif
    return found;
}

static inline uint32_t load32(const uint8_t *at) {
    uint32_t found;
    memcpy(&found, at, sizeof found);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    found = __builtin_bswap32(found);
#endif
    return found;
}

/* As `keys.mixed`: odd constants of SplitMix64 and of the golden ratio. */
static inline uint64_t mixed(uint64_t last, uint64_t first, uint64_t salt) {
    uint64_t found = (last ^ salt * 0x94D049BB133111EBu) * 0x9E3779B97F4A7C15u + first * 0xBF58476D1CE4E5B9u;
    found ^= found >> 29;
    return found * 0x9E3779B97F4A7C15u;
}

/* As `keys.ending`: the hash of the `length` bytes before a place; all of them must be there. */
static inline uint64_t ending(const uint8_t *end, int64_t length) {
    if (length >= 8)
        return mixed(load64(end - 8), load64(end - length), (uint64_t)length);
    uint64_t last = 0;
    if (length >= 4)
        last = load32(end - length) | (uint64_t)load32(end - 4) << 8 * (length - 4);
    else
        for (int64_t at = 0; at < length; at++)
            last |= (uint64_t)end[at - length] << 8 * at;
    return mixed(last, 0, (uint64_t)length);
}

static inline bool held(const struct keys *keys, uint64_t hash) {
    const uint64_t one = 1;
    uint64_t wanted = one << (hash >> 10 & 63) | one << (hash >> 16 & 63) | one << (hash >> 22 & 63);
    if (~keys->bits[hash >> keys->bits_shift] & wanted)
        return false;
    uint64_t head = hash >> keys->heads_shift;
    for (uint32_t at = keys->heads[head]; at < keys->heads[head + 1]; at++)
        if (keys->hashes[at] == hash)
            return true;
    return false;
}

static inline bool is_digit(uint8_t byte) {
    return (uint8_t)(byte - '0') < 10;
}

static inline bool is_letter(uint8_t byte) {
    return (uint8_t)((byte | 32) - 'a') < 26;
}

static inline bool is_chinese(uint32_t character) {
    return character >= 0x3400 && character <= 0x9FFF;
}

static inline uint8_t kind_at(const struct text *text, int64_t at) {
    return at >= 0 && at < text->size ? text->tables->kinds[text->block[at]] : 0;
}

/* Return the character that begins at a place before the end; broken bytes are UNKNOWN and one byte wide. */
static inline uint32_t char_at(const struct text *text, int64_t at, int *width) {
    const uint8_t *found = text->block + at;
    int64_t left = text->size - at;
    uint8_t lead = found[0];
    *width = 1;
    if (lead < 0x80)
        return lead;
    if (lead >= 0xE0 && lead < 0xF0 && left >= 3 && (found[1] & 0xC0) == 0x80 && (found[2] & 0xC0) == 0x80) {
        *width = 3;
        return (lead & 15u) << 12 | (found[1] & 63u) << 6 | (found[2] & 63u);
    }
    if (lead >= 0xC2 && lead < 0xE0 && left >= 2 && (found[1] & 0xC0) == 0x80) {
        *width = 2;
        return (lead & 31u) << 6 | (found[1] & 63u);
    }
    if (lead >= 0xF0 && left >= 4)
        *width = 4;
    return UNKNOWN;
}

/* Return the character that ends before a place behind the beginning. */
static inline uint32_t char_before(const struct text *text, int64_t end, int *width) {
    int64_t at = end - 1;
    while (at > 0 && end - at < 4 && (text->block[at] & 0xC0) == 0x80)
        at--;
    uint32_t found = char_at(text, at, width);
    if (*width == end - at)
        return found;
    *width = 1;
    return UNKNOWN;
}

static inline uint16_t marks_of(const struct text *text, uint32_t character) {
    return character < 0x10000 ? text->tables->marks[character] : 0;
}

#endif
