/* honey_scan: which lines of a block of UTF-8 may hold a decoy value. The C twin of `scan.scan_block`.
 *
 * One pass over 64 bytes at a time: what a byte is makes bits of a word, and only places where something begins or
 * ends are looked at. It errs only towards naming a line. It holds no state and may run in several threads at once.
 */
#include "care.h"
#include "numbers.h"
#include "places.h"
#include "text.h"
#include "words.h"

#if defined(__SSE2__) && !defined(HONEY_PORTABLE)
#include <emmintrin.h>
#endif

#define EXPORTED __attribute__((visibility("default")))

enum { CHUNK = 64, CHINESE_FROM = 0xE4, CHINESE_TO = 0xE9, SPOT_BITS = 13, LONG_RUN = 6 };

/* Bit n is about byte n of a chunk. */
struct bits {
    uint64_t digits, line_ends, chinese, rare;
    uint64_t quiet; /* signs that stand between columns, and never within a number */
};

#if defined(__SSE2__) && !defined(HONEY_PORTABLE)
static inline __m128i within(__m128i bytes, int first, int last) {
    __m128i from = _mm_sub_epi8(bytes, _mm_set1_epi8((char)first));
    return _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8((char)(last - first))), from);
}

static inline __m128i equal(__m128i bytes, int byte) {
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)byte));
}

static inline uint64_t bits_of(__m128i found, int at) {
    return (uint64_t)(uint32_t)_mm_movemask_epi8(found) << at;
}

static inline struct bits bits_at(const uint8_t *chunk) {
    struct bits bits = {0, 0, 0, 0, 0};
    for (int at = 0; at < CHUNK; at += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(chunk + at));
        __m128i rare = _mm_or_si128(equal(bytes, '@'), equal(bytes, '\\'));
        rare = _mm_or_si128(rare, _mm_or_si128(equal(bytes, '.'), equal(bytes, 0xC2)));
        rare = _mm_or_si128(rare, _mm_or_si128(within(bytes, 0xE1, 0xE3), equal(bytes, 0xCB)));
        rare = _mm_or_si128(rare, _mm_or_si128(equal(bytes, 0xEF), equal(bytes, 0xF0)));
        __m128i quiet = _mm_or_si128(within(bytes, '\t', '\n'), within(bytes, ':', ';'));
        quiet = _mm_or_si128(quiet, _mm_or_si128(equal(bytes, ','), equal(bytes, '"')));
        quiet = _mm_or_si128(quiet, equal(bytes, '/'));
        bits.quiet |= bits_of(quiet, at);
        bits.digits |= bits_of(within(bytes, '0', '9'), at);
        bits.line_ends |= bits_of(equal(bytes, '\n'), at);
        bits.chinese |= bits_of(within(bytes, CHINESE_FROM, CHINESE_TO), at);
        bits.rare |= bits_of(rare, at);
    }
    return bits;
}
#else
/* Sixty-four bytes that are 0 or 1 as bits: the product gathers eight in its highest byte. */
static inline uint64_t bits_of(const uint8_t *flags) {
    uint64_t found = 0;
    for (int at = 0; at < CHUNK; at += 8)
        found |= (load64(flags + at) * 0x0102040810204080u >> 56) << at;
    return found;
}

/* Loops that compilers turn into whatever vector instructions there are. */
static inline struct bits bits_at(const uint8_t *chunk) {
    uint8_t digits[CHUNK], line_ends[CHUNK], chinese[CHUNK], rare[CHUNK], quiet[CHUNK];
    for (int at = 0; at < CHUNK; at++) {
        uint8_t byte = chunk[at];
        digits[at] = (uint8_t)(byte - '0') < 10;
        line_ends[at] = byte == '\n';
        chinese[at] = (uint8_t)(byte - CHINESE_FROM) <= CHINESE_TO - CHINESE_FROM;
        rare[at] = (byte == '@') | (byte == '\\') | (byte == '.') | (byte == 0xC2) | (byte == 0xCB) |
                   ((uint8_t)(byte - 0xE1) < 3) | (byte == 0xEF) | (byte == 0xF0);
        quiet[at] = ((uint8_t)(byte - '\t') < 2) | ((uint8_t)(byte - ':') < 2) | (byte == ',') | (byte == '"') |
                    (byte == '/');
    }
    return (struct bits){bits_of(digits), bits_of(line_ends), bits_of(chinese), bits_of(rare), bits_of(quiet)};
}
#endif

/* What goes on from one chunk to the next. */
struct carried {
    uint64_t digits, wordly, quiet; /* the last bit */
    uint64_t numerals, roads, chinese; /* the last six, the last three, the last three */
    uint64_t many;                     /* the last five bits of digits */
    int64_t run, word;        /* where what is open began */
    bool road;                /* the open run stands right behind a road */
};

/* Places of a chunk that are looked at. */
struct places {
    uint64_t starts, ends;           /* of runs of digits; ends are behind them, and only those that matter */
    uint64_t word_starts, word_ends; /* of letters and digits */
    uint64_t roads;                  /* behind the last character of a road */
    uint64_t signs;                  /* of them: no digit follows, but perhaps a sign or a numeral */
    uint64_t numerals, rare, line_ends;
};

