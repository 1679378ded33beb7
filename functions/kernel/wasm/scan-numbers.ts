/**
 * Numbers that the scan's kernel shares with functions/extract, as plain constants that AssemblyScript and TypeScript both read.
 * A test compares them with the names there.
 */

/** Tags that the kernel treats apart, by their place in TAG_NAMES. */
export const TAG_HTML = 0
export const TAG_BODY = 1
export const TAG_P = 2
export const TAG_UL = 17
export const TAG_OL = 18
export const TAG_LI = 19
export const TAG_DL = 20
export const TAG_DT = 21
export const TAG_DD = 22
export const TAG_TABLE = 23
export const TAG_TR = 28
export const TAG_TD = 29
export const TAG_TH = 30
export const TAG_PRE = 31
export const TAG_OPTION = 40
export const TAG_CUSTOM = 51
export const TAG_A = 54
export const TAG_SPAN = 55
export const TAG_TIME = 69
export const TAG_BR = 88
export const TAG_HR = 89
export const TAG_IMG = 90
export const TAG_META = 91
export const TAG_LINK = 92
export const TAG_SCRIPT = 102
export const TAG_TITLE = 104
export const TAG_MATH = 117

/** Attributes, by their place in ATTRIBUTES. */
export const A_CLASS = 0
export const A_ID = 1
export const A_ROLE = 2
export const A_ITEMPROP = 3
export const A_STYLE = 4
export const A_HIDDEN = 5
export const A_ARIA_HIDDEN = 6
export const A_HREF = 7
export const A_REL = 8
export const A_CONTENT = 11
export const A_LANG = 12
export const A_DATETIME = 13
export const A_TYPE = 14
export const A_XML_LANG = 15
export const A_ENCODING = 16
export const A_ALTTEXT = 17
export const A_DISPLAY = 18
export const NUM_ATTRIBUTES = 19

/** What is counted of a block, by its place in COUNTS. */
export const C_WORDS = 0
export const C_LINK_BYTES = 1
export const C_LINKS = 2
export const C_ENDS = 3
export const C_COMMAS = 4
export const C_STOPS = 5
export const C_DIGITS = 6
export const C_UPPERS = 7
export const C_WIDE = 8
export const C_IMAGES = 9
export const C_BARS = 10
export const C_BREAKS = 11
export const NUM_COUNTS = 12

/** Rules of a tag, a bit each: it ends a paragraph, is a heading, holds stray end tags inside. */
export const CLOSES_P = 1
export const IS_HEADING = 2
export const IS_BARRIER = 4

/** Classes of bytes; a capital's number is what it adds to the capitals. */
export const LETTER = 0
export const UPPER = 1
export const OTHER = 2
export const SPACE = 3
export const DIGIT = 4
export const END = 5
export const COMMA = 6
export const BAR = 7
export const WIDE = 8
export const AMPERSAND = 9
export const TAG = 10

/** Kinds of marks of scripts without spaces. */
export const WIDE_STOP = 1
export const WIDE_END = 2
export const WIDE_COMMA = 3

/** A reference that stands for no character. */
export const NO_CHARACTER = 0xffffff

/** Needles of formulas, by their place among those that the kernel is given; from the last on, classes of what is drawn. */
export const N_TEX = 0
export const N_MATH_TEX = 1
export const N_DISPLAY_MODE = 2
export const N_BLOCK = 3
export const N_DISPLAY_STYLE = 4
export const N_DISPLAY = 5
export const N_NONE = 6
export const N_DRAWN = 7
export const NUM_NEEDLES = 13
/** Each has so many bytes: its length, then itself. */
export const NEEDLE_BYTES = 32

/** What the kernel is given and answers: 32-bit numbers from address 0 on, addresses first. */
export const L_CLASSES = 0
export const L_LETTERS = 1
export const L_KINDS = 2
export const L_RULES = 3
/** Tables of hashes: pairs of key and value + 1, as many as the mask says. */
export const L_TAGS = 4
export const L_TAGS_MASK = 5
export const L_ATTRIBUTES = 6
export const L_ATTRIBUTES_MASK = 7
export const L_STOPS = 8
export const L_STOPS_MASK = 9
export const L_MARKS = 10
export const L_MARKS_MASK = 11
/** References by name: 64-bit key, character, 1 if it needs no semicolon. */
export const L_REFERENCES = 12
export const L_REFERENCES_MASK = 13
/** What the numbers 128 to 159 stand for. */
export const L_C1 = 14
export const L_NEEDLES = 15
/** Room for the tag in hand, the stack's topmost places and the open counts. */
export const L_SCRATCH = 16
export const L_STARTS = 17
export const L_ENDS = 18
export const L_BLOCK_ELEMENTS = 19
export const L_SOURCES = 20
export const L_COUNTS = 21
export const L_TAG_COLUMN = 22
export const L_PARENTS = 23
export const L_FLAGS = 24
export const L_SIGNATURES = 25
export const L_WORD_STARTS = 26
export const L_STACK = 27
export const L_BELOW = 28
export const L_BARRIER_BELOW = 29
export const L_WORDS = 30
export const L_NOTES = 31
export const L_TEXT = 32
export const L_HTML = 33
/** How many there is room for; of notes, in numbers. */
export const L_MAX_BLOCKS = 34
export const L_MAX_ELEMENTS = 35
export const L_MAX_WORDS = 36
export const L_MAX_NOTES = 37
/** Answers. */
export const L_NUM_BLOCKS = 38
export const L_TEXT_LENGTH = 39
export const L_NUM_ELEMENTS = 40
export const L_NUM_WORDS = 41
export const L_NUM_NOTES = 42
/** Hashes of `annotation` and `span`. */
export const L_ANNOTATION = 43
export const L_SPAN = 44
export const NUM_SLOTS = 48
export const SCRATCH_BYTES = 1024

/** What there was no room for, a bit each. */
export const FULL_BLOCKS = 1
export const FULL_ELEMENTS = 2
export const FULL_WORDS = 4
export const FULL_NOTES = 8

/** A note has its tag, where the content begins and ends, which attributes it has, and where each of them begins and ends. */
export const NOTE_HEAD = 4
/** Longer contents of meta tags are not kept. */
export const MAX_META_BYTES = 2000
