/**
 * Number of sentences, as spaCy's rule-based sentencizer finds them: a sentence ends with a word that is one terminal mark (. ! ? …) and the
 * next begins at the first word after it that is not all punctuation. A gap of other white space than one space is such a word.
 */
import { AFTER_GAP, ENDS_SENTENCE, ONLY_PUNCTUATION, type WordTable } from './word-table.ts'

/** Sentences in the words from `firstWord` on; a line of white space alone is one. */
export function countSentences(table: WordTable, firstWord: number, endsWithGap = false): number {
  let sentences = 1
  let ended = false
  for (let i = firstWord; i < table.count; i++) {
    const marks = table.marks[i] ?? 0
    if (ended && (marks & AFTER_GAP) !== 0) {
      sentences++
      ended = false
    }
    if ((marks & ENDS_SENTENCE) !== 0) ended = true
    else if (ended && (marks & ONLY_PUNCTUATION) === 0) {
      sentences++
      ended = false
    }
  }
  return ended && endsWithGap ? sentences + 1 : sentences
}