/* Mark the Chinese numerals and the last characters of roads where they begin; some others too. */
static inline void spots_at(
    const struct text *text, int64_t base, uint64_t chinese, uint64_t *numerals, uint64_t *roads
) {
    const uint8_t *spots = text->tables->spots, *chunk = text->block + base;
    uint64_t number = 0, road = 0;
    if (text->size - base < CHUNK + 3) { /* near the end: whole characters only, and a fourth byte for each */
        int64_t left = text->size - base - 3;
        chinese &= left >= CHUNK ? ~(uint64_t)0 : left > 0 ? ((uint64_t)1 << left) - 1 : 0;
        if (left >= 0 && left < CHUNK && (chunk[left] >= CHINESE_FROM && chunk[left] <= CHINESE_TO)) {
            const uint8_t *last = chunk + left;
            uint32_t bytes = (uint32_t)last[0] << 8 | (uint32_t)last[1] << 16 | (uint32_t)last[2] << 24;
            uint64_t spot = spots[(uint32_t)(bytes * 0x9E3779B1u) >> (32 - SPOT_BITS)];
            number = (spot & 1) << left;
            road = (spot >> 1) << left;
        }
    }
    for (; chinese; chinese &= chinese - 1) {
        uint64_t place = chinese & (~chinese + 1);
        uint32_t bytes = load32(chunk + __builtin_ctzll(chinese)) << 8;
        uint64_t spot = spots[(uint32_t)(bytes * 0x9E3779B1u) >> (32 - SPOT_BITS)];
        number |= place & (~(spot & 1) + 1);
        road |= place & (~(spot >> 1) + 1);
    }
    *numerals = number;
    *roads = road;
}

/* The same for other characters that roads end in, where they end. */
static uint64_t other_roads(const struct text *text, int64_t base, const uint8_t *chunk) {
    uint64_t behind = base > 0 && (kind_at(text, base - 1) & ROAD_END);
    for (int at = 0; at + 1 < CHUNK; at++)
        behind |= (uint64_t)((text->tables->kinds[chunk[at]] & ROAD_END) != 0) << (at + 1);
    return behind;
}

static void words_at(const struct text *text, const uint8_t *chunk, struct carried *carried, struct places *places) {
    uint64_t wordly = 0;
    for (int at = 0; at < CHUNK; at++)
        wordly |= (uint64_t)((text->tables->kinds[chunk[at]] & WORDLY) != 0) << at;
    uint64_t shifted = wordly << 1 | carried->wordly;
    places->word_starts = wordly & ~shifted;
    places->word_ends = ~wordly & shifted;
    carried->wordly = wordly >> 63;
}

/* Keep the ends of runs that are long, that stand behind a road, or that signs or letters adjoin on either side. */
static inline uint64_t ends_that_matter(
    const struct tables *t, const struct bits *bits, const struct places *places, const struct carried *carried
) {
    if (t->has_pairs || (t->length_count && t->shortest < LONG_RUN))
        return places->ends;
    uint64_t before = bits->quiet << 1 | carried->quiet | bits->chinese << 3 | carried->chinese;
    uint64_t loud = places->starts & (~before | places->roads);
    uint64_t six = bits->digits;
    for (int at = 1; at < LONG_RUN; at++)
        six &= bits->digits << at | carried->many >> (LONG_RUN - 1 - at);
    uint64_t run_on = bits->digits & 1 & carried->digits; /* begun before: kept */
    uint64_t reached = (bits->digits + (loud | run_on)) & ~bits->digits;
    return places->ends & (reached | six << 1 | ~(bits->quiet | bits->chinese) | 1);
}

static inline struct places places_at(
    const struct text *text, int64_t base, const uint8_t *chunk, struct carried *carried
) {
    struct bits bits = bits_at(chunk);
    struct places places = {.rare = bits.rare, .line_ends = bits.line_ends};
    uint64_t numerals = 0, roads = 0;
    spots_at(text, base, bits.chinese, &numerals, &roads);
    uint64_t digits = bits.digits << 1 | carried->digits; /* a digit stands before */
    uint64_t numeral = numerals << 3 | carried->numerals >> 3, other = ~bits.chinese & ~bits.line_ends;
    places.starts = bits.digits & ~digits;
    places.ends = ~bits.digits & digits;
    places.roads = roads << 3 | carried->roads;
    if (text->tables->letter_roads)
        places.roads |= other_roads(text, base, chunk);
    places.ends = ends_that_matter(text->tables, &bits, &places, carried);
    places.signs = places.roads & ~bits.digits & (other | numerals);
    places.numerals = (numerals & digits) | (numeral & other);
    places.numerals |= numerals & numeral & (numerals << 6 | carried->numerals); /* the third in a row */
    if (text->tables->has_words)
        words_at(text, chunk, carried, &places);
    carried->digits = bits.digits >> 63;
    carried->quiet = bits.quiet >> 63;
    carried->many = bits.digits >> (64 - (LONG_RUN - 1));
    carried->chinese = bits.chinese >> 61;
    carried->numerals = numerals >> 58;
    carried->roads = roads >> 61;
    return places;
}

