/** Texts made of what breaks text code: halves of surrogate pairs, NUL, marks of order, odd line ends, rules' own phrases. */
import fc from 'fast-check'

const BROKEN = ['\ud800', '\udc00', '\0', '\ufeff', '\ufffd', '\u200d', 'e\u0301']
const SCRIPTS = ['é', '😀', '𠮷', '汉', '。', '【', '】', 'か', '한', 'ж', 'ا']
const SPACES = ['\n', '\n\n', '\r', '\r\n', '\v', '\x1c', '\x85', '\u2028', ' ', '  ', '\t', '\u00a0', '\u3000']
const WORDS =
  'a the and of n\'t Mr. A 1 12 . ... … # - • " ( ) : / { [1] [edit] javascript @ a@b.com 8.8.8.8 http://'.split(' ')
const PHRASES = ['lorem ipsum', 'use cookies', 'x'.repeat(40)]

export const hardText = fc.string({
  unit: fc.constantFrom(...BROKEN, ...SCRIPTS, ...SPACES, ...WORDS, ...PHRASES),
  maxLength: 120,
})