/* A run of ASCII digits has ended. */
static inline bool run_held(struct text *text, int64_t start, int64_t end, bool road) {
    const struct tables *t = text->tables;
    return (end - start >= (int64_t)t->shortest && whole(text, start, end)) || (road && house_at(text, start, end)) ||
           (t->has_pairs && word_beside(text, start, end)) || (t->length_count && add_piece(text, start, end));
}

/* A sign that is rare, or that has to be read with care: mailboxes, links, escapes, wide and raised digits. */
static bool rare_held(struct text *text, int64_t at) {
    const uint8_t *found = text->block + at;
    int width;
    switch (found[0]) {
    case '.':
        return link_at(text, at);
    case '@':
        return text->tables->has_mail && mail_at(text, at);
    case '\\':
        return at + 1 < text->size && (found[1] == 'u' || found[1] == '\\');
    case 0xF0: /* mathematical letters and digits, digits in squares and segments */
        return text->size - at > 2 &&
               (found[1] == 0x9D || (found[1] == 0x9F && (found[2] == 0x84 || found[2] == 0x85 || found[2] == 0xAF)));
    }
    uint32_t character = char_at(text, at, &width);
    uint16_t mark = marks_of(text, character);
    if ((mark & ASCII_LIKE) && folded_word_at(text, at, width))
        return true;
    return (mark & NAMES) || wide_link_at(text, at, at + width, character) || (mark & DIGIT && with_care(text, at)) ||
           (mark & ROAD && house_behind(text, at + width));
}

/* Return whether the line of the place is named; what is open is told by `carried`. */
static inline bool place_held(
    struct text *text, int64_t base, int at, const struct places *places, const struct carried *carried
) {
    uint64_t place = (uint64_t)1 << at, before = place - 1;
    if (places->ends & place) {
        uint64_t starts = places->starts & before;
        int from = starts ? 63 - __builtin_clzll(starts) : 0;
        int64_t start = starts ? base + from : carried->run;
        if (run_held(text, start, base + at, starts ? places->roads >> from & 1 : carried->road))
            return true;
    }
    if ((places->rare & place) && rare_held(text, base + at))
        return true;
    if ((places->signs & place) && house_behind(text, base + at))
        return true;
    if ((places->numerals & place) && with_care(text, base + at))
        return true;
    if (places->word_ends & place) {
        uint64_t starts = places->word_starts & before;
        return word_held(text, starts ? base + 63 - __builtin_clzll(starts) : carried->word, base + at);
    }
    return false;
}

/* Remember where runs began that the chunk does not end. */
static inline void carry(struct carried *carried, const struct places *places, int64_t base) {
    if (places->starts) {
        int from = 63 - __builtin_clzll(places->starts);
        carried->run = base + from;
        carried->road = places->roads >> from & 1;
    }
    if (places->word_starts)
        carried->word = base + 63 - __builtin_clzll(places->word_starts);
}

static inline int64_t count_bits(uint64_t bits) {
    int64_t count = 0;
    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

/* Return the first place from `base` whose line is to be named, -1 if there is none; count the line ends before it. */
static int64_t next_held(struct text *text, int64_t base, int64_t *line) {
    uint8_t last[CHUNK];
    struct carried carried = {.quiet = 1};
    text->linked_to = -1;
    text->done = base;
    for (; base <= text->size; base += CHUNK) {
        const uint8_t *chunk = text->block + base;
        if (text->size - base < CHUNK) { /* the block ends like a line */
            memset(last, '\n', sizeof last);
            memcpy(last, chunk, (size_t)(text->size - base));
            chunk = last;
        }
        struct places places = places_at(text, base, chunk, &carried);
        uint64_t left = places.ends | places.rare | places.signs | places.numerals | places.word_ends;
        for (; left; left &= left - 1) {
            int at = __builtin_ctzll(left);
            if (place_held(text, base, at, &places, &carried)) {
                *line += count_bits(places.line_ends & (((uint64_t)1 << at) - 1));
                return base + at;
            }
        }
        carry(&carried, &places, base);
        *line += count_bits(places.line_ends);
    }
    return -1;
}

/* The checksum of these sources: native.py uses no library that was built from others. */
#ifndef HONEY_SOURCES
#define HONEY_SOURCES 0
#endif

EXPORTED uint32_t honey_kernel_sources(void) {
    return HONEY_SOURCES;
}

/* Write the numbers, from 0, of the lines to look at, as many as there is room for; return how many there are. */
EXPORTED int64_t honey_kernel_scan(
    const uint8_t *block, int64_t size, const struct tables *tables, uint32_t *lines, int64_t room
) {
    struct text text = {.block = block, .size = size, .tables = tables};
    int64_t named = 0, line = 0, base = 0, place;
    while ((place = next_held(&text, base, &line)) >= 0) {
        if (named < room)
            lines[named] = (uint32_t)line;
        named++;
        const uint8_t *end = place < size ? memchr(block + place, '\n', (size_t)(size - place)) : NULL;
        if (end == NULL)
            break;
        base = end - block + 1;
        line++;
    }
    return named;
}
